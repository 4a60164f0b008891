"""The table of `wt.list`: what stands in it and what gives way where the terminal is narrow."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worktree_tasks.configuration.results import (
    Listing,
    MainCheckout,
    PublishedPort,
    ServiceState,
    Worktree,
    WorktreeChanges,
)
from worktree_tasks.interface.output.table import choose, plain_lines, rows_of, stacked

NOW = 1_000_000.0
URL = "http://localhost:8001"
WEB = ServiceState("running", "healthy", (PublishedPort(8000, 8001, URL),))
TREE = Worktree(
    "auth",
    "auth",
    Path("/w/auth"),
    slot=1,
    url=URL,
    state="running",
    services={"web": WEB, "worker": ServiceState("running")},
    changes=WorktreeChanges(3, 2, 1, 0, 1),
    merged="squash",
    last_commit=int(NOW) - 7200,
    memory=50 * 1024**2,
)
MAIN = MainCheckout(Path("/w/shop"), "main", "running", {"db": ServiceState("running", "healthy")})


def rows(*trees: Worktree):
    return rows_of(Listing("shop", MAIN, trees), NOW)


def text(cell) -> str:
    return "".join(piece for piece, _ in cell)


def shown(width: int, *trees: Worktree) -> dict[str, str]:
    """Return what a terminal of a width shows of the first worktree, by column."""
    table = rows(*trees)
    return {column: text(table[1].cell(column, form)) for column, form, _ in choose(table, width).columns}


def test_a_wide_terminal_shows_everything():
    assert shown(200, TREE) == {
        "name": "auth",
        "branch": "auth",
        "state": "running",
        "services": "web healthy, worker running",
        "url": URL,
        "changes": "3 modified, 2 untracked",
        "± base": "+1 -0",
        "merged": "squash",
        "commit": "2 hours",
        "memory": "50 MiB",
    }


def test_main_has_the_url_of_its_first_service_that_publishes_one():
    main = replace(MAIN, services={"db": ServiceState("running"), "web": WEB})
    (row,) = rows_of(Listing("shop", main), NOW)
    assert text(row.cell("url")) == URL


def test_columns_give_way_one_after_the_other_the_least_needed_first():
    seen = []
    for width in range(200, 20, -1):
        now = tuple((column, form) for column, form, _ in choose(rows(TREE), width).columns)
        if now not in seen:
            seen.append(now)
    lost = [next(iter(set(wider) - set(narrower))) for wider, narrower in pairwise(seen)]
    assert [column for column, _ in lost[:3]] == ["memory", "commit", "branch"]
    assert lost[3:5] == [("services", ""), ("changes", "")]
    assert {column for column, _ in seen[-2]} == {"name", "state", "url"}
    assert seen[-1] == ()


def test_a_branch_that_the_name_does_not_tell_outlives_details():
    other = replace(TREE, name="auth", branch="feature/sign-in")
    assert shown(90, other)["branch"] == "feature/sign-in"
    assert shown(90, other)["services"] == "web, worker"
    assert "branch" not in shown(90, replace(TREE, branch="Auth"))


def test_a_branch_in_the_way_is_cut_before_it_goes():
    long = replace(TREE, branch="b" * 60)
    assert shown(110, long)["branch"] == "b" * 23 + "…"


def test_services_in_trouble_are_named_when_the_others_are_not_told_in_detail():
    broken = {"web": WEB, "worker": ServiceState("exited"), "db": ServiceState("running", "unhealthy")}
    tree = replace(TREE, services=broken, memory=None, merged=None)
    assert shown(200, tree)["services"] == "web healthy, worker exited, db unhealthy"
    assert shown(100, tree)["services"] == "web, worker exited, db unhealthy"
    assert shown(60, tree)["services"] == "1/3"


def test_columns_that_nobody_fills_are_not_shown_on_a_terminal():
    foreign = Worktree("old", None, Path("/w/old"))
    assert shown(200, foreign) == {
        "name": "old",
        "branch": "(detached)",
        "state": "unmanaged",
        "services": "",
    }


WIDTHS = st.integers(0, 250)
TREES = st.lists(
    st.builds(
        Worktree,
        name=st.text("abcdefgh-", min_size=1, max_size=40),
        branch=st.none() | st.text(min_size=1, max_size=80),
        path=st.just(Path("/w/x")),
        url=st.none() | st.just(URL),
        state=st.sampled_from(["running", "partial", "missing", "unmanaged"]),
        services=st.just({"web": WEB}) | st.just({}),
        changes=st.none() | st.builds(WorktreeChanges, *[st.integers(0, 9999)] * 5),
        last_commit=st.none() | st.integers(0, int(NOW)),
        memory=st.none() | st.integers(0, 2**40),
    ),
    max_size=5,
)


@given(WIDTHS, TREES)
def test_whatever_there_is_it_fits_and_names_states_and_urls_are_whole(width, trees):
    table = rows(*trees)
    layout = choose(table, width)
    if layout.stacked:
        for row in table:
            lines = [text(line) for line in stacked(row)]
            assert lines[0] == f"{text(row.cell('name'))} {text(row.cell('state'))}"
            assert all(f"  {text(row.cell('url'))}" in lines for _ in range(bool(row.cell("url"))))
        return
    assert sum(size for *_, size in layout.columns) + 2 * (len(layout.columns) - 1) <= width
    forms = {column: form for column, form, _ in layout.columns}
    assert forms["name"] == forms["state"] == forms.get("url", "") == ""
    for row in table:
        assert all(len(text(row.cell(column, form))) <= size for column, form, size in layout.columns)


@given(TREES)
def test_wider_terminals_never_show_less(trees):
    table = rows(*trees)
    counts = [len(choose(table, width).columns) for width in range(10, 250, 7)]
    assert counts == sorted(counts)


def test_a_measure_of_wide_letters_counts():
    table = rows(replace(TREE, branch="变更"))
    plain, wide = (choose(table, 200, measure) for measure in (len, lambda text: 2 * len(text)))
    assert len(wide.columns) < len(plain.columns)


def test_plain_lines_have_every_column_whole_and_a_dash_for_nothing():
    lines = plain_lines(rows(TREE, Worktree("old", None, Path("/w/old"))), projects=False, memory=False)
    assert [line.split()[0] for line in lines] == ["name", "main", "auth", "old"]
    assert "memory" not in lines[0]
    assert lines[3].split() == ["old", "(detached)", "unmanaged", "-", "-", "-", "-", "-", "-"]
    at = lines[0].index("url")
    assert lines[2][at:].startswith(URL)
    assert lines[1][at:].startswith("- ")


def test_plain_lines_of_all_projects_begin_with_the_project():
    lines = plain_lines(rows(TREE), projects=True, memory=True)
    assert [line.split()[:2] for line in lines] == [["project", "name"], ["shop", "main"], ["shop", "auth"]]
    assert lines[2].endswith("50 MiB")
    assert lines[1].endswith(" -")


@pytest.mark.parametrize("odd", ["a\nb", "a\x1b[31mb", "\ttab", "a\x9bb", "a\u202eb", "a\u2028b", "a\udcffb"])
def test_nothing_that_would_move_the_cursor_reaches_the_table(odd):
    services = {odd: ServiceState(odd)}
    tree = replace(TREE, name=odd, branch=odd, url=odd, state=odd, merged=odd, services=services)
    row = rows(tree)[1]
    cells = [cell for forms in row.cells.values() for cell in forms.values()]
    assert all(text(cell).isprintable() for cell in cells)
    assert row.project.isprintable()
    assert text(row.cell("branch", "cut")).isprintable()


def test_narrow_terminals_get_the_name_the_url_and_the_rest_on_lines_of_their_own():
    assert [text(line) for line in stacked(rows(TREE)[1])] == [
        "auth running",
        f"  {URL}",
        "  web, worker",
        "  3M 2?",
        "  +1 -0",
    ]
