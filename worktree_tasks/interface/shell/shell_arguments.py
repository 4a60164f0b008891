"""The words of a shell function: names first, then flags."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...lazy_modules import later
from ...quick_dataclasses import dataclass, replace
from ..task_table import FUNCTIONS, WITH_ALL, read_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ... import errors
else:
    # Loaded for an error alone.
    (errors,) = later(__package__, "...errors")

__all__ = ["OF_PROJECTS", "Call", "read_call", "refuse_flags_of_new", "split", "split_with_project"]

# Functions whose only name is a project.
OF_PROJECTS = ("wl", "wclean")
_HELP = ("-h", "--help")
_CREATE = "--create"
_ALL = "--all"


@dataclass(slots=True, frozen=True)
class Call:
    """A shell function's call.

    Attributes:
        called: Its name, with the prefix.
        words: The words that were typed after it.
        start: The directory that it was typed in, if not the current one.
        been: The directories that the shell was in before, latest first.
        settled: What `--meant` has printed for these words.
        terminal: Whether the shell itself reads from a terminal, as far as it has reported that.
    """

    called: str
    words: tuple[str, ...]
    start: str | None = None
    been: tuple[str, ...] = ()
    settled: str = ""
    terminal: bool = True

    @property
    def function(self) -> str:
        """The function's name without its prefix."""
        return next(name for name in FUNCTIONS if self.called.endswith(name))

    @property
    def prefix(self) -> str:
        """The prefix of the functions' names."""
        return self.called.removesuffix(self.function)

    @property
    def wants_help(self) -> bool:
        """Whether its help is requested."""
        return any(word in _HELP for word in split(self.words)[1])

    @property
    def creates(self) -> bool:
        """Whether a new name is certainly no typo."""
        return self.function == "wt" and _CREATE in self.words

    @property
    def of_project(self) -> bool:
        """Whether its only name is a project."""
        return self.function in OF_PROJECTS or self._of_all

    @property
    def _of_all(self) -> bool:
        return _ALL in self.words and self.function in WITH_ALL

    @property
    def task(self) -> str:
        """The task that it runs."""
        return WITH_ALL[self.function] if self._of_all else FUNCTIONS[self.function][0]

    def split(self) -> tuple[list[str], list[str]]:
        """Return its names, and the flags of its task.

        Raises:
            BadUse: `--project` is misused.
        """
        own = {_CREATE} if self.creates else {_ALL} if self._of_all else set()
        words = [word for word in self.words if word not in own]
        return split_with_project(words, function=self.called, alone=self.of_project)

    def resolved_names(self, names: Sequence[str]) -> list[str]:
        """Return its names as they were resolved: a directory is complete, a branch belongs to a project."""
        if not self.settled:
            return list(names)
        return [self.settled] if self.settled.startswith("/") else [*names[:-1], self.settled]


def read_call(words: Sequence[str]) -> Call:
    """Parse a call as the shell passes it: the function, what the shell adds, and what was typed."""
    call = Call(words[0], tuple(words[1:]))
    while call.words:
        flag, _, value = call.words[0].partition("=")
        if flag == "--from":
            call = replace(call, start=call.words[1], words=call.words[2:])
        elif flag == "--been":
            call = replace(call, been=(*call.been, *filter(None, [value])), words=call.words[1:])
        elif flag == "--settled":
            call = replace(call, settled=value, words=call.words[1:])
        elif flag == "--no-terminal":
            call = replace(call, terminal=False, words=call.words[1:])
        else:
            break
    return call


def split(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the names, which come first, and the flags, with everything after the first flag.

    A single dash is a name: that of the previous worktree.
    """
    first = next((at for at, word in enumerate(words) if word.startswith("-") and word != "-"), len(words))
    return list(words[:first]), list(words[first:])


def split_with_project(
    words: Sequence[str], *, function: str, alone: bool = False
) -> tuple[list[str], list[str]]:
    """Return names and flags as `split` does, with the project of `--project` as the first name.

    Args:
        words: The words.
        function: The function's name, for error messages.
        alone: Whether it takes a project without a worktree's name.

    Raises:
        BadUse: It has no value, or a second project, or a project alone where a name is needed.
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
        raise errors.BadUse(
            f"--project names one project, but got {_got(projects)}",
            f"{function} PROJECT …",
            kind="bad-project-flag",
        )
    if len(names) != (0 if alone else 1):
        takes = "no name" if alone else "a name"
        raise errors.BadUse(
            f"{function} --project takes {takes} beside the project, but got {_got(names)}",
            f"{function} {projects[0]}{'' if alone else ' NAME'}",
            kind="bad-project-flag",
        )
    return [*projects, *names], flags


def _got(words: Sequence[str]) -> str:
    return repr(" ".join(words)) if any(words) else "none"


def refuse_flags_of_new(called: str, name: str, flags: Sequence[str]) -> None:
    """Refuse flags that only a new worktree takes, for one that exists.

    Args:
        called: The function's name.
        name: The worktree.
        flags: The flags of the call.

    Raises:
        BadUse: There is one.
    """
    new, start = ({word.text for word in read_table()[task]} for task in FUNCTIONS["wt"])
    for flag in (word.partition("=")[0] for word in flags):
        if flag in new - start:
            raise errors.BadUse(
                f"{name} exists already, and {flag} is for a new worktree",
                f"{called} {name} starts it and goes there",
                kind="not-understood",
            )
