"""Where compose files are looked for when none is at the root: in all folders, and where one stands."""

from __future__ import annotations

from pathlib import Path

from .... import git

__all__ = ["files_below", "standing"]

_NAMES = ("**/compose*.y*ml", "**/docker-compose*.y*ml")


def files_below(checkout: Path) -> tuple[str, ...]:
    """Return the files that git tracks and that are named as compose files are."""
    if (checkout / ".git").exists():
        return git.tracked_files(checkout, _NAMES)
    # What was written of a commit, to look at it.
    return tuple(str(path.relative_to(checkout)) for name in _NAMES for path in checkout.glob(name))


def standing() -> str:
    """Return the folder that one stands in, relative to its checkout; empty outside of any."""
    try:
        here = Path.cwd()
    except OSError:
        return ""
    root = next((place for place in (here, *here.parents) if (place / ".git").exists()), here)
    return str(here.relative_to(root))
