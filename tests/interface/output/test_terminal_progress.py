"""Progress on stderr: a line a step, none when quiet, programs' lines when verbose; live on a terminal."""

from __future__ import annotations

import io
import re
import sys
import threading

import pytest

from worktree_tasks.errors import Failure
from worktree_tasks.interface.output import standard_streams, terminal_progress
from worktree_tasks.interface.output.running_steps import Running, live_lines
from worktree_tasks.interface.output.terminal_progress import Terminal
from worktree_tasks.waiting import wait_while


def test_a_step_is_one_line_when_it_is_done(capsys):
    with Terminal().step("ports") as say:
        assert capsys.readouterr().err == ""
        say("web 8001")
    Terminal().note("something")
    Terminal().news("something else")
    told = capsys.readouterr()
    assert (told.out, told.err) == ("", "✓ ports       web 8001\n! something\n· something else\n")


def test_a_failed_step_leaves_the_words_to_the_error(capsys):
    with pytest.raises(Failure), Terminal().step("ports"):
        raise Failure("x")
    assert capsys.readouterr().err == ""


def test_quiet_says_nothing_and_wants_no_lines_of_programs(capsys):
    quiet = Terminal(quiet=True, verbose=True)
    with quiet.step("ports") as say:
        quiet.doing("looking")
        say("web 8001")
    quiet.note("something")
    quiet.news("something else")
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


class Screen(io.StringIO):
    """A terminal that keeps what is written to it."""

    def isatty(self) -> bool:
        return True

    def plain(self) -> str:
        """Return what was written, without what moves the cursor and without colours."""
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self.getvalue())


@pytest.fixture
def on_terminal(monkeypatch):
    """Let stderr be a terminal from the call on: pytest puts its own in place when a test begins."""

    def begin() -> Screen:
        screen = Screen()
        monkeypatch.setattr(sys, "stderr", screen)
        return screen

    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    yield begin
    standard_streams.be_plain(plain=False)


def seen(screen: Screen, text: str) -> bool:
    """Wait until something was shown."""
    return not wait_while(lambda: text not in screen.plain(), 20)


def test_a_live_step_says_what_it_waits_for_and_what_its_program_says(on_terminal):
    screen = on_terminal()
    terminal = Terminal()
    with terminal.step("containers") as say:
        terminal.doing("building web")
        assert seen(screen, "containers  building web ")
        assert terminal.echo is not None
        terminal.echo("#7 [web 2/5] RUN pip install -r requirements.txt")
        assert seen(screen, "[web 2/5] RUN pip install")
        assert "#7" not in screen.plain()
        terminal.doing("waiting for api (starting)")
        assert seen(screen, "containers  waiting for api (starting) ")
        say("web, api")
    assert "✓ containers  web, api\n" in screen.plain()


def test_lanes_are_at_things_of_their_own_and_what_is_in_no_step_waits_for_nothing(on_terminal):
    screen = on_terminal()
    terminal = Terminal()
    begun = threading.Event()

    def lane() -> None:
        with terminal.step("ports"):
            terminal.doing("asking Docker")
            begun.wait(20)

    other = threading.Thread(target=lane)
    other.start()
    with terminal.step("main"):
        terminal.doing("waiting for db (starting)")
        assert seen(screen, "ports       asking Docker ")
        assert seen(screen, "main        waiting for db (starting) ")
        begun.set()
        other.join()
    terminal.doing("nobody asked")
    assert terminal.echo is None
    assert "nobody asked" not in screen.plain()


@pytest.mark.parametrize("plainly", [{"TERM": "dumb"}, {"PLAIN": "yes"}])
def test_on_a_terminal_where_nothing_moves_long_waits_are_lines(on_terminal, monkeypatch, plainly):
    screen = on_terminal()
    for name, value in plainly.items():
        monkeypatch.setenv(name, value)
    standard_streams.be_plain(plain="PLAIN" in plainly)
    monkeypatch.setattr(terminal_progress, "_LONG_SECONDS", 0.0)
    terminal = Terminal()
    with terminal.step("containers") as say:
        for text in ("starting web", "waiting for web (starting)", "waiting for web (starting)"):
            terminal.doing(text)
        say("web")
    assert screen.getvalue() == (
        "· containers  starting web\n· containers  waiting for web (starting)\n✓ containers  web\n"
    )


def test_short_waits_are_no_lines_where_nothing_moves(on_terminal, monkeypatch):
    screen = on_terminal()
    monkeypatch.setenv("TERM", "dumb")
    terminal = Terminal()
    with terminal.step("containers") as say:
        terminal.doing("starting web")
        say("web")
    assert screen.getvalue() == "✓ containers  web\n"


def test_colours_mean_something_and_go_where_they_are_not_wanted(on_terminal, monkeypatch):
    def say_all(terminal: Terminal) -> None:
        with terminal.step("ports") as say:
            say("8001")
            terminal.note("decide")
            terminal.news("know")
            raise Failure("x")

    def said() -> str:
        screen = on_terminal()
        with pytest.raises(Failure):
            say_all(Terminal())
        return screen.getvalue()

    green, yellow, dim, red = said().splitlines()
    assert green == "\x1b[32m✓\x1b[0m ports       8001"
    assert yellow == "\x1b[33m!\x1b[0m decide"
    assert dim == "\x1b[2m· know\x1b[0m"
    assert red.startswith("\x1b[31m✗\x1b[0m ports       failed after ")
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in said()


def test_the_time_is_shown_however_narrow_and_what_is_waited_for_is_cut():
    step = Running(
        "containers", started=100.0, doing="waiting for api (starting), web (port 8001)", since=110.0
    )
    assert live_lines(step, 122.4, 80)[0] == "containers  waiting for api (starting), web (port 8001) 12 s"
    assert live_lines(step, 122.4, 38)[0] == "containers  waiting for api (sta… 12 s"
    assert len(live_lines(step, 122.4, 38)[0]) <= 38
    assert live_lines(Running("ports", started=100.0), 100.44, 80) == ("ports       0.4 s", "")


def test_a_line_of_a_program_is_shown_without_what_it_would_do_to_the_terminal():
    step = Running("containers")
    step.hear("#12 3.201 Collecting django\x1b[2J")
    step.hear("   ")
    assert step.output == "Collecting django"
    step.do("waiting for web (starting)")
    assert step.output == ""


def test_waiting_for_one_thing_after_the_other_is_one_wait():
    step = Running("containers", started=1.0, doing="starting web", since=1.0)
    assert step.do("waiting for web (starting)")
    begun = step.since
    assert begun > 1.0
    assert step.do("waiting for api (starting)")
    assert not step.do("waiting for api (starting)")
    assert step.since == begun
