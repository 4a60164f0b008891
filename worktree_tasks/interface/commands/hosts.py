"""Tasks for other machines: list them, set them up and forget them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from invoke.context import Context

from ..flags import JSON, TELL
from ..output import host_sentences
from ..output.documents import document
from ..session import Session
from ..task_class import task

if TYPE_CHECKING:
    from ...orchestration.flows.host_forget import Forgotten
    from ...orchestration.flows.host_init import Prepared
    from ...orchestration.flows.hosts import Machine
    from ..output.document_types import Hosts

__all__ = ["host_forget", "host_init", "hosts"]

_HOST = {"host": "A machine: [USER@]HOST as ssh takes it, or a name of the setting hosts."}


@task(help=JSON)
def hosts(c: Context, json: bool = False) -> tuple[Machine, ...]:
    """List the machines that this project knows.

    Example: inv wt.hosts
    """
    with Session(c, json=json) as session:
        from ...orchestration.flows.hosts import hosts

        found = hosts(session.project)
        known: Hosts = {"hosts": found}
        session.show(document(known), host_sentences.hosts(found))
        return found


@task(help={**_HOST, "yes": "Set it up without asking; needed where there is no terminal.", **TELL, **JSON})
def host_init(
    c: Context, host: str, yes: bool = False, quiet: bool = False, verbose: bool = False, json: bool = False
) -> Prepared:
    """Set a machine up for this project's worktrees.

    Example: inv wt.host-init box
    """
    with Session(c, json=json, quiet=quiet, verbose=verbose) as session:
        from ...configuration.hosts import find_host
        from ...orchestration.flows.remote_preparation import prepare
        from ..remote_tasks import agree_to_set_up, told_there

        machine = find_host(host, session.settings().hosts)
        if not yes:
            agree_to_set_up(session, machine)
        prepared = prepare(session.project, machine, told_there(c))
        session.show(document(prepared), host_sentences.prepared(prepared))
        return prepared


@task(
    help={
        **_HOST,
        "force": "Forget a machine that is gone for good, without reaching it; what it has stays there.",
        **TELL,
        **JSON,
    }
)
def host_forget(
    c: Context,
    host: str,
    force: bool = False,
    quiet: bool = False,
    verbose: bool = False,
    json: bool = False,
) -> Forgotten:
    """Forget a machine and clean it, unless work would be lost.

    Example: inv wt.host-forget box
    """
    with Session(c, json=json, quiet=quiet, verbose=verbose) as session:
        from ...configuration.hosts import find_host
        from ...orchestration.flows.host_forget import forget_here, forget_host
        from ..remote_tasks import told_there

        machine = find_host(host, session.settings().hosts)
        here = session.project
        gone = forget_here(here, machine) if force else forget_host(here, machine, told_there(c))
        session.show(document(gone), host_sentences.forgotten(gone))
        return gone
