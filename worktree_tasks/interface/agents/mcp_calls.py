"""A call of our own program for a client of another protocol: its document, and its progress.

It runs in a session of its own: whoever kills this process with all that it started lets it finish what it
began. Where the call is cancelled it hears Ctrl-C, takes back what it can, and is waited for.
"""

from __future__ import annotations

import json
import math
import re
import signal
import subprocess
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast

import anyio

from ...printable import printable
from ...quick_dataclasses import dataclass
from ..shell.shell_functions import program_argv

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
    from pathlib import Path

    from anyio.abc import ByteReceiveStream, Process
    from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

    from ..output.documents import Document

__all__ = ["ToolAnswer", "call", "interrupt_all"]

# The signs of progress lines on stderr: done, good to know, to be decided.
_SIGNS = ("✓ ", "· ", "! ")
_LINES = 20
_HINT = "pass shorter arguments if they are long; else start the MCP server again"

_running: set[Process] = set()


@dataclass(slots=True, frozen=True)
class ToolAnswer:
    """The program's answer.

    Attributes:
        document: Its JSON document.
        error: The document's error; None if the call succeeded.
    """

    document: Document
    error: dict[str, Any] | None


async def call(
    words: Sequence[str], hear: Callable[[str], Awaitable[None]], cwd: Path | None = None
) -> ToolAnswer:
    """Run a task of ours to its end.

    Args:
        words: The program's words, `--json` among them.
        hear: Receives each line of progress.
        cwd: Where to run it; by default in our own directory.
    """
    try:
        process = await anyio.open_process(
            [*program_argv(), *words], stdin=subprocess.DEVNULL, start_new_session=True, cwd=cwd
        )
    except OSError as error:
        return _failed(f"worktree-tasks cannot be started: {error.strerror}", hint=_HINT)
    _running.add(process)
    send, receive = anyio.create_memory_object_stream[str](math.inf)
    # The streams stay open until the program has ended: it reports steps even after the call was cancelled.
    with send, receive:
        async with anyio.create_task_group() as group:
            group.start_soon(_interrupt_when_cancelled, process)
            group.start_soon(_tell, receive, hear)
            with anyio.CancelScope(shield=True):
                answer = await _ended(process, send)
            group.cancel_scope.cancel()
    return answer


def interrupt_all() -> None:
    """Send Ctrl-C to every running call; each then ends by itself."""
    for process in _running:
        _interrupt(process)


def _interrupt(process: Process) -> None:
    with suppress(ProcessLookupError):
        process.send_signal(signal.SIGINT)


async def _interrupt_when_cancelled(process: Process) -> None:
    try:
        await anyio.sleep_forever()
    finally:
        _interrupt(process)


async def _tell(receive: MemoryObjectReceiveStream[str], hear: Callable[[str], Awaitable[None]]) -> None:
    async for line in receive:
        await hear(line)


async def _ended(process: Process, send: MemoryObjectSendStream[str]) -> ToolAnswer:
    assert process.stdout is not None and process.stderr is not None  # noqa: S101, PT018 - they are pipes
    out = bytearray()
    err: list[str] = []
    async with anyio.create_task_group() as group:
        group.start_soon(_read_all, process.stdout, out)
        async for line in _lines(process.stderr):
            err.append(line)
            if line.startswith(_SIGNS):
                send.send_nowait(line)
    code = await process.wait()
    _running.discard(process)
    await process.aclose()
    return _answer(bytes(out), err, code)


async def _read_all(stream: ByteReceiveStream, into: bytearray) -> None:
    async for chunk in stream:
        into.extend(chunk)


async def _lines(stream: ByteReceiveStream) -> AsyncIterator[str]:
    rest = b""
    async for chunk in stream:
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            yield printable(line.decode(errors="replace"))
    if rest:
        yield printable(rest.decode(errors="replace"))


def _answer(out: bytes, err: list[str], code: int) -> ToolAnswer:
    try:
        document = _with_valid_text(json.loads(out))
    except ValueError:
        # A killed program leaves no document.
        what = f"worktree-tasks exited with code {code} without readable output"
        return _failed(what, err[-_LINES:], code=code)
    return ToolAnswer(document, document.get("error"))


def _failed(what: str, details: Sequence[str] = (), *, hint: str = "", code: int = 1) -> ToolAnswer:
    error = {"kind": "program-failed", "what": what, "details": [*details], "hint": hint, "code": code}
    return ToolAnswer({"schema": 1, "error": error}, error)


def _with_valid_text(document: Document) -> Document:
    """Return a document without what stands for bytes that are not UTF-8: MCP cannot send lone surrogates."""
    text = json.dumps(document, ensure_ascii=False)
    return cast("Document", json.loads(re.sub("[\ud800-\udfff]", "\N{REPLACEMENT CHARACTER}", text)))
