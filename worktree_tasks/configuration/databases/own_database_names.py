"""Names of a worktree's own databases, and of templates."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

from ..env.database_references import INTERNAL
from ..naming import label_hash

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["database_name", "may_be_dropped", "template_name"]

_TEMPLATE = "_wt_template"
# Test runners add a prefix, and the number of a parallel worker at the end.
_ROOM = len("test_") + len("_gw12")
_KEY = 6


def database_name(main: str, slug: str, key: str, *, longest: int, taken: Collection[str] = ()) -> str:
    """Return the name of a worktree's database, with its slug for people and its key to keep it unique.

    Args:
        main: The database of main that it replaces.
        slug: The worktree's slug.
        key: The key of the worktree's record.
        longest: The maximum length of a name in bytes.
        taken: Names that are leased or that the server has.
    """
    length = longest - _ROOM
    end = f"_{key[:_KEY]}"
    stem = _plain(main)[: length // 3].rstrip("_") or "db"
    stem = f"{stem}_{_plain(slug)}"[: length - len(end)].rstrip("_")
    further = (f"_{label_hash(f'{main}#{count}')[:3]}{end}" for count in itertools.count(2))
    ends = itertools.chain((end,), further)
    return next(name for name in (f"{stem[: length - len(one)]}{one}" for one in ends) if name not in taken)


def template_name(main: str, *, longest: int) -> str:
    """Return the name of a database's template."""
    if len(main.encode()) + len(_TEMPLATE) <= longest:
        return f"{main}{_TEMPLATE}"
    return f"{_plain(main)[: longest - len(_TEMPLATE) - 7]}_{label_hash(main)}{_TEMPLATE}"


def may_be_dropped(name: str, mains: Collection[str]) -> bool:
    """Return whether a database is neither internal to the server nor named by main."""
    return bool(name) and name not in INTERNAL and name not in mains


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")
