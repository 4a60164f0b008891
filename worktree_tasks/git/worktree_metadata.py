"""Git's own notes on one linked worktree: its index, what it is in the middle of, and where its HEAD was."""

from __future__ import annotations

import os
import re
import stat
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ..errors import Failure
from ..lazy_modules import later
from ..printable import lines_of
from .git_directories import git_directory
from .program import fields, git
from .status import operation_of

if TYPE_CHECKING:
    import shutil
    from collections.abc import Iterator, Sequence
    from typing import Any

    from . import objects, temporary_directories
    from .repository import Repository
else:
    # Only restore points need them.
    objects, temporary_directories, shutil = later(
        __package__, ".objects", ".temporary_directories", "shutil"
    )

__all__ = [
    "PLAIN_INDEX",
    "Anchors",
    "administration",
    "administration_of",
    "anchors",
    "beyond",
    "content",
    "entries_of",
    "index_copy",
    "index_entries",
    "is_linked",
    "lock_reason",
    "registered",
    "unsaved_index",
]

# What belongs to the place and not to the work. Whatever is locked by a running git is left out too.
_OF_THE_PLACE = frozenset(
    {"HEAD", "FETCH_HEAD", "commondir", "gitdir", "locked", "modules", "reftable", "index"}
)
_OBJECT = re.compile(rb"\b(?:[0-9a-f]{64}|[0-9a-f]{40})\b")
# The copy is read by git alone, and must not leave anything beside the index that it was copied from. And an
# edit counts that changed no more than the time of a file's inode, whatever the configuration says.
_PLAIN = {
    "core.splitIndex": "false", "core.fsmonitor": "false", "core.untrackedCache": "false",
    "core.trustctime": "true", "core.checkStat": "default",
}  # fmt: skip
PLAIN_INDEX = tuple(word for key, value in _PLAIN.items() for word in ("-c", f"{key}={value}"))


class Anchors(NamedTuple):
    """Objects that git's notes name: commits, and others with their types."""

    commits: tuple[str, ...]
    others: tuple[tuple[str, str], ...]


def administration_of(repo: Repository, worktree: Path) -> Path:
    """Return git's directory of a linked worktree, whose own directory may be gone.

    Raises:
        Failure: git does not know it.
    """
    found = next(entries_of(repo, worktree), None)
    if found is None:
        raise Failure(
            f"git knows no worktree at {worktree}", "git worktree list shows them", kind="link-broken"
        )
    return found


def entries_of(repo: Repository, worktree: Path) -> Iterator[Path]:
    """Yield git's directories that name a linked worktree; more than one when git was killed in between."""
    for admin, link in registered(repo):
        if link == worktree / ".git":
            yield admin


def registered(repo: Repository) -> Iterator[tuple[Path, Path]]:
    """Yield git's directories of linked worktrees, each with the file `.git` that it says leads to it."""
    try:
        found = sorted((repo.common_dir / "worktrees").iterdir())
    except FileNotFoundError:  # git makes it with the first worktree and removes it with the last
        return
    for admin in found:
        link = _link(admin)
        if link is not None:
            yield admin, link


def content(file: Path) -> bytes | None:
    """Return what is in a file on a worktree; None where there is none, as another command may remove it."""
    try:
        return file.read_bytes()
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        return None


def lock_reason(admin: Path) -> str | None:
    """Return why a worktree is locked, "" when no reason was given; None when it is not locked."""
    text = content(admin / "locked")
    return None if text is None else os.fsdecode(text).strip()


def is_linked(repo: Repository, worktree: Path) -> bool:
    """Tell whether the file `.git` of a worktree leads to git's directory of it, and that back."""
    try:
        found = git_directory(worktree).resolve()
    except Failure:
        return False
    ours = found.parent == (repo.common_dir / "worktrees").resolve()
    return ours and _link(found) == worktree / ".git"


def _link(admin: Path) -> Path | None:
    """Return what the file `gitdir` of a directory of git's names; None without that file."""
    text = content(admin / "gitdir")
    # A relative one starts at the directory that it stands in.
    return None if text is None else Path(os.path.normpath(admin / os.fsdecode(text.rstrip(b"\n"))))


def unsaved_index(repo: Repository, admin: Path) -> bool:
    """Return whether a worktree's index is not its HEAD's, or git is in the middle of something."""
    with index_copy(admin) as extra:
        staged = git(repo.main, "diff-index", "--cached", "--quiet", "HEAD", check=False, extra=extra)
    return staged.code != 0 or operation_of(admin) is not None


