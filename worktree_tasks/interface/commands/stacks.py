"""What is done with running stacks, as tasks: read, browsed, stopped all at once."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from invoke.context import Context

from ..flags import HOOKS, JSON, NAME, SLOT, TELL
from ..output import documents, words
from ..output.printing import show_value
from ..session import Session
from ..task_class import task
from .worktrees import number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...configuration.results import Worktree
    from ...orchestration.flows.open import Opened
    from ...orchestration.flows.stop_all import Stopped
    from ...orchestration.runtimes.compose.logs import Line

__all__ = ["adopt", "logs", "open_", "stop_all"]


@task(
    dry_run=True,
    iterable=["service"],
    help={
        **NAME,
        "service": "A service, and again for each further one; all of them otherwise.",
        "since": "Only what came since then: 10m, 2h30m, 2026-01-31T12:00:00.",
        "tail": "Only this many last lines of each.",
        "follow": "Go on until Ctrl-C, which ends it with code 0; --no-follow ends at once.",
        "json": "Print one JSON document on stdout, and nothing else there; with --no-follow.",
    },
)
def logs(
    c: Context,
    name: str,
    service: Sequence[str] | None = None,
    since: str | None = None,
    tail: str | None = None,
    follow: bool = True,
    json: bool = False,
) -> tuple[Line, ...]:
    """Follow what a worktree's services say.

    Example: inv wt.logs auth-feature --service web --service worker --tail 20
    """
    with Session(c, json=json) as session:
        from ...orchestration.flows.logs import logs
        from ...orchestration.runtimes.compose.logs import Part

        part = Part(since, None if tail is None else str(tail))
        services = (service,) if isinstance(service, str) else tuple(service or ())
        lines = logs(session.site, name, services, part, follow=follow, capture=json)
        session.show(documents.logs(lines))
        return lines


@task(
    name="open",
    help={**NAME, "service": "Whose page; that of the first service with a URL otherwise.", **JSON},
)
def open_(c: Context, name: str, service: str | None = None, json: bool = False) -> Opened:
    """Open a worktree's URL in the browser, and print it.

    Example: inv wt.open auth-feature --service vite
    """
    with Session(c, json=json) as session:
        from ...orchestration.flows.open import open_page

        opened = open_page(session.site, name, service=service)
        session.progress.worked = True
        session.show_with(documents.opened(opened), partial(show_value, opened.url))
        return opened


@task(
    help={
        "all": "Those of every project on this machine, not only of this one.",
        **JSON,
    }
)
def stop_all(c: Context, all: bool = False, json: bool = False) -> tuple[Stopped, ...]:  # noqa: A002 - the flag's name
    """Stop every worktree's stack; main goes on.

    Example: inv wt.stop-all
    """
    with Session(c, json=json) as session:
        from ...orchestration.flows.stop_all import stop_all

        stopped = stop_all(session.site, everywhere=all)
        session.show(documents.stopped(stopped), words.stopped(stopped))
        return stopped


@task(
    help={
        "path": "The directory of a worktree that something else made: plain git, an editor, another tool.",
        "start": "Bring the stack up; --no-start leaves it down.",
        **SLOT,
        **HOOKS,
        **TELL,
        **JSON,
    }
)
def adopt(
    c: Context,
    path: str,
    start: bool = True,
    slot: str | None = None,
    hooks: bool = True,
    quiet: bool = False,
    verbose: bool = False,
    json: bool = False,
) -> Worktree:
    """Take over a worktree that was made otherwise.

    Example: inv wt.adopt ../shop-hotfix
    """
    with Session(c, json=json, hooks=hooks, quiet=quiet, verbose=verbose) as session:
        from ...orchestration.flows.adopt import adopt

        tree = adopt(session.site, path, start=start, slot=number("slot", slot))
        session.show_worktree(tree)
        return tree
