"""Our hooks in Claude Code's settings: https://code.claude.com/docs/en/hooks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .json_text import NotPlain, parse, with_element, without

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["foreign_hooks", "with_hooks", "without_hooks"]

# Images may have to be built; by default, Claude Code gives a hook ten minutes.
_SECONDS = 1800
# By event: our word for it, and the sessions that it applies to.
_HOOKS: Mapping[str, tuple[str, str | None]] = {
    "WorktreeCreate": ("create", None),
    "SessionStart": ("session", "startup|resume"),
    "WorktreeRemove": ("remove", None),
}


def with_hooks(text: str) -> str:
    """Return settings with our hooks added; everything already there is left unchanged, our own hooks too.

    Raises:
        NotPlain: They are not valid JSON, or have something else where hooks belong.
    """
    there = {event for event, *_ in _ours(parse(text))}
    for event, (word, matcher) in _HOOKS.items():
        if event not in there:
            command = f"worktree-tasks claude-hook {word}"
            hook = {"type": "command", "command": command, "timeout": _SECONDS}
            entry = {**({"matcher": matcher} if matcher else {}), "hooks": [hook]}
            text = with_element(text, ("hooks", event), entry)
    return text


def without_hooks(text: str) -> str:
    """Return settings without our hooks.

    Raises:
        NotPlain: They are not valid JSON, or have something else where hooks belong.
    """
    while found := next(_ours(data := parse(text)), None):
        event, number, inner = found
        entry = ("hooks", event, number)
        alone = len(data["hooks"][event][number]["hooks"]) == 1
        text = without(text, entry if alone else (*entry, "hooks", inner))
    return text


def foreign_hooks(text: str) -> list[str]:
    """Return other people's commands that also create or remove worktrees.

    Raises:
        NotPlain: They are not valid JSON, or have something else where hooks belong.
    """
    data = parse(text)
    ours = {(event, *place) for event, *place in _ours(data)}
    return [
        str(hook.get("command", hook.get("type")))
        for event in ("WorktreeCreate", "WorktreeRemove")
        for *place, hook in _hooks(data, event)
        if (event, *place) not in ours
    ]


def _ours(data: Mapping[str, Any]) -> Iterator[tuple[str, int, int]]:
    """Yield the places of our hooks; the program may be called by path, or with a flag before the task."""
    for event, (word, _) in _HOOKS.items():
        for number, inner, hook in _hooks(data, event):
            command = str(hook.get("command", ""))
            if "worktree-tasks" in command and command.rstrip().endswith(f"claude-hook {word}"):
                yield event, number, inner


def _hooks(data: Mapping[str, Any], event: str) -> Iterator[tuple[int, int, Mapping[str, Any]]]:
    """Yield each hook of an event with its place: the entry's index, and the hook's index in that entry."""
    hooks = _checked(data.get("hooks", {}), dict, "hooks")
    for number, entry in enumerate(_checked(hooks.get(event, []), list, f"hooks.{event}")):
        listed = _checked(entry, dict, f"hooks.{event}[{number}]").get("hooks", [])
        for inner, hook in enumerate(_checked(listed, list, f"hooks.{event}[{number}].hooks")):
            yield number, inner, _checked(hook, dict, f"hooks.{event}[{number}].hooks[{inner}]")


def _checked(value: Any, kind: type, where: str) -> Any:  # noqa: ANN401 - what JSON has
    if not isinstance(value, kind):
        raise NotPlain(f"{where} is not an {'object' if kind is dict else 'array'}")
    return value
