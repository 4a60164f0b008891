from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from harness.orphans import runs
from harness.programs import environment, wait_for

from worktree_tasks import command
from worktree_tasks.command import CommandError, OutOfTime, Result
from worktree_tasks.errors import Failure
from worktree_tasks.foreground import attach, follow, show
from worktree_tasks.output_redirection import stdout_aside

PYTHON = sys.executable
PACKAGE = Path(command.__file__).parent.parent


def python(code: str, *arguments: str, **options):
    return command.run([PYTHON, "-c", code, *arguments], **options)


def test_a_program_leaves_its_argv_code_and_both_outputs():
    done = python("import sys; print('out'); print('err', file=sys.stderr)")
    assert (done.code, done.out, done.err) == (0, "out\n", "err\n")
    assert done.argv[0] == PYTHON
    assert isinstance(done.argv, tuple)


def test_arguments_reach_the_program_as_they_are(tmp_path):
    hostile = ("$(touch pwned)", "; touch pwned", "a b", "*", "", "-x", "\udcff", "ü")
    code = "import os, sys; print([os.fsencode(one) for one in sys.argv[1:]])"
    assert python(code, *hostile, cwd=tmp_path).out == f"{[os.fsencode(one) for one in hostile]}\n"
    assert list(tmp_path.iterdir()) == []


def test_a_failing_program_raises_its_last_line_and_carries_the_rest():
    with pytest.raises(CommandError) as told:
        python(
            "import sys; print('first', file=sys.stderr); sys.exit('last words')",
        )
    assert told.value.what == f"{PYTHON} -c: last words"
    assert told.value.result.code == 1
    assert told.value.result.err == "first\nlast words\n"
    assert told.value.code == 1


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("print('on stdout'); exit(3)", "on stdout"),
        ("exit(3)", "exit code 3"),
        ("import os; os.kill(os.getpid(), 9)", "killed by SIGKILL"),
    ],
)
def test_a_failing_program_without_words_on_stderr_is_told_by_what_there_is(code, said):
    with pytest.raises(CommandError) as told:
        python(code)
    assert told.value.what.endswith(said)


def test_a_failure_that_is_expected_is_a_result():
    assert python("exit(3)", check=False).code == 3


def test_what_a_secret_argument_says_is_not_in_the_error():
    with pytest.raises(CommandError) as told:
        python("exit(1)", "password=hunter2")
    assert "hunter2" not in str(told.value)


def test_stdin_is_what_is_given_and_never_the_terminal():
    read = "import sys; print(repr(sys.stdin.buffer.read()))"
    assert python(read).out == "b''\n"
    assert python(read, stdin="é\n").out == "b'\\xc3\\xa9\\n'\n"
    assert python(read, stdin=b"\xff").out == "b'\\xff'\n"


def test_bytes_that_are_no_text_come_through():
    done = python("import sys; sys.stdout.buffer.write(b'caf\\xe9\\r\\n')")
    assert os.fsencode(done.out) == b"caf\xe9\r\n"


def test_a_program_runs_where_it_is_told(tmp_path):
    assert python("import os; print(os.getcwd())", cwd=tmp_path).out == f"{tmp_path.resolve()}\n"


def test_the_environment_has_nothing_that_aims_git_or_compose_elsewhere(monkeypatch):
    for name in ("GIT_DIR", "GIT_INDEX_FILE", "COMPOSE_FILE", "COMPOSE_PROJECT_NAME", "DATABASE_URL", "KEPT"):
        monkeypatch.setenv(name, "x")
    code = "import os; print(sorted(name for name, value in os.environ.items() if value == 'x'))"
    assert python(code).out == "['DATABASE_URL', 'KEPT']\n"
    narrowed = command.environment(without=frozenset({"DATABASE_URL"}), extra={"ADDED": "x"})
    assert python(code, env=narrowed).out == "['ADDED', 'KEPT']\n"


