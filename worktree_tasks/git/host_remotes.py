"""Remotes on the user's own machines, and pushes to them, through GitPython, which reports progress."""

from __future__ import annotations

import os
import shlex
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ..errors import Failure
from ..printable import said_last
from .program import ASKING_NOTHING, git

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from git import Repo

    from .repository import Repository

__all__ = [
    "branches_only_on",
    "fetch_branches",
    "forget_remote",
    "named",
    "push",
    "set_remote",
    "setting",
]

# No tags are pushed there, so a fetch with `fetch.pruneTags` would delete all tags here.
_WITHOUT_TAGS = {"tagOpt": "--no-tags", "pruneTags": "false"}
# The user's configuration for pushes to a server does not fit: nothing else is pushed, and nothing signed.
_AS_ASKED: Mapping[str, Any] = {"no_follow_tags": True, "recurse_submodules": "no", "signed": "no"}
# GitPython only parses results of pushes for references.
_NAMED = "refs/worktree-tasks/pushed"


def set_remote(repo: Repository, name: str, url: str) -> None:
    """Make sure that a remote has a URL.

    Raises:
        Failure: It already exists with another URL.
    """
    with _opened(repo, ()) as opened:
        known = {one.name: one for one in opened.remotes}
        if name not in known:
            known[name] = opened.create_remote(name, url)
        elif known[name].url != url:
            raise Failure(
                f"remote {name} already exists, with the URL {known[name].url}",
                f"git remote rename {name} OTHER, then run the same command again",
                kind="remote-taken",
            )
        with known[name].config_writer as writer:
            for key, value in _WITHOUT_TAGS.items():
                writer.set(key, value)


def forget_remote(repo: Repository, name: str) -> None:
    """Remove a remote and its remote-tracking branches, if it exists."""
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
        refspecs: What to push; sources are names of references.
        ssh: The command that connects to the other machine.
        doing: Receives the progress.

    Returns:
        Whether all references were accepted.

    Raises:
        Failure: The other repository could not be reached.
    """
    with _opened(repo, ssh) as opened:
        results = opened.remote(remote).push(
            list(refspecs), progress=_progress(doing), no_verify=True, **_AS_ASKED
        )
        if results.error is not None and not results:
            raise _failed(remote, results.error)
        return all(not one.flags & one.ERROR for one in results) and results.error is None


def fetch_branches(repo: Repository, remote: str, *, ssh: Sequence[str]) -> None:
    """Fetch all branches of a remote over SSH.

    Raises:
        Failure: The other repository could not be reached.
    """
    from git.exc import GitCommandError  # noqa: PLC0415 - few commands need it

    with _opened(repo, ssh) as opened:
        try:
            opened.remote(remote).fetch(prune=True, no_tags=True, no_prune_tags=True, recurse_submodules="no")
        except GitCommandError as error:
            raise _failed(remote, error) from error


def branches_only_on(repo: Repository, remote: str) -> tuple[str, ...]:
    """Return the fetched branches of a remote with commits that are on no other branch here."""
    listed = git(repo.main, "for-each-ref", "--format=%(refname)", f"refs/remotes/{remote}").out.split()
    elsewhere = ("--not", "--branches", f"--exclude={remote}/*", "--remotes")
    lone = (one for one in listed if git(repo.main, "rev-list", "--max-count=1", one, *elsewhere).out.strip())
    return tuple(one.removeprefix(f"refs/remotes/{remote}/") for one in lone)


@contextmanager
def named(repo: Repository, commit: str) -> Iterator[str]:
    """Create a reference to a commit while it is pushed."""
    name = f"{_NAMED}-{os.getpid()}"
    git(repo.main, "update-ref", name, commit)
    try:
        yield name
    finally:
        git(repo.main, "update-ref", "-d", name, check=False)


def setting(repo: Repository, key: str) -> str:
    """Return a value of git's configuration; empty if it is not set."""
    return git(repo.main, "config", "--get", key, check=False).out.removesuffix("\n")


def _opened(repo: Repository, ssh: Sequence[str]) -> Repo:
    """Return GitPython's repository, regardless of variables in our environment that redirect git."""
    import logging  # noqa: PLC0415 - GitPython loads it

    from git import Repo  # noqa: PLC0415 - takes 80 ms

    # What git refuses is in the results; without a handler, GitPython's warnings about it are on stderr.
    logging.getLogger("git").addHandler(logging.NullHandler())
    opened = Repo(repo.common_dir)
    aimed = {"GIT_DIR": str(repo.common_dir), "GIT_INDEX_FILE": str(repo.common_dir / "index")}
    by = {"GIT_SSH_COMMAND": shlex.join(ssh), "GIT_SSH_VARIANT": "ssh"} if ssh else {}
    opened.git.update_environment(**ASKING_NOTHING, **aimed, **by)
    return opened


def _progress(doing: Callable[[str], None]) -> Any:  # noqa: ANN401 - a class of GitPython, which is loaded late
    from git import RemoteProgress  # noqa: PLC0415 - takes 80 ms

    class PushProgress(RemoteProgress):
        def update(self, op_code: int, cur_count: Any, max_count: Any = None, message: str = "") -> None:  # noqa: ANN401 - GitPython's own
            if op_code & self.WRITING and max_count:
                doing(
                    f"sending {int(float(cur_count))} of {int(float(max_count))} objects {message}".rstrip()
                )

    return PushProgress()


def _failed(remote: str, error: Exception) -> Failure:
    output = str(getattr(error, "stderr", "") or error).strip().strip("'")
    return Failure(
        f"git cannot reach {remote}: {said_last(output, 'for an unknown reason')}",
        f"git ls-remote {remote} shows what is wrong",
        kind="program-failed",
    )
