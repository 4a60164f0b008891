"""The table of `wt.list`: what a terminal of a width shows of it, and what a pipe gets."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worktree_tasks.configuration.worktree_result import (
    Listing,
    MainCheckout,
    PublishedPort,
    ServiceState,
    Worktree,
    WorktreeChanges,
)
from worktree_tasks.interface.output import refreshed_table, table_painting
from worktree_tasks.interface.output.plain_table import plain_lines, stacked
from worktree_tasks.interface.output.table_layout import choose, fitted
from worktree_tasks.interface.output.table_rows import rows_of

NOW = 1_000_000.0
DAY = 86_400
URL = "http://localhost:8001"


def served(port: int, health: str | None = None) -> ServiceState:
    return ServiceState("running", health, (PublishedPort(8000, port, f"http://localhost:{port}"),))


MAIN = MainCheckout(
    Path("/w/shop"),
    "main",
    "running",
    {"web": served(8000), "db": ServiceState("running", "healthy"), "redis": ServiceState("running")},
)
TREE = Worktree(
    "auth",
    "auth",
    Path("/w/auth"),
    url=URL,
    state="running",
    phase="ready",
    services={"web": served(8001, "healthy"), "migrate": ServiceState("exited", exit_code=0, done=True)},
    changes=WorktreeChanges(3, 2, 1, 0, 1),
    merged="squash",
    last_commit=int(NOW) - DAY,
    memory=50 * 1024**2,
)
LONG = Worktree(
    "feature-checkout-with-klarna-and-paypal",
    "feature/checkout-with-klarna-and-paypal",
    Path("/w/long"),
    url="http://localhost:8002",
    state="partial",
    phase="degraded",
    services={
        **{name: ServiceState("running") for name in ("web", "api", "vite", "mail")},
        "worker": ServiceState("exited", exit_code=1),
    },
    changes=WorktreeChanges(0, 0, 12, 3, 15),
    last_commit=int(NOW) - 9 * DAY,
)
PAY = Worktree(
    "pay",
    "billing/pay",
    Path("/w/pay"),
    url="http://localhost:8003",
    state="running",
    phase="degraded",
    lacking=("db",),
    services={"web": served(8003)},
    changes=WorktreeChanges(0, 0, 1, 0, 1),
    last_commit=int(NOW) - DAY,
)
OLD = Worktree(
    "old",
    "old",
    Path("/w/old"),
    url="http://localhost:8004",
    state="stopped",
    phase="stopped",
    services={"web": ServiceState("exited", exit_code=137)},
    changes=WorktreeChanges(),
    merged="ancestor",
    last_commit=int(NOW) - 9 * DAY,
)


def rows(*trees: Worktree):
    return rows_of(Listing("shop", MAIN, trees), NOW)


def text(cell) -> str:
    return "".join(piece for piece, _ in cell)


def shown(width: int, *trees: Worktree) -> dict[str, str]:
    """Return what a terminal of a width shows of the first worktree, by column."""
    table = rows(*trees)
    return {
        one.name: text(fitted(table[1].cell(one.name, one.form), one.width))
        for one in choose(table, width).columns
    }


def rendered(monkeypatch, width: int, *trees: Worktree, inside: str = "/w/auth/app") -> str:
    """Return what a terminal of a width shows, without colours."""
    monkeypatch.setattr(table_painting, "standing", lambda: Path(inside))
    lines = refreshed_table.lines_of([Listing("shop", MAIN, trees)], width, NOW, projects=False)
    return "\n" + "\n".join(line.plain for line in lines) + "\n"


AT_120 = """
  name             branch       state     services              url                    changes  ± base  merged    commit
  main                          ready     3 up                  http://localhost:8000
* auth                          ready     1 up                  http://localhost:8001  3M 2?    +1 -0   squash    1 day
  feature…-paypal               degraded  4/5: worker exited 1  http://localhost:8002           +12 -3            9 days
  pay              billing/pay  no db     1 up                  http://localhost:8003           +1 -0             1 day
  old                           stopped                         http://localhost:8004           +0 -0   ancestor  9 days
