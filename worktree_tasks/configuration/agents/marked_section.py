"""Our section in another author's text, between two marker lines."""

from __future__ import annotations

from .json_text import NotPlain

__all__ = ["with_section", "without_section"]

_BEGIN = "<!-- worktree-tasks: begin; agents-init rewrites this section -->"
_END = "<!-- worktree-tasks: end -->"


def with_section(text: str, section: str) -> str:
    """Return a text with our section: in its old place, or appended.

    Raises:
        NotPlain: A marker line is there without the other, or more than once.
    """
    newline = "\r\n" if "\r\n" in text else "\n"
    block = newline.join((_BEGIN, *section.strip().split("\n"), _END))
    place = _place(text)
    if place:
        return text[: place[0]] + block + text[place[1] :]
    if not text:
        return f"{block}\n"
    gap = newline * (1 if text.endswith("\n") else 2)
    return f"{text}{gap}{block}{newline}"


def without_section(text: str) -> str:
    """Return a text without our section, and without the empty line before it.

    Raises:
        NotPlain: A marker line is there without the other, or more than once.
    """
    place = _place(text)
    if not place:
        return text
    before, after = text[: place[0]], text[place[1] :]
    for newline in ("\r\n", "\n"):
        if before.endswith(newline * 2):
            before = before.removesuffix(newline)
    return before + after.removeprefix("\r").removeprefix("\n")


def _place(text: str) -> tuple[int, int] | None:
    begins, ends = text.count(_BEGIN), text.count(_END)
    if (begins, ends) == (0, 0):
        return None
    begin, end = text.find(_BEGIN), text.find(_END)
    if (begins, ends) != (1, 1) or end < begin:
        raise NotPlain("the two lines that begin and end our section must each occur exactly once")
    return begin, end + len(_END)
