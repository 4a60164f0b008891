from __future__ import annotations

import sys

import anyio
import pytest

from worktree_tasks.interface.agents import mcp_calls

# Reports one step, is interrupted, and reports two more while it takes back what it did.
PROGRAM = """
import pathlib, signal, sys
def take_back(*_):
    for step in ("second", "third"):
        print("\\u2713", step, file=sys.stderr, flush=True)
    pathlib.Path(sys.argv[1]).touch()
    sys.exit(130)
signal.signal(signal.SIGINT, take_back)
print("\\u2713 first", file=sys.stderr, flush=True)
while True:
    signal.pause()
"""


@pytest.mark.parametrize("by", ["cancelled", "listener"])
def test_a_call_that_is_cancelled_waits_for_the_program_to_take_back_what_it_did(tmp_path, monkeypatch, by):
    ended = tmp_path / "ended"
    monkeypatch.setattr(mcp_calls, "program_argv", lambda: [sys.executable, "-c", PROGRAM, str(ended)])

    async def serve() -> None:
        with anyio.CancelScope() as scope:

            async def hear(line: str) -> None:
                assert line == "✓ first"
                if by == "listener":
                    raise anyio.BrokenResourceError
                scope.cancel()

            await mcp_calls.call([], hear)

    if by == "listener":
        with pytest.raises(ExceptionGroup) as raised:
            anyio.run(serve)
        assert raised.group_contains(anyio.BrokenResourceError)
    else:
        anyio.run(serve)
    assert ended.exists()


def test_bytes_that_are_no_text_reach_the_client_as_text(monkeypatch):
    program = "import json; print(json.dumps({'output': 'a\\udcffb \\U0001f600', '\\udc80': ['\\udc80']}))"
    monkeypatch.setattr(mcp_calls, "program_argv", lambda: [sys.executable, "-c", program])

    async def unheard(_line: str) -> None:
        """Hear nothing, since nothing is told."""

    answer = anyio.run(mcp_calls.call, [], unheard)
    assert answer.document == {"output": "a\ufffdb \U0001f600", "\ufffd": ["\ufffd"]}
