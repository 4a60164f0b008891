"""What docstrings in Google's style say: a summary, and sections whose entries are `name: words`."""

from __future__ import annotations

import inspect
import re
from typing import Any

__all__ = ["entries", "section", "summary"]


def summary(documented: Any) -> str:  # noqa: ANN401 - a class, a function or a task
    """Return the first line."""
    return (inspect.getdoc(documented) or "").partition("\n")[0]


def section(documented: Any, title: str) -> str:  # noqa: ANN401 - the same
    """Return the text of a section; empty where it has none."""
    found = re.search(
        rf"^{title}:\n((?:    .*\n|\n)+)", f"{inspect.getdoc(documented) or ''}\n", re.MULTILINE
    )
    return inspect.cleandoc(f"\n{found[1]}") if found else ""


def entries(documented: Any, title: str) -> dict[str, str]:  # noqa: ANN401 - the same
    """Return the words of each entry of a section, by its name."""
    found: dict[str, str] = {}
    name = ""
    for line in section(documented, title).splitlines():
        entry = re.fullmatch(r"(\w+): (.*)", line)
        if entry:
            name, text = entry[1], entry[2]
            found[name] = text
        elif name:
            found[name] += f" {line.strip()}"
    return found
