"""Secrets: nothing that is shown tells a password."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worktree_tasks.configuration.env.secret_masking import mask, masker


@pytest.mark.parametrize(
    ("key", "value", "shown"),
    [
        ("DATABASE_URL", "postgres://u:p%40w@db:5432/x", "postgres://u:***@db:5432/x"),
        ("DATABASE_URL", "postgres://u:p@w/x#y@db/x", "postgres://u:***@db/x"),
        ("DATABASE_URL", "postgres://u:w/x#y@db/x", "postgres://u:***@db/x"),
        (
            "DATABASE_URL",
            "postgres://db/x?user=u&password=hunter2&ssl=1",
            "postgres://db/x?user=u&password=***&ssl=1",
        ),
        ("DATABASE_URL", "postgres://u:12/x@db/x", "postgres://u:***@db/x"),
        ("URL", "https://x.de:8000/?mail=a@b", "https://x.de:8000/?mail=a@b"),
        ("CACHES", "redis://:pw@a/0,redis://:pw2@b/1", "redis://:***@a/0,redis://:***@b/1"),
        ("REPO", "https://ghp_123@github.com/x", "https://***@github.com/x"),
        ("DSN", "https://abc@sentry.io/1", "https://***@sentry.io/1"),
        ("ODBC_DSN", "Server=db;Uid=u;Pwd=x", "***"),
        ("ODBC", "Server=db;Uid=u;Pwd=x;Port=1", "Server=db;Uid=u;Pwd=***;Port=1"),
        ("CONFIG", '{"password": "a b", "x": 1}', '{"password": ***, "x": 1}'),
        ("GO", "root:p:w@tcp(db:3306)/x", "root:***@tcp(db:3306)/x"),
        ("POSTGRES_PASSWORD", "x", "***"),
        ("SECRET_KEY", "x y", "***"),
        ("API_KEY", "x", "***"),
        ("github_token", "x", "***"),
        ("DB_PASS", "x", "***"),
        ("AWS_SECRET_ACCESS_KEY", "x", "***"),
        ("GOOGLE_CREDENTIALS", "{}", "***"),
        ("CERT", "-----BEGIN RSA PRIVATE KEY-----\nx", "***"),
        ("EMPTY_PASSWORD", "", ""),
        ("WEB_URL", "http://localhost:8001/a?b=c", "http://localhost:8001/a?b=c"),
        ("REDIS_URL", "redis://redis:6379/3", "redis://redis:6379/3"),
        ("KEYBOARD", "de", "de"),
        ("WEB_PORT", "8001", "8001"),
    ],
)
def test_a_value_is_shown_without_its_secrets(key, value, shown):
    assert mask(key, value) == shown


def test_a_log_shows_no_known_secret_in_whatever_form():
    values = {
        "DATABASE_URL": "postgres://u:p%40ss%24word@db/x",
        "SECRET_KEY": "very$secret",
        "PEM": "-----BEGIN KEY-----\nMIIabcdef\n-----END KEY-----",
        "SHORT_TOKEN": "abc",
        "WEB_URL": "http://localhost:8001",
    }
    text = "p@ss$word p%40ss%24word very$secret very$$secret MIIabcdef abc http://localhost:8001"
    assert masker(values)(text) == "*** *** *** *** *** abc http://localhost:8001"


def test_a_log_shows_no_password_in_a_url_that_no_value_holds():
    assert masker({})("dial redis://:x@h:1/0: refused") == "dial redis://:***@h:1/0: refused"


def test_what_stands_openly_elsewhere_is_no_secret():
    values = {"POSTGRES_USER": "postgres", "POSTGRES_PASSWORD": "postgres"}
    assert masker(values)('database "postgres" is gone') == 'database "postgres" is gone'


@given(st.text(st.characters(exclude_categories=["Z", "C"]), min_size=6), st.text(), st.text())
def test_no_secret_of_six_characters_survives_in_a_log(secret, before, after):
    shown = masker({"A_SECRET": secret})(f"{before}{secret}{after}")
    assert secret not in shown.replace("***", "\n")


@given(st.text(st.sampled_from("$#'\"%:/\\ab1é&=?!{},;@"), min_size=1).filter(lambda text: "//" not in text))
def test_no_password_of_a_url_is_shown(password):
    value = f"postgres://u:{password}@db:5432/x"
    assert mask("DATABASE_URL", value) == "postgres://u:***@db:5432/x"


@pytest.mark.parametrize("piece", ["a", "pass.word-", "a:", "password", "http://", " "])
def test_values_of_any_length_are_looked_through_once(piece):
    long = piece * (200_000 // len(piece))
    assert masker({"KEY": long})(f"said {mask('KEY', long)}").startswith("said")