def test_the_environment_of_a_hook_has_all_but_what_aims_git_or_compose_elsewhere(monkeypatch):
    monkeypatch.setenv("GIT_DIR", "x")
    monkeypatch.setenv("GIT_BRANCH", "x")
    code = "import os; print(sorted(name for name, value in os.environ.items() if value == 'x'))"
    assert python(code, env=command.hook_environment({"ADDED": "x"})).out == "['ADDED', 'GIT_BRANCH']\n"


def test_an_environment_that_is_given_is_the_whole_of_it():
    code = "import os; print('HOME' in os.environ, os.environ['ONLY'])"
    assert python(code, env={"ONLY": "1"}).out == "False 1\n"


def test_a_program_that_is_not_there_is_one_failure_that_names_it():
    with pytest.raises(Failure, match="no-such-program: not found") as told:
        command.run(["no-such-program", "x"])
    assert told.value.hint


def test_a_directory_that_is_not_there_is_named_and_not_the_program(tmp_path):
    with pytest.raises(Failure, match=f"{tmp_path}/absent: not found") as told:
        python("", cwd=tmp_path / "absent")
    assert "moved or deleted" in told.value.hint


def test_a_program_that_may_not_run_is_one_failure(tmp_path):
    (tmp_path / "program").write_text("#!/bin/sh\n")
    with pytest.raises(Failure, match="program: Permission denied") as told:
        command.run([str(tmp_path / "program")])
    assert told.value.hint


def test_a_word_that_is_too_long_for_a_command_line_is_told_as_such():
    with pytest.raises(Failure, match="true: Argument list too long") as told:
        command.run(["true", "x" * (4 << 20)])
    assert told.value.hint == "put what is long into a file"


