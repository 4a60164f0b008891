"""What `plan` and `new` say first: which services become own, and which servers it makes empty."""

from __future__ import annotations

import pytest

from worktree_tasks.configuration.compose.role_notes import spread_notes
from worktree_tasks.configuration.compose.service_roles import Service

API = Service("api", "own", "it is built from the project")
WEB = Service("web", "own", "it mounts web of the project")


def page(name: str, because: str = "api", **more) -> Service:
    return Service(
        name, "own", f"it depends on {because}, which is built from the project", because=because, **more
    )


def test_a_stack_that_doubles_is_told_with_the_path_and_the_setting():
    services = [API, page("ui"), page("front", "ui"), Service("db", "shared", "data", "postgres")]
    (line,) = spread_notes(services)
    assert line == (
        "2 more services are own because of api (ui depends on api; front depends on ui);"
        " wt.services.shared: [ui, front] leaves them to main"
    )


@pytest.mark.parametrize(
    ("seeds", "added", "told"),
    [(1, 1, False), (1, 2, True), (2, 1, False), (2, 2, True), (20, 8, False), (20, 9, True)],
)
def test_only_what_is_much_is_told(seeds, added, told):
    services = [Service(f"s{n}", "own", "it is built from the project") for n in range(seeds)]
    assert bool(list(spread_notes([*services, *(page(f"p{n}", "s0") for n in range(added))]))) is told


def test_a_server_that_is_own_by_its_network_is_told_to_be_empty():
    server = Service("db", "own", "it lends its network to api, which is built", "postgres", because="api")
    assert list(spread_notes([API, WEB, server])) == [
        "the worktree gets its own, empty db: it lends its network to api, which is built"
    ]
