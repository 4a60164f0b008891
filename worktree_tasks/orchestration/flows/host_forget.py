"""`wt.host-forget`: remove everything of ours from a machine, or what is known of it here."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from ... import git
from ...command import run
from ...configuration.hosts import remote_name, ssh_argv
from ...configuration.remote_scripts import forget_script, record_tips_script
from ...errors import BadUse, Failure, HostUnavailable, Refused
from ...git import host_remotes
from ...machine.laptop_key import laptop_key
from ...printable import said_last
from ...quick_dataclasses import dataclass
from ...store import state_directory
from ..hosts.port_forwards import close_forwards
from ..hosts.remote_calls import far_project
from ..hosts.remote_checkout import mark_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ...configuration.hosts import Host
    from ...store import KnownHost
    from ..hosts.remote_calls import Far
    from ..steps.project import Project

__all__ = ["Forgotten", "forget_here", "forget_host"]

_NOT_OURS = "unmanaged"
_COMMIT = "## "
_NAMED = 3


@dataclass(frozen=True, slots=True)
class Forgotten:
    """A machine that was forgotten.

    Attributes:
        host: The name that it had here.
        path: Where the main checkout was.
        worktrees: The worktrees that were removed.
        restore_points: The restore points in the trash there; if there are any, the main checkout stays.
    """

    host: str
    path: str
    worktrees: tuple[str, ...]
    restore_points: tuple[str, ...] = ()


def forget_host(project: Project, host: Host, caller_fields: Mapping[str, Any]) -> Forgotten:
    """Remove a project's worktrees, main checkout and state from a machine; the volumes of main's stack stay.

    Raises:
        BadUse: The project was never set up there.
        Refused: The machine has work that is not here.
        HostUnavailable: It cannot be reached.
        Failure: Something could not be removed; run the same command again to continue.
    """
    known = _set_up_host(project, host)
    there = far_project(project, known, host=host, caller_fields=caller_fields)
    with project.progress.step("work") as say:
        try:
            listed = there.document(["list"])["worktrees"]
        except HostUnavailable as error:
            error.hint = f"{error.hint}; if it is gone for good: wt.host-forget {host.name} --force"
            raise
        _refuse_work(project, there, [one["path"] for one in listed if one["state"] == _NOT_OURS])
        say(f"all commits on {host.name} are here too")
    names = tuple(one["name"] for one in listed)
    for name in names:
        there.document(["remove", name], project.progress)
        close_forwards(project, host, name, gone=True)
    # Removals save files that git ignores.
    points = tuple(one["name"] for one in there.document(["trash"])["restore_points"])
    with project.progress.step("checkout") as say:
        others = _used_by_others(project)
        laptop = laptop_key(state_directory())
        script = forget_script(
            known.path,
            mark_of(project, laptop),
            laptop,
            checkout_too=not points,
            everything=host.name not in others,
        )
        _run(there, script)
        outcome = f"stays, with restore points {', '.join(points)}" if points else "removed"
        say(f"{host.name}:{known.path} {outcome}; the volumes of main's stack stay")
    _drop_records(project, host)
    if host.name not in others:
        there.line.close()
    return Forgotten(host.name, known.path, names, points)


def forget_here(project: Project, host: Host) -> Forgotten:
    """Remove what is known here of a machine that is gone; nothing is asked of it, and what it has stays.

    Raises:
        BadUse: The project was never set up there.
        Refused: Commits that were fetched from it are on no branch here.
    """
    known = _set_up_host(project, host)
    with project.progress.step("work") as say:
        _refuse_lone_commits(project, host)
        say(f"all commits that were fetched from {host.name} are on branches here")
    for tree in project.store.far_worktrees(project.entry):
        if tree.host == host.name:
            close_forwards(project, host, tree.name, gone=True)
    _drop_records(project, host)
    return Forgotten(host.name, known.path, ())


def _set_up_host(project: Project, host: Host) -> KnownHost:
    known = project.store.host(project.known(), host.name)
    if known is None:
        raise BadUse(
            f"{project.main.name} is not set up on {host.name}",
            "wt.hosts lists the machines",
            kind="host-unknown",
        )
    return known


def _used_by_others(project: Project) -> set[str]:
    """Return the names of the machines that other projects are set up on."""
    others = (each for each in project.store.projects() if each != project.entry)
    return {one.name for each in others for one in project.store.hosts(each)}


def _drop_records(project: Project, host: Host) -> None:
    host_remotes.forget_remote(project.repository, remote_name(host))
    project.store.forget_host(project.entry, host.name)


def _refuse_work(project: Project, there: Far, strangers: Sequence[str]) -> None:
    """Make sure that all work on a machine is also here.

    Args:
        project: The project.
        there: The machine.
        strangers: The worktrees there that we did not make, which nothing would save.

    Raises:
        Refused: Some of it is not.
    """
    host, remote = there.host, remote_name(there.host)
    enter = f"ssh {shlex.quote(host.ssh)}"
    if strangers:
        raise _refusal(
            host,
            f"has worktrees that we did not make: {', '.join(strangers[:_NAMED])}",
            f"remove them there with git: {enter}",
        )
    there.line.open()
    host_remotes.fetch_branches(project.repository, remote, ssh=("ssh", *there.line.options))
    _refuse_lone_commits(project, host)
    # Worktrees there are removed without asking if their commits are known to be here.
    tips = git.references(project.repository).remotes
    mine = {
        name.removeprefix(f"{remote}/"): tip for name, tip in tips.items() if name.startswith(f"{remote}/")
    }
    lines = _run(there, record_tips_script(there.checkout, mine)).split("\n")
    if lone := [line[3:] for line in lines if line.startswith(_COMMIT)]:
        raise _refusal(
            host,
            f"has commits that are on no branch, such as stashes: {', '.join(lone[:_NAMED])}",
            f"make a branch of each there that you want to keep, and drop the others: {enter}",
        )
    if changed := [line[3:] for line in lines if line]:
        raise _refusal(
            host,
            f"has changes in its main checkout: {', '.join(changed[:_NAMED])}",
            f"commit them there: {enter}",
        )


def _refuse_lone_commits(project: Project, host: Host) -> None:
    remote = remote_name(host)
    if lone := host_remotes.branches_only_on(project.repository, remote):
        name = lone[0]
        # A branch that moved on both sides is here too, under its name.
        free = f"{name}-{host.name}" if git.tip_of(project.repository, name) else name
        raise _refusal(
            host,
            f"has commits that are not here: {', '.join(lone)}",
            f"git branch {free} {remote}/{name}",
        )


def _run(there: Far, script: str) -> str:
    result = run(ssh_argv(there.host, script, options=there.line.options), check=False)
    if result.code:
        raise Failure(
            f"{there.host.name}: {said_last(result.err, 'something could not be removed')}",
            "fix that on the machine, then run the same command again",
            kind="host-setup-failed",
        )
    return result.out


def _refusal(host: Host, what: str, hint: str) -> Refused:
    return Refused(f"{host.name} {what}", f"{hint}; then run the same command again", kind="host-has-work")
