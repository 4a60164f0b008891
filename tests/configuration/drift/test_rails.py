"""Rails: what `schema_migrations` and `db/migrate` tell."""

from __future__ import annotations

from worktree_tasks.configuration.drift.rails import RAILS

FILES = {
    "db/migrate/20260101120000_create_orders.rb": b"",
    "db/migrate/2026/20260301120000_add_paid_to_orders.rb": b"",
    "db/migrate/20260302120000_create_posts.blog.rb": b"",
}
ALL = ["20260101120000", "20260301120000", "20260302120000"]


def drift(versions, files):
    return RAILS.compare([(version,) for version in versions], files)


def test_versions_are_the_numbers_in_front_also_of_what_an_engine_brought_and_of_folders():
    found = drift(ALL, FILES)
    assert (found.unknown, found.pending) == ((), ())
    assert drift(ALL[:1], FILES).pending == (
        "20260301120000_add_paid_to_orders",
        "20260302120000_create_posts",
    )


def test_a_version_without_a_file_may_be_a_gems_or_another_branchs():
    (one,) = drift([*ALL, "20260801120000"], FILES).unknown
    assert (one.name, one.mention, one.sure) == ("20260801120000", "20260801120000", False)


def test_old_versions_are_numbers_with_and_without_zeros_in_front():
    found = drift(["1", "2"], {"db/migrate/001_first.rb": b"", "db/migrate/002_next.rb": b""})
    assert (found.unknown, found.pending) == ((), ())


def test_each_database_has_a_folder_of_its_own():
    queue = {"db/queue_migrate/20260401120000_add_jobs.rb": b"", "db/queue_migrate/20260402120000_b.rb": b""}
    files = {**FILES, **queue}
    assert drift(ALL, files).pending == ()
    found = drift(["20260401120000"], files)
    assert (found.unknown, found.pending) == ((), ("20260402120000_b",))


def test_engines_in_the_repository_have_their_migrations_there():
    files = {**FILES, "engines/blog/db/migrate/20260501120000_create_tags.rb": b""}
    assert drift([*ALL, "20260501120000"], files).unknown == ()
    assert set(RAILS.chosen([*files, "db/schema.rb", "lib/migrate/1_x.rb"])) == set(files)
