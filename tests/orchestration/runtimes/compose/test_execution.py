"""A command in a service: where it runs, and what helps where that does not."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from worktree_tasks.configuration.compose.containers import ListedContainer
from worktree_tasks.errors import BadUse
from worktree_tasks.orchestration.runtimes.compose.execution import run_in


def container(service: str, state: str, status: str) -> ListedContainer:
    return ListedContainer(
        id=service, name=service, project="p", service=service, key="k",
        state=state, status=status, published=(),
    )  # fmt: skip


def stack(*found, is_main=False):
    record = SimpleNamespace(name="basket")
    start = "wt.start basket"
    return SimpleNamespace(record=record, is_main=is_main, start_command=start, containers=lambda: found)


WEB = container("web", "running", "Up 2 minutes")


def test_a_job_that_ended_well_is_run_apart_by_compose():
    tree = stack(WEB, container("migrate", "exited", "Exited (0) 1 minute ago"))
    with pytest.raises(BadUse, match="basket runs no service 'migrate'") as raised:
        run_in(tree, "migrate", ["echo", "it's done"], capture=True)
    words = "run --rm --no-deps --entrypoint echo migrate "
    assert f"wt.compose basket '{words}" in raised.value.hint
    assert raised.value.hint.endswith("runs the command in a new container")


@pytest.mark.parametrize(
    "tree",
    [
        stack(WEB),
        stack(WEB, container("migrate", "exited", "Exited (1) 1 minute ago")),
        stack(WEB, container("migrate", "exited", "Exited (0) 1 minute ago"), is_main=True),
    ],
)
def test_whatever_else_does_not_run_is_started(tree):
    with pytest.raises(BadUse) as raised:
        run_in(tree, "migrate", ["true"], capture=True)
    assert raised.value.hint == "it runs web; wt.start basket starts it"
