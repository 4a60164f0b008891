"""Ignored files: list them, choose those for every worktree, and ignore further ones."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from ..errors import BadUse, Failure
from ..printable import lines_of
from ..quick_dataclasses import dataclass
from .program import alone, fields, git

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from .repository import Repository

__all__ = [
    "INSTALLED",
    "Untracked",
    "exclude",
    "hidden_by_us",
    "ignored_folders",
    "ignored_matching",
    "include_again",
    "included",
    "tracked",
    "untracked",
    "with_line",
]

# Directories that tools fill with tens of thousands of files. `.worktreeinclude` searches one only if a
# pattern names it, so that a pattern such as `.env` does not search them all.
INSTALLED = frozenset({"node_modules", ".venv", "venv", "__pycache__", ".tox", ".nox", "bower_components"})

# Argument lists are limited to about 128 KiB on the strictest systems.
_CHUNK = 256

# Precedes each of our lines, which are useless once the last worktree is gone.
_OURS = b"# worktree-tasks: for worktrees, as long as there are some\n"
_OUR_LINE = re.compile(rb"^" + re.escape(_OURS) + rb"/?(?P<name>[^\n]*)\n", re.MULTILINE)

_IGNORED = ("ls-files", "-z", "--others", "--ignored")


@dataclass(frozen=True, slots=True)
class Untracked:
    """Files that git does not track: those that it ignores, and others."""

    ignored: frozenset[str] = frozenset()
    others: frozenset[str] = frozenset()


def untracked(root: Path, paths: Sequence[str]) -> Untracked:
    """Return those of some files that git does not track.

    Args:
        root: A checkout's root.
        paths: Files relative to it, taken literally.

    Raises:
        CommandError: git failed.
    """
    argv = ("--literal-pathspecs", "ls-files", "-z", "--others")

    def ask(wanted: Sequence[str], *options: str) -> frozenset[str]:
        listed = (fields(git(root, *argv, *options, "--", *chunk).out) for chunk in _chunks(wanted))
        return frozenset(path for paths in listed for path in paths)

    found = ask(paths)
    others = ask(sorted(found), "--exclude-standard")
    return Untracked(found - others, others)


def tracked(root: Path, paths: Sequence[str]) -> frozenset[str]:
    """Return those of the paths that git tracks, or that are directories of tracked files.

    Args:
        root: A checkout's root.
        paths: Paths relative to it, taken literally.

    Raises:
        CommandError: git failed.
    """
    found: set[str] = set()
    for chunk in _chunks(paths):
        listed = fields(git(root, "--literal-pathspecs", "ls-files", "-z", "--cached", "--", *chunk).out)
        for path in listed:
            parts = path.split("/")
            found.update("/".join(parts[:count]) for count in range(1, len(parts) + 1))
    return frozenset(path for path in paths if path.rstrip("/") in found)


def exclude(repo: Repository, pattern: str) -> bool:
    """Make git ignore a pattern in all worktrees of a repository, without changing a tracked file.

    Returns:
        Whether a line was added; False if it was already there.

    Raises:
        BadUse: The pattern has more than one line, or none.
        Failure: The file cannot be written.
    """
    if not pattern.strip() or "\n" in pattern:
        raise BadUse(
            f"{pattern!r} is not one pattern", "give one line in the syntax of .gitignore", kind="bad-pattern"
        )
    file = repo.common_dir / "info" / "exclude"
    with alone(repo.common_dir):
        try:
            file.parent.mkdir(exist_ok=True)
            text = file.read_bytes() if file.exists() else b""
            line = with_line(text, os.fsencode(pattern), comment=_OURS)
            if not line:
                return False
            # A single write appends it, so that readers see the whole line or nothing.
            with file.open("ab", buffering=0) as handle:
                handle.write(line)
        except OSError as error:
            raise Failure(f"{file}: {error.strerror}", "check its permissions", kind="file-error") from error
    return True


def with_line(text: bytes, pattern: bytes, comment: bytes = b"") -> bytes:
    """Return what has to be appended to a text so that it has a line; empty if it already has it."""
    if os.fsdecode(pattern) in lines_of(os.fsdecode(text)):
        return b""
    return (b"" if not text or text.endswith(b"\n") else b"\n") + comment + pattern + b"\n"


def include_again(repo: Repository, *, unless: Callable[[], bool]) -> None:
    """Remove the lines that `exclude` added, unless they are still needed.

    Raises:
        Failure: The file cannot be written.
    """
    file = repo.common_dir / "info" / "exclude"
    with alone(repo.common_dir):
        try:
            text = file.read_bytes() if file.is_file() else b""
            # Checked under the lock: another command adds its line after its record.
            if _OURS in text and not unless():
                fresh = file.with_name("exclude.worktree-tasks")
                fresh.write_bytes(_OUR_LINE.sub(b"", text))
                fresh.chmod(file.stat().st_mode)
                fresh.replace(file)
        except OSError as error:
            raise Failure(f"{file}: {error.strerror}", "check its permissions", kind="file-error") from error


def hidden_by_us(repo: Repository) -> tuple[str, ...]:
    """Return main's own files that only our lines in `info/exclude` hide from git."""
    file = repo.common_dir / "info" / "exclude"
    text = file.read_bytes() if file.is_file() else b""
    names = [os.fsdecode(match["name"]) for match in _OUR_LINE.finditer(text)]
    there = [name for name in names if (repo.main / name).is_file()]
    # The last rule decides, and the project's rules come after these.
    return tuple(name for name in there if _source(repo.main, name) == str(file))