@contextmanager
def index_copy(admin: Path, worktree: Path | None = None) -> Iterator[dict[str, str]]:
    """Yield environment variables under which git has a passing, plain copy of a worktree's index.

    Args:
        admin: Git's directory of the worktree.
        worktree: The worktree; an empty directory when files do not matter. What a sparse checkout leaves
            out may not be in it, or git would take it for checked out.
    """
    with temporary_directories.passing_directory() as folder:
        copy, empty = folder / "index", folder / "empty"
        empty.mkdir()
        if (admin / "index").is_file():
            # With its time, by which git knows the files that it has to read although they look unchanged:
            # https://git-scm.com/docs/racy-git
            shutil.copy2(admin / "index", copy)
        place = worktree or empty
        extra = {"GIT_DIR": str(admin), "GIT_WORK_TREE": str(place), "GIT_INDEX_FILE": str(copy)}
        # By itself: a refresh in the same run would take files that git is told to leave alone for unchanged,
        # and what was edited within the second of their checkout would never be seen.
        git(place, *PLAIN_INDEX, "update-index", "--force-write-index", extra=extra)
        yield extra


def administration(admin: Path, store: Path) -> list[dict[str, Any]]:
    """Write git's notes as blobs of another git directory and return a line on each: path, mode and blob."""
    paths = [str(path.relative_to(admin)) for path in _notes(admin)]
    blobs = objects.write_blobs(store, admin, paths)
    lines = [_line(path, blob, admin / path) for path, blob in zip(paths, blobs, strict=True)]
    if (admin / "index").is_file():
        with index_copy(admin) as extra:
            (blob,) = objects.write_blobs(store, admin, [extra["GIT_INDEX_FILE"]])
        lines.append(_line("index", blob, admin / "index"))
    return lines


def _line(path: str, blob: str, file: Path) -> dict[str, Any]:
    status = file.stat()
    return {"path": path, "mode": stat.S_IMODE(status.st_mode), "size": status.st_size, "blob": blob}


def index_entries(admin: Path, store: Path) -> str:
    """Write a tree of another git directory with all that the index names, each stage in a directory."""
    with index_copy(admin) as extra:
        rows = fields(git(admin, "ls-files", "-z", "--stage", extra=extra).out)
        lines = []
        for row in rows:
            meta, _, path = row.partition("\t")
            mode, oid, stage = meta.split(" ")
            lines.append(f"{mode} {oid} 0\t{stage}/{path}\0")
        Path(extra["GIT_INDEX_FILE"]).unlink(missing_ok=True)
        there = {**extra, "GIT_DIR": str(store)}
        git(store, *PLAIN_INDEX, "update-index", "-z", "--index-info", stdin="".join(lines), extra=there)
        # The empty blob stands for files that were only announced by `git add --intent-to-add`.
        git(store, "hash-object", "-w", "--stdin", extra=there)
        return git(store, "write-tree", "--missing-ok", extra=there).out.strip()


def anchors(repo: Repository, admin: Path, tips: Sequence[str]) -> Anchors:
    """Return the objects that git's notes name and that no tip leads to."""
    named = sorted({match.decode() for path in _notes(admin) for match in _OBJECT.findall(path.read_bytes())})
    lines = "".join(f"{oid}\n" for oid in named)
    told = lines_of(git(repo.main, "cat-file", "--batch-check", stdin=lines).out) if named else []
    kinds = {oid: kind for oid, kind, *_ in (line.split() for line in told) if kind != "missing"}
    commits = [oid for oid, kind in kinds.items() if kind == "commit"]
    return Anchors(
        beyond(repo, commits, [f"^{tip}" for tip in tips]),
        tuple((oid, kind) for oid, kind in kinds.items() if kind in {"tree", "blob"}),
    )


def beyond(repo: Repository, commits: Sequence[str], others: Sequence[str]) -> tuple[str, ...]:
    """Return those of some commits that nothing else leads to; not those whose history git has deleted.

    Args:
        repo: The repository.
        commits: The commits.
        others: What else there is, as arguments of `git rev-list`.
    """
    if not commits:
        return ()
    lines = "".join(f"{commit}\n" for commit in commits)
    done = git(repo.main, "rev-list", "--stdin", *others, stdin=lines, check=False)
    if done.code == 0:
        wanted = frozenset(commits)
        return tuple(commit for commit in done.out.split() if commit in wanted)
    # One without its history spoils the answer for all.
    if len(commits) == 1:
        return ()
    return tuple(found for commit in commits for found in beyond(repo, (commit,), others))


def _notes(admin: Path) -> tuple[Path, ...]:
    return tuple(
        path
        for path in sorted(admin.rglob("*"))
        if path.is_file()
        and not path.name.endswith(".lock")
        and path.relative_to(admin).parts[0] not in _OF_THE_PLACE
        and not path.name.startswith("sharedindex.")
    )
