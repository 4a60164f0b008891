"""Runs our programs in forks of itself: Python's start and loading modules are most of a short command.

Run as a program with the number of a socket. Each message there is a command: its files are the order, its
stdin, stdout and stderr, and a pipe that gets the process number and the exit code, one a line. A command
reads, prints and ends as if it was started by itself; only its modules are there already.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import pkgutil
import runpy
import signal
import socket
import sys

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
    """Be the command: whatever ends it ends the interpreter, as usual."""
    with os.fdopen(order) as text:
        wanted = json.load(text)
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(wanted["cwd"])
    os.umask(wanted["umask"])
    os.environ.clear()
    os.environ.update(wanted["env"])
    sys.path[0] = wanted["cwd"]
    module, *words = wanted["words"]
    sys.argv[:] = [module, *words]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def _run(order: int, files: list[int], report: int) -> None:
    """Have a fork run a command, and report its end; return in the fork only."""
    pid = os.fork()
    if pid == 0:
        os.close(report)
        return
    for file in files:
        os.close(file)
    os.write(report, f"{pid}\n".encode())
    _, status = os.waitpid(pid, 0)
    os.write(report, f"{os.waitstatus_to_exitcode(status)}\n".encode())
    os._exit(0)


def main() -> None:
    """Take commands until nobody is there to send any."""
    door = socket.socket(fileno=int(sys.argv[1]))
    _load()
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        message, received, *_ = socket.recv_fds(door, 1, _FILES)
        if not message:
            return
        if os.fork() == 0:
            door.close()
            order, *files, report = received
            _run(order, files, report)
            _become(order, files)
            return
        for file in received:
            os.close(file)
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


if __name__ == "__main__":
    main()
