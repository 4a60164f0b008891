"""Ctrl-C: raised once, not in the middle of what must be whole, and everything that runs ends with it."""

from __future__ import annotations

import importlib
import os
import signal
import sys
import threading
import time
from contextlib import contextmanager, suppress

import pytest

from worktree_tasks import command, interruption
from worktree_tasks.foreground import attach, follow, show
from worktree_tasks.git.program import alone
from worktree_tasks.machine import locks
from worktree_tasks.parallel import each, together

DEADLINE = 30.0
SLEEPER = (sys.executable, "-c", "import sys, time; print('here', flush=True); time.sleep(60)")
STUBBORN = (
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGINT, signal.SIG_IGN); time.sleep(60)",
)


def press() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def pressed_when(ready: threading.Event) -> threading.Thread:
    def wait() -> None:
        if ready.wait(DEADLINE):
            press()

    thread = threading.Thread(target=wait)
    thread.start()
    return thread


def test_the_first_one_is_raised_and_later_ones_are_only_told():
    again = []
    with interruption.heard(lambda: again.append(1)):
        with pytest.raises(KeyboardInterrupt):
            press()
        assert interruption.happened() == signal.SIGINT
        press()
        press()
    assert again == [1, 1]
    assert interruption.happened() is None
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_one_in_the_middle_of_an_import_is_raised_when_python_has_left_it():
    passed = []

    def press_there() -> None:
        # As if it came there: the function belongs to the import system.
        importlib._bootstrap._call_with_frames_removed(os.kill, os.getpid(), signal.SIGINT)
        passed.append("import")
        threading.Event().wait(DEADLINE)
        passed.append("wait")

    with interruption.heard(lambda: None), pytest.raises(KeyboardInterrupt):
        press_there()
    assert passed == ["import"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_sigterm_and_a_closed_terminal_are_heard_the_same_way_and_left_alone_afterwards(number):
    with interruption.heard(lambda: None), pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), number)
    assert signal.getsignal(number) is signal.SIG_DFL


def test_what_nohup_ignores_stays_ignored():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with interruption.heard(lambda: None):
            os.kill(os.getpid(), signal.SIGHUP)
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_handler_of_somebody_else_stays():
    def theirs(*_: object) -> None: ...

    before = signal.signal(signal.SIGINT, theirs)
    try:
        with interruption.heard(lambda: None):
            assert signal.getsignal(signal.SIGINT) is theirs
    finally:
        signal.signal(signal.SIGINT, before)


def test_what_must_be_whole_ends_before_it_is_raised():
    done = []

    def work() -> None:
        with interruption.deferred():
            with interruption.deferred():
                press()
                done.append("inner")
            done.append("outer")
        done.append("never")

    with interruption.heard(lambda: None):
        with pytest.raises(KeyboardInterrupt):
            work()
        assert done == ["inner", "outer"]


def test_another_thread_hears_nothing_and_changes_nothing():
    seen = []

    def elsewhere() -> None:
        with interruption.heard(lambda: None), interruption.deferred():
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert seen == [signal.default_int_handler]


@pytest.mark.parametrize("words", [SLEEPER, STUBBORN], ids=["ends", "must-be-killed"])
def test_lanes_end_with_their_programs_before_the_interruption_goes_on(words):
    begun, ended = threading.Event(), []

    def lane() -> None:
        begun.set()
        try:
            command.run(words, check=False)
        finally:
            ended.append("lane")

    def polling() -> None:
        try:
            while True:
                interruption.pause(0.01)
        finally:
            ended.append("polling")

    started = time.monotonic()
    with interruption.heard(lambda: None):
        thread = pressed_when(begun)
        with pytest.raises(KeyboardInterrupt):
            together(lane, polling)
        assert sorted(ended) == ["lane", "polling"]
        thread.join()
    assert time.monotonic() - started < DEADLINE


def test_lanes_that_wait_for_their_turn_do_not_begin():
    begun, ran = threading.Event(), []

    def one(number: int) -> None:
        ran.append(number)
        begun.set()
        interruption.pause(DEADLINE)

    with interruption.heard(lambda: None):
        thread = pressed_when(begun)
        with pytest.raises(KeyboardInterrupt):
            each(one, range(100))
        thread.join()
    assert len(ran) <= 8


