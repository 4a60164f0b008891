"""Runs our commands in forks of itself, and has one of them die or fail at one event of its work.

Run as a program: a line of JSON on stdin is one command, a line of JSON on stdout how it ended. The product
knows nothing of this: Python's own audit events tell of every program that is started, every file that is
written and every request that Docker gets, before it happens. Transactions and steps are wrapped.
"""

from __future__ import annotations

import contextlib
import errno
import gc
import importlib
import json
import os
import pkgutil
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import docker
import git
import requests
import yaml
from invoke import Program

import worktree_tasks

# Loaded once, so that a command's own work is nearly all that a fork does.
PRELOADED = (docker, git, requests, yaml)

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_FILES = frozenset(
    {"os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.symlink", "os.link", "os.chmod", "os.truncate"}
)
# What asks and changes nothing: a kill before it is a kill before the next event that does change something.
_ASKING = frozenset(
    {
        "cat-file", "check-attr", "check-ignore", "check-ref-format", "diff", "diff-index", "diff-tree",
        "for-each-ref", "log", "ls-files", "ls-tree", "merge-base", "name-rev", "rev-list", "rev-parse",
        "show", "show-ref", "status", "var", "version", "diff-files", "worktree list", "symbolic-ref",
        "compose version",
    }
)  # fmt: skip
_ELSEWHERE = frozenset({"-c", "-f", "-p", "--project-directory", "--env-file"})
# Names that differ from run to run.
_PASSING = re.compile(
    r"\d{8}-\d{6}(-\d+)?|(?<![0-9a-z])[0-9a-f]{8,64}(?![0-9a-z])|worktree-tasks\.\d+/\w{8}"
    r"|(?<=/tmp/)[a-z0-9_]{8}$|(?<=/objects/)[0-9a-f]{2}(?=/|$)"
)


class _FailedError(Exception):
    """A program is to fail before it did anything."""


class Fault:
    """Counts a command's events and strikes at one of them.

    Attributes:
        at: The event, as its line in the log; none strikes never.
        turn: At which of the events with that line, from 1: what runs in several lanes has no order.
        how: `kill` before it; `orphan`, which for a program means as soon as that has begun; `interrupt`,
            which is Ctrl-C; or `fail`.
        whole: Whether what changes nothing counts too.
        folder: Files in here count.
    """

    def __init__(self, *, at: str | None, turn: int, how: str, whole: bool, folder: str, log: str) -> None:
        self.at, self.how, self.whole, self.folder = at, how, whole, folder
        self._left = turn
        self._log = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        self._turn = threading.Lock()
        self._mine = threading.local()

    def install(self) -> None:
        from worktree_tasks import command  # noqa: PLC0415 - in the fork only
        from worktree_tasks.orchestration.steps.project import Project  # noqa: PLC0415 - the same
        from worktree_tasks.store import Store  # noqa: PLC0415 - the same

        run, exchange = subprocess.run, command.exchange
        transaction, begin = Store._transaction, Project.__init__

        def failing_run(*words: Any, **options: Any) -> Any:
            self._mine.may_fail = True
            try:
                return run(*words, **options)
            except _FailedError:
                return subprocess.CompletedProcess(words[0], 128, b"", b"fatal: injected fault\n")
            finally:
                self._mine.may_fail = False

        def deserting(process: subprocess.Popen[bytes], data: bytes | None, **options: Any) -> Any:
            if getattr(self._mine, "desert", False):
                if process.stdin:
                    process.stdin.write(data or b"")
                    process.stdin.close()
                self._die()
            return exchange(process, data, **options)

        @contextlib.contextmanager
        def counted_transaction(store: Any) -> Any:
            self.event("store", "begin")
            with transaction(store):
                yield
                # Until then nothing of it is in the file.
                self.event("store", "commit", asks=True)

        def begin_counted(site: Any, *words: Any, **more: Any) -> None:
            begin(site, *words, **more)
            site.progress = CountedProgress(site.progress, self)

        subprocess.run = failing_run  # type: ignore[assignment]
        command.exchange = deserting
        Store._transaction = counted_transaction
        Project.__init__ = begin_counted  # type: ignore[method-assign]
        sys.addaudithook(self._audit)

    def _audit(self, name: str, arguments: tuple[Any, ...]) -> None:
        if name == "subprocess.Popen":
            words = [os.fsdecode(word) for word in arguments[1]]
            self.event("program", _words(words), asks=_asks(words))
        elif name == "http.client.send":
            line = bytes(arguments[1])[:200].split(b"\r\n")[0].decode(errors="replace")
            if line.startswith(("GET ", "HEAD ", "POST ", "PUT ", "DELETE ")):
                self.event("engine", line.removesuffix(" HTTP/1.1"), asks=line.startswith(("GET", "HEAD")))
        elif name == "open":
            path, mode, flags = arguments
            writes = flags & _WRITING if flags is not None else set(mode or "r") & set("wax+")
            if writes and self._counts(path, -1):
                self.event("file", f"open {os.fsdecode(path)}", asks=self._passes(path))
        elif name in _FILES and self._counts(arguments[0], arguments[-1]):
            # Making what is there and removing what is not there changes nothing.
            path = os.fsdecode(arguments[0])
            whole = Path(path).is_absolute()
            idle = whole and os.path.lexists(path) == (name == "os.mkdir")
            # What is deleted by a name without its directory goes with all that is in there.
            shown = path if whole or name not in ("os.remove", "os.rmdir") else "…"
            self.event("file", f"{name} {shown}", asks=idle or self._passes(path))

    def _passes(self, path: Any) -> bool:
        """Return whether a file is in the directory for temporary ones."""
        return os.fsdecode(path).startswith(os.environ["TMPDIR"])

    def _counts(self, path: object, folder: object) -> bool:
        if not isinstance(path, (str, bytes, os.PathLike)):
            return False
        text = os.fsdecode(path)
        if text.endswith(".lock"):
            return False
        return text.startswith(self.folder) or (not Path(text).is_absolute() and folder != -1)

    def event(self, kind: str, what: str, *, asks: bool = False) -> None:
        """Count one event; strike when it is its turn."""
        if asks and not self.whole:
            return
        line = _PASSING.sub("…", f"{kind}: {what.replace(self.folder, '')}".replace("\n", " "))
        with self._turn:
            self._left -= line == self.at
            mine = self._left == 0 and line == self.at
            os.write(self._log, f"{line}\n".encode(errors="replace"))
        if not mine:
            return
        if self.how == "fail":
            self._fail(kind)
        elif self.how == "interrupt":
            os.kill(os.getpid(), signal.SIGINT)
        elif self.how == "orphan" and kind == "program":
            self._mine.desert = True
        else:
            self._die()

    def _fail(self, kind: str) -> None:
        if kind == "program":
            if getattr(self._mine, "may_fail", False):
                raise _FailedError
            raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        if kind == "engine":
            raise ConnectionResetError(errno.ECONNRESET, os.strerror(errno.ECONNRESET))
        if kind == "file":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        if kind == "store":
            import sqlite3  # noqa: PLC0415 - what the store raises itself

            raise sqlite3.OperationalError("database or disk is full")

    @staticmethod
    def _die() -> None:
        os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(60)


