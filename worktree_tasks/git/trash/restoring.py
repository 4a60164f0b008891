"""Bringing a restore point back: the branch, the worktree, its index, and its files byte for byte.

Every step may be run again: one that was interrupted is finished by the next run.
"""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...command import CommandError
from ...errors import Failure
from ..addition import forget_half_made
from ..branches import checked_out_at, tip_of
from ..directory import git_directory
from ..entries import find_worktree, worktrees
from ..gitlinks import gitlinks
from ..known import is_file
from ..objects import BATCH_BYTES, read_blob, read_objects, write_commit, write_tree
from ..program import alone, git
from ..submodules import populate_submodules
from ..walking import is_below
from .vault import vault_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    from ..repository import Repository
    from .points import RestorePoint

__all__ = ["restore_branch", "restore_worktree"]

_NAMES = 100
_PRIVATE = 0o700
_STAGING = "worktree-tasks-restoring"


def restore_branch(repo: Repository, branch: str, commit: str, *, path: Path) -> str:
    """Have a branch at a commit that a worktree can check out.

    Args:
        repo: The repository.
        branch: Its name; when that is at another commit by now, a further name is taken.
        commit: Where it has to be.
        path: The worktree.

    Returns:
        The branch's name.

    Raises:
        Failure: No name is free.
    """
    with alone(repo.common_dir):
        trees = worktrees(repo)
        for name in (branch, f"{branch}-restored", *(f"{branch}-restored-{n}" for n in range(2, _NAMES))):
            tip, where = tip_of(repo, name), checked_out_at(trees, name)
            if tip == commit and (where is None or where.resolve() == path.resolve()):
                return name
            made = tip is None and git(repo.main, "branch", "--no-track", "--", name, commit, check=False)
            if made and made.code == 0:
                return name
    raise Failure(f"branch {branch} cannot be made at {commit[:7]}", f"git branch {branch} {commit}")


def restore_worktree(
    repo: Repository,
    point: RestorePoint,
    path: Path,
    *,
    branch: str | None,
    renamed: Mapping[str, str],
    without: Collection[str] = (),
) -> tuple[str, ...]:
    """Make a worktree as it was saved.

    Args:
        repo: The repository.
        point: What was saved.
        path: The directory; not there, empty, or begun by an earlier run.
        branch: The branch to have checked out; None for a detached HEAD.
        renamed: Branches that came back under another name.
        without: Files to leave out.

    Returns:
        What did not go well but left everything that was saved in place.

    Raises:
        Failure: Something is in the way, or git failed.
    """
    vault = vault_of(repo)
    listing = json.loads(read_blob(vault, f"{point.commit}:files.json"))
    _register(repo, point, path, branch)
    _write_notes(vault, git_directory(path), listing["git"], renamed)
    folders = dict(listing["directories"])
    for folder in folders:
        if (path / folder).is_dir() and not (path / folder).is_symlink():
            (path / folder).chmod(_PRIVATE)
    # Filters may fail for want of a program or of objects; what was edited comes back all the same.
    done = git(path, "checkout-index", "--all", "--force", "--quiet", check=False)
    notes = (
        () if done.code == 0 else (f"not all unchanged files were checked out: {CommandError(done).what}",)
    )
    _delete(path, listing["deleted"])
    entries = [entry for entry in listing["files"] if entry["path"] not in without]
    place = _Place(path, frozenset(folders))
    # Git checks a submodule out into an empty directory only, and none over a clone that was in its place.
    links = gitlinks(path)
    within = {entry["path"]: link for entry in entries if (link := is_below(entry["path"], links))}
    _write_files(vault, place.without(links), [one for one in entries if one["path"] not in within])
    saved = {link for file, link in within.items() if file.startswith(f"{link}/.git")}
    notes = (*notes, *populate_submodules(repo, path, without=saved))
    _write_files(vault, place, [one for one in entries if one["path"] in within])
    _set_modes(path, listing["modes"], folders)
    # Only spares the next `git status` to read everything.
    git(path, "update-index", "-q", "--refresh", check=False)
    return notes


def _register(repo: Repository, point: RestorePoint, path: Path, branch: str | None) -> None:
    """Let git know the worktree, with HEAD where it was and no files yet."""
    with alone(repo.common_dir):
        forget_half_made(repo, path)
        tree = find_worktree(repo, path)
        if tree is not None and not path.is_dir() and tree.locked is None:
            git(repo.main, "worktree", "remove", "--force", "--", str(path))
            tree = None
        if tree is None:
            if os.path.lexists(path) and (path.is_symlink() or not path.is_dir() or any(path.iterdir())):
                raise Failure(f"{path} exists already", "move it away, and run the same command again")
            # Before the first commit any one will do, since HEAD names the branch below.
            head = point.head or _empty_commit(repo)
            git(repo.main, "worktree", "add", "--no-checkout", "--detach", "--", str(path), head)
        if branch is not None:
            git(path, "symbolic-ref", "HEAD", f"refs/heads/{branch}")
        elif point.head is not None:
            git(path, "update-ref", "--no-deref", "HEAD", point.head)


