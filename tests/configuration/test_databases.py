"""Names, marks and statements for databases of a worktree's own."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from worktree_tasks.configuration.databases import postgres_statements as sql
from worktree_tasks.configuration.databases.database_marks import TEMPLATE, TRASHED, DatabaseMark, mark_in
from worktree_tasks.configuration.databases.migration_command import migrator
from worktree_tasks.configuration.databases.own_database_names import (
    database_name,
    may_be_dropped,
    template_name,
)
from worktree_tasks.configuration.naming import slug

LIKE = ("150004", 'o"wner', "UTF8", "en_US.UTF-8", "C", "c", "", "pg_default")
NAMES = st.text(st.characters(min_codepoint=1, exclude_categories=["Cs"]), min_size=1, max_size=80)


@given(main=NAMES, branch=NAMES, key=st.from_regex(r"[0-9a-f]{32}", fullmatch=True))
def test_a_name_is_plain_and_leaves_room_for_test_runners(main: str, branch: str, key: str):
    name = database_name(main, slug(branch), key, longest=63)
    assert len(f"test_{name}_gw12".encode()) <= 63
    assert re.fullmatch("[a-z0-9_]+", name)
    assert name.endswith(key[:6])
    other = database_name(main, slug(branch), key, longest=63, taken={name})
    assert other != name
    assert len(f"test_{other}_gw12".encode()) <= 63
    third = database_name(main, slug(branch), key, longest=63, taken={name, other})
    assert third not in {name, other}


@given(main=NAMES, longest=st.sampled_from([63, 64]))
def test_a_template_has_a_name_of_its_own_in_any_length(main: str, longest: int):
    name = template_name(main[:60], longest=longest)
    assert name.endswith("_wt_template")
    assert len(name.encode()) <= longest


def test_names_show_main_and_slug():
    assert database_name("shop", "feature-pay", "a1b2c3d4", longest=63) == "shop_feature_pay_a1b2c3"
    assert template_name("shop", longest=63) == "shop_wt_template"


def test_what_a_server_or_main_has_is_never_dropped():
    assert may_be_dropped("shop_pay_a1b2c3", {"shop"})
    for name in ("shop", "postgres", "template0", "template1", "mysql", ""):
        assert not may_be_dropped(name, {"shop"})


@given(owner=st.text(), main=st.text(), migrated=st.booleans())
def test_a_mark_reads_as_it_was_written(owner: str, main: str, migrated: bool):
    mark = DatabaseMark(owner, main, TRASHED, 5.5, "15.4", migrated)
    assert mark_in(mark.text()) == mark
    assert mark.text().isascii()


def test_other_comments_are_no_marks():
    for text in ("", None, "the shop's data", "worktree-tasks", "worktree-tasks {}", "worktree-tasks [1]"):
        assert mark_in(text) is None


def test_names_and_values_are_quoted():
    assert sql.create('a"b', LIKE, None) == (
        'CREATE DATABASE "a""b" OWNER "o""wner" TEMPLATE template0 ENCODING \'UTF8\' TABLESPACE "pg_default"'
        " LC_COLLATE 'en_US.UTF-8' LC_CTYPE 'C'"
    )
    assert sql.size("it's") == "SELECT pg_database_size('it''s')"
    mark = DatabaseMark(TEMPLATE, "it's")
    assert sql.comment("x", mark).startswith('COMMENT ON DATABASE "x" IS \'worktree-tasks {')
    assert "it''s" in sql.comment("x", mark)


def test_a_template_is_copied_by_files_where_the_server_can():
    assert sql.create("n", LIKE, "t").endswith('TEMPLATE "t" STRATEGY file_copy')
    assert sql.create("n", ("140000", *LIKE[1:]), "t").endswith('TEMPLATE "t"')
    icu = ("150000", *LIKE[1:5], "i", "de-u-kn", "pg_default")
    assert sql.create("n", icu, None).endswith("LOCALE_PROVIDER icu ICU_LOCALE 'de-u-kn'")


def test_grants_and_settings_are_given_anew():
    found = [
        ("closed", "", "", ""),
        ("grant", "CONNECT", "", "false"),
        ("grant", "CREATE", "app", "true"),
        ("set", "", 'search_path="$user", public, "o""dd, name"', ""),
        ("set", "app", "timezone=Europe/Berlin", ""),
        ("set", "", "application_name=it's, all", ""),
    ]
    assert sql.alike("n", "owner", found) == (
        'REVOKE ALL ON DATABASE "n" FROM PUBLIC, "owner"',
        'GRANT CONNECT ON DATABASE "n" TO PUBLIC',
        'GRANT CREATE ON DATABASE "n" TO "app" WITH GRANT OPTION',
        "ALTER DATABASE \"n\" SET search_path TO '$user', 'public', 'o\"dd, name'",
        'ALTER ROLE "app" IN DATABASE "n" SET timezone TO \'Europe/Berlin\'',
        "ALTER DATABASE \"n\" SET application_name TO 'it''s, all'",
    )


def test_rows_are_read_whatever_is_in_them():
    said = (
        f"shop{sql.FIELD}12{sql.FIELD}two\nlines{sql.FIELD}0{sql.ROW}a b{sql.FIELD}1{sql.FIELD}{sql.FIELD}2\n"
    )
    assert sql.rows(said) == (("shop", "12", "two\nlines", "0"), ("a b", "1", "", "2"))
    assert sql.rows("\n") == ()


def test_what_migrates_is_known_by_the_files_of_the_tool():
    assert migrator({"manage.py", "README.md"}) == "python manage.py migrate --noinput"
    assert migrator({"bin/rails", "Gemfile"}) == "bin/rails db:migrate"
    assert migrator({"README.md"}) is None
