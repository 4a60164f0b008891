"""Git's own notes on one linked worktree: its index, what it is in the middle of, and where its HEAD was."""

from __future__ import annotations

import re
import stat
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from .objects import write_blobs
from .program import fields, git

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from .checkout import Repository

__all__ = ["Anchors", "administration", "anchors", "index_copy", "index_entries"]

# What belongs to the place and not to the work. Whatever is locked by a running git is left out too.
_OF_THE_PLACE = frozenset(
    {"HEAD", "FETCH_HEAD", "commondir", "gitdir", "locked", "modules", "reftable", "index"}
)
_OBJECT = re.compile(rb"\b(?:[0-9a-f]{64}|[0-9a-f]{40})\b")
# The copy is read by git alone, and must not leave anything beside the index that it was copied from.
PLAIN_INDEX = tuple(
    word
    for key in ("core.splitIndex", "core.fsmonitor", "core.untrackedCache")
    for word in ("-c", f"{key}=false")
)


@dataclass(frozen=True, slots=True)
class Anchors:
    """Objects that git's notes name: commits, and others with their types."""

    commits: tuple[str, ...]
    others: tuple[tuple[str, str], ...]


@contextmanager
def index_copy(admin: Path, cwd: Path) -> Iterator[dict[str, str]]:
    """Yield environment variables under which git has a passing, refreshed copy of a worktree's index.

    Args:
        admin: Git's directory of the worktree.
        cwd: The worktree; the main checkout when the worktree's directory is gone.
    """
    with TemporaryDirectory(prefix="worktree-tasks-") as folder:
        copy = Path(folder) / "index"
        if (admin / "index").is_file():
            copy.write_bytes((admin / "index").read_bytes())
        extra = {"GIT_DIR": str(admin), "GIT_WORK_TREE": str(cwd), "GIT_INDEX_FILE": str(copy)}
        # It ends with 1 when something is changed, which is no error here.
        argv = (*PLAIN_INDEX, "update-index", "-q", "--refresh", "--force-write-index")
        git(cwd, *argv, check=False, extra=extra)
        yield extra


def administration(admin: Path, repo: Repository) -> list[dict[str, Any]]:
    """Write git's notes as blobs and return a line on each: its path, mode and blob."""
    paths = [str(path.relative_to(admin)) for path in _notes(admin)]
    blobs = write_blobs(admin, paths)
    lines = [
        {"path": path, "mode": stat.S_IMODE((admin / path).stat().st_mode), "blob": blob}
        for path, blob in zip(paths, blobs, strict=True)
    ]
    if (admin / "index").is_file():
        with index_copy(admin, repo.main) as extra:
            copy = Path(extra["GIT_INDEX_FILE"])
            (blob,) = write_blobs(repo.main, [str(copy)])
        lines.append({"path": "index", "mode": stat.S_IMODE((admin / "index").stat().st_mode), "blob": blob})
    return lines


def index_entries(admin: Path, repo: Repository) -> str:
    """Write a tree that holds whatever the index names, each stage in a directory of its own."""
    with index_copy(admin, repo.main) as extra:
        rows = fields(git(repo.main, "ls-files", "-z", "--stage", extra=extra).out)
        lines = []
        for row in rows:
            meta, _, path = row.partition("\t")
            mode, oid, stage = meta.split(" ")
            lines.append(f"{mode} {oid} 0\t{stage}/{path}\0")
        Path(extra["GIT_INDEX_FILE"]).unlink(missing_ok=True)
        git(repo.main, "update-index", "-z", "--index-info", stdin="".join(lines), extra=extra)
        # The empty blob stands for files that were only announced by `git add --intent-to-add`.
        git(repo.main, "hash-object", "-w", "--stdin", extra=extra)
        return git(repo.main, "write-tree", "--missing-ok", extra=extra).out.strip()


def anchors(repo: Repository, admin: Path, tips: Sequence[str]) -> Anchors:
    """Return the objects that git's notes name and that no tip leads to."""
    named = sorted({match.decode() for path in _notes(admin) for match in _OBJECT.findall(path.read_bytes())})
    lines = "".join(f"{oid}\n" for oid in named)
    told = git(repo.main, "cat-file", "--batch-check", stdin=lines).out.splitlines() if named else []
    kinds = {oid: kind for oid, kind, *_ in (line.split() for line in told) if kind != "missing"}
    commits = [oid for oid, kind in kinds.items() if kind == "commit"]
    revisions = "".join(f"{commit}\n" for commit in (*commits, *(f"^{tip}" for tip in tips)))
    beyond = git(repo.main, "rev-list", "--stdin", stdin=revisions).out.split() if commits else []
    return Anchors(
        tuple(commit for commit in beyond if commit in kinds),
        tuple((oid, kind) for oid, kind in kinds.items() if kind in {"tree", "blob"}),
    )


def _notes(admin: Path) -> tuple[Path, ...]:
    return tuple(
        path
        for path in sorted(admin.rglob("*"))
        if path.is_file()
        and not path.name.endswith(".lock")
        and path.relative_to(admin).parts[0] not in _OF_THE_PLACE
        and not path.name.startswith("sharedindex.")
    )
