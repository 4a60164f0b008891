from __future__ import annotations

import pytest

from worktree_tasks.configuration.formatting import (
    spoken_age,
    spoken_choice,
    spoken_count,
    spoken_size,
    spoken_time,
    spoken_wait,
)


@pytest.mark.parametrize(
    ("size", "words"),
    [(0, "0 bytes"), (1023, "1023 bytes"), (1024, "1.0 KiB"), (15 << 20, "15 MiB"), (3 << 40, "3.0 TiB"),
     (-1, "size unknown")],
)  # fmt: skip
def test_sizes_are_told_in_the_unit_that_fits(size, words):
    assert spoken_size(size) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 seconds"), (1.5, "1 second"), (60, "1 minute"), (7200, "2 hours"), (86400 * 30, "30 days")],
)
def test_times_are_told_in_their_largest_unit(seconds, words):
    assert spoken_time(seconds) == words


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(None, ""), (5, "just now"), (60, "1 minute ago"), (7200, "2 hours ago"), (3 * 86400.5, "3 days ago")],
)
def test_ages_are_told_as_times_ago(seconds, said):
    assert spoken_age(seconds) == said


def test_counts_have_their_plural_and_nothing_for_none():
    assert [spoken_count(n, "file") for n in (0, 1, 2)] == ["", "1 file", "2 files"]
    assert spoken_count(2, "entry", "entries") == "2 entries"


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"api": "starting"}, "waiting for api (starting)"),
        ({"api": "starting", "web": "port 8001"}, "waiting for api (starting), web (port 8001)"),
        (dict.fromkeys("abcd", "created"), "waiting for a (created), b (created) and 2 more"),
    ],
)
def test_a_wait_names_services_and_how_they_are(how, words):
    assert spoken_wait(how) == words


@pytest.mark.parametrize(
    ("words", "text"), [((), ""), (["a"], "a"), (["a", "b"], "a or b"), (["a", "b", "c"], "a, b or c")]
)
def test_a_choice_has_its_word_before_the_last(words, text):
    assert spoken_choice(words, "or") == text
