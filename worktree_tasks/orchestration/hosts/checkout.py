"""The project on another machine: a main checkout of ours there, to which branches are pushed."""

from __future__ import annotations

import hashlib
import io
import shlex
import tarfile
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from ... import git
from ...configuration.hosts import remote_name
from ...errors import BadUse, Refused
from ...git import pushing
from ...git.references import commit_of
from ...printable import lines_of
from ..steps.copied_files import env_files, needed_files

if TYPE_CHECKING:
    from ...configuration.hosts import Host
    from ..steps.project import Project
    from .connection import SetUp
    from .ssh_line import Line

__all__ = ["Place", "have_checkout", "mark_of", "push_source", "put_files"]

# Prints the checkout's directory behind `made` or `there`, or what has its place behind `taken`.
_MAKE = """\
mark=$1 wanted=$2 name=$3 branch=$4 who=$5 mail=$6
owner() { git -C "$1" config --local worktree-tasks.mark 2>/dev/null || :; }
case $wanted in '~/'*) wanted=$HOME/${wanted#'~/'} ;; esac
place=${wanted:-$HOME/worktree-tasks/$name}
# Another project of that name, or that of another laptop.
other=$(owner "$place")
[ -n "$wanted" ] || [ -z "$other" ] || [ "$other" = "$mark" ] || place=$place-$mark
if [ -d "$place/.git" ] && [ "$(owner "$place")" = "$mark" ]; then
  state=there
elif [ -e "$place" ] && { [ ! -d "$place" ] || [ -n "$(ls -A "$place")" ]; }; then
  echo "taken $place"
  exit
else
  git init --quiet "$place"
  git -C "$place" config worktree-tasks.mark "$mark"
  git -C "$place" symbolic-ref HEAD "refs/heads/$branch"
  git -C "$place" config receive.denyCurrentBranch updateInstead
  [ -z "$who" ] || git -C "$place" config user.name "$who"
  [ -z "$mail" ] || git -C "$place" config user.email "$mail"
  state=made
fi
echo "$state $(cd "$place" && pwd -P)"
"""
# Unpacks what is not there; prints the names that are there and differ.
_UNPACK = """\
cd -- "$1" || exit
held=$(mktemp -d) && tar -xf "$2" -C "$held" || exit
rm -f "$2"
(cd "$held" && find . -type f -o -type l) | while IFS= read -r name; do
  if [ -e "$name" ] || [ -L "$name" ]; then
    cmp -s "$held/$name" "$name" || echo "differs $name"
  else
    mkdir -p "$(dirname "$name")" && mv "$held/$name" "$name" && echo "put $name"
  fi
done
rm -rf "$held"
"""


class Place(NamedTuple):
    """Where the main checkout is on another machine, and whether it was made just now."""

    path: str
    made: bool


def mark_of(project: Project, laptop: str) -> str:
    """Return what tells a project of this machine from all others that another machine has."""
    return hashlib.sha256(f"{laptop}\0{project.repository.common_dir}".encode()).hexdigest()[:8]


def have_checkout(project: Project, there: SetUp, line: Line, mark: str) -> Place:
    """Have the project's main checkout on a machine, at the commit that main has here.

    Raises:
        BadUse: Something else has its place.
        Refused: It was changed there, so that it cannot be brought to main's commit.
        Failure: It cannot be made.
    """
    host, repository = there.host, project.repository
    known = git.references(repository)
    branch = known.current or project.base
    identity = [pushing.setting(repository, f"user.{key}") for key in ("name", "email")]
    said = there.do(
        "making the main checkout",
        f"set -e\n{_MAKE}",
        mark,
        host.path or "",
        project.main.name,
        branch,
        *identity,
    )
    state, _, path = said.strip().partition(" ")
    if state == "taken":
        raise BadUse(
            f"{host.name}: {path} is there already, and is no checkout of ours",
            f"set wt.hosts.{host.name}.path to another place; ours is made there",
            kind="path-taken",
        )
    pushing.set_remote(repository, remote_name(host), url_of(host, path))
    push_branch(project, line, f"refs/heads/{branch}" if known.current else "HEAD", branch)
    return Place(path, state == "made")


