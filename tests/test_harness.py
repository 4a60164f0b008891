"""What tests share keeps them apart from each other."""

from __future__ import annotations

import signal
import sys

import pexpect
from harness.terminals import hang_up


def test_a_program_that_a_test_began_ends_with_its_project(project):
    running = project.begin("sh", "-c", "echo begun; sleep 600 & wait")
    assert running.stdout.readline() == "begun\n"
    ended = project.begin("true")
    ended.communicate()
    project.end_begun()
    assert (running.returncode, ended.returncode) == (-signal.SIGKILL, 0)
    assert running.stdout.closed


# Memory takes a while to be given back.
STUBBORN = """
import signal
for number in (signal.SIGHUP, signal.SIGINT):
    signal.signal(number, signal.SIG_IGN)
held = b"x" * (1 << 27)
print("held", flush=True)
signal.pause()
"""


def test_a_terminal_is_closed_when_its_program_has_ended_however_long_that_takes():
    child = pexpect.spawn(sys.executable, ["-c", STUBBORN], timeout=60)
    child.expect_exact("held\r\n")
    child.ptyproc.delayafterterminate = 0
    hang_up(child)
    assert child.signalstatus == signal.SIGKILL
