"""The official client of the Model Context Protocol, on our server's stdin and stdout."""

from __future__ import annotations

import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import anyio
import jsonschema
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from .projects import Project

__all__ = ["Agent", "as_agent"]


class Agent:
    """A client that sees that each answer is what the server says of it.

    Attributes:
        client: The official client.
        told: The progress that was told during the last call.
    """

    def __init__(self, client: Client, schemas: dict[str, Any]) -> None:
        self.client = client
        self.told: list[str] = []
        self._schemas = schemas

    async def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """Call a tool, and see that it did what it was asked for."""
        done = await self.answer(tool, **arguments)
        assert "error" not in done, done
        return done

    async def answer(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """Call a tool, and return its document, which may be an error's."""
        self.told = []
        result = await self.client.call_tool(tool, arguments, progress_callback=self._hear)
        document = result.structured_content
        assert isinstance(document, dict), result
        jsonschema.validate(document, self._schemas[tool])
        assert result.is_error is ("error" in document)
        return document

    async def _hear(self, progress: float, total: float | None, message: str | None) -> None:
        assert (progress, total) == (len(self.told) + 1, None)
        self.told.append(message or "")


@asynccontextmanager
async def _session(project: Project, cwd: Path) -> AsyncIterator[Agent]:
    argv = ["-m", "worktree_tasks", "mcp"]
    server = StdioServerParameters(command=sys.executable, args=argv, cwd=cwd, env=project.env)
    async with Client(stdio_client(server)) as client:
        tools = (await client.list_tools()).tools
        yield Agent(client, {one.name: one.output_schema for one in tools})


def as_agent(project: Project, work: Callable[[Agent], Awaitable[None]], *, cwd: Path | None = None) -> None:
    """Do an agent's work with a server of its own, in a project or in another directory of it."""

    async def whole() -> None:
        async with _session(project, cwd or project.path) as agent:
            await work(agent)

    anyio.run(whole)
