"""Commands that are timed, and what they are waited for."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import tempfile
import termios
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["INV", "PROGRAM", "PYTHON", "answering", "first_row", "sh", "timed"]

_BIN = Path(__file__).resolve().parents[2] / ".venv" / "bin"
INV, PROGRAM, PYTHON = str(_BIN / "inv"), str(_BIN / "worktree-tasks"), str(_BIN / "python")
_OK = 200
_SECONDS = 60
_SCREEN = (40, 120)


class Answered(NamedTuple):
    """How long it took, in seconds, until a page was served and until the command that starts it ended."""

    answer: float
    end: float


def sh(words: Sequence[str], cwd: Path | None = None, env: Mapping[str, str] | None = None) -> str:
    """Run a command, and return what it prints; end with what it said when it fails."""
    environ = {**os.environ, **(env or {})}
    done = subprocess.run(words, cwd=cwd, env=environ, capture_output=True, text=True, check=False)
    if done.returncode:
        said = "\n".join((done.stdout + done.stderr).splitlines()[-15:])
        sys.exit(f"ci/bench: {' '.join(words[:4])} failed with {done.returncode}:\n{said}")
    return done.stdout


def timed(words: Sequence[str], cwd: Path) -> float:
    """Return how long a command takes, in seconds."""
    started = time.perf_counter()
    sh(words, cwd=cwd)
    return time.perf_counter() - started


def first_row(words: Sequence[str], cwd: Path, mark: str) -> float:
    """Return when a command on a terminal shows a text, in seconds since it was started."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, _SCREEN)
    started = time.perf_counter()
    shown, took = b"", 0.0
    with subprocess.Popen(words, cwd=cwd, stdin=theirs, stdout=theirs, stderr=theirs) as running:
        os.close(theirs)
        try:
            while piece := os.read(ours, 1 << 16):
                shown += piece
                if not took and mark.encode() in shown:
                    took = time.perf_counter() - started
        except OSError:  # how Linux says that nobody writes any more
            pass
        code = running.wait()
    os.close(ours)
    if code or not took:
        sys.exit(f"ci/bench: {' '.join(words)} showed no {mark!r}, and ended with {code}")
    return took


def answering(words: Sequence[str], cwd: Path, port: int, env: Mapping[str, str] | None = None) -> Answered:
    """Run a command that starts what serves a page on a port, which may answer before the command ends."""
    with tempfile.TemporaryFile("w+") as said:
        started = time.perf_counter()
        environ = {**os.environ, **(env or {})}
        running = subprocess.Popen(words, cwd=cwd, env=environ, stdout=said, stderr=subprocess.STDOUT)
        ended = 0.0
        while not _serves(port):
            took = time.perf_counter() - started
            if running.poll() is not None:
                ended = ended or took
            if running.returncode or took > _SECONDS:
                running.kill()
                said.seek(0)
                sys.exit(f"ci/bench: {' '.join(words[:4])}: nothing answers on port {port}:\n{said.read()}")
            time.sleep(0.01)
        answer = time.perf_counter() - started
        if running.wait():
            said.seek(0)
            sys.exit(f"ci/bench: {' '.join(words[:4])} failed with {running.returncode}:\n{said.read()}")
        return Answered(answer, ended or time.perf_counter() - started)


def _serves(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as page:
            return bool(page.status == _OK)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False
