"""What is known on this machine, read in a few milliseconds: no git, no Docker, no lock, nothing written."""

from __future__ import annotations

import errno
import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..configuration.name_resolution import KnownWorktree
from ..configuration.shell_targets import Home, KnownCheckouts
from ..quick_dataclasses import replace

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "document_of", "expanded", "go", "known", "standing", "state_directory", "text_of", "working_directory",
]  # fmt: skip

_BUSY_SECONDS = 1.0
_ON_BRANCH = "ref: refs/heads/"
# The directory that the command was typed in, once it has changed to another.
_typed_in: Path | None = None


def state_directory() -> Path:
    """Return our state directory, by the XDG base directory specification.

    Raises:
        FileNotFoundError: There is no home directory.
    """
    # By the specification, a path that is not absolute is invalid and ignored.
    given = Path(os.environ.get("XDG_STATE_HOME", ""))
    home = expanded("~")
    if not given.is_absolute() and not home.is_absolute():
        raise FileNotFoundError(errno.ENOENT, "no home directory is known; HOME is not an absolute path")
    return (given if given.is_absolute() else home / ".local" / "state") / "worktree-tasks"


def expanded(path: str) -> Path:
    """Return a path with the home directory in place of `~`, which stays if there is none."""
    return Path(os.path.expanduser(path))  # noqa: PTH111 - pathlib's raises where it is not known


def working_directory() -> Path | None:
    """Return the current directory; None if it is gone."""
    try:
        return Path.cwd()
    except OSError:
        return None


def go(directory: str | Path) -> None:
    """Change to another directory than the one that the command was typed in.

    Raises:
        OSError: It cannot be entered.
    """
    global _typed_in  # noqa: PLW0603 - a process has one working directory
    before = standing()
    os.chdir(directory)
    _typed_in = before


def standing() -> Path | None:
    """Return the directory that the command was typed in; None if it is gone."""
    return _typed_in or working_directory()


def text_of(path: Path) -> str:
    """Return the text of a small file; empty if it cannot be read."""
    try:
        # Read bytes: text mode would change line endings, and a path may contain `\r`.
        return os.fsdecode(path.read_bytes())
    except OSError:
        return ""


def document_of(path: Path) -> dict[str, Any]:
    """Return the JSON object in a small file; empty if it cannot be read, or has something else."""
    import json  # noqa: PLC0415 - a completion needs none of it

    try:
        found = json.loads(text_of(path))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def known(directory: str | None = None) -> KnownCheckouts:
    """Return what is known when a command is typed in a directory.

    Args:
        directory: The directory; the current one if None.
    """
    homes = _homes()
    given = Path(directory) if directory else working_directory()
    if given is None:
        return KnownCheckouts(homes, None, "", _resolved)
    start = given.resolve()
    return KnownCheckouts(homes, _home_at(start, homes), str(start), _resolved)


def _homes() -> tuple[Home, ...]:
    """Return the recorded projects, last used first; none if there is no readable state."""
    try:
        file = state_directory() / "state.sqlite3"
        if not file.is_file():
            return ()
        with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True, timeout=_BUSY_SECONDS)) as db:
            projects = db.execute(
                "SELECT id, name, main, common_dir FROM project ORDER BY used DESC"
            ).fetchall()
            common_dirs = {number: Path(common_dir) for number, _, _, common_dir in projects}
            trees: dict[int, list[KnownWorktree]] = {}
            for project, name, branch, path, state, key in db.execute(
                "SELECT project_id, name, branch, path, state, key FROM worktree ORDER BY slot, id"
            ):
                place = _place(Path(path), key, common_dirs[project])
                tree = KnownWorktree(
                    name, branch, str(place), state != "creating", _branch_of(place), key, str(place) != path
                )
                trees.setdefault(project, []).append(tree)
            for project, tree in _far(db):
                trees.setdefault(project, []).append(tree)
    except (OSError, sqlite3.Error):
        # The task that uses the file reports what is wrong with it.
        return ()
    return tuple(
        Home(
            name,
            main,
            common_dir,
            tuple(trees.get(number, ())),
            gone=not _is_directory(Path(main)),
            branch=_head(Path(common_dir)),
        )
        for number, name, main, common_dir in projects
    )


