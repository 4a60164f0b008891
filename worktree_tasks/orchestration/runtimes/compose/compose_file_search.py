"""Where to search for compose files if none is at the root: all folders, and the current one."""

from __future__ import annotations

from pathlib import Path

from .... import git
from ....configuration.compose.compose_file_links import lost_link
from ....configuration.compose.compose_files import DEFAULT_FILES

__all__ = ["files_below", "standing"]

_NAMES = ("**/compose*.y*ml", "**/docker-compose*.y*ml")


def files_below(checkout: Path) -> tuple[str, ...]:
    """Return the files that git tracks, that are there, and that are named like compose files.

    Raises:
        BadUse: One at the root is a symbolic link that leads nowhere.
    """
    for path in (checkout / name for name in DEFAULT_FILES):
        if path.is_symlink() and not path.exists():
            raise lost_link(path.name, str(path.readlink()))
    if (checkout / ".git").exists():
        return tuple(name for name in git.tracked_files(checkout, _NAMES) if (checkout / name).is_file())
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
