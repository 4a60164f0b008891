"""What is said of drift: a line for each set."""

from __future__ import annotations

import pytest

from worktree_tasks.configuration.drift.drift_lines import Apart, behind, differing, drift_lines

MANY = tuple(f"orders 000{number}" for number in range(1, 8))


def apart(*, shared=True, **sets):
    return Apart("db", "shop", shared, "Django", **sets)


def test_three_are_named_and_the_rest_counted_with_whose_they_are_and_the_flag_that_helps():
    ((what, fix),) = differing(apart(unknown=MANY, owners=("pay",), branch="feature/pay"), "auth")
    assert what == (
        "the database shop in db, which is shared, has migrations that this branch does not know:"
        " orders 0001, orders 0002, orders 0003 and 4 more, from pay"
    )
    assert fix == (
        "`git rebase feature/pay` in the worktree; or undo them in the database;"
        " or wt.database auth --mode clone"
    )


def test_where_nobody_has_them_the_branch_is_still_to_be_looked_for():
    ((what, fix),) = differing(apart(unknown=MANY[:1]), "auth")
    assert what.endswith("does not know: orders 0001")
    assert fix.startswith("merge the branch that has them; or undo them in the database; or ")


def test_a_database_of_its_own_is_made_anew_instead():
    ((what, fix),) = differing(apart(unknown=MANY[:1], shared=False), "auth")
    assert what.startswith("the database shop in db has migrations")
    assert fix.endswith("or wt.database auth --reset")


def test_what_was_changed_is_a_line_of_its_own():
    found = differing(apart(unknown=MANY[:1], changed=("V2__refund", "V3__x")), "auth")
    assert found[1] == (
        (
            "the database shop in db, which is shared, "
            "has migrations whose files were changed since: V2__refund, V3__x"
        ),
        "put the change into a new migration, or wt.database auth --mode clone",
    )


@pytest.mark.parametrize(
    ("shared", "more"), [(True, "; applying them there applies them for everyone"), (False, "")]
)
def test_what_is_pending_is_said_with_what_applying_it_means(shared, more):
    line = behind(apart(pending=("orders 0002", "orders 0003", "a", "b"), shared=shared))
    assert line.endswith(f"lacks this branch's migrations orders 0002, orders 0003, a and 1 more{more}")
    assert behind(apart(changed=("x",))) is None


def test_names_that_a_terminal_would_obey_are_escaped():
    ((what, _),) = differing(apart(unknown=("a\x1b[2J\nb",)), "auth")
    assert r"a\x1b[2J\nb" in what


def test_each_set_is_a_line_and_names_are_as_they_are_typed():
    sets = apart(unknown=("a",), changed=("b",), pending=("c",), branch="it's")
    lines = drift_lines(sets, "it's")
    assert len(lines) == 3
    assert "`git rebase 'it'\"'\"'s'`" in lines[0]
    assert "wt.database 'it'\"'\"'s' --mode clone" in lines[0]
    assert lines[2] == behind(sets)
    assert drift_lines(apart(), "auth") == ()