def _far(db: sqlite3.Connection) -> Iterator[tuple[int, KnownWorktree]]:
    """Yield the worktrees on other machines, each with its project."""
    query = "SELECT project_id, host, name, branch, path FROM far_worktree ORDER BY host, name"
    try:
        rows = db.execute(query).fetchall()
    except sqlite3.OperationalError:
        return  # an older state file
    for project, host, name, branch, path in rows:
        yield project, KnownWorktree(name, branch or "", f"{host}:{path}", current=branch, on=host)


def _place(path: Path, key: str, common_dir: Path) -> Path:
    """Return where a worktree is now: git's file for it, which has its key, says where it was moved to."""
    if _is_directory(path):
        return path
    for note in common_dir.glob("worktrees/*/worktree-tasks"):
        if text_of(note).partition("\n")[0] == key:
            link = text_of(note.with_name("gitdir")).rstrip("\n")
            place = Path(os.path.normpath(note.parent / link)).parent
            here = working_directory() or path
            beside = (folder for one in {path.parent, place.parent} for folder in one.glob("*/"))
            candidates = (place, here, *here.parents, *beside)
            return next((one for one in candidates if _leads_to(one, note.parent)), path)
    return path


def _leads_to(folder: Path, git_directory: Path) -> bool:
    own = _git_directory(folder)
    return own is not None and own.resolve() == git_directory.resolve()


def _home_at(start: Path, homes: tuple[Home, ...]) -> Home | None:
    """Return the project of the repository that a directory is in, even if it is not recorded."""
    found = _checkout(start)
    if found is None:
        return None
    top, common_dir = found
    # A separate or bare git directory is not in its checkout.
    main = common_dir.parent if common_dir.name == ".git" else top
    home = next((home for home in homes if home.common_dir == str(common_dir)), None)
    home = home or _moved(main, common_dir, homes) or Home(main.name, str(main), str(common_dir))
    return replace(home, branch=_head(common_dir))


def _moved(main: Path, common_dir: Path, homes: tuple[Home, ...]) -> Home | None:
    """Return the project whose main checkout was moved here: the git directory has its worktrees' keys."""
    notes = common_dir.glob("worktrees/*/worktree-tasks")
    keys = {text_of(note).partition("\n")[0] for note in notes}
    for home in homes:
        if home.gone and any(tree.key in keys for tree in home.trees):
            return replace(home, main=str(main), common_dir=str(common_dir), gone=False)
    return None


def _checkout(start: Path) -> tuple[Path, Path] | None:
    """Return the root of the checkout that a directory is in, and the git directory of all its worktrees."""
    for folder in (start, *start.parents):
        own = _git_directory(folder)
        if own is not None:
            return folder, (own / text_of(own / "commondir").rstrip("\n")).resolve()
    return None


def _branch_of(checkout: Path) -> str | None:
    own = _git_directory(checkout)
    return _head(own) if own else None


def _git_directory(folder: Path) -> Path | None:
    link = folder / ".git"
    if _is_directory(link):
        return link
    text = text_of(link)
    return folder / text.removeprefix("gitdir: ").removesuffix("\n") if text.startswith("gitdir: ") else None


def _head(git_directory: Path) -> str | None:
    text = text_of(git_directory / "HEAD").rstrip("\n")
    return text.removeprefix(_ON_BRANCH) if text.startswith(_ON_BRANCH) else None


def _is_directory(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False


def _resolved(word: str) -> str:
    try:
        return str(expanded(word).resolve())
    except OSError:
        return word  # the current directory is gone
