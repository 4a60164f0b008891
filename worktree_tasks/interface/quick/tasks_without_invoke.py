"""The tasks that the program runs without Invoke; None leaves the words to Invoke, which takes all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...configuration.name_resolution import resolve
from ...lazy_modules import later
from ...machine import known_projects

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from ... import errors
    from ..session import Session
    from . import stack_tasks
else:
    # Loaded for an error alone.
    (errors,) = later(__package__, "...errors")
    # A completion and a list need none of it.
    (stack_tasks,) = later(__package__, ".stack_tasks")

__all__ = ["TASKS"]

_TELL = ("--quiet", "--verbose", "--json")
_OF_SESSION = ("hooks", "quiet", "verbose", "json")


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
    except errors.BadUse:
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


def _run_new(words: Sequence[str]) -> int | None:
    switches = ("--no-start", "--build", "--no-hooks", *_TELL)
    return _acted(lambda: stack_tasks.make_worktree, words, switches, values=("--base",), known=False)


def _run_start(words: Sequence[str]) -> int | None:
    return _acted(lambda: stack_tasks.start_stack, words, ("--build", "--renew", "--no-hooks", *_TELL))


def _run_stop(words: Sequence[str]) -> int | None:
    return _acted(lambda: stack_tasks.stop_stack, words, _TELL)


def _run_remove(words: Sequence[str]) -> int | None:
    switches = ("--force", "--keep-branch", "--no-hooks", *_TELL)
    return _acted(lambda: stack_tasks.remove_worktree, words, switches)


def _acted(
    load: Callable[[], Callable[..., object]],
    words: Sequence[str],
    switches: Collection[str],
    *,
    values: Collection[str] = (),
    known: bool = True,
) -> int | None:
    """Run a task on one worktree.

    Args:
        load: Returns its body, which takes the session, the name and the flags.
        words: The words after the task.
        switches: The flags without a value that the body or the session takes.
        values: The flags with one.
        known: Whether the name is that of a worktree, which may be on another machine.
    """
    from .plain_words import read_plain  # noqa: PLC0415 - a completion needs none of it

    typed = read_plain(words, switches=switches, values=values)
    if typed is None or (known and _may_be_far(typed.name)):
        return None
    of_session = {key: bool(typed.flags.pop(key)) for key in _OF_SESSION if key in typed.flags}
    return _answered(lambda session: load()(session, typed.name, **typed.flags), acts=True, **of_session)


def _may_be_far(word: str) -> bool:
    from ...configuration.previous_checkout import far_worktree  # noqa: PLC0415 - a list needs none of it

    try:
        return far_worktree(word, known_projects.known()) is not None
    except errors.BadUse:
        return True


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


def _answered(look: Callable[[Session], object], **shown: bool) -> int | None:
    """Run a task; return the exit code, or None if Invoke has to run it."""
    from ..output.printing import show_failure  # noqa: PLC0415 - the same
    from .quick_session import quick_session  # noqa: PLC0415 - the same

    session = quick_session(**shown)
    if session is None:
        return None
    try:
        with session:
            look(session)
    except errors.WorktreeTasksError as error:
        show_failure(error)
        return error.code
    return 0


TASKS: Mapping[str, Callable[[Sequence[str]], int | None]] = {
    "list": _list,
    "new": _run_new,
    "path": _path,
    "projects": _projects,
    "remove": _run_remove,
    "schema": _schema,
    "start": _run_start,
    "stop": _run_stop,
}
