"""Commands that only keep a container running, and serve nothing."""

from __future__ import annotations

import re

__all__ = ["sleeps"]

_ENDLESS = re.compile(
    r"sleep (?:inf|infinity|\d+[smhd]?)|tail (?:-[fF]|--follow) /dev/null|cat|(?:ba|da|z|a)?sh(?: -[il]+)?"
)
_LOOP = re.compile(r"while (?:true|:|sleep \S+); ?do (?:sleep \S+|:|true); ?done;?")
_SHELL = re.compile(r"(?:/usr)?(?:/bin/)?(?:ba|da|z|a)?sh -\w*c ")
_ENTRY = re.compile(r"(?:\S*(?:entrypoint|tini|dumb-init|docker-init)\S*|--|-s|-g)$")
# Commands that may precede it in a shell's line, since they serve nothing.
_PASSING = re.compile(r"(?:echo|printf|true|:|cd|mkdir|chown|chmod|export|set|trap|exec)\b.*")


def sleeps(command: str) -> bool:
    """Return whether a container's command only keeps it running, so that others can run commands in it.

    Args:
        command: Its entry point and its arguments, as Docker writes them in one line.
    """
    words = " ".join(command.split())
    while (first := words.partition(" "))[2] and _ENTRY.match(first[0]):
        words = first[2]
    words = _SHELL.sub("", words, count=1).strip("'\" ")
    if loop := _LOOP.search(words):
        words = f"{words[: loop.start()]}sleep infinity{words[loop.end() :]}"
    parts = [part.strip() for part in re.split(r";|&&", words) if part.strip()]
    if not parts:
        return False
    last = re.sub(r"^(?:exec )?(?:/usr)?(?:/bin/)?", "", parts[-1])
    return bool(_ENDLESS.fullmatch(last)) and all(_PASSING.fullmatch(part) for part in parts[:-1])
