"""Create a worktree completely, or leave nothing behind."""

from __future__ import annotations

import re
import shlex
import shutil
from contextlib import ExitStack
from typing import TYPE_CHECKING

from .. import interruption
from ..command import CommandError
from ..configuration.formatting import spoken_size
from ..errors import BadUse, Failure
from ..printable import lines_of
from .branch_names import valid_branch
from .git_directories import entries_of, git_directory
from .half_deleted_entries import drop_half_deleted
from .program import alone, fields, git
from .worktree_entries import find_worktree

if TYPE_CHECKING:
    from pathlib import Path

    from .repository import Repository

__all__ = ["add_worktree", "branch_argv", "forget_half_made", "link_keys", "worktree_argv"]

_FILTER = re.compile(r"^fatal: .*: smudge filter (?P<name>.+) failed$", re.MULTILINE)
_HUNG_UP = "the remote end hung up unexpectedly"
_PROGRAMS = r"^filter\..*\.(smudge|process)$"
_OF_GIT = re.compile(r"(error|fatal|warning): ")
_KEYS = "git-crypt"


def branch_argv(branch: str, start: str) -> tuple[str, ...]:
    """Return the arguments that create a branch without upstream, and fail if it already exists."""
    return ("branch", "--no-track", "--", branch, start)


def worktree_argv(path: Path, branch: str) -> tuple[str, ...]:
    """Return the arguments that register a worktree of an existing branch, without its files."""
    return ("worktree", "add", "--no-checkout", "--", str(path), branch)


def add_worktree(
    repo: Repository,
    path: Path,
    branch: str,
    *,
    start: str | None,
    create: bool,
    track: str | None = None,
) -> None:
    """Create a worktree with its files, or finish an interrupted creation; submodules stay empty.

    The repository's lock is held while git's administrative files are written, not while files are checked
    out. On failure everything created here is undone; a branch or directory that existed before stays.

    Args:
        repo: The repository.
        path: The directory to create; it may exist if it is empty.
        branch: The branch to check out.
        start: The commit at which a new branch starts.
        create: Whether the branch is new.
        track: The remote branch that a new branch tracks, such as `origin/x`; never its base.

    Raises:
        BadUse: The branch name is invalid, or a new branch has no start.
        Failure: The directory is in the way, or git failed.
    """
    valid_branch(branch)
    if create and start is None:
        raise BadUse(f"new branch {branch} has no start commit", "pass --base", kind="base-mismatch")
    path = path.absolute()
    with ExitStack() as undo:
        with alone(repo.common_dir):
            _forget_half_made(repo, path)
            if _is_registered(repo, path, branch):
                index = git_directory(path) / "index"
                if index.exists():
                    return
                index.with_name("index.lock").unlink(missing_ok=True)
            else:
                _claim(repo, path, undo)
                if create and start is not None:
                    git(repo.main, *branch_argv(branch, start))
                    undo.callback(_drop_branch, repo, branch, start)
                    if track is not None:
                        git(repo.main, "branch", f"--set-upstream-to={track}", "--", branch)
                undo.callback(_unregister, repo, path)
                git(repo.main, *worktree_argv(path, branch))
        link_keys(repo, path)
        _check_out(path)
        undo.pop_all()


def _is_registered(repo: Repository, path: Path, branch: str) -> bool:
    """Return whether git already has this worktree; remove an entry that only blocks it.

    Raises:
        Failure: Something else is there.
    """
    # Usually git has no entry for it, which can be seen without a process.
    place = path.parent.resolve() / path.name
    tree = find_worktree(repo, path) if any(entries_of(repo, place)) else None
    if tree is None:
        return False
    if tree.branch == branch and path.is_dir():
        return True
    if tree.branch == branch and tree.held is None:
        # Deleted by hand; nothing is lost with the entry, since its commits are on the branch.
        git(repo.main, "worktree", "remove", "--force", "--force", "--", str(path))
        return False
    if not path.is_dir():
        raise Failure(
            f"{path} is missing, but git still has it registered",
            f"git worktree remove -f -f {shlex.quote(str(path))}",
            kind="place-held",
        )
    raise Failure(
        f"{path} has {tree.branch or 'no branch'} checked out",
        "remove it, or choose another name",
        kind="place-held",
    )


def forget_half_made(repo: Repository, path: Path) -> None:
    """Remove what a killed git left: the entry of a path, its lock "initializing", and half-deleted entries.

    The caller has to know that no command is creating this worktree. One with an index is complete.
    """
    with alone(repo.common_dir):
        _forget_half_made(repo, path.absolute())