def url_of(host: Host, path: str) -> str:
    """Return the URL of a repository on a machine, which OpenSSH finds as by the machine's name."""
    return f"ssh://{host.ssh.removeprefix('ssh://').rstrip('/')}{quote(path)}"


def push_source(project: Project, line: Line, source: git.Source, base: str | None) -> str | None:
    """Bring what a new worktree starts from to a machine.

    Args:
        project: The project.
        line: The line there.
        source: Where its branch comes from here.
        base: What was named as its base.

    Returns:
        The base to name there; None where none has to be.

    Raises:
        Refused: The branch has other work there.
    """
    if not source.new:
        push_branch(project, line, source.start, source.branch)
        return None
    name = base or project.base
    if name in git.references(project.repository).heads:
        push_branch(project, line, f"refs/heads/{name}", name)
        return base
    push_branch(project, line, source.start, "")
    return source.start


def push_branch(project: Project, line: Line, source: str, branch: str) -> None:
    """Push a branch to a machine, unless it has all of it already.

    Args:
        project: The project.
        line: The line there.
        source: A reference or a commit here.
        branch: The branch there; none for a commit alone.

    Raises:
        Refused: The branch has other work there, or its checkout there was changed.
    """
    repository, remote = project.repository, remote_name(line.host)
    commit = commit_of(repository, source) or source
    there = f"refs/remotes/{remote}/{branch}"
    if branch and pushing.contains(repository, there, commit):
        return
    with project.progress.step(line.host.name) as say:
        ssh = ("ssh", *line.options)
        with pushing.named(repository, commit) as name:
            target = f"refs/heads/{branch}" if branch else f"refs/worktree-tasks/{commit}"
            taken = pushing.push(
                repository, remote, [f"{name}:{target}"], ssh=ssh, doing=project.progress.doing
            )
        if not taken:
            pushing.fetch_branches(repository, remote, ssh=ssh)
            if pushing.contains(repository, there, commit):
                return
            _refuse(line.host, remote, branch, moved=not pushing.contains(repository, commit, there))
        say(f"{branch or 'the base'} pushed ({commit[:7]})")


def _refuse(host: Host, remote: str, branch: str, *, moved: bool) -> None:
    if moved:
        raise Refused(
            f"{branch} has commits on {host.name} that are not here, and the other way round",
            f"git merge {remote}/{branch} brings them together here; then run the same command again",
            kind="branch-diverged",
        )
    raise Refused(
        f"the checkout of {branch} on {host.name} was changed, so that it cannot be brought up to date",
        f"commit it there, or take it back: ssh {shlex.quote(host.ssh)}",
        kind="checkout-changed",
    )


def put_files(project: Project, there: SetUp, place: Place) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Put the ignored files there that the stack needs, with their modes; none over one that is there.

    Returns:
        The names of those that were put, and of those that are there and differ.
    """
    names = sorted({*env_files(project), *needed_files(project)})
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as tar:
        for name in names:
            entry = tar.gettarinfo(str(project.main / name), name)
            if entry.issym():
                tar.addfile(entry)
            elif entry.isfile():
                with (project.main / name).open("rb") as file:
                    tar.addfile(entry, file)
    if not names:
        return (), ()
    packed = there.do("making room for files", "umask 077 && mktemp").strip()
    there.put(held.getvalue(), packed)
    said = there.do("unpacking files", _UNPACK, place.path, packed)
    told = [line.partition(" ") for line in lines_of(said)]
    put, differ = (
        tuple(name.removeprefix("./") for kind, _, name in told if kind == wanted)
        for wanted in ("put", "differs")
    )
    return put, differ
