"""The candidates for the last word of a command line; reads nothing but names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...configuration.name_resolution import MAIN, resolve
from ...configuration.shell_targets import find_project
from ...lazy_modules import later
from ...quick_dataclasses import dataclass
from ..help_text import may_lack_name
from ..task_table import FUNCTIONS, OF_MAIN, OF_POINTS, OF_PROGRAM, OWN_FLAGS
from .shell_arguments import OF_PROJECTS, split

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from ... import errors
    from ...configuration.shell_targets import Home, KnownCheckouts
    from ..task_table import Word
else:
    # Loaded for an error alone.
    (errors,) = later(__package__, "...errors")

__all__ = ["SHELLS", "Sources", "candidates"]

SHELLS = ("bash", "zsh", "fish")
_CORE = (
    ("--help", "Show help, of a task when one is named."),
    ("--list", "List the tasks."),
    ("--plain", "No colours, and nothing that moves."),
    ("--project", "Run in this project, by name or directory."),
    ("--version", "Show the version."),
)
_OF_SERVICES = ("--own", "--shared")
_MODES = {"shared": "main's database", "clone": "a copy of it", "empty": "one without tables"}
_CHOICES = {  # the values of an argument or a flag, with descriptions
    "--database": _MODES,
    "--mode": _MODES,
    "event": dict.fromkeys(("create", "session", "remove"), "hook of Claude Code"),
    "shell": dict.fromkeys(SHELLS, "shell"),
}
# The prefix of our tasks under Invoke.
_OF_INVOKE = "wt."


@dataclass(slots=True, frozen=True)
class Sources:
    """Functions that return the values of words for a project; each is called only when it is needed.

    Attributes:
        branches: Its local branches.
        remote_branches: Those of its remotes.
        restore_points: The names of its restore points.
        services: Its services: worktree, service, and `own` or `shared`.
    """

    branches: Callable[[Home], Sequence[str]]
    remote_branches: Callable[[Home], Sequence[str]]
    restore_points: Callable[[Home], Sequence[str]]
    services: Callable[[Home], Sequence[tuple[str, str, str]]]


def candidates(
    program: str,
    words: Sequence[str],
    known: KnownCheckouts,
    table: Mapping[str, tuple[Word, ...]],
    sources: Sources,
) -> list[tuple[str, str]]:
    """Return the candidates for the last word, each with a description.

    Args:
        program: A shell function, `worktree-tasks`, or `inv`, under which our tasks have the prefix `wt.`.
        words: The words after it, up to the cursor; the last is the beginning of the word being typed.
        known: What is known on this machine.
        table: The words of each task.
        sources: Return the values of words.
    """
    # Bash splits `--base=x` into three words; if it is one word, the value is completed and the flag kept.
    words = [word for word in words[:-1] if word != "="] + [words[-1].removeprefix("=")]
    flag, equals, begun = words[-1].partition("=")
    front = f"{flag}=" if equals and flag.startswith("--") else ""
    if front:
        words = [*words[:-1], flag, begun]
    if program == "inv":
        table = {f"{_OF_INVOKE}{task}": row for task, row in table.items() if task not in OF_PROGRAM}
    line = _Line(words, known, table, sources)
    found = line.of_function(program) if program in FUNCTIONS else line.of_program(core=program != "inv")
    offered = dict(reversed([one for one in found if one[0]]))
    return [(front + value, text) for value, text in reversed(offered.items()) if value.startswith(words[-1])]


class _Line:
    """A command line, up to the cursor, with the candidates for its words."""

    def __init__(
        self, words: list[str], known: KnownCheckouts, table: Mapping[str, tuple[Word, ...]], sources: Sources
    ) -> None:
        self.words, self.begun = words, words[-1]
        self.known, self.table, self.sources = known, table, sources
        self.home = known.here

    def of_function(self, function: str) -> Iterator[tuple[str, str]]:
        names, flags = split(self.words[:-1])
        if flags or self.begun.startswith("-"):
            self.home = find_project(names[0], self.known) if len(names) > 1 else self.known.here
            for row in (*(self.table[task] for task in FUNCTIONS[function]), OWN_FLAGS.get(function, ())):
                yield from self._flags(row, names[-1:])
            return
        if not names:
            if function not in OF_PROJECTS:
                yield from self._trees()
            yield from _projects(self.known)
        elif len(names) == 1 and function not in OF_PROJECTS:
            self.home = find_project(names[0], self.known)
            yield from self._trees()
        else:
            return
        if function == "wt":
            yield from self._branches()

    def of_program(self, *, core: bool) -> Iterator[tuple[str, str]]:
        before = list(self.words[:-1])
        if core and before[-1:] == ["--project"]:
            yield from _projects(self.known)
            return
        if core and "--project" in before:
            at = before.index("--project")
            self.home = find_project(before[at + 1], self.known)
            del before[at : at + 2]
        # Invoke takes several tasks per line; the last is being typed.
        tasks = [at for at, word in enumerate(before) if word in self.table]
        if not tasks or (core and before[-1:] == ["--help"]):
            yield from ((name, row[0].description) for name, row in self.table.items())
            yield from _CORE if core and self.begun.startswith("-") else ()
            return
        at = tasks[0] if core else tasks[-1]
        row = self.table[before[at]]
        given = self._positional(row, before[at + 1 :])
        yield from self._flags(row, given[:1])
        wanted = [word.text for word in row if word.kind == "argument"]
        lacking = core and may_lack_name(before[at], self.table) and bool(self._tree("."))
        if lacking and given and not (given[0] == MAIN or self._tree(given[0])):
            given = [".", *given]
        if self.begun.startswith("-") or self._flag(row) or len(given) >= len(wanted):
            return
        yield from self._values(wanted[len(given)], before[at].removeprefix(_OF_INVOKE), given)
        if lacking and not given and wanted[1:2] == ["service"]:
            yield from self._services(["."])

    @staticmethod
    def _positional(row: Sequence[Word], words: Sequence[str]) -> list[str]:
        """Return the words that are neither flags nor values of flags."""
        valued = {word.text for word in row if word.kind == "value"}
        pairs = zip(["", *words], words, strict=False)
        return [word for left, word in pairs if not word.startswith("-") and left not in valued]

    def _values(self, argument: str, task: str, given: Sequence[str]) -> Iterator[tuple[str, str]]:
        if argument == "name" and task in OF_POINTS:
            names = self.sources.restore_points(self.home) if self.home else ()
            yield from ((name, "restore point") for name in names)
        elif argument == "name":
            yield from self._trees()
            if task in OF_MAIN and self.home:
                yield MAIN, f"main checkout of {self.home.name}"
        elif argument == "service":
            yield from self._services(given[:1])
        elif argument in _CHOICES:
            yield from _CHOICES[argument].items()
        elif argument == "task":
            documents = (*self.table, "error", "events")
            yield from ((name, "JSON document") for name in documents if name not in OF_PROGRAM)
        elif argument == "branch" and self.home:
            if task != "new":
                yield from self._trees()
            yield from self._branches()

    def _flag(self, row: Sequence[Word]) -> str:
        """Return the flag whose value is being typed; empty if there is none."""
        return next(
            (word.text for word in row if word.kind == "value" and word.text in self.words[-2:-1]), ""
        )

    def _flags(self, row: Sequence[Word], names: Sequence[str]) -> Iterator[tuple[str, str]]:
        flag = self._flag(row)
        if flag == "--base":
            yield from self._bases()
        elif flag == "--service":
            yield from self._services(names)
        elif flag in _OF_SERVICES and self.home:
            yield from ((service, "service") for _, service, _ in self.sources.services(self.home))
        elif flag in _CHOICES:
            yield from _CHOICES[flag].items()
        elif not flag and self.begun.startswith("-"):
            yield from ((word.text, word.description) for word in row if word.kind in ("flag", "value"))

    def _trees(self) -> Iterator[tuple[str, str]]:
        home = self.home
        if home is None or home.gone:
            return
        for tree in home.trees:
            branch = tree.checked_out
            also = f", branch {branch}" if branch != tree.name else ""
            # Both names would leave TAB at what they have in common.
            offered = tree.name if tree.name.startswith(self.begun) else branch
            yield offered, f"worktree of {home.name}{also}"

    def _branches(self) -> Iterator[tuple[str, str]]:
        """Yield branches without a worktree, once a letter is typed: there may be thousands."""
        home = self.home
        if home and self.begun:
            taken = {tree.checked_out for tree in home.trees} | {home.branch}
            found = self.sources.branches(home)
            yield from ((name, f"branch of {home.name}") for name in found if name not in taken)

    def _bases(self) -> Iterator[tuple[str, str]]:
        """Yield what a branch can start from: main's branch, worktrees' branches, then all that match."""
        home = self.home
        if home is None:
            return
        if home.branch:
            yield home.branch, "branch of main"
        yield from ((tree.checked_out, f"branch of worktree {tree.name}") for tree in home.trees)
        if self.begun:
            yield from ((name, f"branch of {home.name}") for name in self.sources.branches(home))
            yield from ((name, "branch of a remote") for name in self.sources.remote_branches(home))

    def _services(self, names: Sequence[str]) -> Iterator[tuple[str, str]]:
        """Yield the own services of a worktree, the current one by default, or else all services."""
        rows = self.sources.services(self.home) if self.home else ()
        if tree := self._tree(names[0] if names else "."):
            rows = [row for row in rows if row[0] == tree and row[2] == "own"]
        yield from ((service, f"service of {name}") for name, service, _ in rows)

    def _tree(self, word: str) -> str:
        """Return the name of the worktree that a word resolves to; empty if there is none."""
        trees = self.home.trees if self.home else ()
        try:
            return resolve(word, trees, project="", directory=self.known.directory).name
        except errors.BadUse:
            return ""


def _projects(known: KnownCheckouts) -> Iterator[tuple[str, str]]:
    names = [home.name for home in known.homes if not home.gone]
    for home in known.homes:
        if not home.gone:
            yield (home.name if names.count(home.name) == 1 else home.main), f"project in {home.main}"
