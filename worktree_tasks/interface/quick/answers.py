"""What the program answers without Invoke; None leaves the words to the task, which takes all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...configuration.name_resolution import Unclear, resolve
from ...machine import known_projects

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ..session import Session

__all__ = ["ANSWERS"]


def _list(words: Sequence[str]) -> int | None:
    flags = _flags(words, "--all", "--watch", "--json")
    if flags is None:
        return None
    from .list_and_projects import list_worktrees  # noqa: PLC0415 - a completion needs none of it

    every, watch, json = (flag in flags for flag in ("--all", "--watch", "--json"))
    return _answered(lambda session: list_worktrees(session, every=every, watch=watch, json=json), json=json)


def _projects(words: Sequence[str]) -> int | None:
    flags = _flags(words, "--json")
    if flags is None:
        return None
    from .list_and_projects import list_projects  # noqa: PLC0415 - a completion needs none of it

    return _answered(list_projects, json="--json" in flags)


def _path(words: Sequence[str]) -> int | None:
    names = [word for word in words if not word.startswith("-")]
    flags = _flags([word for word in words if word.startswith("-")], "--json")
    known = known_projects.known()
    if flags is None or len(names) > 1 or known.here is None:
        return None
    word = names[0] if names else "."
    path = known.resolve(word) if "/" in word else ""
    try:
        tree = resolve(word, known.here.trees, project="", path=path, directory=known.directory)
    except Unclear:
        return None
    # The task itself finds a worktree that was moved, and records that.
    if tree.moved:
        return None
    if "--json" in flags:
        from ..output import documents  # noqa: PLC0415 - people want words
        from ..output.printing import show_document  # noqa: PLC0415 - the same

        show_document(documents.path(tree.path.removeprefix(f"{tree.on}:"), on=tree.on))
    else:
        from ..output.printing import show_value  # noqa: PLC0415 - not before there is something to print

        show_value(tree.path)
    return 0


def _schema(words: Sequence[str]) -> int | None:
    from ..output.printing import show_source  # noqa: PLC0415 - a completion needs none of it
    from ..output.schema_files import schema_names, schema_text  # noqa: PLC0415 - the same

    if len(words) != 1 or words[0] not in schema_names():
        return None
    show_source(schema_text(words[0]))
    return 0


def _flags(words: Sequence[str], *known: str) -> set[str] | None:
    """Return the given flags; None if there are other words, or a repeated flag."""
    given = set(words)
    return given if given <= {*known} and len(given) == len(words) else None


def _answered(look: Callable[[Session], object], *, json: bool) -> int | None:
    """Run a read-only action; return the exit code, or None if Invoke has to read the settings."""
    from ...errors import WorktreeTasksError  # noqa: PLC0415 - a completion needs none of it
    from ..output.printing import show_failure  # noqa: PLC0415 - the same
    from .quick_session import quick_session  # noqa: PLC0415 - the same

    session = quick_session(json=json)
    if session is None:
        return None
    try:
        with session:
            look(session)
    except WorktreeTasksError as error:
        show_failure(error)
        return error.code
    return 0


ANSWERS: Mapping[str, Callable[[Sequence[str]], int | None]] = {
    "list": _list,
    "path": _path,
    "projects": _projects,
    "schema": _schema,
}