def _source(root: Path, name: str) -> str:
    """Return the file with the rule that ignores a file; empty if git does not ignore it, or tracks it."""
    words = ("check-ignore", "--verbose", "-z", "--stdin")
    row = fields(git(root, *words, stdin=f"{name}\0", check=False).out)
    return os.path.normpath(root / row[0]) if row else ""


def included(
    root: Path, include_file: str = ".worktreeinclude", *, patterns: Sequence[str] = ()
) -> tuple[str, ...]:
    """Return the files that `.worktreeinclude` names and git ignores.

    Args:
        root: A checkout's root.
        include_file: A file of patterns in the syntax of `.gitignore`, relative to `root`.
        patterns: More patterns, which come after those of the file.

    Raises:
        CommandError: git failed.
    """
    file = root / include_file
    lines = lines_of(os.fsdecode(file.read_bytes())) if file.is_file() else []
    return ignored_matching(root, (*lines, *patterns))


def ignored_folders(root: Path) -> tuple[str, ...]:
    """Return the folders that git ignores as a whole, the outermost of each.

    Raises:
        CommandError: git failed.
    """
    found = fields(git(root, *_IGNORED, "--exclude-standard", "--directory").out)
    return tuple(path.rstrip("/") for path in found if path.endswith("/"))


def ignored_matching(root: Path, patterns: Sequence[str]) -> tuple[str, ...]:
    """Return the files that git ignores and that match patterns in the syntax of `.gitignore`.

    Raises:
        CommandError: git failed.
    """
    wanted = [line for line in patterns if line.strip() and not line.startswith("#")]
    if not wanted:
        return ()
    # For speed, an ignored directory is listed as one entry; those that may matter are then entered.
    collapsed = fields(git(root, *_IGNORED, "--exclude-standard", "--directory").out)
    worth = [path for path in collapsed if not _is_installed(path) or _names(wanted, path)]
    excludes = [f"--exclude={line}" for line in wanted]
    found = (
        path
        for chunk in _chunks(worth)
        for path in fields(git(root, "--literal-pathspecs", *_IGNORED, *excludes, "--", *chunk).out)
    )
    return tuple(sorted({path for path in found if not path.endswith("/")}))


def _is_installed(path: str) -> bool:
    return path.endswith("/") and path.rstrip("/").rpartition("/")[2] in INSTALLED


def _names(patterns: Sequence[str], directory: str) -> bool:
    name = directory.rstrip("/").rpartition("/")[2]
    return any(name in line.strip().split("/") for line in patterns if not line.startswith("!"))


def _chunks(paths: Sequence[str]) -> Iterator[Sequence[str]]:
    for first in range(0, len(paths), _CHUNK):
        yield paths[first : first + _CHUNK]
