"""Alembic: what `alembic_version` and the revisions' files tell, none of which is run."""

from __future__ import annotations

from worktree_tasks.configuration.drift.alembic import ALEMBIC

TEMPLATE = '''"""{what}

Revision ID: {one}
Create Date: 2026-08-01 12:00:00
"""
from alembic import op
import sqlalchemy as sa

# revision identifiers, used by Alembic.
revision: str = "{one}"
down_revision: Union[str, None] = {before}
branch_labels: Union[str, Sequence[str], None] = {labels}
depends_on: Union[str, Sequence[str], None] = {needs}

raise SystemExit("this was run")
'''


def revisions(*told, folder="alembic/versions"):
    files = {"alembic/env.py": b"raise SystemExit"}
    for what, one, before, *more in told:
        labels, needs = (*more, None, None)[:2]
        text = TEMPLATE.format(
            what=what, one=one, before=repr(before), labels=repr(labels), needs=repr(needs)
        )
        files[f"{folder}/{one}_{what}.py"] = text.encode()
    return files


LINE = revisions(("first", "1a1a1a", None), ("paid", "2b2b2b", "1a1a1a"), ("refund", "3c3c3c", "2b2b2b"))


def drift(heads, files):
    return ALEMBIC.compare([(head,) for head in heads], files)


def test_a_head_stands_for_all_that_comes_before_it():
    assert drift(["2b2b2b"], LINE).pending == ("3c3c3c_refund",)
    assert drift(["3c3c3c"], LINE) == drift(["3c3c3c"], LINE).__class__()


def test_a_head_without_a_file_is_another_branchs_and_what_is_pending_is_not_guessed():
    found = drift(["9f9f9f"], LINE)
    (one,) = found.unknown
    assert (one.name, one.mention, one.sure) == ("revision 9f9f9f", "9f9f9f", True)
    assert found.pending == ()


def test_an_empty_table_has_everything_pending_in_the_order_of_the_revisions():
    assert drift([], LINE).pending == ("1a1a1a_first", "2b2b2b_paid", "3c3c3c_refund")


def test_a_merge_stands_for_both_of_its_branches():
    files = LINE | revisions(("ship", "4d4d4d", "1a1a1a"), ("merge", "5e5e5e", ("3c3c3c", "4d4d4d")))
    assert drift(["5e5e5e"], files).pending == ()
    assert drift(["3c3c3c"], files).pending == ("4d4d4d_ship", "5e5e5e_merge")
    assert drift(["3c3c3c", "4d4d4d"], files).pending == ("5e5e5e_merge",)


def test_branches_with_labels_have_a_head_each_and_need_what_they_depend_on():
    files = LINE | revisions(
        ("stock", "6a6a6a", None, ("stock",)), ("stock2", "7b7b7b", "6a6a6a", None, "2b2b2b")
    )
    assert drift(["7b7b7b"], files).pending == ("3c3c3c_refund",)
    assert drift(["3c3c3c", "6a6a6a"], files).pending == ("7b7b7b_stock2",)
    labelled = files | revisions(("late", "8c8c8c", "3c3c3c", None, ["stock"]))
    assert drift(["8c8c8c"], labelled).pending == ("7b7b7b_stock2",)


def test_beside_a_known_head_an_unknown_one_may_be_a_packages():
    found = drift(["2b2b2b", "plugin01"], LINE)
    assert [(one.name, one.sure) for one in found.unknown] == [("revision plugin01", False)]
    assert found.pending == ("3c3c3c_refund",)


def test_another_folder_of_revisions_is_another_databases():
    other = revisions(("users", "aaaaaa", None), folder="auth/alembic/versions")
    assert drift(["3c3c3c"], LINE | other).pending == ()


def test_old_files_without_annotations_and_files_that_compute_are_read_as_far_as_they_tell():
    files = {
        "migrations/versions/a.py": b"revision = 'aa'\ndown_revision = None\n",
        "migrations/versions/b.py": b"revision = 'bb'\ndown_revision = 'aa'\n",
        "migrations/versions/c.py": b"revision = make()\ndown_revision = 'bb'\n",
        "migrations/versions/d.py": b"down_revision = (\n",
        "migrations/versions/e.py": b"down_revision = " + b"(" * 5000,
    }
    assert drift(["aa"], files).pending == ("bb (b)",)


def test_a_circle_of_revisions_is_no_reason_to_hang():
    files = revisions(("one", "1a1a1a", "2b2b2b"), ("two", "2b2b2b", "1a1a1a"))
    assert set(drift([], files).pending) == {"1a1a1a_one", "2b2b2b_two"}


def test_a_branch_without_any_revision_says_nothing():
    assert not drift(["9f9f9f"], {"api/versions/first.py": b"version = 1\n"}).unknown


def test_revisions_are_looked_for_where_projects_have_them():
    paths = [
        "alembic/versions/2026/1a_first.py",
        "migrations/versions/1a_first.py",
        "app/db/orders_versions/1a.py",
    ]
    for path in paths:
        assert ALEMBIC.chosen([path]) == (path,)
    django = ["orders/migrations/0001_initial.py", "config/env.py"]
    assert ALEMBIC.chosen(django) == ()
    own = ["alembic/env.py", "alembic/first.py"]
    assert ALEMBIC.chosen(own) == tuple(own)
