from __future__ import annotations

import fcntl
import os
import re
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import pytest
from harness.orphans import SLEEPS, STUBBORN, orphan, runs
from harness.programs import environment

from worktree_tasks import command
from worktree_tasks.errors import Failure
from worktree_tasks.machine import lock_holder, locks, processes

if TYPE_CHECKING:
    from pathlib import Path

HOLD = """
import sys
from pathlib import Path
from worktree_tasks.machine.locks import hold, show

take = {"hold": lambda: hold(Path(sys.argv[2]), sys.argv[3], lambda who: print("waiting", who, flush=True)),
        "share": lambda: hold(Path(sys.argv[2]), sys.argv[3], shared=True),
        "show": lambda: show(Path(sys.argv[2]), sys.argv[3])}[sys.argv[1]]
with take():
    print("held", flush=True)
    sys.stdin.readline()
print("let go", flush=True)
"""


@contextmanager
def other(how: str, directory: Path, name: str):
    """Another process that takes a lock and keeps it until it is told to go on."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, how, str(directory), name],
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def said(process) -> str:
    return process.stdout.readline().strip()


def go_on(process) -> None:
    process.stdin.write("\n")
    process.stdin.flush()


def never(_who: str) -> None:
    pytest.fail("nobody else has the lock")


def test_a_lock_is_held_by_one_process_and_the_next_says_that_it_waits(tmp_path):
    with other("hold", tmp_path, "auth") as first, other("hold", tmp_path, "auth") as second:
        lines = {said(first)}
        if lines == {"held"}:
            has, waiter = first, second
        else:
            has, waiter = second, first
            assert said(has) == "held"
        if has is first:
            assert said(waiter).startswith(f"waiting pid {has.pid} (`-c hold ")
        go_on(has)
        assert said(has) == "let go"
        assert said(waiter) == "held"


def test_who_waits_is_told_so_once_and_then_goes_on(tmp_path):
    told = []
    with other("hold", tmp_path, "auth") as first:
        assert said(first) == "held"

        def waiting(who: str) -> None:
            told.append(who)
            go_on(first)

        with locks.hold(tmp_path, "auth", waiting):
            (words,) = told
    assert re.fullmatch(rf"pid {first.pid} \(`-c hold .*`\), since \d\d:\d\d:\d\d", words)


def test_a_lock_that_nobody_has_is_taken_without_a_word_again_and_again(tmp_path):
    for _ in range(3):
        with locks.hold(tmp_path / "deep" / "locks", "auth", never):
            assert locks.held(tmp_path / "deep" / "locks", "auth")
    assert not locks.held(tmp_path / "deep" / "locks", "auth")


def test_locks_of_other_names_are_in_nobodys_way(tmp_path):
    with locks.hold(tmp_path, "auth", never), locks.hold(tmp_path, "pay", never):
        assert locks.held(tmp_path, "pay")


def test_a_killed_process_lets_go(tmp_path):
    with other("hold", tmp_path, "auth") as first:
        assert said(first) == "held"
        assert locks.held(tmp_path, "auth")
        first.send_signal(signal.SIGKILL)
        first.wait()
        with locks.hold(tmp_path, "auth", never):
            pass


def test_an_error_lets_go(tmp_path):
    with pytest.raises(ZeroDivisionError), locks.hold(tmp_path, "auth", never):
        _ = 1 // 0
    assert not locks.held(tmp_path, "auth")


def test_threads_take_turns(tmp_path):
    inside, most = [], []

    def work() -> None:
        with locks.hold(tmp_path, "auth"):
            inside.append(1)
            most.append(len(inside))
            inside.pop()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 8


def test_use_is_seen_by_others_keeps_nobody_off_and_leaves_no_file(tmp_path):
    with ExitStack() as stack:
        users = [stack.enter_context(other("show", tmp_path, "auth")) for _ in range(2)]
        assert [said(one) for one in users] == ["held", "held"]
        assert locks.held(tmp_path, "auth*")
        assert not locks.held(tmp_path, "pay*")
        with locks.hold(tmp_path, "auth", never):
            pass
        go_on(users[0])
        assert said(users[0]) == "let go"
        assert locks.held(tmp_path, "auth*")
        go_on(users[1])
        assert said(users[1]) == "let go"
        assert not locks.held(tmp_path, "auth*")
    assert [path.name for path in tmp_path.iterdir() if path.name != "auth.lock"] == []


def test_nothing_is_held_in_a_directory_that_is_not_there(tmp_path):
    assert not locks.held(tmp_path / "absent", "*")


def test_the_directory_of_locks_is_the_users_alone(tmp_path):
    before = os.umask(0)
    try:
        with locks.hold(tmp_path / "locks", "auth", never):
            assert (tmp_path / "locks").stat().st_mode & 0o777 == 0o700
    finally:
        os.umask(before)


def test_a_wait_that_is_too_long_ends_and_names_the_command_that_has_the_lock(tmp_path):
    with other("hold", tmp_path, "auth") as first:
        assert said(first) == "held"
        with pytest.raises(Failure) as told, locks.hold(tmp_path, "auth", what="auth", seconds=0.2):
            pytest.fail("it is taken")
    assert told.value.what.startswith(f"auth is in use: waited 0.2 s for pid {first.pid} (`-c hold ")
    assert "wait for it to end" in told.value.hint


def test_any_number_of_commands_share_a_lock_and_one_that_wants_it_alone_waits_for_all_of_them(tmp_path):
    with other("share", tmp_path, "vault") as first, other("share", tmp_path, "vault") as second:
        assert [said(first), said(second)] == ["held", "held"]
        with locks.hold(tmp_path, "vault", never, shared=True):
            pass
        go_on(first)
        assert said(first) == "let go"
        with pytest.raises(locks.InUse), locks.hold(tmp_path, "vault", seconds=0):
            pytest.fail("the second one has it")
        go_on(second)
        assert said(second) == "let go"
        with locks.hold(tmp_path, "vault", never):
            pass


def test_who_wants_to_share_waits_for_the_command_that_has_the_lock_alone(tmp_path):
    with other("hold", tmp_path, "vault") as first:
        assert said(first) == "held"
        with (
            pytest.raises(locks.InUse, match=f"for pid {first.pid} "),
            locks.hold(tmp_path, "vault", seconds=0.1, shared=True),
        ):
            pytest.fail("it is taken")
        go_on(first)
        assert said(first) == "let go"
        with locks.hold(tmp_path, "vault", never, shared=True):
            pass


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"pid": "x"}', b"\xff\x00" * 5000])
def test_a_holder_that_left_no_readable_name_is_unknown(tmp_path, content):
    file = locks.file_of(tmp_path, "auth")
    file.write_bytes(content)
    with file.open("rb") as taken:
        fcntl.flock(taken, fcntl.LOCK_EX)
        with (
            pytest.raises(Failure, match="for an unknown process"),
            locks.hold(tmp_path, "auth", seconds=0.1),
        ):
            pytest.fail("it is taken")


def test_what_a_lock_says_of_its_command_is_short_and_has_neither_flags_nor_what_a_terminal_obeys(
    tmp_path, monkeypatch
):
    secret = ["/bin/worktree-tasks", "--quiet", "run", "a\x1b[2Jb" + "c" * 500, "psql -p hunter2"]
    monkeypatch.setattr(sys, "argv", secret)
    with locks.hold(tmp_path, "auth"):
        words = lock_holder.who(locks.file_of(tmp_path, "auth"))
    assert f"pid {os.getpid()} (`worktree-tasks run a?[2Jbccc" in words
    assert "hunter2" not in words
    assert len(words) < 150


def test_a_lock_that_cannot_be_written_is_one_failure(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(Failure, match="file") as told, locks.hold(tmp_path / "file", "auth"):
        pytest.fail("it cannot be")
    assert told.value.hint


DESERT = """
import os, sys
from pathlib import Path
from worktree_tasks import command
from worktree_tasks.machine.locks import hold

