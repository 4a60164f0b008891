"""The door to `docker compose config`: projects as Compose itself reads them."""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING

from .. import command
from ..configuration.compose.compose_text import as_written
from ..configuration.compose.parsing import parse
from ..configuration.compose.uninterpolated import parse_raw
from ..errors import BadUse, Failure
from ..parallel import Early
from ..printable import lines_of
from . import compose

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ..configuration.compose.model import Model
    from ..configuration.compose.uninterpolated import RawSpec
    from .compose import Invocation

__all__ = ["begin_model", "begin_raw", "forget_begun", "read_model", "read_raw"]

_READING_SECONDS = 60.0
_AS_WRITTEN = "--no-interpolate"
_TEXT = re.compile(r'msg=("(?:[^"\\]|\\.)*")')
# Questions that were asked before somebody needs the answer.
_answers = Early[command.Result]()


def read_model(call: Invocation, *, root: str = "", warn: Callable[[str], None] = lambda _: None) -> Model:
    """Read a compose project with Compose's own parser.

    Args:
        call: The project.
        root: A directory that stands for the machine's root: the model's paths are without it.
        warn: Gets what Compose warns of, such as a variable that is not set.

    Raises:
        BadUse: Compose cannot read the files.
        Failure: Compose waits for something without an end.
    """
    document = _config(call, warn=warn)
    return parse(_without(root, document) if root else document)


def read_raw(call: Invocation) -> Mapping[str, RawSpec]:
    """Read the services of a compose project as they are written, by name.

    Raises:
        BadUse: A port or an env file has a shape that we do not know.
        Failure: Compose waits for something without an end.
    """
    try:
        document = _config(call, _AS_WRITTEN)
    except BadUse:
        # Compose checks values before it knows them: `${DIR:-./conf}:/etc/app:ro` has too many colons for it.
        # What is wrong with variables in their places too, the model's reading tells.
        document = as_written(path.read_text(errors="replace") for path in call.files if path.is_file())
    return parse_raw(document)


def begin_model(call: Invocation) -> None:
    """Ask Compose what `read_model` asks next, which has its answer then."""
    _answers.begin((call,), lambda: _ask(call))


def begin_raw(call: Invocation) -> None:
    """Ask Compose what `read_raw` asks next, which has its answer then."""
    _answers.begin((call, _AS_WRITTEN), lambda: _ask(call, _AS_WRITTEN))


def forget_begun() -> None:
    """Let go of answers that nobody needed: whoever asks later is to hear how the files are by then."""
    _answers.forget()


def _ask(call: Invocation, *options: str) -> command.Result:
    return compose.run(call, "config", "--format", "json", *options, check=False, seconds=_READING_SECONDS)


def _config(call: Invocation, *options: str, warn: Callable[[str], None] = lambda _: None) -> object:
    """Return the document that Compose makes of a project's files."""
    names = ", ".join(path.name for path in call.files)
    try:
        result = _answers.take((call, *options), lambda: _ask(call, *options))
    except command.OutOfTime as error:
        pipes = [str(path) for path in (*call.env_files, call.directory / ".env") if path.is_fifo()]
        raise Failure(
            f"Compose cannot read {names}: it did not end within {_READING_SECONDS:g} s",
            f"start what fills the named pipe {pipes[0]}"
            if pipes
            else f"`docker compose config` in {call.directory} waits too: a remote `include` may not answer",
            kind="compose-unreadable",
        ) from error
    if result.code:
        lines = [line for line in lines_of(result.err) if line.strip() and "level=warning" not in line]
        said = " ".join(lines) or "unknown error"
        raise BadUse(
            f"Compose cannot read {names}: {said}",
            f"correct the file; `docker compose config` in {call.directory} shows the same",
            kind="compose-unreadable",
        )
    for warning in _warnings(result.err):
        warn(warning)
    document: object = json.loads(result.out)
    if not (isinstance(document, dict) and document.get("services")):
        raise BadUse(
            f"{names}: no services",
            "add one, or name other files in the setting wt.compose",
            kind="compose-unreadable",
        )
    return document


def _warnings(said: str) -> Iterator[str]:
    """Yield what Compose warns of: lines of `key=value`, the text in quotes with escapes."""
    for line in lines_of(said):
        if "level=warning" in line and (text := _TEXT.search(line)):
            yield str(json.loads(text[1])).replace("\n", " ")


def _without(root: str, value: object) -> object:
    """Return a part of a document with its paths as they are below a directory."""
    if isinstance(value, dict):
        return {key: _without(root, one) for key, one in value.items()}
    if isinstance(value, list):
        return [_without(root, one) for one in value]
    return (value.replace(root, "") or os.sep) if isinstance(value, str) and root in value else value
