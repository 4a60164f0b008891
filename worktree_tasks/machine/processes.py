"""This machine's processes: which work in a directory or hold a lock; and what is mounted."""

from __future__ import annotations

import os
import re
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ..command import run
from ..errors import Failure
from ..printable import lines_of
from ..quick_dataclasses import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = [
    "Process",
    "give_way",
    "locking",
    "lsof",
    "mounts_in",
    "open_files",
    "program_of",
    "using",
    "working_in",
]

_PROC = Path("/proc")
_LAST = 19  # the niceness of what runs only when nothing else wants to
# A file system that does not respond would block it.
_LSOF_SECONDS = 20.0
_NAMESPACE = "ns/mnt"
_MOUNTS = Path("/proc/self/mountinfo")
_LOCK = re.compile(r"^lock:\s.*?\bFLOCK\b.*?\b(?:WRITE|READ)\s+(\d+)\s", re.MULTILINE)


@dataclass(slots=True, frozen=True)
class Process:
    """A process: its number and its program's name."""

    pid: int
    name: str


def give_way() -> None:
    """Let everything else run before this thread, and what it starts, as far as the system can do that."""
    # Elsewhere it would apply to the whole process:
    # https://man7.org/linux/man-pages/man2/getpriority.2.html
    if sys.platform.startswith("linux"):
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _LAST)


def working_in(directory: Path) -> tuple[Process, ...] | None:
    """Return the processes of this machine whose current directory is in a directory.

    Processes in containers are not included: the engine reports those.

    Returns:
        The processes that we may ask; None when this cannot be told.
    """
    if not sys.platform.startswith("linux"):
        return _listed(directory)
    return _linked_into(directory, lambda entry: (entry / "cwd",))


def using(directory: Path) -> tuple[Process, ...]:
    """Return the processes that work in a directory or have a file open there, as far as is visible."""
    if not sys.platform.startswith("linux"):
        return _listed(directory) or ()
    return _linked_into(directory, lambda entry: (entry / "cwd", *(entry / "fd").iterdir()))


def _linked_into(directory: Path, links: Callable[[Path], Iterable[Path]]) -> tuple[Process, ...]:
    """Return the processes that have one of some `/proc` links into a directory."""
    real = directory.resolve()
    found = []
    for entry in _PROC.iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            inside = any(link.readlink().is_relative_to(real) for link in links(entry))
            if inside and (entry / _NAMESPACE).readlink() == (_PROC / "self" / _NAMESPACE).readlink():
                found.append(Process(int(entry.name), program_of(entry)))
        except OSError:
            # Ended meanwhile, or another user's.
            continue
    return tuple(sorted(found, key=lambda one: one.pid))


def _listed(directory: Path) -> tuple[Process, ...] | None:
    listed = lsof("-d", "cwd", "-F", "pcn", seconds=_LSOF_SECONDS)
    found = []
    pid, name = 0, ""
    for line in listed:
        kind, value = line[:1], line[1:]
        if kind == "p":
            pid = int(value)
        elif kind == "c":
            name = value
        elif kind == "n" and pid != os.getpid() and Path(value).is_relative_to(directory.resolve()):
            found.append(Process(pid, name))
    return tuple(found) if listed else None


def lsof(*words: str, seconds: float) -> list[str]:
    """Return the lines of `lsof`, which macOS has; none if it does not answer in time."""
    with suppress(Failure):
        return lines_of(run(["lsof", "-w", *words], check=False, seconds=seconds).out)
    return []


def locking(file: Path) -> tuple[tuple[Process, ...], tuple[Process, ...]] | None:
    """Return the processes that hold a lock on a file: those that took it, and those that inherited it.

    Returns:
        The processes that we may ask; None where the system does not tell.
    """
    if not sys.platform.startswith("linux"):
        return None
    name = str(file.resolve())
    owners: list[Process] = []
    heirs: list[Process] = []
    for entry in _PROC.iterdir():
        if entry.name.isdigit() and (taken_by := _took(entry, name)):
            process = Process(int(entry.name), program_of(entry))
            (owners if process.pid in taken_by else heirs).append(process)
    return tuple(owners), tuple(heirs)


def _took(entry: Path, name: str) -> set[int]:
    """Return which processes took the locks that a process has on a file."""
    took: set[int] = set()
    for number, place in open_files(entry):
        if place == name:
            with suppress(OSError):  # closed meanwhile
                took.update(map(int, _LOCK.findall((entry / "fdinfo" / number).read_text())))
    return took


def open_files(entry: Path) -> Iterator[tuple[str, str]]:
    """Yield the number of each open file of a process, and its path or what else it is."""
    # Ended meanwhile, or another user's.
    with suppress(OSError):
        for one in (entry / "fd").iterdir():
            # This one was closed meanwhile; the others still count.
            with suppress(OSError):
                yield one.name, str(one.readlink())


def program_of(entry: Path) -> str:
    """Return the name of a process's program."""
    try:
        return (entry / "comm").read_text(errors="replace").strip()
    except OSError:
        return "?"


def mounts_in(directory: Path) -> tuple[Path, ...]:
    """Return the paths in a directory at which other file systems are mounted, if that is known."""
    try:
        lines = lines_of(os.fsdecode(_MOUNTS.read_bytes()))
    except OSError:
        return ()
    real = directory.resolve()
    places = (Path(_unescaped(line.split(" ")[4])) for line in lines)
    return tuple(place for place in places if place.is_relative_to(real))


def _unescaped(text: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), text)
