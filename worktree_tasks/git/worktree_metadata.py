"""Git's own files about a linked worktree: its index, its operation in progress, and where its HEAD was."""

from __future__ import annotations

import re
import stat
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ..lazy_modules import later
from ..printable import lines_of
from ..quick_dataclasses import dataclass
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
    "anchors",
    "beyond",
    "index_copy",
    "index_entries",
    "unsaved_index",
]

# Files about the place, not the work. Files that a running git has locked are left out too.
_OF_THE_PLACE = frozenset(
    {"HEAD", "FETCH_HEAD", "commondir", "gitdir", "locked", "modules", "reftable", "index"}
)
_OBJECT = rb"\b(?:[0-9a-f]{64}|[0-9a-f]{40})\b"
# Only git reads the copy, and it must not write anything beside the original index. An edit counts even if
# it only changed the time of a file's inode, whatever the configuration says.
_PLAIN = {
    "core.splitIndex": "false", "core.fsmonitor": "false", "core.untrackedCache": "false",
    "core.trustctime": "true", "core.checkStat": "default",
}  # fmt: skip
PLAIN_INDEX = tuple(word for key, value in _PLAIN.items() for word in ("-c", f"{key}={value}"))


@dataclass(slots=True, frozen=True)
class Anchors:
    """Objects that git's own files name: commits, and others with their types."""

    commits: tuple[str, ...]
    others: tuple[tuple[str, str], ...]


def unsaved_index(repo: Repository, admin: Path) -> bool:
    """Return whether a worktree's index differs from its HEAD, or a git operation is in progress."""
    with index_copy(admin) as extra:
        staged = git(repo.main, "diff-index", "--cached", "--quiet", "HEAD", check=False, extra=extra)
    return staged.code != 0 or operation_of(admin) is not None


@contextmanager
def index_copy(admin: Path, worktree: Path | None = None) -> Iterator[dict[str, str]]:
    """Yield environment variables that make git use a temporary, plain copy of a worktree's index.

    Args:
        admin: Git's directory of the worktree.
        worktree: The worktree; by default an empty directory, if files do not matter. Files that a sparse
            checkout leaves out must not be in it, or git would treat them as checked out.
    """
    with temporary_directories.passing_directory() as folder:
        copy, empty = folder / "index", folder / "empty"
        empty.mkdir()
        if (admin / "index").is_file():
            # With its time, from which git knows which files it must read although they look unchanged:
            # https://git-scm.com/docs/racy-git
            shutil.copy2(admin / "index", copy)
        place = worktree or empty
        extra = {"GIT_DIR": str(admin), "GIT_WORK_TREE": str(place), "GIT_INDEX_FILE": str(copy)}
        # Separately: a refresh in the same run would treat files that git is told to leave alone as
        # unchanged, and edits within the second of their checkout would never be detected.
        git(place, *PLAIN_INDEX, "update-index", "--force-write-index", extra=extra)
        yield extra


def administration(admin: Path, store: Path) -> list[dict[str, Any]]:
    """Write git's own files as blobs of another git directory; return the path, mode and blob of each."""
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
    """Write a tree of another git directory with everything in the index, with a directory for each stage."""
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
        # The empty blob represents files that were added with `git add --intent-to-add`.
        git(store, "hash-object", "-w", "--stdin", extra=there)
        return git(store, "write-tree", "--missing-ok", extra=there).out.strip()


def anchors(repo: Repository, admin: Path, tips: Sequence[str]) -> Anchors:
    """Return the objects that git's own files name and that no tip reaches."""
    named = sorted(
        {match.decode() for path in _notes(admin) for match in re.findall(_OBJECT, path.read_bytes())}
    )
    lines = "".join(f"{oid}\n" for oid in named)
    rows = lines_of(git(repo.main, "cat-file", "--batch-check", stdin=lines).out) if named else []
    kinds = {oid: kind for oid, kind, *_ in (line.split() for line in rows) if kind != "missing"}
    commits = [oid for oid, kind in kinds.items() if kind == "commit"]
    return Anchors(
        beyond(repo, commits, [f"^{tip}" for tip in tips]),
        tuple((oid, kind) for oid, kind in kinds.items() if kind in {"tree", "blob"}),
    )


def beyond(repo: Repository, commits: Sequence[str], others: Sequence[str]) -> tuple[str, ...]:
    """Return those of some commits that nothing else reaches, except those whose history git has deleted.

    Args:
        repo: The repository.
        commits: The commits.
        others: Everything else, as arguments of `git rev-list`.
    """
    if not commits:
        return ()
    lines = "".join(f"{commit}\n" for commit in commits)
    done = git(repo.main, "rev-list", "--stdin", *others, stdin=lines, check=False)
    if done.code == 0:
        wanted = frozenset(commits)
        return tuple(commit for commit in done.out.split() if commit in wanted)
    # One commit without its history makes the command fail for all.
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
