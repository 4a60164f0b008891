"""Runs our programs in forks of itself: Python's start and loading modules are most of a short command.

Run as a program with the number of a socket. Each message there is a command: its files are the order, its
stdin, stdout and stderr, and a pipe that gets the process number and the exit code, one a line. A command
reads, prints and ends as if it was started by itself; only its modules are there already.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import pkgutil
import runpy
import select
import signal
import socket
import sys
import threading
from contextlib import suppress
from typing import Any

import docker
import git
import yaml
from invoke import Program

import worktree_tasks

_FILES = 5
# Loaded once, as all modules of ours are.
PRELOADED = (docker, git, yaml, Program)


def _load() -> None:
    for module in pkgutil.walk_packages(worktree_tasks.__path__, "worktree_tasks."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)


def _become(order: int, files: list[int]) -> None:
    """Be the command, and end: return where Python itself has to report how."""
    with os.fdopen(order) as text:
        wanted = json.load(text)
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    os.chdir(wanted["cwd"])
    os.umask(wanted["umask"])
    os.environ.clear()
    os.environ.update(wanted["env"])
    sys.path[0] = wanted["cwd"]
    module, *words = wanted["words"]
    sys.argv[:] = [module, *words]
    code: Any = None
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as end:
        if not isinstance(end.code, int | None):
            raise
        code = end.code
    # As multiprocessing ends its processes: to take apart all that is loaded takes longer than most commands.
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        if stream and not stream.closed:
            stream.flush()
    os._exit(code or 0)


class Server:
    """Takes commands from a socket, and reports how they end.

    Attributes:
        running: Where to report each command's end, by process number.
    """

    def __init__(self, door: socket.socket) -> None:
        self._door = door
        self.running: dict[int, int] = {}

    def serve(self) -> None:
        """Take commands until nobody is there to send any; return in forks that Python has to end too."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        ended, ending = os.pipe()
        os.set_blocking(ending, False)
        signal.set_wakeup_fd(ending)
        while True:
            ready, _, _ = select.select([self._door, ended], [], [])
            if ended in ready:
                os.read(ended, 1024)
                self._report()
            elif not self._begin():
                return

    def _begin(self) -> bool:
        """Run the next command; return whether there is one, and this is not the fork."""
        message, received, *_ = socket.recv_fds(self._door, 1, _FILES)
        if not message:
            return False
        order, *files, report = received
        pid = os.fork()
        if pid == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            for one in (self._door.detach(), report, *self.running.values()):
                os.close(one)
            _become(order, files)
            return False
        for one in (order, *files):
            os.close(one)
        os.write(report, f"{pid}\n".encode())
        self.running[pid] = report
        return True

    def _report(self) -> None:
        while self.running:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            report = self.running.pop(pid)
            with suppress(BrokenPipeError):
                os.write(report, f"{os.waitstatus_to_exitcode(status)}\n".encode())
            os.close(report)


def main() -> None:
    """Load everything, and serve."""
    _load()
    gc.collect()
    gc.freeze()
    Server(socket.socket(fileno=int(sys.argv[1]))).serve()


if __name__ == "__main__":
    main()
