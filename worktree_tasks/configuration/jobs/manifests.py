"""Manifests: files that define commands by name, such as `package.json` or a Procfile."""

from __future__ import annotations

import json
import posixpath
import re
from typing import TYPE_CHECKING

from ...quick_dataclasses import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = ["Behind", "commands_behind", "dependencies"]

_MANAGERS = frozenset({"honcho", "foreman", "overmind", "goreman", "hivemind", "forego"})
_PACKAGES = frozenset({"npm", "yarn", "pnpm", "bun"})
_LIFECYCLE = frozenset({"start", "test", "restart", "stop"})
_PROCESS = re.compile(r"^(?P<name>[\w-]+)\s*:\s*(?P<command>\S.*)$", re.MULTILINE)
_SUPERVISED = re.compile(r"^\s*command\s*=\s*(?P<command>.+)$", re.MULTILINE)
# Files that configure workers inside a server.
_INSIDE = (
    (re.compile(r"(?:mix|iex) "), ("mix.exs",)),
    (re.compile(r"(?:\S*/)?(?:puma|rails s)"), ("config/puma.rb",)),
)


@dataclass(frozen=True, slots=True)
class Behind:
    """What a command runs.

    Attributes:
        file: The manifest.
        text: A shell text in it.
        source: Its own text, if what it mentions is what counts.
    """

    file: str
    text: str = ""
    source: str = ""


def commands_behind(words: Sequence[str], read: Callable[[str], str | None]) -> Iterator[Behind]:
    """Yield what a command runs according to a manifest.

    Args:
        words: The command.
        read: Returns the text of a project file; None for other files.
    """
    line = " ".join(words)
    for at, word in enumerate(words):
        program = posixpath.basename(word)
        rest = list(words[at + 1 :])
        if program in _PACKAGES:
            yield from _script(program, rest, read)
        elif program in _MANAGERS:
            yield from _processes(program, rest, read)
        elif program == "make":
            yield from _recipes(rest, read)
        elif program == "supervisord":
            yield from _supervised(rest, read)
    for pattern, names in _INSIDE:
        for name in names if pattern.search(line) else ():
            if text := read(name):
                yield Behind(name, source=text)


def dependencies(text: str) -> tuple[str, ...]:
    """Return the runtime dependencies in a `package.json`."""
    try:
        named = json.loads(text or "{}").get("dependencies", {})
    except (ValueError, AttributeError, RecursionError):
        return ()
    return tuple(named) if isinstance(named, dict) else ()


def _script(program: str, rest: Sequence[str], read: Callable[[str], str | None]) -> Iterator[Behind]:
    folder = _option(rest, "--prefix", "--cwd", "-C", "--dir") or "."
    file = posixpath.join(folder, "package.json")
    names = [word for word in rest if not word.startswith("-") and word not in (folder, "run", "run-script")]
    runs_script = "run" in rest or "run-script" in rest or program in ("yarn", "pnpm", "bun")
    if not names or not (runs_script or names[0] in _LIFECYCLE):
        return
    try:
        scripts = json.loads(read(file) or "{}").get("scripts", {})
    except (ValueError, AttributeError, RecursionError):
        return
    command = scripts.get(names[0]) if isinstance(scripts, dict) else None
    if isinstance(command, str):
        yield Behind(file, text=command)


def _processes(program: str, rest: Sequence[str], read: Callable[[str], str | None]) -> Iterator[Behind]:
    file = _option(rest, "-f", "--procfile") or "Procfile"
    chosen = [word for word in rest if not word.startswith("-") and word not in ("start", "s", file)]
    only_one = program in ("honcho", "foreman") and rest[:1] == ["run"]
    if only_one:
        return
    for match in _PROCESS.finditer(read(file) or ""):
        if not chosen or match["name"] in chosen:
            yield Behind(file, text=match["command"])


def _recipes(rest: Sequence[str], read: Callable[[str], str | None]) -> Iterator[Behind]:
    file = _option(rest, "-f", "--file") or "Makefile"
    text = read(file) or ""
    for target in (word for word in rest if not word.startswith("-") and word != file):
        match = re.search(
            rf"^{re.escape(target)}\s*:(?!=)[^\n]*\n(?P<recipe>(?:\t[^\n]*(?:\n|\Z))+)", text, re.MULTILINE
        )
        if match:
            yield Behind(file, text=re.sub(r"^\t[@-]*", "", match["recipe"], flags=re.MULTILINE))


def _supervised(rest: Sequence[str], read: Callable[[str], str | None]) -> Iterator[Behind]:
    file = _option(rest, "-c", "--configuration")
    for match in _SUPERVISED.finditer(read(file) or "" if file else ""):
        yield Behind(str(file), text=match["command"])


def _option(words: Sequence[str], *names: str) -> str | None:
    """Return the value of an option, as `-f NAME`, `--file NAME` or `--file=NAME`."""
    for at, word in enumerate(words):
        name, equals, value = word.partition("=")
        if name in names:
            return value if equals else next(iter(words[at + 1 : at + 2]), None)
    return None
