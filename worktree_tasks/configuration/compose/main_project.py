"""Main's compose project: the one whose containers come from main's directory, whatever it is called."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from .containers import ListedContainer

__all__ = ["below", "candidates"]


def below(containers: Iterable[ListedContainer], place: Mapping[str, str], main: str) -> set[str]:
    """Return the compose projects that were started anywhere in main.

    Args:
        containers: The containers of all compose projects.
        place: Where the directories that their labels name really are.
        main: The main checkout's real path.
    """
    return {
        one.project
        for one in containers
        if one.key is None and f"{place.get(one.directory, '')}/".startswith(f"{main}/")
    }


def candidates(
    containers: Iterable[ListedContainer],
    place: Mapping[str, str],
    *,
    directory: str,
    files: Collection[str],
    exported: str = "",
) -> tuple[str, ...]:
    """Return what may be main's compose project: one, none, or several that nothing tells apart.

    Args:
        containers: The containers of all compose projects.
        place: Where the directories and files that their labels name really are.
        directory: Main's project directory, a real path.
        files: Main's compose files, real paths.
        exported: The project that the shell names.
    """
    ours = frozenset(files)
    read: dict[str, set[str]] = {}
    running: set[str] = set()
    for one in containers:
        names = {place.get(name, name) for name in one.files}
        at_home = place.get(one.directory) == directory
        # Whoever runs other files there, such as those of tests, runs another stack.
        if one.key is None and (names & ours if names else at_home):
            read.setdefault(one.project, set()).update(names)
            if one.state == "running":
                running.add(one.project)
    if exported in read:
        return (exported,)
    likely = (read.keys() & running) or read.keys()
    # An editor adds a file of its own to those of the project.
    distance = {name: len(read[name] ^ ours) if read[name] else 0 for name in likely}
    return tuple(sorted(name for name in likely if distance[name] == min(distance.values())))
