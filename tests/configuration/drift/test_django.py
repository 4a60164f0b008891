"""Django: what `django_migrations` and the files of a branch tell."""

from __future__ import annotations

from worktree_tasks.configuration.drift.django import DJANGO

MANAGE = {"src/manage.py": b""}
ORDERS = {
    "src/orders/migrations/__init__.py": b"",
    "src/orders/migrations/0001_initial.py": b"class Migration(migrations.Migration):\n    initial = True\n",
    "src/orders/migrations/0002_paid.py": b"class Migration(migrations.Migration):\n    dependencies = []\n",
}
# What a fresh project has of installed packages.
INSTALLED = [
    ("contenttypes", "0001_initial"),
    ("auth", "0001_initial"),
    ("auth", "0012_alter_user_first_name_max_length"),
    ("admin", "0003_logentry_add_action_flag_choices"),
    ("sessions", "0001_initial"),
]
SQUASHED = b"""\
class Migration(migrations.Migration):
    replaces = [("orders", "0001_initial"), ("orders", "0002_paid")]
    dependencies = [("auth", "0001_initial")]
"""
SQUASH = {"src/orders/migrations/0001_squashed_0002_paid.py": SQUASHED}


def names(found):
    return [one.name for one in found]


def drift(applied, files):
    return DJANGO.compare([("orders", one) for one in applied], {**MANAGE, **files})


def test_nothing_is_apart_where_all_is_applied_and_packages_brought_the_rest():
    found = DJANGO.compare(
        [*INSTALLED, ("orders", "0001_initial"), ("orders", "0002_paid")], {**MANAGE, **ORDERS}
    )
    assert (found.pending, found.changed) == ((), ())
    assert names(found.unknown) == [f"{app} {name}" for app, name in INSTALLED]
    assert not any(one.sure for one in found.unknown)


def test_a_migration_of_an_own_app_without_a_file_is_another_branchs():
    found = drift(["0001_initial", "0002_paid", "0003_refund"], ORDERS)
    (one,) = found.unknown
    assert (one.name, one.path, one.sure) == (
        "orders 0003_refund",
        "src/orders/migrations/0003_refund.py",
        True,
    )


def test_a_folder_of_alembics_beside_django_is_no_app():
    files = {"api/migrations/env.py": b"from alembic import context\n", "api/migrations/versions/a.py": b""}
    assert drift(["0001_initial", "0002_paid"], {**ORDERS, **files}).pending == ()


def test_two_migrations_of_one_number_are_two():
    found = drift(
        ["0001_initial", "0002_shipped"],
        {**ORDERS, "src/orders/migrations/0003_merge_20260801_1200.py": b""},
    )
    assert names(found.unknown) == ["orders 0002_shipped"]
    assert found.pending == ("orders 0002_paid", "orders 0003_merge_20260801_1200")


def test_a_squashed_migration_knows_what_it_replaces_after_those_files_were_deleted():
    assert not drift(["0001_initial", "0002_paid", "0001_squashed_0002_paid"], SQUASH).unknown


def test_a_squashed_migration_is_applied_with_all_that_it_replaces():
    found = drift(["0001_initial", "0002_paid"], {**ORDERS, **SQUASH})
    assert (found.unknown, found.pending) == ((), ())


def test_where_only_part_of_what_is_replaced_is_applied_the_rest_is_pending_and_not_the_squashed_one():
    assert drift(["0001_initial"], {**ORDERS, **SQUASH}).pending == ("orders 0002_paid",)


def test_where_nothing_is_applied_the_squashed_one_is_pending_in_the_place_of_what_it_replaces():
    found = DJANGO.compare(INSTALLED, {**MANAGE, **ORDERS, **SQUASH})
    assert found.pending == ("orders 0001_squashed_0002_paid",)


def test_an_app_is_called_as_its_configuration_says():
    apps = b'class OrdersConfig(AppConfig):\n    name = "src.orders"\n    label: str = "shop_orders"\n'
    files = {**MANAGE, **ORDERS, "src/orders/apps.py": apps}
    found = DJANGO.compare([("shop_orders", "0001_initial"), ("shop_orders", "0009_gone")], files)
    assert names(found.unknown) == ["shop_orders 0009_gone"]
    assert found.pending == ("shop_orders 0002_paid",)


def test_an_app_without_rows_is_pending_only_where_settings_name_it_and_never_for_tests():
    new = {
        "src/refunds/migrations/0001_initial.py": b"",
        "src/example/migrations/0001_initial.py": b"",
        "src/orders/tests/testapp/migrations/0001_initial.py": b"",
        "src/shop/settings.py": b'INSTALLED_APPS = ["orders", "src.refunds.apps.RefundsConfig"]\n',
    }
    found = drift(["0001_initial", "0002_paid"], {**ORDERS, **new})
    assert found.pending == ("refunds 0001_initial",)


def test_files_that_do_not_parse_or_compute_their_values_are_no_reason_to_fail():
    files = {
        "src/orders/migrations/0001_initial.py": b"class Migration(:\n  replaces = [",
        "src/orders/migrations/0002_paid.py": b"class Migration:\n    replaces = [one() for one in OLD]\n",
        "src/orders/migrations/0003_null.py": b"replaces\x00",
    }
    assert drift(["0001_initial"], files).pending == ("orders 0002_paid", "orders 0003_null")


def test_helpers_beside_migrations_are_none_and_a_branch_without_manage_py_is_no_django():
    paths = ["src/orders/migrations/_helpers.py", "src/orders/migrations/sql/0001.sql", *ORDERS]
    assert DJANGO.chosen(paths) == ()
    assert set(DJANGO.chosen(["manage.py", *paths])) == set(ORDERS) - {"src/orders/migrations/__init__.py"}
