"""Which words are read without Invoke: what it would refuse, or read in another way, is left to it."""

from __future__ import annotations

import pytest

from worktree_tasks.interface.quick.plain_words import PlainWords, read_plain

SWITCHES = ("--no-start", "--keep-branch", "--json")


@pytest.mark.parametrize(
    ("words", "name", "flags"),
    [
        (["auth"], "auth", {}),
        (["feature/pay", "--json"], "feature/pay", {"json": True}),
        (["--json", "auth"], "auth", {"json": True}),
        (["auth", "--no-start", "--keep-branch"], "auth", {"start": False, "keep_branch": True}),
        (["auth", "--base", "develop"], "auth", {"base": "develop"}),
        (["auth", "--base=develop"], "auth", {"base": "develop"}),
        (["new", "--base", "start"], "new", {"base": "start"}),
    ],
)
def test_one_name_and_known_flags_are_read(words, name, flags):
    assert read_plain(words, switches=SWITCHES, values=("--base",)) == PlainWords(name, flags)


@pytest.mark.parametrize(
    "words",
    [
        [], [""], ["a", "b"], ["--json"], ["auth", "--unknown"], ["auth", "-x"], ["auth", "--"],
        ["auth", "-"],
        ["auth", "--base"], ["auth", "--base", ""], ["auth", "--base", "--json"], ["auth", "--base="],
        ["auth", "--json=yes"], ["auth", "--json", "--json"], ["auth", "--base", "a", "--base", "b"],
        ["auth", "--start"], ["auth", "--help"], ["auth", "--js"],
    ],
)  # fmt: skip
def test_everything_else_is_left_to_invoke(words):
    assert read_plain(words, switches=SWITCHES, values=("--base",)) is None