def _words(words: list[str]) -> str:
    """Return what tells one command line from the others."""
    rest = iter(words[1:])
    shown = [word for word in rest if not (word in _ELSEWHERE and next(rest, ""))]
    return " ".join((Path(words[0]).name, *shown))[:200]


class CountedProgress:
    """A flow's progress, of which every boundary of a step counts."""

    def __init__(self, progress: Any, fault: Fault) -> None:
        self._progress, self._fault = progress, fault

    @contextlib.contextmanager
    def step(self, name: str) -> Any:
        self._fault.event("step", f"{name} begins")
        with self._progress.step(name) as say:
            yield say
        self._fault.event("step", f"{name} ends")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._progress, name)


def _asks(words: list[str]) -> bool:
    """Return whether a command line only asks."""
    if Path(words[0]).name == "docker":
        return {"config", "version", "ps", "info"} & set(words) != set()
    rest = iter(words[1:])
    plain = [
        word
        for word in rest
        if not (word == "-c" and next(rest, "")) and not word.startswith(("--git-dir", "--literal-pathspecs"))
    ]
    if plain[0] == "config":
        return (
            len([word for word in plain if not word.startswith("-")]) == 2 and "--remove-section" not in plain
        )
    if plain[:1] == ["symbolic-ref"]:
        return len([word for word in plain if not word.startswith("-")]) == 2
    return plain[0] in _ASKING or " ".join(plain[:2]) in _ASKING


def _command(order: dict[str, Any]) -> None:
    """Be the command: in the fork, never to return."""
    code = 70
    try:
        os.setsid()
        os.chdir(order["cwd"])
        os.environ.clear()
        os.environ.update(order["env"])
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        for number, name in ((1, "out"), (2, "err")):
            os.dup2(os.open(order[name], os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
        sys.path.insert(0, order["cwd"])
        if order["fault"]:
            Fault(**order["fault"]).install()
        try:
            Program(name="Invoke", binary="inv", version="0").run(["inv", *order["words"]])
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:  # noqa: BLE001 - a fork must not go on as its parent
        import traceback  # noqa: PLC0415 - rarely needed

        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(code)


def _run(order: dict[str, Any]) -> dict[str, Any]:
    """Fork a command, kill it after its time when it has one, and tell how it ended."""
    began = time.monotonic()
    pid = os.fork()
    if pid == 0:
        _command(order)
    deadline = began + (order["kill_after"] if order["kill_after"] is not None else order["patience"])
    while True:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            break
        if time.monotonic() >= deadline:
            os.kill(pid, signal.SIGKILL)
            _, status = os.waitpid(pid, 0)
            break
        time.sleep(0.002)
    if order["group"]:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
    took = time.monotonic() - began
    late = order["kill_after"] is None and took >= order["patience"]
    return {"code": os.waitstatus_to_exitcode(status), "seconds": took, "late": late}


def main() -> None:
    """Answer one order after the other."""
    for module in pkgutil.walk_packages(worktree_tasks.__path__, "worktree_tasks."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    # A collection in a fork would copy all that is shared with this process.
    gc.collect()
    gc.freeze()
    print("{}", flush=True)  # noqa: T201 - the protocol
    for line in sys.stdin:
        print(json.dumps(_run(json.loads(line))), flush=True)  # noqa: T201 - the protocol


if __name__ == "__main__":
    main()
