"""What the site of docs has beside its files: the pages of tasks in groups, and the documents at the top."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mkdocs.structure.files import File

from worktree_tasks.interface.collection import GROUPS, PROGRAM_TASKS, STEPS
from worktree_tasks.interface.task_class import typed_name

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

__all__ = ["on_config", "on_files"]

_AT_THE_TOP = {"contributing.md": "CONTRIBUTING.md", "changelog.md": "CHANGELOG.md"}


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Put the pages of tasks into the navigation, in their groups."""
    groups = [*GROUPS, ("For other programs", PROGRAM_TASKS), ("Steps", STEPS)]
    pages = [{title: [f"tasks/{typed_name(one)}.md" for one in tasks]} for title, tasks in groups]
    config.nav = _filled(config.nav, {"tasks/": ["tasks/index.md", *pages]})
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add what stands at the top of the repository, with its links as they are from here."""
    for name, source in _AT_THE_TOP.items():
        text = (Path(config.config_file_path).parent / source).read_text(encoding="utf-8")
        files.append(File.generated(config, name, content=re.sub(r"\]\(docs/", "](", text)))
    return files


def _filled(nav: Any, lists: dict[str, list[Any]]) -> Any:  # noqa: ANN401 - lists in mappings in lists
    """Return a navigation with lists of pages in place of their names."""
    if isinstance(nav, list):
        return [_filled(one, lists) for one in nav]
    if isinstance(nav, dict):
        return {title: _filled(one, lists) for title, one in nav.items()}
    return lists.get(nav, nav)
