"""Flyway: what `flyway_schema_history` and the scripts tell."""

from __future__ import annotations

import zlib

import pytest

from worktree_tasks.configuration.drift.flyway import FLYWAY

ROOT = "src/main/resources/db/migration"
FILES = {
    f"{ROOT}/V1__create_orders.sql": b"CREATE TABLE orders (\n    id int\n);\n",
    f"{ROOT}/V1_1__paid.sql": b"ALTER TABLE orders ADD paid boolean;\n",
    f"{ROOT}/V2__refund.sql": b"CREATE TABLE refunds (id int);\n",
    f"{ROOT}/R__totals_view.sql": b"CREATE OR REPLACE VIEW totals AS SELECT 1;\n",
    f"{ROOT}/afterMigrate.sql": b"ANALYZE;\n",
    f"{ROOT}/U2__refund.sql": b"DROP TABLE refunds;\n",
}


def crc(content):
    """Return a checksum as Flyway makes it: line after line, as a signed number."""
    value = 0
    for line in content.decode("utf-8-sig").splitlines():
        value = zlib.crc32(line.encode(), value)
    return str(value - (1 << 32) if value >= 1 << 31 else value)


def history(*rows):
    return [(str(rank), *row) for rank, row in enumerate(rows, 1)]


def row(script, *, content=None, type_="SQL", success="t", checksum=None):
    head, _, rest = script.removesuffix(".sql").partition("__")
    version = head[1:].replace("_", ".")
    if checksum is None:
        checksum = crc(FILES[f"{ROOT}/{script}"] if content is None else content)
    return (version, rest.replace("_", " "), type_, script, checksum, success)


ALL = [
    row(name) for name in ("V1__create_orders.sql", "V1_1__paid.sql", "V2__refund.sql", "R__totals_view.sql")
]


def names(found):
    return [one.name for one in found]


def drift(*rows, files=FILES):
    return FLYWAY.compare(history(*rows), files)


def test_nothing_is_apart_where_all_is_applied_and_callbacks_and_undos_are_no_migrations():
    assert drift(*ALL) == FLYWAY.compare([], {})


def test_versions_are_applied_in_their_order_and_what_is_repeated_after_them():
    assert drift(ALL[0]).pending == ("V1_1__paid", "V2__refund", "R__totals_view")
    more = {**FILES, f"{ROOT}/V10__a.sql": b"", f"{ROOT}/V9__b.sql": b""}
    assert drift(*ALL, files=more).pending == ("V9__b", "V10__a")


def test_what_is_out_of_order_is_pending_too():
    assert drift(ALL[0], ALL[2], ALL[3]).pending == ("V1_1__paid",)


def test_what_has_no_file_is_another_branchs_whether_newer_or_repeated_or_in_java():
    rows = [
        row("V3__ship.sql", content=b""),
        row("R__gone_view.sql", content=b""),
        ("4", "Move", "JDBC", "db.migration.V4__Move", "", "t"),
    ]
    found = drift(*ALL, *rows)
    assert names(found.unknown) == ["V3__ship", "R__gone_view", "V4__Move"]
    assert [one.path for one in found.unknown] == ["V3__ship.sql", "R__gone_view.sql", "V4__Move.java"]
    assert (
        drift(*ALL, rows[2], files={**FILES, "src/main/java/db/migration/V4__Move.java": b""}).unknown == ()
    )


def test_a_version_that_was_edited_is_changed_and_what_is_repeated_is_pending_again():
    edited = {
        **FILES,
        f"{ROOT}/V2__refund.sql": b"CREATE TABLE refunds (id bigint);\n",
        f"{ROOT}/R__totals_view.sql": b"CREATE OR REPLACE VIEW totals AS SELECT 2;\n",
    }
    found = drift(*ALL, files=edited)
    assert (found.changed, found.pending, found.unknown) == (("V2__refund",), ("R__totals_view",), ())


@pytest.mark.parametrize(
    "edit",
    [
        lambda content: content.replace(b"\n", b"\r\n"),
        lambda content: b"\xef\xbb\xbf" + content,
        lambda content: content.removesuffix(b"\n"),
    ],
)
def test_line_ends_and_what_editors_put_in_front_change_nothing(edit):
    files = {path: edit(content) for path, content in FILES.items()}
    assert drift(*ALL, files=files).changed == ()