def _empty_commit(repo: Repository) -> str:
    return write_commit(repo.common_dir, write_tree(repo.common_dir, ()), (), "Before the first commit")


def _write_notes(
    vault: Path, admin: Path, lines: Sequence[Mapping[str, Any]], renamed: Mapping[str, str]
) -> None:
    heads = {f"refs/heads/{old}": f"refs/heads/{new}" for old, new in renamed.items()}
    for line, data in _with_bytes(vault, lines):
        target = _inside(admin, line["path"])
        if target.name == "head-name":
            name = data.decode(errors="surrogateescape").rstrip("\n")
            data = f"{heads.get(name, name)}\n".encode(errors="surrogateescape")  # noqa: PLW2901 - the same note
        target.parent.mkdir(parents=True, exist_ok=True)
        _write(target, data, line["mode"])


def _with_bytes(store: Path, lines: Iterable[Mapping[str, Any]]) -> Iterable[tuple[Mapping[str, Any], bytes]]:
    by_blob: dict[str, list[Mapping[str, Any]]] = {}
    for line in lines:
        by_blob.setdefault(line["blob"], []).append(line)
    sizes = {blob: int(same[0].get("size", 0)) for blob, same in by_blob.items()}
    for blob, data in read_objects(store, sizes):
        for line in by_blob[blob]:
            yield line, data


def _delete(root: Path, paths: Iterable[str]) -> None:
    for path in paths:
        if not is_file(root, path):
            continue
        target = root / path
        target.unlink()
        for parent in target.parents:
            if parent == root or any(parent.iterdir()):
                break
            parent.rmdir()


@dataclass(frozen=True, slots=True)
class _Place:
    """Where files are written: a root, and the directories in it that nobody else may enter meanwhile."""

    root: Path
    private: frozenset[str]

    def without(self, folders: Collection[str]) -> _Place:
        """Return the place without what is below some of its directories."""
        return _Place(self.root, frozenset(one for one in self.private if not is_below(one, folders)))

    def make_room(self, path: str) -> Path:
        """Return a path's place, free, in directories that are none but our own."""
        target = _inside(self.root, path)
        self.make_folder(target.parent)
        if target.is_dir() and not target.is_symlink():
            target.rmdir()
        else:
            target.unlink(missing_ok=True)
        return target

    def make_folder(self, folder: Path) -> None:
        """Have a directory, with all that it is in; a file or link in its place goes."""
        if folder == self.root:
            return
        self.make_folder(folder.parent)
        if folder.is_symlink() or (os.path.lexists(folder) and not folder.is_dir()):
            folder.unlink()
        if not folder.is_dir():
            private = str(folder.relative_to(self.root)) in self.private
            folder.mkdir(_PRIVATE if private else 0o777)


def _write_files(vault: Path, place: _Place, entries: Sequence[Mapping[str, Any]]) -> None:
    for folder in sorted(place.private):
        place.make_folder(_inside(place.root, folder))
    for entry in entries:
        if "link" in entry:
            place.make_room(entry["path"]).symlink_to(entry["link"])
    plain = [entry for entry in entries if "link" not in entry]
    small = [entry for entry in plain if entry["size"] <= BATCH_BYTES]
    for entry, data in _with_bytes(vault, small):
        _write(place.make_room(entry["path"]), data, entry["mode"])
    for entry in plain:
        if entry["size"] > BATCH_BYTES:
            _unpack(vault, place, entry)


def _unpack(vault: Path, place: _Place, entry: Mapping[str, Any]) -> None:
    """Let git write a large file, in git's own directory of the worktree until it is whole."""
    staging = git_directory(place.root) / _STAGING
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(mode=_PRIVATE)
    extra = {"GIT_DIR": str(vault), "GIT_WORK_TREE": str(staging)}
    name = git(staging, "unpack-file", entry["blob"], extra=extra).out.removesuffix("\n")
    (staging / name).chmod(entry["mode"])
    shutil.move(staging / name, place.make_room(entry["path"]))
    staging.rmdir()


def _set_modes(root: Path, files: Iterable[tuple[str, int]], folders: Mapping[str, int]) -> None:
    for file, mode in files:
        if is_file(root, file) and not (root / file).is_symlink():
            (root / file).chmod(mode)
    for folder in sorted(folders, reverse=True):
        (root / folder).chmod(folders[folder])


def _inside(root: Path, path: str) -> Path:
    parts = path.split("/")
    if path.startswith("/") or ".." in parts or parts[0] == ".git":
        raise Failure(f"the restore point names {path!r}, which is outside of the worktree")
    return root / path


def _write(path: Path, data: bytes, mode: int) -> None:
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        os.fchmod(file.fileno(), mode)
