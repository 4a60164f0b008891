"""Prisma: what `_prisma_migrations` and the scripts tell."""

from __future__ import annotations

import hashlib

from worktree_tasks.configuration.drift.prisma import PRISMA

FIRST, SECOND = "20260101120000_init", "20260301120000_paid"
SCRIPT = b'-- CreateTable\nCREATE TABLE "Order" (\n    "id" SERIAL NOT NULL\n);\n'
FILES = {
    f"prisma/migrations/{FIRST}/migration.sql": SCRIPT,
    f"prisma/migrations/{SECOND}/migration.sql": b"ALTER TABLE x;\n",
}
THEN = "2026-08-02 17:48:50.534+00"


def row(name, *, content=None, finished=THEN, rolled_back="", checksum=None):
    content = FILES[f"prisma/migrations/{name}/migration.sql"] if content is None else content
    return (name, checksum or hashlib.sha256(content).hexdigest(), finished, rolled_back)


def names(found):
    return [one.name for one in found]


def test_what_is_applied_as_it_is_here_is_not_apart():
    assert PRISMA.compare([row(FIRST), row(SECOND)], FILES) == PRISMA.compare([], {})


def test_what_is_missing_here_or_there_is_named():
    found = PRISMA.compare([row(FIRST), row("20260801120000_refund", content=b"")], FILES)
    assert names(found.unknown) == ["20260801120000_refund"]
    assert found.unknown[0].path == "20260801120000_refund/migration.sql"
    assert found.pending == (SECOND,)


def test_a_script_that_was_edited_since_is_changed():
    found = PRISMA.compare([row(FIRST, content=b"CREATE TABLE other;\n"), row(SECOND)], FILES)
    assert (found.changed, found.pending, found.unknown) == ((FIRST,), (), ())


def test_line_ends_do_not_change_a_script():
    windows = {path: content.replace(b"\n", b"\r\n") for path, content in FILES.items()}
    assert PRISMA.compare([row(FIRST), row(SECOND)], windows).changed == ()
    there = [
        row(name, content=windows[f"prisma/migrations/{name}/migration.sql"]) for name in (FIRST, SECOND)
    ]
    assert PRISMA.compare(there, FILES).changed == ()


def test_checksums_of_first_versions_lack_zeros():
    # Two bytes of this one's digest are below 16.
    content = SCRIPT
    short = "".join(f"{byte:x}" for byte in hashlib.sha256(content).digest())
    assert len(short) < 64
    assert PRISMA.compare([row(FIRST, checksum=short), row(SECOND)], FILES).changed == ()


def test_what_was_rolled_back_is_not_applied_until_it_is_applied_again():
    undone = row(SECOND, finished="", rolled_back=THEN)
    assert PRISMA.compare([row(FIRST), undone], FILES).pending == (SECOND,)
    assert PRISMA.compare([row(FIRST), undone, row(SECOND)], FILES).pending == ()


def test_what_failed_is_said_to_have():
    found = PRISMA.compare(
        [row(FIRST), row(SECOND, finished=""), row("20260801120000_refund", content=b"", finished="")], FILES
    )
    assert found.pending == (f"{SECOND} (failed there)",)
    assert names(found.unknown) == ["20260801120000_refund (failed there)"]


def test_another_packages_migrations_are_another_databases():
    files = {**FILES, "packages/log/prisma/migrations/20260101000000_log/migration.sql": b""}
    assert PRISMA.compare([row(FIRST), row(SECOND)], files).pending == ()


def test_a_branch_uses_it_where_its_lock_file_is():
    paths = [*FILES, "prisma/schema.prisma"]
    assert PRISMA.chosen(paths) == ()
    assert PRISMA.chosen([*paths, "prisma/migrations/migration_lock.toml"]) == tuple(FILES)
