"""What `wt.list` makes of records, git and containers: phases, and main's data that is out of reach."""

from __future__ import annotations

from dataclasses import replace

import pytest

from worktree_tasks.configuration.compose.containers import ListedContainer
from worktree_tasks.configuration.compose.recorded_decision import Decision
from worktree_tasks.configuration.ports import Port
from worktree_tasks.orchestration.flows.list import listing
from worktree_tasks.orchestration.steps.worktree_state import Docker

NETWORK = "shop_worktree_auth"


@pytest.fixture
def auth(shop, tree):
    """A worktree that counts on main's db, with names for its stack."""
    made = tree("auth")
    made.update(compose_project="shop-auth", network=NETWORK)
    shop.store.record_decisions(made.record, {
        "web": Decision("own", "it is built from the project"),
        "db": Decision("shared", "image postgres:16 is a data service"),
    })  # fmt: skip
    return made


def container(tree, service: str, *, state="running", status="Up 2 minutes", networks=("shop_default",)):
    of_main = tree is None
    return ListedContainer(
        id=service, name=service, project="shop" if of_main else "shop-auth", service=service,
        key=None if of_main else tree.record.key, state=state, status=status, published=(),
        networks=frozenset(networks),
    )  # fmt: skip


def listed(shop, *containers):
    (one,) = listing(shop, Docker(containers)).worktrees
    return one


@pytest.mark.parametrize(
    ("main", "phase", "lacking"),
    [
        ([{"networks": ("shop_default", NETWORK)}], "ready", ()),
        ([{}], "degraded", ("db",)),
        ([{"state": "exited", "status": "Exited (0) 1 minute ago"}], "degraded", ("db",)),
        ([], "degraded", ("db",)),
    ],
)
def test_a_running_stack_says_when_mains_database_is_down_or_detached(shop, auth, main, phase, lacking):
    mains = [container(None, "db", **facts) for facts in main]
    found = listed(shop, container(auth, "web"), *mains)
    assert (found.state, found.phase, found.lacking) == ("running", phase, lacking)


def test_a_service_that_the_stack_does_not_start_is_not_missing_from_it(shop, auth):
    ports = [Port(name, 80, main=at, base=at, published=at + 1) for name, at in (("debug", 90), ("web", 80))]
    auth.lease_slot(lambda *_: (1, ports))
    web = container(auth, "web", networks=(NETWORK,))
    db = container(None, "db", networks=("shop_default", NETWORK))
    assert listed(shop, web, db).state == "partial"
    shop.store.record_idle(auth.record, {"debug"})
    found = listed(shop, web, db)
    assert (found.state, found.phase, found.url) == ("running", "ready", "http://localhost:81")
    assert {name for name, one in found.services.items() if one.idle} == {"debug"}
    # Its ports are told all the same: it can be started by hand.
    assert [port.published for port in found.services["debug"].ports] == [91]
    # Somebody started it all the same.
    exited = container(auth, "debug", state="exited", status="Exited (1) 1 minute ago")
    found = listed(shop, web, db, exited)
    assert (found.state, {*found.services}) == ("partial", {"web", "debug"})
    assert not any(one.idle for one in found.services.values())


def test_a_stopped_stack_misses_nothing_of_mains(shop, auth):
    stopped = container(auth, "web", state="exited", status="Exited (137) 1 minute ago")
    found = listed(shop, stopped)
    assert (found.phase, found.lacking) == ("stopped", ())
    assert found.services["web"].exit_code == 137


def test_a_worktree_whose_making_was_killed_is_half_made_and_one_that_is_being_made_is_booting(shop, auth):
    auth.update(state="creating")
    assert listed(shop).phase == "half-made"
    with shop.locks.alone("auth"):
        assert listed(shop).phase == "booting"
    auth.update(state="removing")
    assert listed(shop).phase == "half-made"


def test_without_an_answer_of_docker_nothing_is_said_of_stacks(shop, auth):
    (found,) = listing(shop, Docker(silence=("no Docker Engine answers", "start Docker", "x"))).worktrees
    assert (found.state, found.phase, found.lacking) == ("unknown", "unknown", ())


def test_main_has_its_page_before_there_is_a_worktree_and_none_of_its_data(shop):
    mains = [
        replace(container(None, "db"), published=((5432, 15432, "tcp"),)),
        replace(container(None, "web"), published=((8000, 28000, "tcp"),)),
    ]
    services = listing(shop, Docker(tuple(mains))).main.services
    assert {name: [port.url for port in one.ports] for name, one in services.items()} == {
        "web": ["http://localhost:28000"], "db": [],
    }  # fmt: skip


def test_mains_first_page_does_not_depend_on_what_started_last(shop):
    web = replace(container(None, "web"), published=((8000, 28000, "tcp"),))
    vite = replace(container(None, "vite"), published=((5173, 28100, "tcp"),))
    for mains in ((web, vite), (vite, web)):
        services = listing(shop, Docker(mains)).main.services
        assert [name for name, one in services.items() if one.ports] == ["web", "vite"]


ENDED = {"state": "exited", "status": "Exited (0) 1 minute ago"}


def test_main_whose_database_was_stopped_is_partial_and_one_whose_job_ended_is_running(shop):
    web, seed = container(None, "web"), container(None, "seed", **ENDED)
    db = replace(container(None, "db", **ENDED), image_name="postgres:16")
    main = listing(shop, Docker((web, seed))).main
    assert (main.state, main.services["seed"].done) == ("running", True)
    main = listing(shop, Docker((web, seed, db))).main
    assert (main.state, main.services["seed"].done, main.services["db"].done) == ("partial", True, False)


def test_what_worktrees_count_on_or_serve_themselves_is_no_job_in_main(shop, auth):
    # Nothing but the worktree tells that its image is a database's.
    db, seed = container(None, "db", **ENDED), container(None, "seed", **ENDED)
    main = listing(shop, Docker((container(None, "web"), db, seed))).main
    assert (main.state, main.services["db"].done, main.services["seed"].done) == ("partial", False, True)


class Shown(Exception):
    """The first rows came."""


def test_the_first_rows_wait_for_no_program(shop, auth, monkeypatch):
    def show(first):
        raise Shown(first.main.branch, *((one.name, one.branch, one.state) for one in first.worktrees))

    monkeypatch.setenv("PATH", "")
    with pytest.raises(Shown) as shown:
        listing(shop, early=show)
    assert shown.value.args == ("main", ("auth", "auth", "unknown"))
