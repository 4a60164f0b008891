"""Whose branch took a shared database further than the branch of a stack whose migration failed."""

from __future__ import annotations

import pytest

from worktree_tasks.orchestration.steps.failed_migrations import explain_ahead

pytestmark = pytest.mark.usefixtures("compose_program")

ALEMBIC = ["FAILED: Can't locate revision identified by '9728d4a4062e'"]
TABLE = ['django.db.utils.ProgrammingError: relation "orders_refund" already exists']
FAILED = ["The `20260802_refund` migration started at 2026-08-02 17:48:50.534 UTC failed"]
HOW_ALEMBIC_NAMES = 'revision = "9728d4a4062e"\ndown_revision = "1a2b3c4d5e6f"\n'
FOR_ITSELF = "for a database of its own, wt.database search --mode clone, then wt.start search"


def put(tree, path, text=""):
    place = tree.record.path / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("app/alembic/versions/9728d4a4062e_refund.py", ""),
        ("app/alembic/versions/2026_08_refund.py", HOW_ALEMBIC_NAMES),
    ],
)
def test_the_worktree_that_has_the_revision_is_named_before_it_commits_it(tree, path, text):
    search, pay = tree("search"), tree("pay")
    put(pay, path, text)
    words, hint = explain_ahead(search.project, search, ALEMBIC)
    what = "the shared database in db has Alembic revision 9728d4a4062e, which this branch does not know"
    assert words == f"{what}; it comes from pay's {path}"
    assert hint == f"`git rebase pay` in the worktree, then wt.start search; or, {FOR_ITSELF}"


def test_main_is_named_where_its_branch_went_on(project, tree):
    search = tree("search")
    project.write("migrations/versions/9728d4a4062e_refund.py", "")
    project.commit("Add refunds")
    words, hint = explain_ahead(search.project, search, ALEMBIC)
    assert words.endswith("; it comes from main's migrations/versions/9728d4a4062e_refund.py")
    assert "`git rebase main`" in hint


def test_the_worktree_whose_migration_makes_the_table_is_named_by_what_is_in_it(tree):
    search, pay = tree("search"), tree("pay")
    put(search, "orders/migrations/0003_refund.py", 'migrations.CreateModel(name="Refund")')
    put(pay, "orders/migrations/0003_refund_table.py", 'migrations.CreateModel(name="Refund")')
    words, _ = explain_ahead(search.project, search, TABLE)
    assert words.endswith(
        "has orders_refund already; it comes from pay's orders/migrations/0003_refund_table.py"
    )


def test_a_worktree_that_git_cannot_read_hides_no_other(tree):
    search, broken, pay = tree("search"), tree("broken"), tree("pay")
    for one in (broken, pay):
        put(one, "versions/9728d4a4062e_refund.py")
    (broken.record.path / ".git").write_text("gitdir: /nowhere\n")
    words, _ = explain_ahead(search.project, search, ALEMBIC)
    assert words.endswith(
        "which this branch does not know; it comes from pay's versions/9728d4a4062e_refund.py"
    )


def test_where_nobody_has_the_migration_any_more_only_the_database_is_said(tree):
    search = tree("search")
    assert explain_ahead(search.project, search, ALEMBIC) == (
        "the shared database in db has Alembic revision 9728d4a4062e, which this branch does not know",
        f"undo the migration there; or, {FOR_ITSELF}",
    )


def test_mains_own_migration_that_fails_names_the_worktree(tree):
    pay = tree("pay")
    put(pay, "versions/9728d4a4062e_refund.py")
    words, hint = explain_ahead(pay.project, None, ALEMBIC)
    assert "it comes from pay's versions/9728d4a4062e_refund.py" in words
    assert hint == "`git merge pay` in main, or undo its migration"


def test_a_migration_of_its_own_that_failed_before_is_no_other_branchs(tree):
    search, pay = tree("search"), tree("pay")
    path = "prisma/migrations/20260802_refund/migration.sql"
    put(pay, path)
    words, _ = explain_ahead(search.project, search, FAILED)
    assert f"Prisma migration 20260802_refund, which failed there; it comes from pay's {path}" in words
    put(search, path)
    assert explain_ahead(search.project, search, FAILED) is None


def test_a_migration_that_the_branch_has_and_an_older_image_does_not_is_no_other_branchs(tree):
    search, pay = tree("search"), tree("pay")
    for one in (search, pay):
        put(one, "versions/9728d4a4062e_refund.py")
    assert explain_ahead(search.project, search, ALEMBIC) is None


def test_a_worktree_with_a_database_of_its_own_has_nobody_elses_migrations_there(tree):
    search = tree("search")
    search.wanted = {"db": "own"}
    assert explain_ahead(search.project, search, ALEMBIC) is None


def test_without_a_shared_database_nothing_is_said(project, tree):
    project.write("compose.yaml", "services:\n  web: {build: .}\n  cache: {image: redis}\n")
    search = tree("search")
    assert explain_ahead(search.project, search, ALEMBIC) is None


def test_a_worktree_with_a_copy_of_the_database_has_nobody_elses_migrations_there(tree):
    search = tree("search")
    search.update(database="clone")
    search.planned_databases = {("db", "shop"): "shop_search"}
    assert explain_ahead(search.project, search, ALEMBIC) is None


@pytest.mark.parametrize("image", ["pingcap/tidb:v8.1.0", "mcr.microsoft.com/mssql/server:2022-latest"])
def test_where_no_database_can_be_copied_the_worktree_gets_a_server_of_its_own(project, tree, image):
    project.write("compose.yaml", f"services:\n  web: {{build: .}}\n  db: {{image: '{image}'}}\n")
    search = tree("search")
    _, hint = explain_ahead(search.project, search, ALEMBIC)
    assert hint.endswith("wt.remove search --keep-branch, then wt.new search --own db")