def test_an_attached_program_has_our_terminal_and_gives_its_code():
    code = (
        "import sys; from worktree_tasks.foreground import attach;"
        "words = 'print(input()); import sys; print(2, file=sys.stderr); sys.exit(5)';"
        "sys.exit(attach([sys.executable, '-c', words]))"
    )
    done = subprocess.run(
        [PYTHON, "-c", code],
        env=environment(),
        input="typed\n",
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (5, "typed\n", "2\n")


def test_each_line_is_echoed_as_it_comes_and_captured_all_the_same():
    lines = []
    code = (
        "import sys; print('one'); sys.stdout.flush(); print('50%\\r100%', file=sys.stderr);"
        " sys.stdout.write('two'); sys.exit(3)"
    )
    done = command.run([PYTHON, "-c", code], check=False, echo=lines.append)
    assert (done.code, done.out, done.err) == (3, "one\ntwo", "50%\r100%\n")
    assert sorted(lines) == ["100%", "one", "two"]


def test_a_shown_program_says_all_on_our_stderr_and_reads_nothing(capfd):
    code = show([sys.executable, "-c", "import sys; print(len(sys.stdin.read())); sys.exit(3)"])
    assert code == 3
    assert capfd.readouterr() == ("", "0\n")


def test_what_is_printed_aside_goes_to_stderr_whoever_prints_it(capfd):
    with stdout_aside():
        print("ours")  # noqa: T201 - what a hook would do
        attach(["echo", "theirs"])
    print("back")  # noqa: T201 - the same
    assert capfd.readouterr().out == "back\n"


def test_a_program_that_a_signal_ended_has_the_code_that_shells_tell(capfd):
    assert attach(["sh", "-c", "kill -9 $$"]) == 137


def test_a_program_that_is_not_there_is_told_also_when_it_would_be_attached():
    for run_it in (attach, follow, show):
        with pytest.raises(Failure, match="nowhere-at-all: not found"):
            run_it(["nowhere-at-all"])


def test_a_closed_stdin_is_an_empty_one(tmp_path):
    code = (
        "from worktree_tasks.foreground import attach\n"
        "import sys\n"
        "assert sys.stdin is None\n"
        "sys.exit(attach([sys.executable, '-c', 'import sys; sys.exit(len(sys.stdin.read()))']))\n"
    )
    done = subprocess.run(["sh", "-c", '"$0" -c "$1" <&-', sys.executable, code], check=False)
    assert done.returncode == 0


def test_following_ends_with_ctrl_c_and_takes_the_program_along():
    code = (
        "from worktree_tasks import interruption\n"
        "from worktree_tasks.foreground import follow\n"
        "with interruption.heard(lambda: None):\n"
        "    print(follow(['sh', '-c', 'echo $$; exec sleep 600']), flush=True)\n"
    )
    ours = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert ours.stdout is not None
    pid = int(ours.stdout.readline())
    ours.send_signal(signal.SIGINT)
    rest, _ = ours.communicate(timeout=30)
    assert (ours.returncode, rest) == (0, "None\n")
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_following_takes_out_what_is_not_wanted_and_brings_both_outputs_together(capfd):
    assert follow(["sh", "-c", "echo 'a#b'; echo 'c#' >&2"], without=b"#") == 0
    assert capfd.readouterr() == ("ab\nc\n", "")


def test_following_ends_when_nobody_reads_any_more():
    code = (
        "from worktree_tasks.foreground import follow\nassert follow(['yes', '#y'], without=b'#') is None\n"
    )
    done = subprocess.run(
        ["sh", "-c", '{ "$0" -c "$1"; echo $? >&2; } | head -n 1', sys.executable, code],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("y\n", "0\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has a disk that is always full")
def test_following_onto_a_full_disk_is_an_error_in_one_line():
    code = "from worktree_tasks.foreground import follow\nfollow(['echo', '#y'], without=b'#')\n"
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-c", code], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 1
    assert "OutputFailed: ✗ the result cannot be written: No space left on device" in done.stderr


ENDED_BY_TERM = """
import sys
import time
from worktree_tasks import foreground, interruption
with interruption.heard(lambda: None):
    try:
        foreground.{how}(["sh", "-c", "echo $$; exec sleep 600"])
    except KeyboardInterrupt:
        sys.exit(interruption.happened())
"""


@pytest.mark.parametrize("how", ["attach", "show", "follow"])
def test_no_program_outlives_a_command_that_is_told_to_end(how):
    ours = subprocess.Popen(
        [sys.executable, "-c", ENDED_BY_TERM.format(how=how)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert ours.stdout is not None
    pid = int(ours.stdout.readline())
    ours.terminate()
    ours.communicate(timeout=30)
    assert ours.returncode == signal.SIGTERM
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


STRUCK_WITH_A_LOCK = """
import os
import signal
import subprocess
import sys
from worktree_tasks import foreground, interruption

class Lock:
    def __init__(self, lock):
        self.lock, self.release, self.struck = lock, lock.release, False

    def acquire(self, *words):
        taken = self.lock.acquire(*words)
        if taken and not self.struck:
            self.struck = True
            os.kill(os.getpid(), signal.SIGTERM)
        return taken

    def __enter__(self):
        self.acquire()

    def __exit__(self, *_):
        self.release()

begin = subprocess.Popen.__init__

def begin_with_lock(self, *words, **options):
    begin(self, *words, **options)
    self._waitpid_lock = Lock(self._waitpid_lock)

subprocess.Popen.__init__ = begin_with_lock
with interruption.heard(lambda: None):
    try:
        foreground.show(["sleep", "600"])
    except KeyboardInterrupt:
        sys.exit(interruption.happened())
"""


def test_a_signal_at_the_moment_at_which_python_takes_its_lock_on_a_program_ends_the_command():
    done = subprocess.run([sys.executable, "-c", STRUCK_WITH_A_LOCK], check=False, timeout=60)
    assert done.returncode == signal.SIGTERM


def test_what_takes_too_long_is_ended_with_all_that_it_started(tmp_path):
    began = time.monotonic()
    words = ["sh", "-c", "trap '' INT; sleep 600 & echo $! >number; wait"]
    with pytest.raises(OutOfTime) as told:
        command.run(words, cwd=tmp_path, seconds=0.5)
    assert told.value.what == "sh -c did not finish within 0.5 s"
    assert told.value.hint
    assert time.monotonic() - began < 60
    assert not runs(int((tmp_path / "number").read_text()))


def test_what_takes_too_long_leaves_nothing_that_hears_no_signal(tmp_path):
    words = ["sh", "-c", "(trap '' INT; exec sleep 600) & echo $! >number; exec sleep 600"]
    with pytest.raises(OutOfTime):
        command.run(words, cwd=tmp_path, seconds=0.5)
    # The kernel may take a moment to end what was killed.
    wait_for(lambda: not runs(int((tmp_path / "number").read_text())))


def test_what_ends_in_its_time_is_a_result_as_any_other():
    assert command.run(["cat"], stdin=b"x" * 200_000, seconds=60).out == "x" * 200_000


PIPE = 65536


@pytest.mark.parametrize("echo", [None, lambda _: None], ids=["captured", "echoed"])
@pytest.mark.parametrize("pause", [0.0, 0.8], ids=["at-once", "after-a-while"])
def test_a_large_input_arrives_whole_whenever_it_is_read(echo, pause):
    data = os.urandom(PIPE * 20)
    code = (
        f"import hashlib, sys, time; time.sleep({pause});"
        "print(hashlib.sha256(sys.stdin.buffer.read()).hexdigest())"
    )
    assert python(code, stdin=data, echo=echo).out.strip() == hashlib.sha256(data).hexdigest()


def test_what_is_read_little_by_little_and_answered_meanwhile_comes_back_whole():
    data = b"".join(b"%d\n" % number for number in range(PIPE))  # 380 KB
    code = (
        "import sys, time\n"
        "for part in iter(lambda: sys.stdin.buffer.read(100000), b''):\n"
        "    time.sleep(0.3)\n"
        "    sys.stdout.buffer.write(part)\n"
    )
    assert python(code, stdin=data).out.encode() == data


def test_a_program_that_reads_only_a_part_of_its_input_has_not_failed():
    assert python("print(input())", stdin=b"first\n" * PIPE).out == "first\n"


def test_a_program_that_closes_its_outputs_is_waited_for(tmp_path):
    code = "import os, sys, time; os.close(1); os.close(2); time.sleep(0.6); open('done', 'w').close()"
    assert python(code, cwd=tmp_path).code == 0
    assert (tmp_path / "done").exists()


def test_nobody_waits_for_what_a_program_leaves_in_the_background():
    started = time.monotonic()
    done = command.run(["sh", "-c", "sleep 100 & echo $!; echo said >&2"])
    os.kill(int(done.out), signal.SIGKILL)
    assert done.err == "said\n"
    assert time.monotonic() - started < 50


def test_of_a_bounded_output_the_last_part_is_kept_from_the_beginning_of_a_line_on():
    # Each line is written at once: lines of two streams would otherwise mix.
    script = "import os; [os.write(to, b'%04d\\n' % n) for n in range(1000) for to in (1, 2)]"
    done = command.run([sys.executable, "-c", script], most=52)
    lines = [f"{number:04}" for number in range(990, 1000)]
    assert done.out.splitlines() == done.err.splitlines() == lines
    assert done.omitted == (4950, 4950)
    assert len(done.both) <= 104
    assert done.both.splitlines()[-1] == "0999"
    short = command.run(["echo", "all of it"], most=52)
    assert (short.out, short.both, short.omitted) == ("all of it\n", "all of it\n", (0, 0))


@pytest.mark.parametrize(
    ("argv", "called"),
    [
        (("git", "-c", "core.hooksPath=/dev/null", "--literal-pathspecs", "status", "-z"), "git status"),
        (("git", "-C", "/shop", "fetch"), "git fetch"),
        (("git", "--version"), "git --version"),
        (("docker", "compose", "up"), "docker compose"),
        (("cp", "-a", "one", "two"), "cp -a"),
        (("true",), "true"),
    ],
)
def test_an_error_names_the_program_with_its_command_and_not_with_options_before_it(argv, called):
    assert CommandError(Result(argv, 1, "", "no")).what == f"{called}: no"
    assert OutOfTime(argv, 2).what == f"{called} did not finish within 2 s"
