"""Answers of `docker compose config`, kept between commands while everything that Compose read is unchanged.

One takes 50 ms of both processors or more, and is needed three times to start a stack.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ..command import Result
from ..errors import Failure
from ..machine import files
from ..machine.known_projects import state_directory, text_of
from .compose_command import argv
from .compose_plugin import known_plugin
from .config_sources import ConfigSources, sources

if TYPE_CHECKING:
    from collections.abc import Callable

    from .compose_command import Invocation

__all__ = ["answered", "forget"]

# Two for main and one for each worktree.
_MOST = 200


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
    place = _folder() / hashlib.sha256(repr((call.pwd, argv(call, *words))).encode()).hexdigest()[:32]
    if kept := _kept(place, call, plugin.path):
        return kept
    before = _looked_up(call, plugin.path)
    result = ask()
    # What changed meanwhile may have been read before or after that, by Compose or here.
    if before and result.code == 0 and before == _looked_up(call, plugin.path):
        found, state = before
        # The command goes on without it.
        with suppress(OSError, Failure):
            _keep(place, call, [state, found.paths, found.variables, result.out, result.err])
    return result


def forget(checkout: Path) -> None:
    """Delete the answers on a checkout, and on directories that are gone; values of env files are in them."""
    for path in _folder().glob("*"):
        about = _about(path)
        if about is None or about.is_relative_to(checkout):
            path.unlink(missing_ok=True)


def _folder() -> Path:
    return state_directory() / "compose-config"


def _kept(place: Path, call: Invocation, program: str) -> Result | None:
    with suppress(OSError, TypeError, ValueError):  # a damaged one is replaced
        state, paths, variables, out, err = json.loads(text_of(place).partition("\n")[2])
        if ConfigSources(tuple(paths), tuple(variables)).state(call, program) == state:
            return Result((), 0, out, err)
    return None


def _looked_up(call: Invocation, program: str) -> tuple[ConfigSources, str] | None:
    """Return what Compose reads, and its state; None if only Compose can tell."""
    with suppress(OSError, ValueError):  # Compose says what is wrong with a file, or with its name
        if found := sources(call):
            return found, found.state(call, program)
    return None


def _keep(place: Path, call: Invocation, answer: list[object]) -> None:
    if not place.exists():
        known = sorted(place.parent.glob("*"), key=lambda path: path.lstat().st_mtime, reverse=True)
        for number, path in enumerate(known, 1):
            if number >= _MOST or _about(path) is None:
                path.unlink(missing_ok=True)
    files.write_text(place, f"{json.dumps(str(call.directory))}\n{json.dumps(answer)}", mode=0o600)


def _about(place: Path) -> Path | None:
    """Return the project directory of an answer; None if that is gone, or the answer is damaged."""
    with suppress(OSError, TypeError, ValueError), place.open() as lines:
        directory = Path(json.loads(lines.readline()))
        return directory if directory.is_dir() else None
    return None
