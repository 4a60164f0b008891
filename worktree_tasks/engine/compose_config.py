"""Access to `docker compose config`: projects as Compose itself reads them."""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING

from .. import command
from ..configuration.compose.compose_file_text import as_written
from ..configuration.compose.model_parsing import parse
from ..configuration.compose.uninterpolated import parse_raw
from ..errors import BadUse, Failure
from ..parallel import Early
from ..printable import lines_of
from . import compose_command, config_cache

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from ..configuration.compose.model import Model
    from ..configuration.compose.uninterpolated import RawSpec
    from .compose_command import Invocation

__all__ = ["begin_model", "begin_raw", "forget_begun", "read_model", "read_raw"]

_READING_SECONDS = 60.0
_AS_WRITTEN = "--no-interpolate"
_TEXT = re.compile(r'msg=("(?:[^"\\]|\\.)*")')
_NOT_SET = re.compile(r"required variable (?P<name>\w+) is missing a value")
# Compose repeats the line of an env file that it cannot parse, which may have a password.
_REPEATED = re.compile(
    r"(failed to read .*?(?:quoted value|variable name(?: near)?|[Ii]nvalid template:)\s).*", re.DOTALL
)
# Queries that are started before their answers are needed.
_answers = Early[command.Result]()


def read_model(call: Invocation, *, root: str = "", warn: Callable[[str], None] = lambda _: None) -> Model:
    """Read a compose project with Compose's own parser.

    Args:
        call: The project.
        root: A directory in place of the machine's root: the model's paths do not include it.
        warn: Receives Compose's warnings, such as for a variable that is not set.

    Raises:
        BadUse: Compose cannot read the files.
        Failure: Compose waits for something without an end.
    """
    document = _config(call, warn=warn)
    return parse(_without(root, document) if root else document)


def read_raw(call: Invocation) -> Mapping[str, RawSpec]:
    """Read the services of a compose project as they are written, by name.

    Raises:
        BadUse: A port or an env file has an unknown form.
        Failure: Compose waits for something without an end.
    """
    try:
        document = _config(call, _AS_WRITTEN)
    except BadUse:
        # Compose checks values before it knows them: `${DIR:-./conf}:/etc/app:ro` has too many colons for it.
        # Reading the model reports what is wrong once variables are replaced.
        document = as_written(path.read_text(errors="replace") for path in call.files if path.is_file())
    return parse_raw(document)


def begin_model(call: Invocation) -> None:
    """Start the query of the next `read_model`, which then uses the answer."""
    _answers.begin((call,), lambda: _ask(call))


def begin_raw(call: Invocation) -> None:
    """Start the query of the next `read_raw`, which then uses the answer."""
    _answers.begin((call, _AS_WRITTEN), lambda: _ask(call, _AS_WRITTEN))


def forget_begun() -> None:
    """Drop unused answers: a later query must see the files as they are then."""
    _answers.forget()


def _ask(call: Invocation, *options: str) -> command.Result:
    words = ("config", "--format", "json", *options)
    return config_cache.answered(
        call, words, lambda: compose_command.run(call, *words, check=False, seconds=_READING_SECONDS)
    )


def _config(call: Invocation, *options: str, warn: Callable[[str], None] = lambda _: None) -> object:
    """Return the document that Compose generates from a project's files."""
    names = ", ".join(path.name for path in call.files)
    try:
        result = _answers.take((call, *options), lambda: _ask(call, *options))
    except command.OutOfTime as error:
        pipes = [str(path) for path in (*call.env_files, call.directory / ".env") if path.is_fifo()]
        raise Failure(
            f"Compose cannot read {names}: it did not finish within {_READING_SECONDS:g} s",
            f"start what fills the named pipe {pipes[0]}"
            if pipes
            else f"`docker compose config` in {call.directory} waits too: a remote `include` may not answer",
            kind="compose-unreadable",
        ) from error
    if result.code:
        raise _unreadable(names, result.err, call.directory)
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


def _unreadable(names: str, said: str, directory: Path) -> BadUse:
    """Return the error for files that Compose refuses."""
    lines = [line for line in lines_of(said) if line.strip() and "level=warning" not in line]
    message = _REPEATED.sub(r"\1***", " ".join(lines)) or "unknown error"
    hint = f"correct the file; `docker compose config` in {directory} shows the same"
    if missing := _NOT_SET.search(message):
        hint = (
            f"set {missing['name']} in main's .env, or name the file that sets it in the setting wt.env_files"
        )
    elif "project name must not be empty" in message:
        hint = "its directory has no usable name: add `name:` to the file, or COMPOSE_PROJECT_NAME to .env"
    return BadUse(f"Compose cannot read {names}: {message}", hint, kind="compose-unreadable")


def _warnings(message: str) -> Iterator[str]:
    """Yield Compose's warnings: lines of `key=value`, with the text in quotes and escaped."""
    for line in lines_of(message):
        if "level=warning" in line and (text := _TEXT.search(line)):
            yield str(json.loads(text[1])).replace("\n", " ")


def _without(root: str, value: object) -> object:
    """Return a part of a document with its paths relative to a directory that is used as the root."""
    if isinstance(value, dict):
        return {key: _without(root, one) for key, one in value.items()}
    if isinstance(value, list):
        return [_without(root, one) for one in value]
    return (value.replace(root, "") or os.sep) if isinstance(value, str) and root in value else value
