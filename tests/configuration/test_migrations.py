"""Which applied migrations a checkout has no file for."""

from __future__ import annotations

from worktree_tasks.configuration.migrations import folders, migration_note, parse_applied, unknown

FILES = (
    "manage.py",
    "src/orders/migrations/__init__.py",
    "src/orders/migrations/0001_initial.py",
    "src/users/migrations/0001_initial.py",
    "src/users/migrations/notes.txt",
    "migrations/0001_orphan.py",
)


def test_migrations_are_known_by_app_with_the_folder_that_they_are_in():
    assert folders(FILES) == {
        "orders": ("src/orders/migrations", frozenset({"0001_initial"})),
        "users": ("src/users/migrations", frozenset({"0001_initial"})),
    }


def test_what_a_database_tells_is_read_a_line_a_migration():
    assert parse_applied("orders|0001_initial\nusers|0002_name|x\n\nnoise\n") == (
        ("orders", "0001_initial"),
        ("users", "0002_name|x"),
    )


def test_only_apps_that_the_checkout_has_count_for_others_are_installed_ones():
    applied = [("orders", "0001_initial"), ("orders", "0002_paid"), ("auth", "0012_alter")]
    assert unknown(applied, folders(FILES)) == {("orders", "0002_paid"): "src/orders/migrations/0002_paid.py"}


def test_three_are_named_and_the_rest_counted():
    note = migration_note("db", [("orders", f"000{number}") for number in range(1, 6)])
    assert "orders 0001, orders 0002, orders 0003 and 2 more" in note
    assert "the database in db, which is shared" in note
