"""Main's compose project: the one whose containers were started in main's directory, whatever its name."""

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
        place: The real paths of the directories in their labels.
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
    """Return the candidates for main's compose project: one, none, or several that are equally likely.

    Args:
        containers: The containers of all compose projects.
        place: The real paths of the directories and files in their labels.
        directory: Main's project directory, a real path.
        files: Main's compose files, real paths.
        exported: The project that the shell's environment names.
    """
    ours = frozenset(files)
    read: dict[str, set[str]] = {}
    running: set[str] = set()
    for one in containers:
        names = {place.get(name, name) for name in one.files}
        at_home = place.get(one.directory) == directory
        # Other compose files in that directory, such as those of tests, are another stack.
        if one.key is None and (names & ours if names else at_home):
            read.setdefault(one.project, set()).update(names)
            if one.state == "running":
                running.add(one.project)
    if exported in read:
        return (exported,)
    likely = (read.keys() & running) or read.keys()
    # An editor may add its own file to those of the project.
    distance = {name: len(read[name] ^ ours) if read[name] else 0 for name in likely}
    return tuple(sorted(name for name in likely if distance[name] == min(distance.values())))
