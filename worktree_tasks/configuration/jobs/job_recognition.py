"""Recognize which services take jobs and which schedule them, by what they run, also through scripts."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from ...quick_dataclasses import dataclass, field, replace
from ..idle_command import sleeps
from . import job_signs, manifests
from .job_duties import merged
from .shell_commands import commands

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from .job_duties import Duties

__all__ = ["StartedProgram", "duties_of"]

_SHELLS = frozenset({"sh", "bash", "ash", "dash", "zsh", "ksh", "su", "runuser"})
# Programs whose arguments are not commands.
_QUIET = frozenset({
    "[", "[[", "apk", "apt", "apt-get", "cat", "chmod", "chown", "command", "cp", "curl", "echo", "export",
    "gem", "grep", "kill", "ln", "ls", "mkdir", "mv", "nc", "pgrep", "pip", "pip3", "pkill", "printf", "rm",
    "sed", "set", "sleep", "source", "test", "touch", "wget", "which", "yum",
})  # fmt: skip
_PATH = ("/usr/local/bin", "/usr/bin", "/bin", "/usr/local/sbin")
_BUILT = re.compile(r"(?P<folder>.*/)(?:dist|build|lib|out)/(?P<file>.+)\.[cm]?js")
_FLAG = re.compile(r"\s+(?:-B|--beat)(?=\s|\Z)")
_DEEPEST = 6
_SCRIPT_WORDS = 8
_WORKER = re.compile(r"(?:\A|[-_.])workers?\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class StartedProgram:
    """What a service starts.

    Attributes:
        service: The service's name.
        entrypoint: The words of its entry point.
        command: The words of its command, which follow those.
        values: Its environment.
        directory: Its working directory in the container.
        read: Returns the text of a project file by its path in the container; None for other files.
        published: Whether it publishes ports.
    """

    service: str
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    directory: str = "/"
    read: Callable[[str], str | None] = lambda _: None
    published: bool = False

    @property
    def words(self) -> tuple[str, ...]:
        """The whole command line."""
        return (*self.entrypoint, *self.command)


def duties_of(program: StartedProgram) -> Duties:
    """Return what a service does with jobs."""
    found = _duties_of_program(program)
    if found.schedulers:
        shorter = _without_beat(program.command)
        if (
            shorter != program.command
            and not _duties_of_program(replace(program, command=shorter)).schedulers
        ):
            found = replace(found, command=shorter)
    if not found.workers and not sleeps(" ".join(program.words)):
        found = merged((found, _in_dependencies(program)))
    recognized = found.workers or found.schedulers or found.serves
    if recognized or sleeps(" ".join(program.words)):
        return found
    if program.published:
        # What publishes a port may be a page about jobs; a worker may publish one for a debugger.
        return job_signs.in_names((program.service,)) if _WORKER.search(program.service) else found
    plain = [word for word in program.words if not word.startswith("-") and " " not in word]
    return job_signs.in_names((*plain, program.service))


def _in_dependencies(program: StartedProgram) -> Duties:
    """Return what a server may also do, by the libraries in its `package.json`."""
    file = posixpath.join(program.directory or "/", "package.json")
    return merged(job_signs.in_packages(manifests.dependencies(program.read(file) or ""), file))


def _duties_of_program(program: StartedProgram) -> Duties:
    return merged(_Walk(program, program.directory).command(program.words))


def _without_beat(words: Sequence[str]) -> tuple[str, ...]:
    """Return a command without the flag that makes a Celery worker schedule jobs too."""
    if "worker" in words:
        return tuple(word for word in words if word not in ("-B", "--beat"))
    return tuple(_FLAG.sub("", word) if "worker" in word else word for word in words)


@dataclass(frozen=True, slots=True)
class _Walk:
    """A walk through what a program runs.

    Attributes:
        program: The program.
        directory: The directory that it is in.
        through: The scripts that led there.
    """

    program: StartedProgram
    directory: str
    through: tuple[str, ...] = ()

    def command(self, words: Sequence[str]) -> Iterator[Duties]:
        """Yield what a command does, and what the scripts that it runs do."""
        if not words or len(self.through) > _DEEPEST or posixpath.basename(words[0]) in _QUIET:
            return
        if (text := _shell_text(words)) is not None:
            yield from self.text(text)
            return
        found = job_signs.in_command(words, self.through)
        if found:
            yield found
        if not found or not (found.workers or found.schedulers):
            yield from self._behind(words)

    def text(self, text: str, words: Sequence[str] = ("sh",)) -> Iterator[Duties]:
        """Yield what a shell text does."""
        here = self
        for command in commands(text, words, self.program.values):
            if command[0] == "cd" and len(command) > 1:
                here = replace(here, directory=here.place(command[1]))
            else:
                yield from here.command(command)

    def place(self, path: str) -> str:
        """Return where a path leads."""
        return posixpath.normpath(posixpath.join(self.directory or "/", path))

    def _behind(self, words: Sequence[str]) -> Iterator[Duties]:
        """Yield what a command does through the scripts and manifests that it uses."""
        for word in words[1:]:
            if " " in word:
                yield from self.text(word.partition("=")[2] if word.startswith("-") else word)
        for one in manifests.commands_behind(words, lambda path: self.program.read(self.place(path))):
            there = replace(self, through=(*self.through, self.place(one.file)))
            yield from job_signs.in_source(one.source, there.through) if one.source else there.text(one.text)
        for at, word in enumerate(words[:_SCRIPT_WORDS]):
            found = tuple(self._script(words, at)) if not word.startswith("-") and " " not in word else ()
            yield from found
            if any(one.workers or one.schedulers for one in found):
                return

    def _script(self, words: Sequence[str], at: int) -> Iterator[Duties]:
        """Yield what the script does that a command's word names."""
        names = _paths(words[at], first=at == 0, module=at > 0 and words[at - 1] == "-m")
        for place in map(self.place, names):
            text = self.program.read(place)
            if text is None or place in self.through:
                continue
            there = replace(self, through=(*self.through, place))
            if _is_shell(place, text):
                yield from there.text(text, (place, *words[at + 1 :]))
            else:
                yield from job_signs.in_source(text, there.through)
                # The arguments of a project's program may be a command that it runs.
                yield from self.command(words[at + 1 :]) if at == 0 else ()
            return


def _shell_text(words: Sequence[str]) -> str | None:
    """Return the script text passed to a shell; None for all other commands."""
    if posixpath.basename(words[0]) not in _SHELLS:
        return None
    flags = (at for at, word in enumerate(words[1:-1], start=1) if re.fullmatch(r"-[a-z]*c|--command", word))
    return next((words[at + 1] for at in flags), None)


def _paths(word: str, *, first: bool, module: bool) -> tuple[str, ...]:
    """Return the paths that a word may refer to."""
    if module:
        path = word.replace(".", "/")
        return (f"{path}.py", f"{path}/__main__.py", f"src/{path}.py")
    if first and "/" not in word:
        return tuple(f"{folder}/{word}" for folder in _PATH)
    if match := _BUILT.fullmatch(word if word.startswith(("/", ".")) else f"./{word}"):
        return (word, f"{match['folder']}src/{match['file']}.ts", f"{match['folder']}{match['file']}.ts")
    return (word,) if posixpath.splitext(word)[1] else (word, f"{word}.js", f"{word}.ts")


def _is_shell(path: str, text: str) -> bool:
    first = text.partition("\n")[0]
    if first.startswith("#!"):
        return re.search(r"\b(?:ba|da|a|z|k)?sh\b", first) is not None
    return posixpath.splitext(path)[1] in ("", ".sh", ".bash")
