"""Patterns of ours in `info/exclude`, which git ignores in all worktrees; no tracked file is changed."""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ..errors import BadUse, file_errors
from ..printable import lines_of
from .git_directories import content
from .program import alone, fields, git

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from .repository import Repository

__all__ = ["exclude", "hidden_by_us", "include_again", "with_line"]

# Precedes each of our lines, which are useless once the last worktree is gone.
_OURS = b"# worktree-tasks: for worktrees, as long as there are some\n"
_OUR_LINE = re.compile(rb"^" + re.escape(_OURS) + rb"/?(?P<name>[^\n]*)\n", re.MULTILINE)


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
    with _changing(repo) as file:
        file.parent.mkdir(exist_ok=True)
        line = with_line(content(file) or b"", os.fsencode(pattern), comment=_OURS)
        if line:
            # A single write appends it, so that readers see the whole line or nothing.
            with file.open("ab", buffering=0) as handle:
                handle.write(line)
    return bool(line)


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
    with _changing(repo) as file:
        text = content(file) or b""
        # Checked under the lock: another command adds its line after its record.
        if _OURS in text and not unless():
            fresh = file.with_name("exclude.worktree-tasks")
            fresh.write_bytes(_OUR_LINE.sub(b"", text))
            fresh.chmod(file.stat().st_mode)
            fresh.replace(file)


def hidden_by_us(repo: Repository) -> tuple[str, ...]:
    """Return main's own files that only our lines in `info/exclude` hide from git."""
    file = _file(repo)
    names = [os.fsdecode(match["name"]) for match in _OUR_LINE.finditer(content(file) or b"")]
    there = [name for name in names if (repo.main / name).is_file()]
    # The last rule decides, and the project's rules come after these.
    return tuple(name for name in there if _source(repo.main, name) == str(file))


def _file(repo: Repository) -> Path:
    return repo.common_dir / "info" / "exclude"


@contextmanager
def _changing(repo: Repository) -> Iterator[Path]:
    """Yield the file, which no other command of ours changes meanwhile."""
    file = _file(repo)
    with alone(repo.common_dir), file_errors(str(file), "check its permissions"):
        yield file


def _source(root: Path, name: str) -> str:
    """Return the file with the rule that ignores a file; empty if git does not ignore it, or tracks it."""
    words = ("check-ignore", "--verbose", "-z", "--stdin")
    row = fields(git(root, *words, stdin=f"{name}\0", check=False).out)
    return os.path.normpath(root / row[0]) if row else ""