"""  # noqa: E501 - so wide is the terminal
AT_80 = """
  name            state     services              url                    changes
  main            ready     3 up                  http://localhost:8000
* auth            ready     1 up                  http://localhost:8001  3M 2?
  feature…paypal  degraded  4/5: worker exited 1  http://localhost:8002
  pay             no db     1 up                  http://localhost:8003
  old             stopped                         http://localhost:8004
"""
AT_40 = """
  main ready
    http://localhost:8000
    3 up
* auth ready
    http://localhost:8001
    1 up
    3 modified, 2 untracked
    1 ahead
    merged (squash)
  feature-checkout-with-klarna-and-paypal
    degraded
    http://localhost:8002
    4/5: worker exited 1
    12 ahead, 3 behind
  pay degraded: no db
    http://localhost:8003
    on billing/pay
    1 up
    1 ahead
  old stopped
    http://localhost:8004
    merged (ancestor)
"""


@pytest.mark.parametrize(("width", "expected"), [(120, AT_120), (80, AT_80), (40, AT_40)])
def test_a_list_reads_well_at_the_widths_that_terminals_have(monkeypatch, width, expected):
    trees = [replace(one, memory=None) for one in (TREE, LONG, PAY, OLD)]
    assert rendered(monkeypatch, width, *trees) == expected


def test_nothing_is_marked_where_one_stands_in_none_of_them(monkeypatch):
    told = rendered(monkeypatch, 120, TREE, inside="/elsewhere")
    assert "*" not in told
    assert "\nname " in told


def test_without_docker_only_columns_of_git_are_left(monkeypatch):
    monkeypatch.setattr(table_painting, "standing", lambda: None)
    main = MainCheckout(Path("/w/shop"), "main", "unknown")
    tree = replace(
        TREE, state="unknown", phase="unknown", services={"web": ServiceState("unknown")}, memory=None
    )
    told = [
        line.plain
        for line in refreshed_table.lines_of([Listing("shop", main, (tree,))], 100, NOW, projects=False)
    ]
    assert told[0].split() == ["name", "branch", "url", "changes", "±", "base", "merged", "commit"]
    assert "unknown" not in "".join(told)


def test_a_wide_terminal_shows_everything():
    assert shown(200, TREE) == {
        "name": "auth",
        "branch": "auth",
        "state": "ready",
        "services": "web healthy, migrate done",
        "url": URL,
        "changes": "3 modified, 2 untracked",
        "± base": "+1 -0",
        "merged": "squash",
        "commit": "1 day",
        "memory": "50 MiB",
    }


def test_columns_go_the_least_important_first():
    seen = [tuple(shown(width, replace(TREE, branch="sign-in"))) for width in range(200, 20, -1)]
    kept = list(dict.fromkeys(seen))
    gone = [set(wider) - set(narrower) for wider, narrower in pairwise(kept)]
    assert gone == [
        {"commit"},
        {"merged"},
        {"± base"},
        {"memory"},
        {"branch"},
        {"changes"},
        {"services"},
        {"name", "state", "url"},
    ]


def test_a_branch_that_the_name_tells_is_the_first_to_go_and_another_outlives_details():
    assert "branch" not in shown(90, TREE)
    assert "merged" in shown(90, TREE)
    assert shown(76, replace(TREE, branch="sign-in"))["branch"] == "sign-in"


def test_names_are_cut_in_the_middle_before_a_column_goes_and_are_whole_where_there_is_room():
    long = replace(TREE, name="n" * 20 + "end", branch="b" * 20 + "end")
    assert shown(200, long)["name"] == long.name
    narrow = shown(92, long)
    assert {"changes", "branch", "memory"} <= set(narrow)
    assert narrow["name"].endswith("end")
    assert "…" in narrow["name"]
    assert narrow["branch"] == "bbbbbb…bbend"


def test_what_is_wrong_with_services_is_said_before_less_important_columns_are_shown():
    broken = {"web": served(8001), "worker": ServiceState("exited", exit_code=1)}
    tree = replace(TREE, services=broken, memory=None, merged=None)
    assert shown(200, tree)["services"] == "web running, worker exited 1"
    assert shown(80, tree)["services"] == "1/2: worker exited 1"
    assert shown(50, tree)["services"] == "1/2"


def test_columns_that_nobody_fills_are_not_shown_on_a_terminal():
    table = rows_of(Listing("shop", MainCheckout(Path("/w/shop"), "main", "missing"), ()), NOW)
    assert [one.name for one in choose(table, 200).columns] == ["name", "branch", "state"]


TREES = st.lists(
    st.builds(
        Worktree,
        name=st.text("abcdefgh-", min_size=1, max_size=40),
        branch=st.none() | st.text(min_size=1, max_size=80),
        path=st.just(Path("/w/x")),
        url=st.none() | st.just(URL),
        phase=st.sampled_from(["ready", "degraded", "missing", "unmanaged"]),
        services=st.just({"web": served(8001)}) | st.just({}),
        changes=st.none() | st.builds(WorktreeChanges, *[st.integers(0, 9999)] * 5),
        last_commit=st.none() | st.integers(0, int(NOW)),
        memory=st.none() | st.integers(0, 2**40),
        lacking=st.just(()) | st.just(("db",)),
    ),
    max_size=5,
)


@given(st.integers(0, 250), TREES)
def test_whatever_there_is_it_fits_and_urls_are_whole(width, trees):
    table = rows(*trees)
    layout = choose(table, width)
    if layout.stacked:
        for row in table:
            lines = [text(line) for line in stacked(row, width)]
            assert lines[0].split()[0] == text(row.cell("name"))
            assert all(f"  {text(row.cell('url'))}" in lines for _ in range(bool(row.cell("url"))))
        return
    assert sum(one.width for one in layout.columns) + 2 * (len(layout.columns) - 1) <= width
    for row in table:
        for one in layout.columns:
            cell = row.cell(one.name, one.form)
            assert len(text(fitted(cell, one.width))) <= one.width
            assert one.name in ("name", "branch") or fitted(cell, one.width) == cell


@given(TREES)
def test_wider_terminals_never_show_fewer_columns(trees):
    table = rows(*trees)
    counts = [len(choose(table, width).columns) for width in range(10, 250, 7)]
    assert counts == sorted(counts)


def test_a_measure_of_wide_letters_counts():
    table = rows(replace(TREE, branch="变更"))
    plain, wide = (choose(table, 110, measure) for measure in (len, lambda text: 2 * len(text)))
    assert len(wide.columns) < len(plain.columns)
    assert text(fitted((("变更变更", ""),), 5, lambda text: 2 * len(text))) == "变…"


def test_plain_lines_have_every_column_whole_and_a_dash_for_nothing():
    lines = plain_lines(rows(LONG, Worktree("old", None, Path("/w/old"))), projects=False, memory=False)
    assert [line.split()[0] for line in lines] == ["name", "main", LONG.name, "old"]
    assert "memory" not in lines[0]
    assert lines[3].split() == ["old", "(detached)", "unmanaged", "-", "-", "-", "-", "-", "-"]
    at = lines[0].index("url")
    assert lines[2][at:].startswith(LONG.url)
    assert "worker exited 1" in lines[2]
    assert lines[3][at:].startswith("- ")


def test_whose_database_a_worktree_has_is_told_where_any_has_its_own():
    apart = replace(LONG, database="clone")
    shared = replace(TREE, database="shared")
    lines = plain_lines(rows(apart, shared), projects=False, memory=False)
    at = lines[0].index("database")
    assert [line[at:].split()[0] for line in lines[1:]] == ["-", "clone", "shared"]
    assert "database" not in plain_lines(rows(shared), projects=False, memory=False)[0]


def test_plain_lines_of_all_projects_begin_with_the_project():
    lines = plain_lines(rows(TREE), projects=True, memory=True)
    assert [line.split()[:2] for line in lines] == [["project", "name"], ["shop", "main"], ["shop", "auth"]]
    assert lines[2].endswith("50 MiB")
    assert lines[1].endswith(" -")
