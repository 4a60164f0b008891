"""The table of settings, from what reads them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from worktree_tasks.configuration.settings import DEFAULTS, Settings

from .blocks import table
from .docstrings import entries

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["all_settings"]

_IN_WORDS = re.compile(r" \(default: (.*)\)(?=\.$)")


def all_settings() -> str:
    """Return the table: each key with its default and what it decides."""
    told = entries(Settings, "Attributes")
    return table(("key", "default", "decides"), (_row(key, value, told) for key, value in _keys()))


def _keys() -> Iterator[tuple[str, Any]]:
    for key, value in DEFAULTS.items():
        if key == "services":
            yield from ((f"services.{one}", default) for one, default in value.items())
        else:
            yield key, value


def _row(key: str, default: Any, told: dict[str, str]) -> tuple[str, str, str]:  # noqa: ANN401 - a setting's
    text = told[key.rpartition(".")[2]]
    in_words = _IN_WORDS.search(text)
    written = f"`{default}`" if default else in_words[1] if in_words else "none"
    return f"`{key}`", written, _IN_WORDS.sub("", text).rstrip(".")
