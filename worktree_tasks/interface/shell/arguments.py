"""The words of a shell function: names first, then flags."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...configuration.resolving import Unclear

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["split", "split_with_project"]


def split(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the names, which come first, and the flags, with all that follows the first of them."""
    first = next((at for at, word in enumerate(words) if word.startswith("-")), len(words))
    return list(words[:first]), list(words[first:])


def split_with_project(
    words: Sequence[str], *, function: str, alone: bool = False
) -> tuple[list[str], list[str]]:
    """Return names and flags as `split` does; the project that `--project` names is the first of the names.

    Args:
        words: The words.
        function: What the function is called, for the answers.
        alone: Whether it takes a project without a worktree's name.

    Raises:
        Unclear: It names no project, or a second one, or a project alone.
    """
    projects, rest, left = [], [], iter(words)
    for word in left:
        flag, equals, value = word.partition("=")
        if flag == "--project":
            projects.append(value if equals else next(left, ""))
        else:
            rest.append(word)
    names, flags = split(rest)
    if not projects:
        return names, flags
    if len(projects) > 1 or not projects[0] or projects[0].startswith("-"):
        raise Unclear(
            f"--project names one project, and got {' '.join(projects)!r}",
            f"{function} PROJECT …",
            kind="bad-project-flag",
        )
    if len(names) != (0 if alone else 1):
        takes = "no name" if alone else "a name"
        raise Unclear(
            f"{function} --project takes {takes} beside the project, and got {' '.join(names)!r}",
            f"{function} {projects[0]}{'' if alone else ' NAME'}",
            kind="bad-project-flag",
        )
    return [*projects, *names], flags
