"""What is said when the shared database has migrations that a branch does not know."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.engine

TABLE = "CREATE TABLE IF NOT EXISTS django_migrations (id serial, app text, name text)"
FIRST = {"manage.py": "", "orders/migrations/__init__.py": "", "orders/migrations/0001_initial.py": ""}


def apply(toy, *names):
    insert = "INSERT INTO django_migrations (app, name) VALUES ('orders', '{}')"
    words = (TABLE, "TRUNCATE django_migrations", *map(insert.format, names))
    toy.compose("exec", "--no-TTY", "db", "psql", "-U", "toy", "-d", "toy", "-c", "; ".join(words))


def test_a_stack_starts_with_a_word_about_migrations_that_only_another_branch_has(toy):
    older = toy.branch("older", FIRST)
    newer = toy.branch("newer", {**FIRST, "orders/migrations/0002_paid.py": ""})
    apply(toy, "0001_initial", "0002_paid")

    told = toy.wt("new", older, "--json").err
    what = "! the database toy in db, which is shared, has migrations that this branch does not know: "
    assert f"{what}orders 0002_paid; merge the branch that has them" in told
    assert "0001_initial" not in told
    assert "does not know" not in toy.wt("new", newer, "--json").err
    assert f"{what}orders 0002_paid, from newer; `git rebase newer`" in toy.wt("start", older, "--json").err

    # What it deleted or squashed itself, it knows.
    trees = toy.listed()
    toy.git("rm", "--quiet", "orders/migrations/0002_paid.py", cwd=trees[newer]["path"])
    toy.git("commit", "--quiet", "--message", "Squash", cwd=trees[newer]["path"])
    assert "does not know" not in toy.wt("start", newer, "--json").err


def test_a_project_without_django_hears_nothing_of_it(toy):
    plain = toy.branch(toy.fresh(), {"orders/migrations/0001_initial.py": ""})
    assert "does not know" not in toy.wt("new", plain, "--json").err


MIGRATE = """\
services:
  migrate:
    image: python:3.11-slim
    command:
      - sh
      - -c
      - |
        echo "FAILED: Can't locate revision identified by '9728d4a4062e'"
        exit 255
    volumes: [".:/code:ro"]
"""


def test_a_job_that_cannot_migrate_names_the_worktree_whose_branch_did(toy):
    text = (toy.main / "compose.yaml").read_text()
    file = "alembic/versions/9728d4a4062e_refund.py"
    ahead = toy.branch("ahead", {file: ""})
    behind = toy.branch("behind", {"compose.yaml": text.replace("services:\n", MIGRATE, 1)})
    toy.wt("new", ahead, "--no-start")
    error = toy.wt("new", behind, "--json", code=1).json["error"]
    assert error["kind"] == "database-ahead"
    what = "the shared database in db has Alembic revision 9728d4a4062e, which this branch does not know"
    assert error["what"] == f"migrate exited with code 255: {what}; it comes from ahead's {file}"
    assert "`git rebase ahead`" in error["hint"]
    assert "database behind --mode clone" in error["hint"]
