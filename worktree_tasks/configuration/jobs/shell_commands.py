"""The commands in a shell text, as far as they can be determined without running it."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from . import shell_conditions, shell_pieces
from .shell_scope import ShellScope

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["commands"]

_ENDS_OF_CASES = frozenset({";;", ";&", ";;&"})
_SEPARATORS = frozenset({";", "&", "&&", "||", "|", "|&", "\n", "(", ")", "()"}) | _ENDS_OF_CASES
# Words before a command that do not change which one it is.
_PREFIXES = frozenset({"{", "do", "else", "exec", "then", "time", "nohup", "while", "until"})
_CLOSING = frozenset({"}", "done", "fi", "esac"})
_ASSIGNMENT = re.compile(r"(?P<name>[A-Za-z_]\w*)=(?P<value>.*)", re.DOTALL)
# The result of what is before an operator with which the command after it does not run.
_BARS = {"&&": False, "||": True}
_MOST_CALLS = 200
# Marks a `case` while its commands are being read.
_INSIDE = "\0"


def commands(
    text: str, words: Sequence[str] = ("sh",), values: Mapping[str, str] | None = None
) -> tuple[tuple[str, ...], ...]:
    """Return the simple commands of a shell text, each as its words.

    Branches whose condition is known to be false, from the arguments and variables, are left out; any other
    branch may run. In place of the call of a function are the commands in it.

    Args:
        text: The text.
        words: Its own name, and the arguments of the call.
        values: The environment that it runs in.
    """
    known = dict(values or {})
    found: list[tuple[str, ...]] = []
    for command in _Reader(shell_pieces.pieces(text), ShellScope(tuple(words), known), known).run():
        if command not in found:
            found.append(command)
    return tuple(found)


class _Reader:
    """Reads the pieces of a text once, and tracks whether the current branch may run."""

    def __init__(
        self,
        pieces: list[str],
        scope: ShellScope,
        values: dict[str, str],
        functions: Mapping[str, list[str]] | None = None,
        calls: Iterator[int] | None = None,
    ) -> None:
        pieces, inner = shell_pieces.split_functions(pieces)
        self._functions = {**(functions or {}), **inner}
        # What is left of the calls of functions that are followed, in the whole text.
        self._calls = calls or iter(range(_MOST_CALLS))
        self._pieces = iter([*pieces, "\n"])
        self._scope = scope
        self._values = values
        self._statement: list[str] = []
        # The operator before the statement, and whether what is before that succeeds.
        self._operator = ""
        self._value: bool | None = None
        # The keyword of the condition that is being read.
        self._condition = ""
        # For each open `if` or `case`: whether the current branch may run, and whether an earlier one did.
        self._branches: list[tuple[bool, bool]] = []
        self._subjects: list[str] = []
        # With a function whose end was not found, it is unknown whether a command runs at all.
        self._straight = "()" not in pieces and "function" not in pieces
        # Whether the last command surely runs, whether nothing after it does, and whether that is so for the
        # text that called this one as a function too.
        self._surely = True
        self._ended = False
        self.ends_script = False

    def run(self) -> list[tuple[str, ...]]:
        """Return the commands that may run."""
        found: list[tuple[str, ...]] = []
        for piece in self._pieces:
            if self._ended:
                break
            if self._subjects and self._subjects[-1] != _INSIDE and not self._statement:
                self._pattern(piece)
            elif piece in _SEPARATORS:
                if self._statement:
                    found += self._called(self._command())
                    self._operator = piece
                    self._statement = []
                if piece in _ENDS_OF_CASES:
                    self._leave_case()
            elif piece == "in" and self._statement[:1] == ["case"]:
                self._subjects.append(self._scope.fill(self._statement[-1]))
                self._branches.append((False, False))
                self._statement = []
            else:
                self._statement.append(piece)
        return found

    def _called(self, command: tuple[str, ...]) -> list[tuple[str, ...]]:
        """Return a command; if it is the call of a function, the commands in that."""
        body = self._functions.get(command[0]) if command else None
        if body is None or next(self._calls, None) is None:
            return [command] if command else []
        others = {name: one for name, one in self._functions.items() if name != command[0]}
        scope = ShellScope((self._scope.words[0], *command[1:]), self._values)
        reader = _Reader(body, scope, self._values, others, self._calls)
        found = reader.run()
        self.ends_script = reader.ends_script and self._surely
        self._ended = self._ended or self.ends_script
        return found

    def _pattern(self, piece: str) -> None:
        """Read the pattern of a `case`, or its end."""
        if piece in ("\n", "("):
            return
        if piece == "esac":
            self._close_case()
            return
        pattern = [piece]
        for more in self._pieces:
            if more == ")":
                break
            pattern.append(more)
        subject, (_, done) = self._subjects[-1], self._branches[-1]
        unknown = "$" in subject
        fits = unknown or any(fnmatchcase(subject, self._scope.fill(one)) for one in pattern if one != "|")
        self._branches[-1] = (fits and not done, done or (fits and not unknown))
        self._subjects.append(_INSIDE)

    def _leave_case(self) -> None:
        if self._subjects and self._subjects[-1] == _INSIDE:
            self._subjects.pop()

    def _close_case(self) -> None:
        self._leave_case()
        if self._subjects:
            self._subjects.pop()
            self._branches.pop()

    def _command(self) -> tuple[str, ...]:
        """Read a statement; return its command if it may run, else nothing."""
        words = self._after_keywords(self._statement)
        executed = "exec" in self._statement[: len(self._statement) - len(words)]
        barred = _BARS.get(self._operator)
        may = barred is None or self._value is not barred
        self._surely = (
            self._straight
            and (barred is None or self._value is (not barred))
            and all(done for _, done in self._branches)
        )
        test = shell_conditions.holds([self._scope.fill(word) for word in words])
        self._value = shell_conditions.joined(self._value, self._operator, test)
        if self._condition or not may or not all(one for one, _ in self._branches):
            return ()
        words = self._after_assignments(words[1:] if words[:1] == ["!"] else words)
        if words[:1] in (["set"], ["shift"]) and self._arguments(words):
            return ()
        cut = next((at for at, one in enumerate(words) if one[:1] in ("<", ">")), len(words))
        if 0 < cut < len(words) and words[cut - 1].isdigit():
            cut -= 1
        command = tuple(self._scope.words_of(words[:cut]))
        self.ends_script = self._surely and bool(command) and (executed or command[0] == "exit")
        self._ended = self.ends_script or (self._surely and command[:1] == ("return",))
        return command

    def _arguments(self, words: list[str]) -> bool:
        """Change the arguments as `set --` and `shift` do; return whether it is one of these."""
        name, *given = self._scope.words
        match words:
            case ["set", "--", *others]:
                given = self._scope.words_of(others)
            case ["shift", *count]:
                given = (
                    given[int(count[0]) if count and count[0].isdigit() else 1 :] if self._surely else given
                )
            case _:
                return False
        self._scope = ShellScope((name, *given), self._values)
        return True

    def _after_keywords(self, words: list[str]) -> list[str]:
        """Read the keywords before a command; return it."""
        while words and words[0] in {*_PREFIXES, *_CLOSING, "if", "elif"}:
            keyword, words = words[0], words[1:]
            if keyword in ("if", "elif"):
                self._condition = keyword
            elif keyword == "then":
                self._open_branch()
            elif keyword == "else" and self._branches:
                _, done = self._branches[-1]
                self._branches[-1] = (not done, done)
            elif keyword == "fi" and self._branches:
                self._branches.pop()
            elif keyword == "esac":
                self._close_case()
        return words

    def _after_assignments(self, words: list[str]) -> list[str]:
        """Read the assignments before a command; return it."""
        exported = words[:1] == ["export"]
        words = words[1:] if exported else words
        while words and (match := _ASSIGNMENT.fullmatch(words[0])):
            if exported or len(words) == 1:
                self._values[match["name"]] = self._scope.fill(match["value"])
            words = words[1:]
        return [] if exported else words

    def _open_branch(self) -> None:
        """Begin the branch of the condition that was read."""
        done = False
        if self._condition == "elif" and self._branches:
            _, done = self._branches.pop()
        if self._condition:
            self._branches.append((self._value is not False and not done, done or self._value is True))
        self._condition = ""
