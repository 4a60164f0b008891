from __future__ import annotations

import pytest

from worktree_tasks.configuration.unsavable_files import (
    LeftOut,
    discard_flags,
    relative,
    spoken_left_out,
    undiscarded,
)


def unreadable(*paths):
    return tuple(LeftOut(path, -1, "unreadable") for path in paths)


@pytest.mark.parametrize(
    ("discard", "left"),
    [
        ([], ["data/pg", "data/pgx/y"]),
        (["data/pg"], ["data/pgx/y"]),
        (["./data/pgx/"], ["data/pg"]),
        (["data"], []),
        (["."], []),
        (["pg", "ata", ""], ["data/pg", "data/pgx/y"]),
    ],
)
def test_a_name_covers_what_it_is_and_what_is_below_it(discard, left):
    assert [one.path for one in undiscarded(unreadable("data/pg", "data/pgx/y"), discard)] == left


@pytest.mark.parametrize("why", ["cache", "socket", "named pipe", "device"])
def test_what_is_no_data_needs_no_word(why):
    assert undiscarded((LeftOut("x", -1, why),), ()) == ()


def test_names_from_elsewhere_are_taken_from_the_worktree():
    assert relative(("/w/a/data", "data/x"), "/w/a") == ("data", "data/x")


@pytest.mark.parametrize(
    ("paths", "flags"),
    [
        (["b", "a b"], "--discard 'a b' --discard b"),
        (["-rf"], "--discard ./-rf"),
        ([f"data/pg/{number}" for number in range(9)], "--discard data/pg"),
        ([f"d{number}/x" for number in range(9)], "--discard ."),
        (["line\nbreak"], "--discard ."),
    ],
)
def test_the_words_of_the_command_line_name_all_of_it(paths, flags):
    assert discard_flags(paths) == flags


def test_the_words_of_the_command_line_discard_what_they_were_made_from():
    for paths in (["a", "b/c"], [f"d/{number}/x" for number in range(9)]):
        left = unreadable(*paths)
        words = discard_flags(one.path for one in left).split()
        assert undiscarded(left, words[1::2]) == ()


def test_the_first_are_named_data_first_and_the_others_counted():
    left = (*(LeftOut(f"c{number}", -1, "cache") for number in range(5)), LeftOut("big", 2048, "too large"))
    said = "big (too large: 2.0 KiB), c0 (cache), c1 (cache), c2 (cache), c3 (cache), and 1 other"
    assert spoken_left_out(left) == said
    assert spoken_left_out(left[:2]) == "c0 (cache), c1 (cache)"


def test_what_an_earlier_version_wrote_is_read():
    assert LeftOut.read(["x", 5]) == LeftOut("x", 5, "too large")
    assert LeftOut.read(["x", -1]) == LeftOut("x", -1, "unreadable")
    assert LeftOut.read(LeftOut("x", -1, "socket").written) == LeftOut("x", -1, "socket")
