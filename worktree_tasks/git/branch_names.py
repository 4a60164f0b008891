"""Which names git accepts for branches, decided without running git."""

from __future__ import annotations

import re

from ..errors import BadUse
from ..printable import shortened

__all__ = ["valid_branch"]

# A reference is a file, locked by a file NAME.lock; file systems allow 255 bytes.
COMPONENT_BYTES = 255 - len(".lock")
_SHOWN = 40

# https://git-scm.com/docs/git-check-ref-format
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]")


def valid_branch(name: str) -> None:
    """Check that git would accept a name for a new branch.

    Raises:
        BadUse: It would not; the error has the name, the rule and a fix.
    """
    reason = _broken_rule(name)
    if reason is not None:
        raise BadUse(
            f"{shortened(name, _SHOWN)!r} cannot be a branch: {reason}",
            "use letters, digits, '-', '_', '.' and '/'",
            kind="bad-branch-name",
        )


def _broken_rule(name: str) -> str | None:
    parts = name.split("/")
    rules = (
        (not name, "it is empty"),
        (name.startswith("-"), "it starts with '-'"),
        (name in {"HEAD", "@"}, "git means the current commit by it"),
        (
            _FORBIDDEN.search(name) is not None,
            "spaces, control characters and ~ ^ : ? * [ \\ are not allowed",
        ),
        (".." in name, "it contains '..'"),
        ("@{" in name, "it contains '@{'"),
        (name.endswith("."), "it ends with '.'"),
        (not all(parts), "it has an empty part between slashes"),
        (any(part.startswith(".") for part in parts), "a part of it starts with '.'"),
        (any(part.endswith(".lock") for part in parts), "a part of it ends with '.lock'"),
        (
            any(len(part.encode(errors="surrogateescape")) > COMPONENT_BYTES for part in parts),
            f"a part of it is longer than {COMPONENT_BYTES} bytes",
        ),
    )
    return next((reason for broken, reason in rules if broken), None)
