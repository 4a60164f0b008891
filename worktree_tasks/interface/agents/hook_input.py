"""The input that Claude Code passes to its hooks on stdin: one JSON object.

https://code.claude.com/docs/en/hooks documents its keys. WorktreeCreate has `name`, WorktreeRemove has
`worktree_path`, and all of them have `cwd`, the session's directory.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import BadUse
from ..output import standard_streams

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["directory_in", "read_payload", "text_in"]

_BYTES = 1 << 20
_HINT = "Claude Code calls it with one JSON object on stdin; wt.agents-init sets that up"


def read_payload() -> Mapping[str, Any]:
    """Read the object from stdin.

    Raises:
        BadUse: Stdin is a terminal or empty, or its content is not a JSON object.
    """
    waits = sys.stdin is None or standard_streams.is_terminal(sys.stdin)
    data = b"" if waits else sys.stdin.buffer.read(_BYTES + 1)
    if not data:
        raise BadUse("stdin is empty", _HINT, kind="bad-hook-input")
    if len(data) > _BYTES:
        raise BadUse(f"stdin has more than {_BYTES} bytes", _HINT, kind="bad-hook-input")
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise BadUse(f"stdin is not JSON: {error}", _HINT, kind="bad-hook-input") from error
    if not isinstance(found, dict):
        raise BadUse(f"stdin is not a JSON object: {data[:40]!r}", _HINT, kind="bad-hook-input")
    return found


def text_in(payload: Mapping[str, Any], key: str) -> str:
    """Return a string of a hook's input.

    Raises:
        BadUse: It has no string with that key.
    """
    value = payload.get(key)
    # Names of files, branches and programs must be UTF-8 and without NUL.
    if not isinstance(value, str) or not value or "\0" in value or _has_surrogates(value):
        raise BadUse(f"the hook's input has no {key}: {value!r}", _HINT, kind="bad-hook-input")
    return value


def _has_surrogates(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)


def directory_in(payload: Mapping[str, Any]) -> Path | None:
    """Return the session's directory; None if it is not given, or no longer exists."""
    value = payload.get("cwd")
    place = Path(value) if isinstance(value, str) else Path()
    return place if place.is_absolute() and place.is_dir() else None
