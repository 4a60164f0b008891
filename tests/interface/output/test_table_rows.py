"""What the list says of each worktree: phase, services, changes, and in which of all one stands."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from worktree_tasks.configuration.worktree_result import (
    Listing,
    MainCheckout,
    PublishedPort,
    ServiceState,
    Worktree,
    WorktreeChanges,
)
from worktree_tasks.interface.output.table_rows import rows_of, standing_in

URL = "http://localhost:8001"
WEB = ServiceState("running", "healthy", (PublishedPort(8000, 8001, URL),))
WORKER = ServiceState("running")
DONE = ServiceState("exited", exit_code=0, done=True)
MAIN = MainCheckout(Path("/w/shop"), "main", "running", {"db": ServiceState("running", "healthy")})
TREE = Worktree("auth", "auth", Path("/w/auth"), url=URL, state="running", phase="ready")


def cell(tree: Worktree, column: str, form: str = "") -> str:
    """Return what stands in a worktree's row."""
    return "".join(text for text, _ in rows_of(Listing("shop", MAIN, (tree,)), 0)[1].cell(column, form))


def styles(tree: Worktree, column: str, form: str = "") -> set[str]:
    return {style for _, style in rows_of(Listing("shop", MAIN, (tree,)), 0)[1].cell(column, form)}


@pytest.mark.parametrize(
    ("services", "whole", "count", "ratio"),
    [
        ({}, "", "", ""),
        ({"web": WEB, "worker": WORKER}, "web healthy, worker running", "2 up", "2 up"),
        ({"web": WEB, "migrate": DONE}, "web healthy, migrate done", "1 up", "1 up"),
        ({"migrate": DONE}, "migrate done", "1 done", "1 done"),
        (
            {"web": WEB, "worker": ServiceState("exited", exit_code=1)},
            "web healthy, worker exited 1",
            "1/2: worker exited 1",
            "1/2",
        ),
        (
            {"web": WEB, "api": ServiceState("running", "unhealthy"), "worker": ServiceState("restarting")},
            "web healthy, api unhealthy, worker restarting",
            "1/3: api unhealthy, worker restarting",
            "1/3",
        ),
        ({"web": replace(WEB, health="starting")}, "web starting", "0/1: web starting", "0/1"),
        # Who publishes a port should not end, however well.
        ({"web": replace(WEB, state="exited", exit_code=0)}, "web exited 0", "0/1: web exited 0", "0/1"),
    ],
)
def test_services_are_counted_and_named_when_something_is_wrong_or_there_is_room(
    services, whole, count, ratio
):
    tree = replace(TREE, phase="degraded", services=services)
    assert [cell(tree, "services", form) for form in ("", "count", "ratio")] == [whole, count, ratio]


def test_of_several_services_in_trouble_the_first_is_named_where_room_is_short():
    ill = {name: ServiceState("exited", exit_code=1) for name in ("api", "worker")}
    assert cell(replace(TREE, services=ill), "services", "first") == "0/2: api exited 1, …"
    assert cell(replace(TREE, services={**ill, "api": WEB}), "services", "first") == "1/2: worker exited 1"


def test_what_a_ready_stack_has_never_started_is_left_out_as_the_stack_does_not_start_it():
    services = {"debug": ServiceState("created"), "web": WEB}
    assert cell(replace(TREE, services=services), "services", "count") == "1 up"
    degraded = replace(TREE, phase="degraded", services=services)
    assert cell(degraded, "services", "count") == "1/2: debug created"
    idle = {"debug": ServiceState("created", idle=True), "web": replace(WEB, state="exited", exit_code=1)}
    assert cell(replace(degraded, services=idle), "services", "count") == "0/1: web exited 1"


def test_a_stopped_stack_names_only_what_did_not_end_by_being_stopped():
    ended = {name: ServiceState("exited", exit_code=code) for name, code in (("web", 137), ("api", 0))}
    stopped = replace(TREE, phase="stopped", services=ended)
    assert cell(stopped, "services") == ""
    fresh = replace(stopped, phase="half-made", services={"web": ServiceState("created")})
    assert cell(fresh, "services") == ""
    crashed = replace(stopped, services={**ended, "worker": ServiceState("exited", exit_code=2)})
    assert cell(crashed, "services") == cell(crashed, "services", "count") == "worker exited 2"


