"""What goes into which file of whose program, so that a worktree that it makes gets a running stack.

Cursor: https://cursor.com/docs/configuration/worktrees. Codex: https://developers.openai.com/codex/app/local-environments.
Conductor: https://docs.conductor.build/core/scripts. worktrunk: https://worktrunk.dev/hook.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from . import claude
from .json_text import NotPlain, parse, with_element, with_member, without
from .section import with_section, without_section

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["RECIPES", "Edit", "Recipe"]

_ADOPT = "worktree-tasks adopt ."
_STOP = "worktree-tasks stop ."
_START = "worktree-tasks start . && worktree-tasks logs ."
# Cursor and Codex make worktrees without a branch, by which ours are known.
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

Each git worktree of this project has containers of its own, on ports of its own. Use `worktree-tasks` in place of
`git worktree` and `docker compose`:

- `worktree-tasks new BRANCH --json` makes a worktree of a branch with its containers running; `path` is where it is,
  `url` where it answers. The database is main's; `--database clone` gives it a copy.
- `worktree-tasks run NAME SERVICE COMMAND` runs tests, migrations and the like in a service. Inside of a worktree NAME
  may be left out.
- `worktree-tasks logs NAME --no-follow --tail 50` shows what the services say.
- `worktree-tasks list --json` shows what there is and how it is; `worktree-tasks start NAME` brings it up.
- `worktree-tasks remove NAME` removes it, unless work would be lost. Commit first, and leave `--force` to people.

With `--json` an error has a `kind`, and a `hint` with the command that helps.
"""  # noqa: E501 - it is read in other people's files


class Edit(NamedTuple):
    """What becomes of a file.

    Attributes:
        text: What it has then; None where there is no file then.
        note: What somebody has to do by hand; empty where nothing is left to do.
    """

    text: str | None
    note: str = ""


class Recipe(NamedTuple):
    """A file of somebody's program.

    Attributes:
        path: Where it is in a checkout.
        program: Whose it is.
        put_in: Returns what becomes of it, from its text; None where there is no file.
        take_out: Takes ours out again.
    """

    path: str
    program: str
    put_in: Callable[[str | None], Edit]
    take_out: Callable[[str | None], Edit]


def _put_claude(text: str | None) -> Edit:
    others = claude.foreign_hooks(text or "")
    note = f"it runs {', '.join(others)} for worktrees too: one of the two has to go" if others else ""
    return Edit(claude.with_hooks(text or ""), note)


def _take_claude(text: str | None) -> Edit:
    return Edit(_or_none(claude.without_hooks(text or "")))


def _put_section(text: str | None) -> Edit:
    return Edit(with_section(text or "", _SECTION))


def _take_section(text: str | None) -> Edit:
    return Edit(without_section(text or "") or None)


def _put_cursor(text: str | None) -> Edit:
    data = parse(text or "")
    # On Linux and macOS this key wins over the other where it is there.
    key = "setup-worktree-unix" if "setup-worktree-unix" in data else "setup-worktree"
    there = data.get(key, [])
    if not isinstance(there, list):
        return Edit(text, f"{key} is a script: add to it {' && '.join(_CURSOR)!r}")
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
            notes.append(f"scripts.{name} is there: add to it {command!r}")
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
        raise NotPlain("scripts is no object")
    return found


def _whole(content: str) -> tuple[Callable[[str | None], Edit], Callable[[str | None], Edit]]:
    """Return what makes a file that is ours as a whole, and what takes it away; another one stays."""

    def put(text: str | None) -> Edit:
        if text is None or text == content:
            return Edit(content)
        note = "" if _ADOPT in text else f"it is there: add to it what runs {_ADOPT!r} in a new worktree"
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
