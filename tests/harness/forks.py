"""Commands of ours that run in forks of one process, each as if it was started by itself."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["ForkServer"]

_MODULES = ("invoke", "worktree_tasks")
# What Python reads at its start, and the dynamic linker.
_AT_START = ("PYTHON", "LC_", "LANG", "LD_", "TZ")


class ForkServer:
    """A process that has our modules loaded, and runs commands in forks of itself: see `fork_server.py`."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = _at_start(env)
        self._door, theirs = socket.socketpair()
        with theirs:
            argv = [sys.executable, str(Path(__file__).with_name("fork_server.py")), str(theirs.fileno())]
            # Python's streams are as for the pipes that each command gets.
            pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
            self._process = subprocess.Popen(
                argv, cwd="/", env=dict(env), pass_fds=[theirs.fileno()], **pipes
            )

    def close(self) -> None:
        """Let the process end."""
        self._door.close()
        self._process.communicate()

    def takes(self, argv: Sequence[str], env: Mapping[str, str]) -> bool:
        """Return whether a command is a module of ours, for which Python would start as it did here."""
        ours = tuple(argv[:2]) == (sys.executable, "-m") and argv[2] in _MODULES
        return ours and _at_start(env) == self._env

    def run(
        self, argv: Sequence[str], *, cwd: str, env: Mapping[str, str], stdin: bytes
    ) -> subprocess.CompletedProcess[bytes]:
        """Run a command to its end."""
        umask = os.umask(0)
        os.umask(umask)
        order = {"words": argv[2:], "cwd": cwd, "env": dict(env), "umask": umask}
        with ExitStack() as stack:
            text = stack.enter_context(tempfile.TemporaryFile())
            text.write(json.dumps(order).encode())
            text.seek(0)
            source, given = _pipe(stack)
            if not stdin:
                source = stack.enter_context(Path(os.devnull).open("rb"))
            (said, out), (complained, err), (report, reported) = (_pipe(stack) for _ in range(3))
            files = (source, out, err, reported)
            socket.send_fds(self._door, [b"."], [one.fileno() for one in (text, *files)])
            for one in files:
                one.close()
            readers = stack.enter_context(ThreadPoolExecutor(2))
            texts = [readers.submit(one.read) for one in (said, complained)]
            pid = int(report.readline())
            try:
                with suppress(BrokenPipeError), given:
                    given.write(stdin)
                code = int(report.readline())
                return subprocess.CompletedProcess(argv, code, *(one.result() for one in texts))
            except BaseException:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                raise


def _pipe(stack: ExitStack) -> tuple[IO[bytes], IO[bytes]]:
    reads, writes = os.pipe()
    return stack.enter_context(open(reads, "rb")), stack.enter_context(open(writes, "wb"))  # noqa: PTH123


def _at_start(env: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in env.items() if name.startswith(_AT_START)}