def test_a_phase_says_which_of_mains_data_services_cannot_be_reached():
    assert cell(TREE, "state") == "ready"
    without = replace(TREE, phase="degraded", lacking=("db",))
    assert (cell(without, "state"), cell(without, "state", "short")) == ("degraded: no db", "no db")
    many = replace(TREE, phase="degraded", lacking=("db", "redis", "search"))
    assert cell(many, "state") == "degraded: no db, redis, …"


def test_main_has_a_phase_and_the_url_of_its_first_service_that_publishes_one():
    (row,) = rows_of(Listing("shop", replace(MAIN, services={"db": WORKER, "web": WEB})), 0)
    assert row.cell("state") == (("ready", "green"),)
    assert row.cell("url") == ((URL, ""),)


def test_without_docker_the_rows_have_what_git_tells_and_repeat_no_unknown():
    unknown = replace(
        TREE, state="unknown", phase="unknown", services={"web": ServiceState("unknown")},
        changes=WorktreeChanges(1, 0, 2, 0, 0),
    )  # fmt: skip
    assert (cell(unknown, "state"), cell(unknown, "services")) == ("", "")
    assert (cell(unknown, "changes"), cell(unknown, "± base")) == ("1 modified", "+2 -0")
    assert cell(replace(TREE, state="unmanaged", phase="unmanaged"), "state") == "unmanaged"


@pytest.mark.parametrize(
    ("phase", "style"),
    [
        ("ready", "green"),
        ("booting", "dim"),
        ("stopped", "dim"),
        ("unmanaged", "dim"),
        ("degraded", "yellow"),
        ("half-made", "yellow"),
        ("missing", "yellow"),
    ],
)
def test_yellow_is_what_somebody_has_to_decide_about(phase, style):
    assert styles(replace(TREE, phase=phase), "state") == {style}


def test_red_is_what_failed_and_changes_are_no_warning():
    services = {
        "web": WEB,
        "worker": ServiceState("exited", exit_code=1),
        "api": replace(WEB, health="starting"),
    }
    tree = replace(TREE, services=services, changes=WorktreeChanges(1, 1, 0, 0, 0), merged="squash")
    row = rows_of(Listing("shop", MAIN, (tree,)), 0)[1]
    assert ("worker exited 1", "red") in row.cell("services")
    assert ("api starting", "dim") in row.cell("services")
    assert styles(tree, "changes") == styles(tree, "merged") == {""}


def test_a_branch_that_says_no_more_than_the_name_is_left_out_where_others_say_more():
    assert cell(replace(TREE, branch="Auth"), "branch", "differs") == ""
    assert cell(replace(TREE, branch="feature/sign-in"), "branch", "differs") == "feature/sign-in"
    assert cell(replace(TREE, branch=None), "branch", "differs") == "(detached)"


def test_one_stands_in_the_innermost_checkout_around_the_directory():
    inner = replace(TREE, name="inner", path=Path("/w/shop/.worktrees/inner"))
    listings = [Listing("shop", MAIN, (TREE, inner))]
    assert standing_in(listings, Path("/w/shop/.worktrees/inner/app")) == inner.path
    assert standing_in(listings, Path("/w/shop/.worktrees")) == MAIN.path
    assert standing_in(listings, Path("/w/auth")) == TREE.path
    assert standing_in(listings, Path("/w/author")) is None
    assert [row.here for row in rows_of(listings[0], 0, TREE.path)] == [False, True, False]


@pytest.mark.parametrize("odd", ["a\nb", "a\x1b[31mb", "\ttab", "a\x9bb", "a\u202eb", "a\u2028b", "a\udcffb"])
def test_nothing_that_would_move_the_cursor_reaches_the_table(odd):
    services = {odd: ServiceState(odd)}
    tree = replace(
        TREE, name=odd, branch=odd, url=odd, phase=odd, merged=odd, services=services, lacking=(odd,)
    )
    row = rows_of(Listing(odd, MAIN, (tree,)), 0)[1]
    cells = [one for forms in row.cells.values() for one in forms.values()]
    assert all("".join(text for text, _ in one).isprintable() for one in cells)
    assert row.project.isprintable()


def test_a_worktree_on_another_machine_tells_which_and_is_never_where_one_stands():
    far = replace(TREE, on="box")
    assert (cell(far, "on"), cell(far, "on", "spoken"), cell(TREE, "on")) == ("box", "on box", "")
    listing = Listing("shop", MAIN, (far,))
    assert standing_in([listing], TREE.path) is None
    assert not any(row.here for row in rows_of(listing, 0, TREE.path))
