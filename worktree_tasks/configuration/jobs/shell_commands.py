"""The commands in a shell text, as far as they can be determined without running it."""

from __future__ import annotations

import re
import shlex
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from ...quick_dataclasses import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["commands"]

_ENDS_OF_CASES = frozenset({";;", ";&", ";;&"})
_SEPARATORS = frozenset({";", "&", "&&", "||", "|", "|&", "\n", "(", ")", "()"}) | _ENDS_OF_CASES
# Words before a command that do not change which one it is.
_PREFIXES = frozenset({"!", "{", "do", "else", "exec", "then", "time", "nohup", "while", "until"})
_CLOSING = frozenset({"}", "done", "fi", "esac"})
_ASSIGNMENT = re.compile(r"(?P<name>[A-Za-z_]\w*)=(?P<value>.*)", re.DOTALL)
_HEREDOC = re.compile(r"<<-?\s*(['\"]?)(?P<end>\w+)\1[^\n]*\n.*?^\s*(?P=end)\s*$", re.MULTILINE | re.DOTALL)
_VARIABLE = re.compile(
    r"\$(?:\{(?P<name>[A-Za-z_]\w*|\d|[@*#])(?::?[-=](?P<default>[^{}]*))?\}|(?P<bare>[A-Za-z_]\w*|\d|[@*#]))"
)
_ALL = ("$@", "${@}", "$*", "${*}")
_LONGEST = 65_536
# Marks a `case` while its commands are being read.
_INSIDE = "\0"


@dataclass(frozen=True, slots=True)
class _Scope:
    """What a text can refer to: its own name and arguments, and variables."""

    words: tuple[str, ...]
    values: Mapping[str, str]

    def fill(self, word: str) -> str:
        """Return a word with its known variables expanded; unknown ones stay."""

        def known(match: re.Match[str]) -> str:
            name = match["name"] or match["bare"]
            if name in ("@", "*"):
                return " ".join(self.words[1:])
            if name.isdigit():
                value = self.words[int(name)] if int(name) < len(self.words) else ""
                return value or match["default"] or ""
            given = self.values.get(name)
            return given or match["default"] or (match[0] if given is None else "")

        return _VARIABLE.sub(known, word)

    def words_of(self, pieces: Sequence[str]) -> list[str]:
        """Return pieces as words, with all arguments in place of `$@`."""
        found: list[str] = []
        for piece in pieces:
            found += self.words[1:] if piece in _ALL else [self.fill(piece)]
        return found


def commands(
    text: str, words: Sequence[str] = ("sh",), values: Mapping[str, str] | None = None
) -> tuple[tuple[str, ...], ...]:
    """Return the simple commands of a shell text, each as its words.

    Branches whose condition is known to be false, from the arguments and variables, are left out; any other
    branch may run.

    Args:
        text: The text.
        words: Its own name, and the arguments of the call.
        values: The environment that it runs in.
    """
    known = dict(values or {})
    found: list[tuple[str, ...]] = []
    reader = _Reader(_pieces(text[:_LONGEST]), _Scope(tuple(words), known), known)
    for command in reader.run():
        if command not in found:
            found.append(command)
    return tuple(found)


def _pieces(text: str) -> list[str]:
    """Return the words and operators of a text, including line ends."""
    joined = re.sub(r"\\\r?\n", " ", _HEREDOC.sub("", text.replace("\r\n", "\n")))
    pieces: list[str] = []
    pending = ""
    for line in joined.split("\n"):
        pending = f"{pending}\n{line}" if pending else line
        lexer = shlex.shlex(pending, posix=True, punctuation_chars=";&|()<>")
        lexer.whitespace_split = True
        lexer.commenters = "#"
        try:
            pieces += [*lexer, "\n"]
        except ValueError:
            # The quote ends on a later line.
            continue
        pending = ""
    return pieces


class _Reader:
    """Reads the pieces of a text once, and tracks whether the current branch may run."""

    def __init__(self, pieces: list[str], scope: _Scope, values: dict[str, str]) -> None:
        self._pieces = iter([*pieces, "\n"])
        self._scope = scope
        self._values = values
        self._statement: list[str] = []
        # For each open `if` or `case`: whether the current branch may run, and whether an earlier one did.
        self._branches: list[tuple[bool, bool]] = []
        self._subjects: list[str] = []
        # With functions, it is unknown whether a command runs at all.
        self._straight = "()" not in pieces and "function" not in pieces
        self._ended = False

    def run(self) -> list[tuple[str, ...]]:
        """Return the commands that may run."""
        found: list[tuple[str, ...]] = []
        for piece in self._pieces:
            if self._ended:
                break
            if self._subjects and self._subjects[-1] != _INSIDE and not self._statement:
                self._pattern(piece)
            elif piece in _SEPARATORS:
                found += filter(None, [self._command()])
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

    def _command(self) -> tuple[str, ...] | None:
        """Read a statement; return its command if it may run."""
        last = self._statement[:1] in (["exec"], ["exit"])
        words = self._after_keywords(self._statement)
        if not all(may for may, _ in self._branches):
            return None
        self._ended = last and self._straight and all(done for _, done in self._branches)
        words = self._after_assignments(words)
        if words[:2] == ["set", "--"]:
            self._scope = _Scope((self._scope.words[0], *self._scope.words_of(words[2:])), self._values)
            return None
        cut = next((at for at, one in enumerate(words) if one[:1] in ("<", ">")), len(words))
        if 0 < cut < len(words) and words[cut - 1].isdigit():
            cut -= 1
        return tuple(self._scope.words_of(words[:cut])) or None

    def _after_keywords(self, words: list[str]) -> list[str]:
        """Read the keywords before a command; return it, or nothing if it is a condition."""
        while words and words[0] in {*_PREFIXES, *_CLOSING, "if", "elif"}:
            keyword, words = words[0], words[1:]
            if keyword in ("if", "elif"):
                self._condition(keyword, words)
                return []
            if keyword == "else" and self._branches:
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

    def _condition(self, keyword: str, words: Sequence[str]) -> None:
        holds = _holds([self._scope.fill(one) for one in words])
        if keyword == "if":
            self._branches.append((holds is not False, holds is True))
        elif self._branches:
            _, done = self._branches[-1]
            self._branches[-1] = (holds is not False and not done, done or holds is True)


def _holds(condition: Sequence[str]) -> bool | None:
    """Return whether a test is true; None if unknown."""
    words = list(condition)
    negated = words[:1] == ["!"]
    words = words[1:] if negated else words
    if words[:1] == ["test"]:
        words = words[1:]
    elif len(words) > 1 and (words[0], words[-1]) in (("[", "]"), ("[[", "]]")):
        words = words[1:-1]
    else:
        return None
    if any("$" in word for word in words):
        return None
    result = _compared(words)
    return (not result) if negated and result is not None else result


def _compared(words: Sequence[str]) -> bool | None:
    match words:
        case [left, "=" | "==", right]:
            return fnmatchcase(left, right)
        case [left, "!=", right]:
            return not fnmatchcase(left, right)
        case ["-n", text]:
            return bool(text)
        case ["-z", text]:
            return not text
        case _:
            return None