def test_what_cannot_be_computed_is_not_said_to_be_changed():
    view = f"{ROOT}/R__totals_view.sql"
    placeholders = {**FILES, view: b"GRANT SELECT ON totals TO ${reader};\n"}
    assert drift(*ALL, files=placeholders).pending == ()
    latin = {**FILES, f"{ROOT}/V2__refund.sql": b"-- caf\xe9\n"}
    assert drift(*ALL, files=latin).changed == ()


def test_a_repeated_migration_counts_as_it_was_applied_last():
    assert drift(*ALL[:3], row("R__totals_view.sql", content=b"old"), ALL[3]).pending == ()


def test_up_to_a_baseline_all_counts_as_applied():
    base = ("1.1", "<< Flyway Baseline >>", "BASELINE", "<< Flyway Baseline >>", "", "t")
    schema = ("", "<< Flyway Schema Creation >>", "SCHEMA", '"shop"', "", "1")
    found = drift(schema, base)
    assert (found.unknown, found.pending) == ((), ("V2__refund", "R__totals_view"))


def test_a_baseline_migration_stands_for_what_comes_before_it():
    files = {**FILES, f"{ROOT}/B1_1__all.sql": b"CREATE TABLE orders (id int, paid boolean);\n"}
    fresh = drift(files=files)
    assert fresh.pending == ("B1_1__all", "V2__refund", "R__totals_view")
    applied = row("B1_1__all.sql", content=files[f"{ROOT}/B1_1__all.sql"], type_="SQL_BASELINE")
    found = drift(applied, files=files)
    assert (found.unknown, found.pending, found.changed) == ((), ("V2__refund", "R__totals_view"), ())
    # Where the versions are applied already, it is left aside.
    assert drift(*ALL, files=files).pending == ()


def test_what_was_undone_is_pending_and_what_was_deleted_is_not_missed():
    undone = ("2", "refund", "UNDO_SQL", "U2__refund.sql", crc(FILES[f"{ROOT}/U2__refund.sql"]), "t")
    assert drift(*ALL, undone).pending == ("V2__refund",)
    gone = row("V3__ship.sql", content=b"")
    assert drift(*ALL, gone, (*gone[:2], "DELETE", *gone[3:])).unknown == ()


def test_what_failed_is_pending_or_unknown_and_said_to_have_failed_where_it_is_unknown():
    failed = row("V2__refund.sql", success="0")
    assert drift(*ALL[:2], failed, ALL[3]).pending == ("V2__refund",)
    foreign = row("V3__ship.sql", content=b"", success="f")
    assert names(drift(*ALL, foreign).unknown) == ["V3__ship (failed there)"]


def test_numbers_of_versions_are_compared_as_numbers_without_zeros_behind():
    files = {f"{ROOT}/V1.0__create_orders.sql": FILES[f"{ROOT}/V1__create_orders.sql"]}
    found = drift(
        row("V01__create_orders.sql", content=files[f"{ROOT}/V1.0__create_orders.sql"]), files=files
    )
    assert (found.unknown, found.pending) == ((), ())


def test_other_services_scripts_and_other_engines_and_tests_are_not_this_databases():
    others = {
        "stock/src/main/resources/db/migration/V1__create_stock.sql": b"",
        "stock/src/main/resources/db/migration/V7__more.sql": b"",
        f"{ROOT}/mysql/V8__only_there.sql": b"",
        "src/test/resources/db/migration/V99__data.sql": b"",
    }
    assert drift(*ALL, files={**FILES, **others}) == FLYWAY.compare([], {})


def test_a_version_may_have_a_script_for_each_engine():
    files = {f"{ROOT}/h2/V1__one.sql": b"h2", f"{ROOT}/postgresql/V1__one.sql": b"postgresql"}
    assert drift(row("V1__one.sql", content=b"postgresql"), files=files).changed == ()
    assert drift(row("V1__one.sql", content=b"other"), files=files).changed == ("V1__one",)


def test_scripts_are_known_by_their_names_wherever_they_are():
    assert FLYWAY.chosen([*FILES, "sql/V3__x.sql"]) == (*list(FILES)[:4], "sql/V3__x.sql")


def test_what_somebody_wrote_into_the_table_by_hand_is_no_reason_to_fail():
    odd = ("x", "", "", "", "", "none", "")
    assert (
        FLYWAY.compare([odd, *history(*ALL[:-1], row("R__totals_view.sql", checksum="?"))], FILES).changed
        == ()
    )
