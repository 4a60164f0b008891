"""What is asked of this machine's processes and threads."""

from __future__ import annotations

import os
import subprocess
import sys
import threading

import pytest

from worktree_tasks.machine.processes import give_way


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux has priorities of threads")
def test_a_thread_gives_way_with_what_it_starts_and_no_other_thread_does():
    before, found = os.getpriority(os.PRIO_PROCESS, 0), []

    def work() -> None:
        give_way()
        found.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
        argv = [sys.executable, "-c", "import os; print(os.getpriority(os.PRIO_PROCESS, 0))"]
        found.append(int(subprocess.run(argv, capture_output=True, check=True).stdout))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [19, 19]
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == before