def _forget_half_made(repo: Repository, path: Path) -> None:
    drop_half_deleted(repo)
    for admin in entries_of(repo, path):
        if (admin / "index").exists():
            continue
        if all(_content(admin / name) for name in ("HEAD", "commondir")):
            # git's own lock during creation; people only lock complete worktrees.
            (admin / "locked").unlink(missing_ok=True)
        else:
            shutil.rmtree(admin)
            (path / ".git").unlink(missing_ok=True)


def _content(file: Path) -> bytes:
    """Return what git wrote into a file; nothing for the initial HEAD of zeros."""
    return file.read_bytes().strip(b"0\n") if file.is_file() else b""


def _claim(repo: Repository, path: Path, undo: ExitStack) -> None:
    """Create the directory, to be certain that it is ours.

    Raises:
        Failure: Something is there, or it cannot be created.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir()
    except FileExistsError as error:
        if path.is_symlink() or not path.is_dir() or any(path.iterdir()):
            raise Failure(
                f"{path} exists already", "move it away, or choose another name", kind="path-taken"
            ) from error
        undo.callback(path.mkdir, exist_ok=True)
    except OSError as error:
        raise Failure(f"{path}: {error.strerror}", "check the setting wt.root", kind="file-error") from error
    else:
        undo.callback(_clear, repo, path)


def _check_out(path: Path) -> None:
    """Write a worktree's files as `git worktree add` does, but without holding our lock.

    Raises:
        Failure: git failed; usually because the disk is full, which git does not report.
    """
    try:
        # `git reset --hard` would then lock the branch, and leave the lock behind if it is killed.
        words = ["read-tree", "--reset", "-u", "--no-recurse-submodules", "HEAD"]
        git(path, *words, extra={"LANGUAGE": "C"})  # The name of a failing filter is in git's messages only.
    except CommandError as error:
        if failure := _of_filter(path, error.result.err):
            raise failure from error
        free = spoken_size(shutil.disk_usage(path).free)
        said = lines_of(error.result.err.strip())
        raise Failure(
            f"git cannot write the files of {path}: {said[0] if said else error.what}",
            f"{free} of disk space is free there; free some, or choose another place with wt.root",
            kind="checkout-failed",
        ) from error


def _of_filter(path: Path, err: str) -> Failure | None:
    """Return the error for a failed filter, with its program and output; None if no filter failed."""
    listed = fields(git(path, "config", "-z", "--get-regexp", _PROGRAMS, check=False).out)
    programs = {
        (parts[1], parts[2]): program
        for key, _, program in (entry.partition("\n") for entry in listed)
        if (parts := re.split(r"^filter\.|\.(?=\w+$)", key))
    }
    failed = _FILTER.search(err)
    # git prints no name if a long-running filter does not even start.
    name = failed["name"] if failed else next((one for one, kind in programs if kind == "process"), None)
    if name is None or not (failed or _HUNG_UP in err):
        return None
    program = programs.get((name, "process")) or programs.get((name, "smudge")) or "no program"
    said = [line.strip() for line in lines_of(err) if not _OF_GIT.match(line)]
    return Failure(
        f"git's filter {name} ({program}) failed: {said[0] if said else lines_of(err)[-1]}",
        f"install or repair that program, which `git config --get-regexp filter.{name}` names",
        kind="filter-failed",
    )


def link_keys(repo: Repository, path: Path) -> None:
    """Link git-crypt's keys into the worktree's git directory, where it looks for them."""
    keys, link = repo.common_dir / _KEYS, git_directory(path) / _KEYS
    if keys.is_dir() and not link.exists():
        link.symlink_to(keys)


def _clear(repo: Repository, path: Path) -> None:
    with alone(repo.common_dir):
        shutil.rmtree(path, ignore_errors=True)


def _unregister(repo: Repository, path: Path) -> None:
    with interruption.undoing(), alone(repo.common_dir):
        git(repo.main, "worktree", "remove", "--force", "--force", "--", str(path), check=False)
        for admin in entries_of(repo, path):
            shutil.rmtree(admin, ignore_errors=True)


def _drop_branch(repo: Repository, branch: str, start: str) -> None:
    with interruption.undoing(), alone(repo.common_dir):
        git(repo.main, "update-ref", "-d", f"refs/heads/{branch}", start, check=False)
        git(repo.main, "config", "--remove-section", f"branch.{branch}", check=False)
