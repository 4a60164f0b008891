"""Writes what the documents have from the source: pages of tasks, the settings, the Python interface."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from documenting.blocks import page
from documenting.python import functions
from documenting.settings import all_settings
from documenting.tasks import all_tasks, called, of_task

from worktree_tasks.interface.collection import GROUPS, PROGRAM_TASKS, STEPS
from worktree_tasks.interface.task_class import typed_name

DOCS = Path(__file__).resolve().parent.parent / "docs"


def pages() -> dict[Path, str]:
    """Return every page that has a generated part, as it has to be."""
    tasks = [one for _, group in GROUPS for one in group] + [*PROGRAM_TASKS, *STEPS]
    made = {f"tasks/{typed_name(one)}.md": (of_task(one), called(typed_name(one))) for one in tasks}
    made["tasks/index.md"] = all_tasks(), "Tasks"
    made["configuration.md"] = all_settings(), "Configuration"
    made["python.md"] = functions(), "From Python"
    return {DOCS / name: page(_text(DOCS / name), *parts) for name, parts in made.items()}


def write() -> None:
    """Write every page whose generated part is not what it has to be."""
    for path, text in pages().items():
        if _text(path) != text:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


if __name__ == "__main__":
    write()
