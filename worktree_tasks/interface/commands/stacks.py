"""Tasks for stacks: start and stop them, read their logs, open their pages, run commands in them."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING

from invoke.context import Context

from ..flag_values import names, seconds
from ..flags import BUILD, EVENTS, HOOKS, JSON, NAME, NAME_OR_MAIN, ON, RENEW, TELL, TIMEOUT
from ..output import documents, sentences
from ..output.printing import show_value
from ..output.standard_streams import is_terminal
from ..session import Session
from ..target_host import remote_worktree
from ..task_class import task

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...configuration.worktree_result import Worktree
    from ...orchestration.flows.open import Opened
    from ...orchestration.flows.start_all import Started
    from ...orchestration.flows.stop_all import Stopped
    from ...orchestration.runtimes.runtime_values import LogLine, Ran

__all__ = ["compose", "logs", "open_", "restart", "run", "start", "start_all", "stop", "stop_all"]


@task(hosts=True, help={**NAME, **BUILD, **RENEW, **TIMEOUT, **HOOKS, **TELL, **EVENTS, **JSON})
def start(
    c: Context,
    name: str,
    build: bool = False,
    renew: bool = False,
    timeout: str | None = None,
    hooks: bool = True,
    quiet: bool = False,
    verbose: bool = False,
    events: bool = False,
    json: bool = False,
) -> Worktree:
    """Bring a worktree's stack up, whatever its state.

    Example: inv wt.start auth-feature --build
    """
    with Session(c, json=json, hooks=hooks, quiet=quiet, verbose=verbose) as session:
        session.limit(seconds("timeout", timeout))
        if events:
            session.tell_events()
        from ..quick.stack_tasks import start_stack

        return start_stack(session, name, build=build, renew=renew)


@task(hosts=True, help={**NAME, **TELL, **JSON})
def stop(c: Context, name: str, quiet: bool = False, verbose: bool = False, json: bool = False) -> Worktree:
    """Stop a worktree's stack; it keeps its ports.

    Example: inv wt.stop auth-feature
    """
    with Session(c, json=json, quiet=quiet, verbose=verbose) as session:
        from ..quick.stack_tasks import stop_stack

        return stop_stack(session, name)


@task(hosts=True, help={**NAME, **HOOKS, **TELL, **JSON})
def restart(
    c: Context, name: str, hooks: bool = True, quiet: bool = False, verbose: bool = False, json: bool = False
) -> Worktree:
    """Stop a worktree's stack and bring it up again.

    Example: inv wt.restart auth-feature
    """
    with Session(c, json=json, hooks=hooks, quiet=quiet, verbose=verbose) as session:
        from ...orchestration.flows.restart import restart

        return session.show_worktree(restart(session.project, name))


@task(
    hosts=True,
    help={
        **NAME_OR_MAIN,
        "service": "A service of the worktree's stack.",
        "command": "The command, in quotes under inv. It runs without a shell.",
        **HOOKS,
        **JSON,
    },
)
def run(c: Context, name: str, service: str, command: str, hooks: bool = True, json: bool = False) -> Ran:
    """Run a command in a service; its exit code becomes ours.

    Example: inv wt.run auth-feature web "python manage.py migrate"
    """
    with Session(c, json=json, hooks=hooks) as session:
        from ...orchestration.flows.run import execute

        return session.show_ran(lambda: execute(session.project, name, service, command, capture=json))


@task(
    hosts=True,
    help={**NAME, "command": "The arguments for docker compose, command first; in quotes under inv.", **JSON},
)
def compose(c: Context, name: str, command: str, json: bool = False) -> Ran:
    """Run a Docker Compose command on a worktree's stack.

    Its exit code becomes ours.

    Example: inv wt.compose auth-feature "ps --all"
    """
    with Session(c, json=json) as session:
        from ...orchestration.flows.run import native

        return session.show_ran(lambda: native(session.project, name, command, capture=json))


@task(
    hosts=True,
    dry_run=True,
    iterable=["service"],
    help={
        **NAME_OR_MAIN,
        "service": "A service; repeatable. All services by default.",
        "since": "Only lines since this time: 10m, 2h30m, 2026-01-31T12:00:00.",
        "tail": "Only this many of the last lines of each service.",
        "follow": "Follow until Ctrl-C, which exits with 0; the default on a terminal.",
        **JSON,
    },
)
def logs(
    c: Context,
    name: str,
    service: Sequence[str] | None = None,
    since: str | None = None,
    tail: str | None = None,
    follow: bool | None = None,
    json: bool = False,
) -> tuple[LogLine, ...]:
    """Show a worktree's logs; on a terminal, follow them.

    Example: inv wt.logs auth-feature --service web --service worker --tail 20
    """
    with Session(c, json=json) as session:
        from ...orchestration.flows.logs import logs
        from ...orchestration.runtimes.runtime_values import Part

        part = Part(since, None if tail is None else str(tail))
        # The reader of a file or a pipe waits for its end.
        follow = is_terminal(sys.stdout) and not json if follow is None else follow
        said = logs(session.project, name, names(service), part, follow=follow, capture=json)
        session.show(documents.document(said))
        return said.lines


@task(
    name="open",
    help={
        **NAME_OR_MAIN,
        "service": "The service whose page to open; the first one with a URL by default.",
        "editor": "Open its directory in $VISUAL or $EDITOR; on another machine in Visual Studio Code.",
        "shell": "Open a shell in its directory; on another machine a login shell there.",
        **ON,
        **JSON,
    },
)
def open_(
    c: Context,
    name: str,
    service: str | None = None,
    editor: bool = False,
    shell: bool = False,
    on: str | None = None,
    json: bool = False,
) -> Opened | None:
    """Open a worktree's URL in the browser, and print it.

    Example: inv wt.open auth-feature --service vite
    """
    with Session(c, json=json) as session:
        from ...orchestration.flows import editor_or_shell
        from ...orchestration.flows import open as pages

        place = remote_worktree(c, session, name, on)
        if shell:
            if place:
                editor_or_shell.enter_far(place.host, place.tree)
            else:
                editor_or_shell.enter(session.project, name)
            return None
        if editor and place:
            opened = editor_or_shell.edit_far(place.host, place.tree)
        elif editor:
            opened = editor_or_shell.edit(session.project, name)
        elif place:
            opened = pages.open_far_page(session.project, place.host, place.tree, service=service)
        else:
            opened = pages.open_page(session.project, name, service=service)
        session.progress.worked = True
        session.show_with(documents.document(opened), partial(show_value, opened.url))
        return opened


@task(help={**HOOKS, **TELL, **JSON})
def start_all(
    c: Context, hooks: bool = True, quiet: bool = False, verbose: bool = False, json: bool = False
) -> tuple[Started, ...]:
    """Start every worktree's stack, such as after a reboot.

    Example: inv wt.start-all
    """
    with Session(c, json=json, hooks=hooks, quiet=quiet, verbose=verbose) as session:
        from ...orchestration.flows.start_all import start_all

        started = start_all(session.project)
        session.show(documents.started(started), sentences.started(started))
        return started


@task(help={"all": "The stacks of every project on this machine.", **JSON})
def stop_all(c: Context, all: bool = False, json: bool = False) -> tuple[Stopped, ...]:  # noqa: A002 - the flag's name
    """Stop every worktree's stack; main keeps running.

    Example: inv wt.stop-all
    """
    with Session(c, json=json) as session:
        from ...orchestration.flows.stop_all import stop_all

        stopped = stop_all(session.project, everywhere=all)
        session.show(documents.stopped(stopped), sentences.stopped(stopped))
        return stopped
