"""What goes into the files of other programs, so that a worktree that they create gets a running stack.

Cursor: https://cursor.com/docs/configuration/worktrees. Codex: https://developers.openai.com/codex/app/local-environments.
Conductor: https://docs.conductor.build/core/scripts. worktrunk: https://worktrunk.dev/hook.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...quick_dataclasses import dataclass
from . import claude
from .json_text import NotPlain, parse, with_element, with_member, without
from .marked_section import with_section, without_section

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["RECIPES", "Edit", "Recipe"]

_ADOPT = "worktree-tasks adopt ."
_STOP = "worktree-tasks stop ."
_START = "worktree-tasks start . && worktree-tasks logs ."
# Cursor and Codex create worktrees without a branch, but we identify worktrees by their branch.
_ON_BRANCH = "git symbolic-ref --quiet HEAD || git switch --create"
_CURSOR = (f'{_ON_BRANCH} "cursor-$(basename "$PWD")"', _ADOPT)
_CODEX = f"""\
version = 1
name = "worktree-tasks"

[setup]
script = '''
{_ON_BRANCH} "codex-$(basename "$(dirname "$PWD")")"
{_ADOPT}
'''

[cleanup]
script = "{_STOP}"
"""
_WORKTRUNK = f"""\
post-start = "{_ADOPT}"
pre-remove = "{_STOP}"
"""
_CONDUCTOR = {"setup": _ADOPT, "run": _START, "archive": _STOP}
_SECTION = """\
## Worktrees with running containers

Each git worktree of this project has its own containers on its own ports. Use `worktree-tasks` in place of
`git worktree` and `docker compose`:

- `worktree-tasks new BRANCH --json` creates a worktree of a branch and starts its containers; `path` is where it is,
  `url` where it answers. The database is main's; `--database clone` gives it a copy.
- `worktree-tasks run NAME SERVICE COMMAND` runs tests, migrations and the like in a service. Inside a worktree NAME
  may be left out.
- `worktree-tasks logs NAME --no-follow --tail 50` shows the logs of its services.
- `worktree-tasks list --json` shows all worktrees and their state; `worktree-tasks start NAME` starts a stack.
- `worktree-tasks remove NAME` removes it, unless work would be lost. Commit first, and leave `--force` to people.

With `--json` an error has a `kind`, and a `hint` with the command that helps.
"""  # noqa: E501 - it is read in other people's files


@dataclass(slots=True, frozen=True)
class Edit:
    """The result of changing a file.

    Attributes:
        text: Its new text; None if there should be no file.
        note: What has to be done by hand; empty if there is nothing to do.
    """

    text: str | None
    note: str = ""


@dataclass(slots=True, frozen=True)
class Recipe:
    """A configuration file of another program.

    Attributes:
        path: Where it is in a checkout.
        program: The program that reads it.
        put_in: Adds our part to its text, which is None if there is no file.
        take_out: Removes our part again.
    """

    path: str
    program: str
    put_in: Callable[[str | None], Edit]
    take_out: Callable[[str | None], Edit]


def _put_claude(text: str | None) -> Edit:
    others = claude.foreign_hooks(text or "")
    note = f"it also runs {', '.join(others)} for worktrees: remove one of the two" if others else ""
    return Edit(claude.with_hooks(text or ""), note)


def _take_claude(text: str | None) -> Edit:
    return Edit(_or_none(claude.without_hooks(text or "")))


def _put_section(text: str | None) -> Edit:
    return Edit(with_section(text or "", _SECTION))


def _take_section(text: str | None) -> Edit:
    return Edit(without_section(text or "") or None)


def _put_cursor(text: str | None) -> Edit:
    data = parse(text or "")
    # On Linux and macOS this key takes precedence over the other.
    key = "setup-worktree-unix" if "setup-worktree-unix" in data else "setup-worktree"
    there = data.get(key, [])
    if not isinstance(there, list):
        return Edit(text, f"{key} is a script: add {' && '.join(_CURSOR)!r} to it")
    made = text or ""
    for command in _CURSOR if _ADOPT not in there else ():
        made = with_element(made, (key,), command)
    return Edit(made)


def _take_cursor(text: str | None) -> Edit:
    made = text or ""
    for key in ("setup-worktree-unix", "setup-worktree"):
        for command in _CURSOR:
            there = parse(made).get(key)
            if isinstance(there, list) and command in there:
                made = without(made, (key, there.index(command)))
    return Edit(_or_none(made))


def _put_conductor(text: str | None) -> Edit:
    scripts = _scripts(text)
    made, notes = text or "", []
    for name, command in _CONDUCTOR.items():
        if name not in scripts:
            made = with_member(made, ("scripts", name), command)
        elif command not in str(scripts[name]):
            notes.append(f"scripts.{name} already exists: add {command!r} to it")
    return Edit(made, "; ".join(notes))


def _take_conductor(text: str | None) -> Edit:
    made = text or ""
    for name, command in _CONDUCTOR.items():
        if _scripts(made).get(name) == command:
            made = without(made, ("scripts", name))
    return Edit(_or_none(made))


def _scripts(text: str | None) -> dict[str, object]:
    found = parse(text or "").get("scripts", {})
    if not isinstance(found, dict):
        raise NotPlain("scripts is not an object")
    return found


def _whole(content: str) -> tuple[Callable[[str | None], Edit], Callable[[str | None], Edit]]:
    """Return what writes a file that is entirely ours, and what removes it; a file of anyone else's stays."""

    def put(text: str | None) -> Edit:
        if text is None or text == content:
            return Edit(content)
        note = "" if _ADOPT in text else f"it already exists: have it run {_ADOPT!r} in a new worktree"
        return Edit(text, note)

    return put, lambda text: Edit(None if text == content else text)


def _or_none(text: str) -> str | None:
    return text if parse(text) else None


RECIPES = (
    Recipe(".claude/settings.json", "Claude Code", _put_claude, _take_claude),
    Recipe("AGENTS.md", "all agents", _put_section, _take_section),
    Recipe(".cursor/worktrees.json", "Cursor", _put_cursor, _take_cursor),
    Recipe(".codex/environments/environment.toml", "Codex", *_whole(_CODEX)),
    Recipe("conductor.json", "Conductor", _put_conductor, _take_conductor),
    Recipe(".config/wt.toml", "worktrunk", *_whole(_WORKTRUNK)),
)
