"""Values in an env file: both readers read the same from them, and no value breaks out of its line."""

from __future__ import annotations

import io

import pytest
from dotenv import dotenv_values
from hypothesis import assume, given
from hypothesis import strategies as st

from worktree_tasks.configuration.env.env_file_text import parse
from worktree_tasks.configuration.env.quoting import portable, quote

# What passwords are made of, weighted towards what breaks quoting; surrogates stand for undecodable bytes.
NASTY = st.text(st.sampled_from("$#'\"%@:/\\ {}=`!&ab1_é\n\r\t\udcff"), max_size=12)
ANYTHING = st.text(st.characters(exclude_characters="\0"), max_size=12)


@given(NASTY | ANYTHING, st.sampled_from(["", "'", '"']))
def test_a_portable_value_reads_back_expansion_included(value, prefer):
    assume(portable(value))
    raw = quote(value, prefer)
    assert dict(dotenv_values(stream=io.StringIO(f"A={raw}\nB=1\n"))) == {"A": value, "B": "1"}
    assert dict(dotenv_values(stream=io.StringIO(f"A={raw} # c"))) == {"A": value}


@given(NASTY | ANYTHING, st.sampled_from(["", "'", '"']))
def test_no_value_breaks_out_of_its_line(value, prefer):
    raw = quote(value, prefer)
    assert "\n" not in raw
    assert "\r" not in raw
    assert [found.key for found in parse(f"A={raw}\nB=1\n")] == ["A", "B"]


@pytest.mark.parametrize(
    ("value", "raw"),
    [
        ("", ""),
        ("plain", "plain"),
        ("a b", "a b"),
        ("http://h/?a=1&b=2#c", "http://h/?a=1&b=2#c"),
        ("p$w", "'p$w'"),
        ("p'$w", "'p\\'$w'"),
        ("#x", "'#x'"),
        (" x", "' x'"),
        ("'x", '"\'x"'),
        ("x\ny", '"x\\ny"'),
        ("a\\", "a\\"),
        ("${X}", "'${X}'"),
        ("$\n", '"\\$\\n"'),
        ("$\\", '"\\$\\\\"'),
    ],
)
def test_quote_takes_the_plainest_style_that_both_read(value, raw):
    assert quote(value) == raw


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("p$w'\"%@:/# \\x", True),
        ("${", True),
        ("a\\\\'\n", True),
        ("${X}", False),
        ("a${X:-b}c", False),
        ("$\\\\", False),
        ("$\\'", False),
        ("$\\", False),
        ("$\n", False),
    ],
)
def test_portable_says_where_the_readers_disagree(value, expected):
    assert portable(value) is expected
