"""The project's main checkout on another machine."""

from __future__ import annotations

import hashlib
import io
import tarfile
from typing import TYPE_CHECKING
from urllib.parse import quote

from ... import git
from ...configuration.hosts import remote_name
from ...errors import BadUse
from ...git import host_remotes
from ...printable import lines_of
from ...quick_dataclasses import dataclass
from ..steps.needed_files import env_files, needed_files
from .remote_pushes import push_branch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ...configuration.hosts import Host
    from ..steps.project import Project
    from .fabric_setup import SetUp
    from .ssh_connection import Line

__all__ = ["Place", "have_checkout", "mark_of", "put_files"]

# Prints `made` or `there` and the checkout's directory, or `taken` and the path that something else is at.
_MAKE = """\
mark=$1 wanted=$2 name=$3 branch=$4 who=$5 mail=$6
owner() { git -C "$1" config --local worktree-tasks.mark 2>/dev/null || :; }
case $wanted in '~/'*) wanted=$HOME/${wanted#'~/'} ;; esac
place=${wanted:-$HOME/worktree-tasks/$name}
# The path may belong to another project of the same name, or to another laptop.
other=$(owner "$place")
[ -n "$wanted" ] || [ -z "$other" ] || [ "$other" = "$mark" ] || place=$place-$mark
if [ -d "$place/.git" ] && [ "$(owner "$place")" = "$mark" ]; then
  state=there
  git -C "$place" rev-parse --quiet --verify HEAD >/dev/null || state=made
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
# Unpacks the files that do not exist yet; prints the names of these, and of existing ones that differ.
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


@dataclass(slots=True, frozen=True)
class Place:
    """Where the main checkout is on another machine, and whether it was just made."""

    path: str
    made: bool


def mark_of(project: Project, laptop: str) -> str:
    """Return what distinguishes a project of this machine from all others on another machine."""
    return hashlib.sha256(f"{laptop}\0{project.repository.common_dir}".encode()).hexdigest()[:8]


def have_checkout(project: Project, there: SetUp, line: Line, mark: str) -> Place:
    """Make the project's main checkout on a machine if needed, and bring it to main's commit here.

    Raises:
        BadUse: Something else is in its place.
        Refused: It was changed there, so it cannot be brought to main's commit.
        Failure: It cannot be made.
    """
    host, repository = there.host, project.repository
    known = git.references(repository)
    branch = known.current or project.base
    identity = [host_remotes.setting(repository, f"user.{key}") for key in ("name", "email")]
    answer = there.do(
        "making the main checkout",
        f"set -e\n{_MAKE}",
        mark,
        host.path or "",
        project.main.name,
        branch,
        *identity,
    )
    state, _, path = answer.strip().partition(" ")
    if state == "taken":
        raise BadUse(
            f"{host.name}: {path} already exists and is not a checkout of ours",
            f"set wt.hosts.{host.name}.path to another path for the main checkout",
            kind="path-taken",
        )
    host_remotes.set_remote(repository, remote_name(host), url_of(host, path))
    if state == "made":
        _push_again(project, line, known.remotes)
    push_branch(project, line, f"refs/heads/{branch}" if known.current else "HEAD", branch)
    return Place(path, state == "made")


def _push_again(project: Project, line: Line, known: Iterable[str]) -> None:
    """Push the branches that an earlier checkout there had, as they are known here.

    Without them, nothing here would tell that they are missing there.
    """
    remote = remote_name(line.host)
    names = [name.removeprefix(f"{remote}/") for name in known if name.startswith(f"{remote}/")]
    if refspecs := [f"refs/remotes/{remote}/{name}:refs/heads/{name}" for name in names if name != "HEAD"]:
        with project.progress.step(line.host.name) as say:
            ssh = ("ssh", *line.options)
            host_remotes.push(project.repository, remote, refspecs, ssh=ssh, doing=project.progress.doing)
            say(f"{', '.join(names)} pushed again")


def url_of(host: Host, path: str) -> str:
    """Return the URL of a repository on a machine, which OpenSSH resolves like the machine's name."""
    return f"ssh://{host.ssh.removeprefix('ssh://').rstrip('/')}{quote(path)}"


def put_files(project: Project, there: SetUp, place: Place) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Copy the ignored files that the stack needs to a machine, with their modes; never overwrite one.

    Returns:
        The names of the files that were copied, and of those that exist there and differ.
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
    output = there.do("unpacking files", _UNPACK, place.path, packed)
    outcomes = [line.partition(" ") for line in lines_of(output)]
    put, differ = (
        tuple(name.removeprefix("./") for kind, _, name in outcomes if kind == wanted)
        for wanted in ("put", "differs")
    )
    return put, differ
