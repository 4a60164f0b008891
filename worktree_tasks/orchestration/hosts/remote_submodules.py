"""Submodules, whose commits no push brings to another machine."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from ...command import run
from ...configuration.hosts import ssh_argv
from ...git.submodules import populated_submodules
from ...printable import lines_of

if TYPE_CHECKING:
    from ..steps.project import Project
    from .remote_calls import Far

__all__ = ["tell_empty_submodules"]

# Prints those of its further arguments that the checkout has no objects of.
_MISSING = """\
cd -- "$1" || exit 0
shift
for name; do test -d ".git/modules/$name" || printf '%s\\n' "$name"; done
"""


def tell_empty_submodules(project: Project, there: Far) -> None:
    """Say which submodules of main's are empty in worktrees on a machine, and how they are filled there.

    Raises:
        HostUnavailable: The machine cannot be reached.
    """
    names = [one.name for one in populated_submodules(project.main, project.repository.common_dir)]
    if not names:
        return
    there.line.open()
    script = shlex.join(["sh", "-c", _MISSING, "sh", there.checkout, *names])
    found = run(ssh_argv(there.host, script, options=there.line.options), check=False)
    if missing := lines_of(found.out):
        project.progress.note(
            f"{there.host.name} lacks the submodules {', '.join(missing)}, so they are empty there:"
            f" `git submodule update --init` in {there.checkout} fills those of later worktrees"
        )
