"""Flow: open a worktree in an editor or a shell, here or on another machine."""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING
from urllib.parse import quote

from ...configuration.hosts import ssh_argv
from ...errors import Failure, HostUnavailable
from ...foreground import attach
from ..hosts.ssh_connection import Line
from ..steps.worktree_search import find_checkout
from .open import Opened

if TYPE_CHECKING:
    from ...configuration.hosts import Host
    from ...store import FarWorktree
    from ..steps.project import Project

__all__ = ["edit", "edit_far", "enter", "enter_far"]

# The URL by which editors open a directory on another machine:
# https://code.visualstudio.com/docs/remote/troubleshooting#_connect-to-a-remote-host-from-the-terminal
_FAR_FOLDER = "vscode-remote://ssh-remote+{host}{path}"
_SSH_FAILED = 255


def edit(project: Project, name: str) -> Opened:
    """Open a worktree on this machine, or main, in the user's editor.

    Raises:
        BadUse: There is no such worktree.
        Failure: No editor is set, or it failed.
    """
    tree = find_checkout(project, name)
    command = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "")
    if not command:
        raise Failure("no editor is set: VISUAL and EDITOR are empty", "export EDITOR=code", kind="no-editor")
    _run([*command, str(tree.record.path)])
    return Opened(tree.record.name, tree.record.path.as_uri(), opened=True)


def edit_far(host: Host, place: FarWorktree) -> Opened:
    """Open a worktree on another machine in Visual Studio Code, or in an editor whose `code` is compatible.

    Raises:
        Failure: `code` is not installed, or failed.
    """
    machine = host.ssh.removeprefix("ssh://").rstrip("/")
    url = _FAR_FOLDER.format(host=quote(machine, safe="@:"), path=quote(place.path))
    _run(["code", "--folder-uri", url])
    return Opened(place.name, url, opened=True)


def enter(project: Project, name: str) -> None:
    """Run the user's shell in a worktree on this machine, or in main.

    Raises:
        BadUse: There is no such worktree.
    """
    attach([os.environ.get("SHELL") or "/bin/sh"], cwd=find_checkout(project, name).record.path)


def enter_far(host: Host, place: FarWorktree) -> None:
    """Run the user's login shell in a worktree on another machine.

    Raises:
        HostUnavailable: The machine cannot be reached, or the connection broke.
    """
    line = Line(host)
    line.open()
    # The other machine's login shell, of whatever kind, only has to start `sh`.
    there = shlex.join(["sh", "-c", f'cd {shlex.quote(place.path)} && exec "${{SHELL:-/bin/sh}}" -l'])
    code = attach(ssh_argv(host, there, options=line.options, terminal=True))
    # A shell ends with the code of its last command.
    if code == _SSH_FAILED and not line.answers():
        raise HostUnavailable(
            f"the connection to {host.name} broke",
            "run the same command again to reconnect",
            kind="connection-lost",
        )


def _run(argv: list[str]) -> None:
    if code := attach(argv):
        raise Failure(
            f"{argv[0]} exited with code {code}", "run it directly to see more", kind="program-failed"
        )
