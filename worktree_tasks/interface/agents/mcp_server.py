"""Our MCP server: tasks as tools, and services' logs as resources. Only the protocol writes to stdout.

https://modelcontextprotocol.io/specification. Each call runs the program, so that an agent gets what a user
gets with `--json`: the same locks, the same refusals, the same document.
"""

from __future__ import annotations

import json
import signal
from contextlib import suppress
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

import anyio
import mcp_types as types
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.shared.exceptions import MCPError

from ...errors import BadUse, WorktreeTasksError
from ...git import find_repository
from ..output import documents, standard_streams
from ..output.schema_files import schema_for
from ..task_table import read_table
from .mcp_calls import ToolAnswer, call, interrupt_all
from .mcp_tools import TOOLS, input_schema, words_for

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from mcp.server.context import ServerRequestContext

__all__ = ["serve"]

_LOGS = "worktree-tasks://logs/"
_INSTRUCTIONS = (
    "Each git worktree of this project has its own Docker containers on its own ports. It uses main's "
    "database unless it is created with database=clone. Use new to start work on a branch, run to execute a "
    "command in a service, logs to read the output of services, and remove once the work is merged: it "
    "refuses to lose work. Each error has a hint that says what helps."
)


def serve() -> None:
    """Serve on stdin and stdout until the client disconnects, or SIGTERM or Ctrl-C arrives."""
    # Each call reports a directory outside any repository.
    with suppress(WorktreeTasksError, OSError):
        _main_checkout()
    anyio.run(_serve)


@cache
def _main_checkout() -> Path:
    return find_repository(Path.cwd()).main


def _directory() -> Path | None:
    """Return where calls run: here, or in the main checkout once this directory was removed."""
    try:
        Path.cwd()
    except OSError:
        with suppress(WorktreeTasksError, OSError):
            return _main_checkout()
    return None


async def _serve() -> None:
    server: Server[Any] = Server(
        "worktree-tasks",
        version=_version(),
        instructions=_INSTRUCTIONS,
        on_list_tools=_list_tools,
        on_call_tool=_call_tool,
        on_list_resources=_list_resources,
        on_list_resource_templates=_list_templates,
        on_read_resource=_read_resource,
    )
    async with anyio.create_task_group() as group:
        group.start_soon(_end_by_signal)
        async with stdio_server() as (read, write):
            await server.run(read, write, server.create_initialization_options())
        group.cancel_scope.cancel()


def _version() -> str:
    try:
        return metadata.version("worktree-tasks")
    except metadata.PackageNotFoundError:
        # A vendored copy is not an installed distribution.
        return ""


async def _end_by_signal() -> None:
    """Exit at once on a signal: anyio would wait for the thread that reads stdin, which may never return."""
    with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        async for number in signals:
            interrupt_all()
            standard_streams.leave(128 + number)


async def _list_tools(_context: ServerRequestContext[Any, Any], _params: Any) -> types.ListToolsResult:  # noqa: ANN401 - a page, of which there is one
    table = read_table()
    return types.ListToolsResult(
        tools=[
            types.Tool(
                name=task,
                title=tool.title,
                description=_description(task, table[task][0].description),
                input_schema=input_schema(task, table),
                output_schema=schema_for(task),
                annotations=types.ToolAnnotations(
                    read_only_hint=tool.reads, destructive_hint=task in ("remove", "run", "database")
                ),
            )
            for task, tool in TOOLS.items()
        ]
    )


def _description(task: str, text: str) -> str:
    return f"{text} Changes nothing." if TOOLS[task].reads else text


async def _call_tool(
    context: ServerRequestContext[Any, Any], params: types.CallToolRequestParams
) -> types.CallToolResult:
    if params.name not in TOOLS:
        raise MCPError(code=types.INVALID_PARAMS, message=f"no tool {params.name!r}: {', '.join(TOOLS)}")
    answer = await _answer(params.name, params.arguments or {}, _progress(context))
    return types.CallToolResult(
        content=[types.TextContent(type="text", text=_text(answer))],
        structured_content=answer.document,
        is_error=answer.error is not None,
    )


async def _answer(tool: str, given: Mapping[str, Any], hear: Callable[[str], Awaitable[None]]) -> ToolAnswer:
    try:
        words = words_for(tool, given, read_table())
    except BadUse as error:
        document = documents.error(error)
        return ToolAnswer(document, document["error"])
    return await call(words, hear, _directory())


def _progress(context: ServerRequestContext[Any, Any]) -> Callable[[str], Awaitable[None]]:
    """Return a function that reports each line as one more step; their total is unknown."""
    steps = 0

    async def report(line: str) -> None:
        nonlocal steps
        steps += 1
        await context.session.report_progress(float(steps), message=line)

    return report


def _text(answer: ToolAnswer) -> str:
    """Return an answer for clients that read only text: its error first."""
    document = json.dumps(answer.document, ensure_ascii=False)
    if answer.error is None:
        return document
    hint = f"\n→ {answer.error['hint']}" if answer.error["hint"] else ""
    details = "".join(f"\n    {line}" for line in answer.error["details"])
    return f"✗ {answer.error['what']}{details}{hint}\n{document}"


async def _list_resources(
    _context: ServerRequestContext[Any, Any],
    _params: Any,  # noqa: ANN401 - a page, of which there is one
) -> types.ListResourcesResult:
    answer = await call(["list", "--json"], _ignore, _directory())
    names = [one["name"] for one in answer.document.get("worktrees", ()) if one["state"] != "unmanaged"]
    return types.ListResourcesResult(
        resources=[
            types.Resource(
                uri=f"{_LOGS}{quote(name, safe='')}",
                name=f"logs of {name}",
                description=f"The last lines of output from the services of {name}.",
                mime_type="text/plain",
            )
            for name in ("main", *names)
        ]
    )


async def _list_templates(
    _context: ServerRequestContext[Any, Any],
    _params: Any,  # noqa: ANN401 - a page, of which there is one
) -> types.ListResourceTemplatesResult:
    return types.ListResourceTemplatesResult(
        resource_templates=[
            types.ResourceTemplate(
                uri_template=f"{_LOGS}{{name}}{more}", name=f"logs of {what}", mime_type="text/plain"
            )
            for more, what in (("", "a worktree"), ("/{service}", "a service of a worktree"))
        ]
    )


async def _read_resource(
    _context: ServerRequestContext[Any, Any], params: types.ReadResourceRequestParams
) -> types.ReadResourceResult:
    uri = str(params.uri)
    name, *service = [unquote(part) for part in uri.removeprefix(_LOGS).split("/")]
    if not uri.startswith(_LOGS) or not name or len(service) > 1:
        raise MCPError(code=types.INVALID_PARAMS, message=f"no resource {uri!r}: {_LOGS}NAME/SERVICE")
    answer = await _answer("logs", {"name": name, "service": service}, _ignore)
    if answer.error is not None:
        raise MCPError(code=types.INVALID_PARAMS, message=_text(answer), data=answer.document)
    lines = "".join(f"{one['service']} | {one['line']}\n" for one in answer.document["lines"])
    contents = types.TextResourceContents(uri=uri, mime_type="text/plain", text=lines)
    return types.ReadResourceResult(contents=[contents])


async def _ignore(_line: str) -> None:
    """Ignore a line of progress that the client did not ask for."""
