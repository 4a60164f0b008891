"""Progress on stderr where no terminal is: a line a step, none when quiet, programs' lines when verbose."""

from __future__ import annotations

import sys

import pytest

from worktree_tasks.errors import Failure
from worktree_tasks.interface.output.progress import Terminal


def test_a_step_is_one_line_when_it_is_done(capsys):
    with Terminal().step("ports") as say:
        assert capsys.readouterr().err == ""
        say("web 8001")
    Terminal().note("something")
    told = capsys.readouterr()
    assert (told.out, told.err) == ("", "✓ ports       web 8001\n! something\n")


def test_a_failed_step_leaves_the_words_to_the_error(capsys):
    with pytest.raises(Failure), Terminal().step("ports"):
        raise Failure("x")
    assert capsys.readouterr().err == ""


def test_quiet_says_nothing_and_wants_no_lines_of_programs(capsys):
    quiet = Terminal(quiet=True, verbose=True)
    with quiet.step("ports") as say:
        say("web 8001")
    quiet.note("something")
    assert capsys.readouterr() == ("", "")
    assert quiet.echo is None


def test_lines_of_programs_are_shown_when_verbose_and_cannot_move_the_cursor(capsys):
    assert Terminal().echo is None
    echo = Terminal(verbose=True).echo
    assert echo is not None
    echo("\x1b[2J\x1b[31mred\x1b[0m\x07 and \x1b]plain\ttext")
    assert capsys.readouterr().err == "│ red and plain\ttext\n"


def test_names_in_what_was_done_stay_whole_and_on_their_line(capsys):
    with Terminal().step("files") as say:
        say("a\nb\x1b[31m\u202e")
    Terminal().note("\tc\x9b")
    assert capsys.readouterr().err == "✓ files       a\\nb\\x1b[31m\\u202e\n! \\tc\\x9b\n"


def test_a_closed_stderr_is_not_mistaken_for_stdout(monkeypatch, capsys):
    monkeypatch.setattr(sys, "stderr", None)
    closed = Terminal(verbose=True)
    with closed.step("ports") as say:
        say("web 8001")
    closed.note("something")
    assert capsys.readouterr().out == ""
