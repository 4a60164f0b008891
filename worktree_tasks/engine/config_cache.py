"""Answers of `docker compose config`, kept between commands while everything that Compose read is unchanged.

One takes 50 ms of both processors or more, and is needed three times to start a stack.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ..command import Result
from ..configuration.compose.compose_file_text import mentions, variables_of_env_file
from ..errors import Failure
from ..machine import files
from ..machine.known_projects import state_directory, text_of
from ..quick_dataclasses import dataclass
from .compose_command import argv, environment
from .compose_plugin import known_plugin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .compose_command import Invocation

__all__ = ["answered", "forget"]

# Two for main and one for each worktree.
_MOST = 200
# A file that was changed so recently may have been changed while Compose read it.
_SETTLED_SECONDS = 2.0
# Variables that Compose reads itself begin so; it uses others only where a file names them.
_STEERING = ("COMPOSE_", "DOCKER_", "HOME", "PWD")
# Names of files that only Compose can resolve.
_UNRESOLVED = ("$", "://", "~")


@dataclass(frozen=True, slots=True)
class _Sources:
    """What Compose reads for an answer: paths of files, which may be missing, and names of variables."""

    paths: tuple[str, ...]
    variables: tuple[str, ...]

    def state(self, call: Invocation, program: str) -> str:
        """Return a value that changes with the program, with any of the files and with any of the variables.

        Raises:
            OSError: A file cannot be read.
        """
        values = environment(call)
        status = os.stat(program)  # noqa: PTH116 - a text already
        seen = [
            (program, status.st_mtime_ns, status.st_size),
            [(path, _digest(path)) for path in self.paths],
            [(name, values.get(name)) for name in self.variables],
            sorted(one for one in values.items() if one[0].startswith(_STEERING)),
        ]
        return hashlib.sha256(repr(seen).encode(errors="surrogateescape")).hexdigest()

    def settled(self, started: float) -> bool:
        """Return whether no file was changed shortly before a moment, or since."""
        found = [os.stat(path) for path in self.paths if os.path.lexists(path)]  # noqa: PTH116 - a text already
        latest = max((max(one.st_mtime, one.st_ctime) for one in found), default=0.0)
        return latest <= started - _SETTLED_SECONDS


def answered(call: Invocation, words: tuple[str, ...], ask: Callable[[], Result]) -> Result:
    """Return the kept answer to a query if it is still right; otherwise ask, and keep the answer.

    Without a state directory, such as in a dry run, and for what is not a checkout, nothing is kept.

    Args:
        call: The project.
        words: The compose command.
        ask: Runs it.
    """
    plugin = known_plugin()
    if plugin is None or not call.remote or not state_directory().is_dir():
        return ask()
    place = _folder() / f"{_name(call.directory)}-{_name(call.pwd, argv(call, *words))}"
    if kept := _kept(place, call, plugin.path):
        return Result((), 0, *kept)
    started = time.time()
    result = ask()
    if result.code == 0:
        # The command goes on without it.
        with suppress(OSError, Failure):
            _keep(place, call, plugin.path, result, started)
    return result


def forget(directory: Path) -> None:
    """Delete the answers on a project directory: they contain the values of its env files."""
    for path in _folder().glob(f"{_name(directory)}-*"):
        path.unlink(missing_ok=True)


def _folder() -> Path:
    return state_directory() / "compose-config"


def _name(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode(errors="surrogateescape")).hexdigest()[:32]


def _kept(place: Path, call: Invocation, program: str) -> tuple[str, str] | None:
    """Return the output and the messages of a kept answer that is still right."""
    with suppress(OSError, TypeError, ValueError):  # a damaged one is replaced
        state, paths, variables, out, err = json.loads(text_of(place))
        if _Sources(tuple(paths), tuple(variables)).state(call, program) == state:
            return out, err
    return None


def _keep(place: Path, call: Invocation, program: str, result: Result, started: float) -> None:
    first = _Sources((*map(str, call.files), *_env_files(call)), ())
    # What was just made is not parsed in vain.
    sources = _sources(call) if first.settled(started) else None
    if sources is None or not sources.settled(started):
        return
    document = [sources.state(call, program), sources.paths, sources.variables, result.out, result.err]
    if not place.exists():
        _make_room(place.parent)
    files.write_text(place, json.dumps(document), mode=0o600)


def _sources(call: Invocation) -> _Sources | None:
    """Return what Compose reads for a project; None if only Compose can tell."""
    paths, variables = [str(path) for path in call.files], set[str]()
    env_files = list(_env_files(call))
    for path in call.files:
        found = mentions(files.read_text(path))
        names = [name for name, _ in found.files]
        included = any(like_it for _, like_it in found.files)
        if not found.valid or included or any(mark in name for name in names for mark in _UNRESOLVED):
            return None
        variables |= found.variables
        env_files += [str(call.directory / name) for name in names]
    for name in env_files:
        if Path(name).is_file():
            variables |= variables_of_env_file(text_of(Path(name)))
        elif os.path.lexists(name):
            return None
    return _Sources(tuple(dict.fromkeys([*paths, *env_files])), tuple(sorted(variables)))


def _env_files(call: Invocation) -> Iterator[str]:
    """Yield the files that Compose interpolates from, and the one whose settings it may read besides."""
    yield from map(str, (*call.env_files, call.directory / ".env"))


def _digest(path: str) -> str | None:
    """Return a digest of a file's content; None if it is missing.

    Raises:
        OSError: It cannot be read, or is no file: a pipe gives its content once.
    """
    if not os.path.lexists(path):
        return None
    if not Path(path).is_file():
        raise OSError(path)
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def _make_room(folder: Path) -> None:
    known = sorted(folder.glob("*"), key=lambda path: path.lstat().st_mtime) if folder.is_dir() else []
    for path in known[: max(0, len(known) - _MOST + 1)]:
        path.unlink(missing_ok=True)
