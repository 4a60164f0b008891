"""What is printed of lists where the terminal, or who reads it, wants it otherwise."""

from __future__ import annotations

import io
import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from invoke.context import Context

from worktree_tasks.configuration.worktree_result import Listing, MainCheckout, ServiceState, Worktree
from worktree_tasks.errors import BadUse, Failure
from worktree_tasks.interface.command_spelling import typed
from worktree_tasks.interface.output import list_watch, standard_streams, table_painting
from worktree_tasks.interface.output.printing import (
    FirstRows,
    put_in_words,
    show_lines,
    show_listings,
    with_memory,
)
from worktree_tasks.interface.session import Session

SERVICES = {"web": ServiceState("running"), "worker": ServiceState("exited", exit_code=1)}
FIRST = (Listing("shop", MainCheckout(Path("/w/shop"), "main", "partial", SERVICES)),)
SECOND = (replace(FIRST[0], main=replace(FIRST[0].main, memory=50 << 20)),)


class Screen(io.StringIO):
    """A terminal that keeps what is written to it."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def on_terminal(monkeypatch):
    """Let stdout be a terminal from the call on: pytest puts its own in place when a test begins."""

    def begin() -> Screen:
        screen = Screen()
        monkeypatch.setattr(sys, "stdout", screen)
        monkeypatch.setattr(sys, "stdin", screen)
        return screen

    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("NO_COLOR", raising=False)
    yield begin
    standard_streams.be_plain(plain=False)


def test_rows_are_shown_at_once_and_memory_when_it_is_there(on_terminal):
    screen = on_terminal()
    shown: list[str] = []

    def looks():
        yield FIRST
        shown.append(screen.getvalue())
        yield SECOND

    assert with_memory(looks(), live=True) == SECOND
    assert "degraded" in shown[0]
    assert "measuring memory …" in shown[0]
    assert "MiB" not in shown[0]
    show_listings(SECOND, everywhere=True)
    assert "50 MiB" in screen.getvalue()


@pytest.mark.parametrize("env", [{"TERM": "dumb"}, {}])
def test_where_nothing_is_written_over_rows_are_shown_once(on_terminal, monkeypatch, env):
    screen = on_terminal()
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    standard_streams.be_plain(plain=not env)
    assert with_memory(iter((FIRST, SECOND)), live=True) == SECOND
    assert screen.getvalue() == ""


def test_a_document_shows_nothing_before_all_is_there(on_terminal):
    screen = on_terminal()
    assert with_memory(iter((FIRST, SECOND)), live=False) == SECOND
    assert screen.getvalue() == ""


def test_plainly_a_list_is_lines_of_one_fact_each_without_colours(on_terminal):
    screen = on_terminal()
    standard_streams.be_plain()
    show_listings(FIRST)
    assert screen.getvalue() == "main degraded\n  1/2: worker exited 1\n"


def test_colours_go_with_no_color_and_the_words_say_the_same(on_terminal, monkeypatch):
    screen = on_terminal()
    monkeypatch.setenv("NO_COLOR", "1")
    show_listings(FIRST)
    told = screen.getvalue()
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]", told)
    assert {"degraded", "worker", "exited", "1"} <= set(re.sub(r"\x1b\[[0-9;]*m", "", told).split())


def test_watching_and_plain_exclude_each_other(on_terminal):
    on_terminal()
    standard_streams.be_plain()
    with pytest.raises(BadUse, match="--plain"):
        list_watch.check(json=False)


@pytest.mark.parametrize(("value", "plain"), [("yes", True), ("no", False), ("perhaps", False)])
def test_the_setting_plain_is_heard_on_terminals(on_terminal, monkeypatch, value, plain):
    monkeypatch.setenv("INVOKE_WT_PLAIN", value)
    Session(Context(), json=False)
    assert not standard_streams.is_plain()
    on_terminal()
    Session(Context(), json=False)
    assert standard_streams.is_plain() == plain


def test_of_an_error_its_sign_is_red_and_what_a_program_said_dim_where_colours_are_wanted(monkeypatch):
    error = Failure("web exited with code 1", "wt.start pay", ["Traceback", "KeyError: 'X'"])
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setattr(sys, "stderr", Screen())
    put_in_words(error)
    assert error.message.splitlines() == [
        "\x1b[31m✗\x1b[0m web exited with code 1",
        "\x1b[2m    Traceback\x1b[0m",
        "\x1b[2m    KeyError: 'X'\x1b[0m",
        f"  → {typed('wt.start pay')}",
    ]
    monkeypatch.setenv("NO_COLOR", "1")
    put_in_words(error)
    assert error.message == str(error)
    assert "\x1b" not in error.message


def test_columns_that_do_not_fit_are_beneath_each_other_and_nothing_in_them_is_broken(
    on_terminal, monkeypatch
):
    screen = on_terminal()
    monkeypatch.setenv("COLUMNS", "40")
    show_lines([
        "pay   keep    1 commit on no other branch or remote",
        "auth  remove  merged",
        "  → docker rm --force shop-pay-web-1 shop-pay-worker-1",
    ])  # fmt: skip
    assert screen.getvalue().splitlines() == [
        "pay   keep",
        "    1 commit on no other branch or remote",
        "auth  remove  merged",
        "  → docker rm --force shop-pay-web-1 shop-pay-worker-1",
    ]


def test_a_pipe_gets_columns_however_wide(capsys):
    show_lines(["pay   keep    1 commit on no other branch or remote" * 9])
    assert capsys.readouterr().out.count("\n") == 1


def test_first_rows_are_shown_and_written_over(on_terminal):
    screen = on_terminal()
    first = FirstRows()
    first.show(FIRST[0])
    shown = screen.getvalue()
    assert "degraded" in shown
    show_listings(SECOND, over=first.take_away)
    assert screen.getvalue().startswith(f"{shown}\x1b[{shown.count(chr(10))}F\x1b[J")
    first.take_away()
    assert screen.getvalue().count("\x1b[J") == 1


@pytest.mark.parametrize(("name", "value"), [("TERM", "dumb"), ("COLUMNS", "8")])
def test_first_rows_are_not_shown_where_they_cannot_be_written_over(on_terminal, monkeypatch, name, value):
    screen = on_terminal()
    monkeypatch.setenv(name, value)
    first = FirstRows()
    first.show(FIRST[0])
    first.take_away()
    assert screen.getvalue() == ""


def test_of_rows_that_do_not_fit_the_terminals_height_the_first_are_shown_and_written_over(on_terminal):
    screen = on_terminal()
    tree = Worktree("auth", "auth", Path("/w/auth"), url=None, state="unknown", phase="unknown")
    first = FirstRows()
    first.show(replace(FIRST[0], worktrees=(tree,) * 30))
    shown = screen.getvalue()
    assert shown.count("\x1b[1mauth\x1b[0m") == table_painting.size().lines - 3
    first.take_away()
    assert screen.getvalue() == f"{shown}\x1b[{table_painting.size().lines - 1}F\x1b[J"
