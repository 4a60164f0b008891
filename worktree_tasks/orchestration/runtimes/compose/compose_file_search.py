"""Where to search for compose files if none is at the root: all folders, and the current one."""

from __future__ import annotations

from pathlib import Path

from .... import git

__all__ = ["files_below", "standing"]

_NAMES = ("**/compose*.y*ml", "**/docker-compose*.y*ml")


def files_below(checkout: Path) -> tuple[str, ...]:
    """Return the files that git tracks and that are named like compose files."""
    if (checkout / ".git").exists():
        return git.tracked_files(checkout, _NAMES)
    # A directory without git, to which files of a commit were extracted.
    return tuple(str(path.relative_to(checkout)) for name in _NAMES for path in checkout.glob(name))


def standing() -> str:
    """Return the current folder, relative to its checkout; empty outside any."""
    try:
        here = Path.cwd()
    except OSError:
        return ""
    root = next((place for place in (here, *here.parents) if (place / ".git").exists()), here)
    return str(here.relative_to(root))
