"""Remotes on machines of the user's own, and pushes to them; by GitPython, which tells how far one is."""

from __future__ import annotations

import os
import shlex
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ..errors import Failure
from ..printable import said_last
from .program import ASKING_NOTHING, git

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from git import Repo
    from git.remote import Remote

    from .repository import Repository

__all__ = [
    "branches_only_on",
    "contains",
    "fetch_branches",
    "forget_remote",
    "named",
    "push",
    "set_remote",
    "setting",
]

# GitPython reads what a push says of references only.
_NAMED = "refs/worktree-tasks/pushed"


def set_remote(repo: Repository, name: str, url: str) -> None:
    """Have a remote of a name lead to a URL.

    Raises:
        Failure: There is one that leads elsewhere.
    """
    with _opened(repo, ()) as opened:
        known = {one.name: one for one in opened.remotes}
        if name not in known:
            opened.create_remote(name, url)
        elif known[name].url != url:
            raise Failure(
                f"there is a remote {name} already, which leads to {known[name].url}",
                f"git remote rename {name} OTHER, then run the same command again",
                kind="remote-taken",
            )


def forget_remote(repo: Repository, name: str) -> None:
    """Remove a remote with what is known of its branches; nothing where there is none."""
    with _opened(repo, ()) as opened:
        if name in {one.name for one in opened.remotes}:
            opened.delete_remote(opened.remote(name))


def push(
    repo: Repository,
    remote: str,
    refspecs: Sequence[str],
    *,
    ssh: Sequence[str],
    doing: Callable[[str], None],
) -> bool:
    """Push to a remote over SSH, without hooks here.

    Args:
        repo: The repository.
        remote: Its name.
        refspecs: What is pushed to where; sources are names of references.
        ssh: What reaches the other machine.
        doing: Takes how far it is.

    Returns:
        Whether all was taken there.

    Raises:
        Failure: The other repository was not reached.
    """
    with _opened(repo, ssh) as opened:
        told = _remote(opened, remote).push(list(refspecs), progress=_progress(doing), no_verify=True)
        if told.error is not None and not told:
            raise _failed(remote, told.error)
        return all(not one.flags & one.ERROR for one in told) and told.error is None


def fetch_branches(repo: Repository, remote: str, *, ssh: Sequence[str]) -> None:
    """Fetch all branches of a remote over SSH.

    Raises:
        Failure: The other repository was not reached.
    """
    from git.exc import GitCommandError  # noqa: PLC0415 - few commands need it

    with _opened(repo, ssh) as opened:
        try:
            _remote(opened, remote).fetch(prune=True, no_tags=True)
        except GitCommandError as error:
            raise _failed(remote, error) from error


def branches_only_on(repo: Repository, remote: str) -> tuple[str, ...]:
    """Return the branches of a remote, as they were fetched, with commits that no other branch here has."""
    listed = git(repo.main, "for-each-ref", "--format=%(refname)", f"refs/remotes/{remote}").out.split()
    elsewhere = ("--not", "--branches", f"--exclude={remote}/*", "--remotes")
    lone = (one for one in listed if git(repo.main, "rev-list", "--max-count=1", one, *elsewhere).out.strip())
    return tuple(one.removeprefix(f"refs/remotes/{remote}/") for one in lone)


def contains(repo: Repository, commit: str, other: str) -> bool:
    """Return whether a commit has another one in its history, or is it; not where one of them is not here."""
    return git(repo.main, "merge-base", "--is-ancestor", other, commit, check=False).code == 0


@contextmanager
def named(repo: Repository, commit: str) -> Iterator[str]:
    """Give a commit a name while it is pushed."""
    name = f"{_NAMED}-{os.getpid()}"
    git(repo.main, "update-ref", name, commit)
    try:
        yield name
    finally:
        git(repo.main, "update-ref", "-d", name, check=False)


def setting(repo: Repository, key: str) -> str:
    """Return a value of git's configuration; empty where it has none."""
    return git(repo.main, "config", "--get", key, check=False).out.removesuffix("\n")


def _opened(repo: Repository, ssh: Sequence[str]) -> Repo:
    """Return the repository as GitPython has it, whatever aims git elsewhere in our environment."""
    from git import Repo  # noqa: PLC0415 - takes 80 ms

    opened = Repo(repo.common_dir)
    aimed = {"GIT_DIR": str(repo.common_dir), "GIT_INDEX_FILE": str(repo.common_dir / "index")}
    by = {"GIT_SSH_COMMAND": shlex.join(ssh), "GIT_SSH_VARIANT": "ssh"} if ssh else {}
    opened.git.update_environment(**ASKING_NOTHING, **aimed, **by)
    return opened


def _remote(opened: Repo, name: str) -> Remote:
    return opened.remote(name)


def _progress(doing: Callable[[str], None]) -> Any:  # noqa: ANN401 - a class of GitPython, which is loaded late
    from git import RemoteProgress  # noqa: PLC0415 - takes 80 ms

    class Told(RemoteProgress):
        def update(self, op_code: int, cur_count: Any, max_count: Any = None, message: str = "") -> None:  # noqa: ANN401 - GitPython's own
            if op_code & self.WRITING and max_count:
                doing(
                    f"sending {int(float(cur_count))} of {int(float(max_count))} objects {message}".rstrip()
                )

    return Told()


def _failed(remote: str, error: Exception) -> Failure:
    said = str(getattr(error, "stderr", "") or error).strip().strip("'")
    return Failure(
        f"git cannot reach {remote}: {said_last(said, 'it did not say why')}",
        f"git ls-remote {remote} shows what is wrong",
        kind="program-failed",
    )