with hold(Path(sys.argv[1]), "auth"):
    own = os.getpid()
    words = f"echo {own} >begun; read word <kill; kill -9 {own}; read word <end"
    command.run(["sh", "-c", words], cwd=sys.argv[1], keep=sys.argv[2] == "keep")
"""


@pytest.mark.parametrize("keep", ["keep", "let"])
def test_a_program_that_outlives_its_killed_command_keeps_the_lock_when_it_should(tmp_path, keep):
    for name in ("begun", "kill", "end"):
        os.mkfifo(tmp_path / name)
    killed = subprocess.Popen(
        [sys.executable, "-c", DESERT, str(tmp_path), keep],
        env=environment(),
    )
    assert (tmp_path / "begun").read_text().strip() == str(killed.pid)
    assert locks.held(tmp_path, "auth")
    (tmp_path / "kill").write_text("now\n")
    assert killed.wait(60) == -signal.SIGKILL
    assert locks.held(tmp_path, "auth") is (keep == "keep")
    (tmp_path / "end").write_text("end\n")
    with locks.hold(tmp_path, "auth"):
        assert not locks.held(tmp_path, "other")


@pytest.mark.parametrize("script", [SLEEPS, STUBBORN], ids=["ends", "must-be-killed"])
def test_what_a_killed_command_left_running_is_told_and_ended_and_nothing_else(tmp_path, monkeypatch, script):
    monkeypatch.setattr(lock_holder, "_PATIENCE", ((signal.SIGTERM, 1.0), (signal.SIGKILL, 30.0)))
    file = locks.file_of(tmp_path, "auth")
    with orphan(file, script) as left, other("hold", tmp_path, "auth") as waiter:
        told = said(waiter)
        assert f"(pid {left})" in told
        assert "left running by a command that was killed (`-c " in told
        assert left in {one.pid for one in lock_holder.orphans(file)}
        with pytest.raises(Failure, match="left running") as error, locks.hold(tmp_path, "auth", seconds=0.1):
            pytest.fail("it is taken")
        assert "wt.doctor --fix" in error.value.hint
        assert lock_holder.end_orphans(file) == ()
        assert said(waiter) == "held"
        assert not runs(left)
        assert lock_holder.end_orphans(file) == ()
        assert waiter.poll() is None


def test_a_command_and_the_programs_that_it_waits_for_are_nobodys_orphans(tmp_path):
    file = locks.file_of(tmp_path, "auth")
    with locks.hold(tmp_path, "auth"):
        seen = []
        command.run(
            ["sh", "-c", "echo here; read word"],
            keep=True,
            stdin=b"",
            check=False,
            echo=lambda _: seen.append((processes.locking(file), lock_holder.orphans(file))),
        )
    (((owners, heirs), orphans),) = seen
    assert [one.pid for one in owners] == [os.getpid()]
    assert len(heirs) <= 1
    assert orphans == ()
    assert processes.locking(file) == ((), ())


def test_a_lock_that_one_thread_lets_go_is_in_no_way_of_a_program_that_another_thread_starts(tmp_path):
    def run_one(number):
        with locks.hold(tmp_path, str(number)):
            return command.run(["true"], keep=True).code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(run_one, range(200))) == {0}


def unused_for(file: Path, seconds: float) -> None:
    then = time.time() - seconds
    os.utime(file, (then, then))


def test_files_of_locks_that_nobody_used_for_long_are_tidied_away(tmp_path):
    for name in ("old", "new"):
        with locks.hold(tmp_path, name):
            pass
    unused_for(locks.file_of(tmp_path, "old"), locks.LONGEST + 60)
    locks.tidy(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["new.lock"]


def test_the_file_of_a_lock_that_somebody_has_is_never_tidied_away(tmp_path):
    with locks.hold(tmp_path, "auth"):
        unused_for(locks.file_of(tmp_path, "auth"), locks.LONGEST + 60)
        locks.tidy(tmp_path)
        assert locks.held(tmp_path, "auth")


def test_who_locks_a_file_that_was_tidied_away_meanwhile_locks_the_one_in_its_place(tmp_path, monkeypatch):
    opened, file = locks._opened, locks.file_of(tmp_path, "auth")
    made = []

    def tidied(path: Path) -> int:
        descriptor = opened(path)
        if not made:
            path.unlink()
        made.append(os.fstat(descriptor).st_ino)
        return descriptor

    monkeypatch.setattr(locks, "_opened", tidied)
    with locks.hold(tmp_path, "auth", never):
        assert len(made) == 2
        assert file.stat().st_ino == made[1]
        assert locks.held(tmp_path, "auth")


def test_looking_whether_a_lock_is_held_makes_no_file(tmp_path, monkeypatch):
    with locks.hold(tmp_path, "auth"):
        pass
    listed = [*tmp_path.glob("*.lock")]
    listed[0].unlink()
    monkeypatch.setattr(type(tmp_path), "glob", lambda *_: iter(listed))
    assert not locks.held(tmp_path, "auth")
    assert not listed[0].exists()