def test_no_program_begins_while_others_are_ended_but_those_that_undo():
    with interruption.stopping():
        with pytest.raises(KeyboardInterrupt):
            command.run(["true"])
        with interruption.undoing():
            assert command.run(["echo", "undone"]).out == "undone\n"
    assert command.run(["true"]).code == 0


def test_what_undoes_is_out_of_the_terminals_reach():
    ask = (sys.executable, "-c", "import os; print(os.getpgid(0))")
    mine = str(os.getpgid(0))
    with interruption.heard(lambda: None):
        assert command.run(ask).out.strip() == mine
        with pytest.raises(KeyboardInterrupt):
            press()
        assert command.run(ask).out.strip() != mine


def test_the_main_threads_own_program_ends_with_it():
    begun = threading.Event()
    with interruption.heard(lambda: None):
        thread = pressed_when(begun)
        with pytest.raises(KeyboardInterrupt):
            command.run(SLEEPER, echo=lambda _line: begun.set())
        thread.join()


@contextmanager
def received_by_another_thread():
    """Have the system give SIGINT to another thread, as it may when the main thread is about to wait.

    Python hears of it, while the system call that the main thread waits in is not cut short.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def press_here() -> None:
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    # The main thread has to wait by then; when it does not yet, it hears of this all the sooner.
    time.sleep(0.3)
    press()
    time.sleep(0.3)


def test_lanes_are_ended_also_when_the_main_thread_is_not_woken():
    def polling() -> None:
        with pytest.raises(KeyboardInterrupt):
            interruption.pause(DEADLINE)

    started = time.monotonic()
    with (
        received_by_another_thread(),
        interruption.heard(lambda: None),
        pytest.raises(KeyboardInterrupt),
    ):
        together(press_here, polling)
    assert time.monotonic() - started < DEADLINE / 2


@pytest.mark.parametrize("wait_for", [attach, show, follow, command.run])
def test_a_program_is_ended_also_when_the_main_thread_is_not_woken(monkeypatch, wait_for):
    # The program has the main thread's mask, so that it hears nothing either, and must be killed.
    monkeypatch.setattr(interruption, "PATIENCE", (0.1, 0.2))
    started = time.monotonic()
    with received_by_another_thread(), interruption.heard(lambda: None):
        thread = threading.Thread(target=press_here)
        thread.start()
        with suppress(KeyboardInterrupt):
            wait_for(["sleep", str(DEADLINE)])
        thread.join()
        assert interruption.happened() == signal.SIGINT
    assert time.monotonic() - started < DEADLINE / 2


def test_a_program_that_heard_it_before_us_has_not_failed():
    ended_before_us = f"(kill -INT {os.getpid()}) >/dev/null 2>&1 </dev/null & exit 130"

    def fails() -> None:
        command.run(["sh", "-c", ended_before_us])

    with interruption.heard(lambda: None), pytest.raises(KeyboardInterrupt):
        together(fails, lambda: None)


@pytest.mark.parametrize("echo", [None, lambda _: None], ids=["captured", "echoed"])
def test_nobody_waits_for_what_an_interrupted_program_left_running(tmp_path, echo):
    begun = threading.Event()
    number = tmp_path / "number"

    def lane() -> None:
        begun.set()
        command.run(["sh", "-c", f"sleep 600 & echo $! > {number}; wait"], echo=echo)

    with interruption.heard(lambda: None):
        thread = pressed_when(begun)
        with pytest.raises(KeyboardInterrupt):
            together(lane, lambda: None)
        thread.join()
    if number.exists():
        os.kill(int(number.read_text()), signal.SIGKILL)


def test_a_lane_that_waits_for_a_lock_ends(tmp_path):
    waiting = threading.Event()

    def lane() -> None:
        with locks.hold(tmp_path, "taken", lambda _: waiting.set()):
            pytest.fail("it is taken")

    with locks.hold(tmp_path, "taken"), interruption.heard(lambda: None):
        thread = pressed_when(waiting)
        with pytest.raises(KeyboardInterrupt):
            together(lane, lambda: None)
        thread.join()


def test_a_lane_that_waits_for_the_repository_ends(tmp_path):
    waiting = threading.Event()

    def lane() -> None:
        waiting.set()
        with alone(tmp_path):
            pytest.fail("it is taken")

    with alone(tmp_path), interruption.heard(lambda: None):
        thread = pressed_when(waiting)
        with pytest.raises(KeyboardInterrupt):
            together(lane, lambda: None)
        thread.join()
