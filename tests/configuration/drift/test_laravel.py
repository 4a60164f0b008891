"""Laravel: what `migrations` and `database/migrations` tell."""

from __future__ import annotations

from worktree_tasks.configuration.drift.laravel import LARAVEL

FIRST, SECOND = "0001_01_01_000000_create_users_table", "2026_03_01_120000_add_paid_to_orders_table"
FILES = {f"database/migrations/{FIRST}.php": b"", f"database/migrations/{SECOND}.php": b""}
OF_A_PACKAGE = "2019_12_14_000001_create_personal_access_tokens_table"


def drift(names, files):
    return LARAVEL.compare([(name,) for name in names], files)


def test_what_is_not_applied_is_pending():
    assert drift([FIRST], FILES).pending == (SECOND,)
    assert drift([], FILES).pending == (FIRST, SECOND)


def test_what_a_package_brought_counts_only_where_another_checkout_has_it():
    (one,) = drift([FIRST, SECOND, OF_A_PACKAGE], FILES).unknown
    assert (one.name, one.path, one.sure) == (OF_A_PACKAGE, f"{OF_A_PACKAGE}.php", False)


def test_folders_of_tenants_and_of_modules_count_where_some_of_them_is_applied():
    tenants = {"database/migrations/tenant/2026_01_01_000000_create_rooms_table.php": b""}
    modules = {
        "Modules/Blog/Database/Migrations/2026_01_02_000000_create_posts_table.php": b"",
        "Modules/Blog/Database/Migrations/2026_01_03_000000_create_tags_table.php": b"",
    }
    files = {**FILES, **tenants, **modules}
    found = drift([FIRST, SECOND, "2026_01_02_000000_create_posts_table"], files)
    assert found.pending == ("2026_01_03_000000_create_tags_table",)
    assert set(LARAVEL.chosen([*files, "database/seeders/one_two.php"])) == set(files)
