"""The only place that connects to remotes, in bounded time, and how long ago that was."""

from __future__ import annotations

import os
import re
import shlex
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from ..command import environment, run
from ..errors import BadUse, Failure
from ..printable import lines_of
from .program import ASKING_NOTHING, git
from .remotes import parts_of, remotes, shown_url

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .repository import Repository

__all__ = ["ask_remote", "fetch", "fetch_argv", "ref_age", "ssh_command"]

# A session of its own has no terminal that ssh or a helper could prompt on, and ends as a whole.
_BOUNDED = """
import os, signal, subprocess, sys
child = subprocess.Popen(sys.argv[2:], start_new_session=True)
try:
    code = child.wait(float(sys.argv[1]))
except subprocess.TimeoutExpired:
    code = 124
finally:
    if child.poll() is None:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
sys.exit(code)
"""
_OUT_OF_TIME = 124


def fetch_argv(remote: str, refspecs: Sequence[str]) -> tuple[str, ...]:
    """Return the command that fetches, quietly and without starting maintenance."""
    return ("git", "fetch", "--quiet", "--no-auto-gc", "--no-recurse-submodules", "--", remote, *refspecs)


def ssh_command(configured: str, seconds: float) -> str | None:
    """Return an OpenSSH command that never prompts; None for other programs, whose options are unknown."""
    words = shlex.split(configured)
    if not words or Path(words[0]).name != "ssh":
        return None
    return f"{configured} -oBatchMode=yes -oConnectTimeout={max(1, int(seconds))}"


def fetch(repo: Repository, *, remote: str = "origin", refspecs: Sequence[str] = (), seconds: float) -> None:
    """Fetch from a remote without ever prompting.

    Args:
        repo: The repository.
        remote: The remote's name.
        refspecs: What to fetch; the remote's configured ones by default.
        seconds: When to give up, and kill git and everything that it started.

    Raises:
        BadUse: A remote or refspec that looks like an option.
        Failure: git failed, or time ran out.
    """
    _refuse_options(remote, *refspecs)
    _reach(repo, remote, fetch_argv(remote, refspecs), seconds)


def ask_remote(repo: Repository, remote: str, names: Sequence[str], *, seconds: float) -> dict[str, str]:
    """Query a remote, without ever prompting, for the commits of references by their full names.

    Args:
        repo: The repository.
        remote: The remote's name.
        names: The references.
        seconds: When to give up.

    Returns:
        Commits by reference, for those that the remote has.

    Raises:
        BadUse: A remote or reference that looks like an option.
        Failure: git failed, or time ran out.
    """
    _refuse_options(remote, *names)
    output = _reach(repo, remote, ("git", "ls-remote", "--quiet", "--", remote, *names), seconds)
    pairs = (line.split("\t", 1) for line in lines_of(output) if "\t" in line)
    return {name: commit for commit, name in pairs if name in names}


def _refuse_options(*values: str) -> None:
    for value in values:
        if value.startswith("-"):
            raise BadUse(
                f"{value!r} is neither a remote nor a refspec",
                "git remote -v lists the remotes",
                kind="fetch-failed",
            )


def _reach(repo: Repository, remote: str, argv: Sequence[str], seconds: float) -> str:
    """Run a command that connects to a remote, in bounded time and without prompts; return its output."""
    # The user's ssh command for remotes, in git's order of precedence.
    configured = (
        os.environ.get("GIT_SSH_COMMAND")
        or git(repo.main, "config", "core.sshCommand", check=False).out
        or shlex.quote(os.environ.get("GIT_SSH") or "ssh")
    )
    ssh = ssh_command(configured.strip(), seconds)
    extra = ASKING_NOTHING if ssh is None else {**ASKING_NOTHING, "GIT_SSH_COMMAND": ssh}
    bounded = (sys.executable, "-I", "-S", "-c", _BOUNDED, str(seconds), *argv)
    done = run(bounded, cwd=repo.main, env=environment(extra=extra), check=False)
    if done.code == _OUT_OF_TIME:
        raise Failure(
            f"fetching from {remote} took longer than {seconds:g} s",
            "try again when it answers; `git ls-remote` shows whether it does",
            kind="fetch-failed",
        )
    if done.code != 0:
        lines = lines_of(done.err.strip() or done.ending)
        fatal = next((line for line in lines if line.startswith("fatal: ")), lines[-1])
        raise Failure(
            f"fetching from {remote}: {fatal.removeprefix('fatal: ')}",
            f"git fetch {remote} shows more",
            kind="fetch-failed",
        )
    return done.out


def ref_age(repo: Repository, ref: str) -> float | None:
    """Return how many seconds ago a remote branch was last known to be up to date.

    That is the time since it last moved here, or since the last fetch that left it unchanged, whichever was
    later; otherwise, the time since the repository was cloned.

    Args:
        repo: The repository.
        ref: A full name such as `refs/remotes/origin/x`.

    Returns:
        Seconds; None if it is not a remote branch, or git has no record of it.
    """
    name = ref.removeprefix("refs/remotes/")
    if name == ref:
        return None
    known = remotes(repo)
    remote, branch = parts_of(name, known)
    fetched = _fetched(repo, branch, known[remote]) if remote in known else ()
    moments = [*_moved(repo, ref), *fetched] or list(_moved(repo, f"refs/remotes/{remote}/HEAD"))
    return max(0.0, time.time() - max(moments)) if moments else None


def _moved(repo: Repository, ref: str) -> Iterator[float]:
    asked = git(repo.main, "log", "-g", "-1", "--date=unix", "--format=%gd", ref, "--", check=False)
    found = re.search(r"@\{(\d+)\}$", asked.out.strip())
    if asked.code == 0 and found is not None:
        yield float(found[1])


def _fetched(repo: Repository, branch: str, url: str) -> Iterator[float]:
    line = f"\tbranch '{branch}' of {shown_url(url)}"
    for file in (repo.common_dir / "FETCH_HEAD", *repo.common_dir.glob("worktrees/*/FETCH_HEAD")):
        try:
            text = file.read_text(encoding="utf-8", errors="surrogateescape")
            if any(one.endswith(line) for one in lines_of(text)):
                yield file.stat().st_mtime
        except OSError:
            continue
