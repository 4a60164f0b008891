"""The project's hooks: run for a new worktree, before its stack starts, and before it is removed."""

from __future__ import annotations

import os
import shlex
from contextlib import contextmanager
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any

from ... import command, foreground, interruption, output_redirection
from ...errors import Failure, WorktreeTasksError
from ...printable import lines_of
from . import hook_errors, hook_process
from .own_databases import recorded
from .worktree_state import view

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ...configuration.worktree_result import Worktree
    from .project import Project
    from .worktree_handle import Tree

__all__ = ["after_new", "hooks_ahead", "run_hooks"]

_LINES = 20


def after_new(tree: Tree) -> bool:
    """Run the hooks `after_new`, once for each worktree; a restored worktree is not new.

    Returns:
        Whether any ran, in which case they may have changed the worktree.

    Raises:
        Failure: One failed; opening the worktree again runs them again.
    """
    if tree.record.opened:
        return False
    new = tree.record.restored is None and tree.record.restoring is None
    ran = new and run_hooks(tree, "after_new")
    tree.update(opened=True)
    return ran


def hooks_ahead(project: Project) -> tuple[tuple[str, str], ...]:
    """Return the hooks that run on this machine for a new worktree, each with its event."""
    moments = ("after_new", "before_start")
    return tuple((one, _name(hook)) for one in moments for hook in project.settings.hooks.get(one, ()))


def run_hooks(tree: Tree, moment: str) -> bool:
    """Run an event's hooks one after the other; their output goes to stderr, or into the error with `-q`.

    Commands inside a hook do not run hooks, because a hook may start the stack itself.

    Functions get the worktree (and Invoke's context, which was bound before). Commands are split as a shell
    would, and run without one in the worktree's directory, with `WT_NAME`, `WT_PATH` and so on.

    Args:
        tree: The worktree, whose lock is held.
        moment: `after_new`, `before_start` or `before_remove`.

    Returns:
        Whether any ran.

    Raises:
        Failure: One failed; the message names it.
    """
    hooks = tree.project.settings.hooks.get(moment, ())
    if not hooks or hook_process.is_inside():
        return False
    shown = view(tree)
    facts = {
        **_facts(tree.project, shown),
        "WT_DATABASE": ",".join(one.name for one in recorded(tree)),
        **hook_process.facts_of(tree.project.locks.name(tree.record.branch)),
    }
    for hook in hooks:
        with _hook_output(quiet=tree.project.progress.quiet):
            if isinstance(hook, str):
                _run_command(hook, moment, shown, facts)
            else:
                _call(hook, moment, shown, facts)
        # A hook that catches every exception has caught Ctrl-C too.
        if interruption.happened():
            raise KeyboardInterrupt
        with tree.project.progress.step("hook") as say:
            say(f"{moment}: {_name(hook)}")
    return True


@contextmanager
def _hook_output(*, quiet: bool) -> Iterator[None]:
    """Let a hook print; if quiet, keep its output back and add it to the error only if the hook fails."""
    if not quiet:
        yield
        return
    with TemporaryFile() as file:
        try:
            with output_redirection.stderr_into(file):
                yield
        except Failure as error:
            file.seek(0)
            lines = lines_of(file.read().decode(errors="replace"))
            raise Failure(
                error.what, error.hint, (*lines[-_LINES:], *error.details), kind=error.kind
            ) from error


def _facts(project: Project, tree: Worktree) -> dict[str, str]:
    return {
        "WT_NAME": tree.name,
        "WT_BRANCH": tree.branch or "",
        "WT_PATH": str(tree.path),
        "WT_URL": tree.url or "",
        "WT_SLOT": "" if tree.slot is None else str(tree.slot),
        "WT_PROJECT": project.name,
        "WT_MAIN": str(project.main),
        "WT_COMPOSE_PROJECT": tree.compose_project or "",
    }


def _run_command(text: str, moment: str, tree: Worktree, facts: Mapping[str, str]) -> None:
    try:
        code = foreground.show(shlex.split(text), cwd=tree.path, env=command.hook_environment(facts))
    except Failure as error:
        raise _failure(moment, tree, f"cannot run {text!r}: {error.what}") from error
    if code:
        raise _failure(moment, tree, f"failed: {text!r} exited with code {code}")


def _call(hook: Any, moment: str, tree: Worktree, facts: Mapping[str, str]) -> None:  # noqa: ANN401 - a project's function
    try:
        with output_redirection.stdout_aside(), _exported(facts):
            hook(tree)
    except WorktreeTasksError as error:
        raise _failure(moment, tree, f"failed: {_name(hook)}: {error.what}", error.details) from error
    except SystemExit as end:
        if ended := hook_errors.exit_of(end):
            what = f"failed: {_name(hook)} {ended}"
            raise _failure(moment, tree, what, hook_errors.details_of(end)) from end
    except Exception as error:
        what = f"failed: {_name(hook)}: {hook_errors.reason(error)}"
        raise _failure(moment, tree, what, hook_errors.details_of(error)) from error


@contextmanager
def _exported(facts: Mapping[str, str]) -> Iterator[None]:
    """Set a hook's environment for the programs that a function starts, including wt commands."""
    before, during = dict(os.environ), command.hook_environment(facts)
    _change_environment(before, during)
    try:
        yield
    finally:
        # Variables that the function itself exported stay.
        _change_environment(during, before)


def _change_environment(before: Mapping[str, str], after: Mapping[str, str]) -> None:
    for key in before.keys() - after.keys():
        os.environ.pop(key, None)
    os.environ.update({key: value for key, value in after.items() if before.get(key) != value})


def _name(hook: Any) -> str:  # noqa: ANN401 - a command, or a function with the context bound to it
    if isinstance(hook, str):
        return hook
    function = getattr(hook, "func", hook)
    return str(getattr(function, "__qualname__", function))


def _failure(moment: str, tree: Worktree, what: str, details: Sequence[str] = ()) -> Failure:
    """Return the error for a hook, with the command that runs it again."""
    again = {
        "after_new": f"fix it, then wt.new {shlex.quote(tree.branch or tree.name)} runs it again",
        "before_start": f"fix it, then wt.start {tree.name}",
        "before_remove": f"fix it, then wt.remove {tree.name}",
    }[moment]
    return Failure(f"hook {moment} {what}", f"{again}; --no-hooks skips hooks", details, kind="hook-failed")
