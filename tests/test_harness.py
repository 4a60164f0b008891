"""What tests share keeps them apart from each other."""

from __future__ import annotations

import signal


def test_a_program_that_a_test_began_ends_with_its_project(project):
    running = project.begin("sh", "-c", "echo begun; sleep 600 & wait")
    assert running.stdout.readline() == "begun\n"
    ended = project.begin("true")
    ended.communicate()
    project.end_begun()
    assert (running.returncode, ended.returncode) == (-signal.SIGKILL, 0)
    assert running.stdout.closed
