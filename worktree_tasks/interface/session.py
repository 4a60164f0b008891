"""One run of a task: its site, opened when it is asked for, and its errors in the form that was asked for."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from ..errors import BadUse, Failure, WorktreeTasksError
from . import output
from .configure import settings_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from invoke.context import Context

    from ..orchestration.site import Site
    from ..store import Store

__all__ = ["Session"]


class Session:
    """What a task needs from its first line to its last."""

    def __init__(self, c: Context, *, json: bool) -> None:
        self._context = c
        self._json = json

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if "site" in self.__dict__:
            self.site.store.close()
            self.site.engine.close()
        told = Interrupted() if isinstance(error, KeyboardInterrupt) else error
        if self._json and isinstance(told, WorktreeTasksError):
            output.show_error(told)
        if told is not None and told is not error:
            raise told from None

    @cached_property
    def site(self) -> Site:
        """The project that the task runs in.

        Raises:
            Failure: This directory is in no git repository.
        """
        from ..store import open_store  # noqa: PLC0415 - loaded when a task runs, not with tasks.py

        return self._site(open_store)

    def site_on(self, store: Store) -> Site:
        """Return the project that the task runs in, on a store that was opened for it.

        Raises:
            Failure: This directory is in no git repository.
        """
        self.__dict__["site"] = self._site(lambda: store)
        return self.site

    def _site(self, store: Callable[[], Store]) -> Site:
        from ..orchestration.site import Site  # noqa: PLC0415 - loaded when a task runs, not with tasks.py
        from ..repository import find_repository  # noqa: PLC0415
        from . import collection  # noqa: PLC0415 - it imports the tasks, which import this

        settings = settings_of(self._context, collection.ns)
        main = Path(settings.main).expanduser() if settings.main else None
        repository = find_repository(Path.cwd(), main=main)
        return Site(repository, settings, store(), output.Terminal())

    def require(self, flag: str, value: str | None, choices: tuple[str, ...]) -> None:
        """Make sure that a flag has one of its values.

        Raises:
            BadUse: It has another.
        """
        if value is not None and value not in choices:
            raise BadUse(f"--{flag} {value!r} cannot be used", f"it can be {' or '.join(choices)}")

    def agreed(self, question: str, *, flag: str) -> bool:
        """Ask on the terminal whether to go on.

        Raises:
            BadUse: There is none, or only a document is wanted; the flag answers instead.
        """
        if self._json or not output.can_ask():
            raise BadUse("nothing was done: nobody can be asked here", f"pass {flag} to go on without")
        return output.ask(question)

    def show(self, value: dict[str, Any], words: Callable[[], None]) -> None:
        """Print a result: the JSON document when it was asked for, else its words."""
        if self._json:
            output.show_json(value)
        else:
            words()


class Interrupted(Failure):
    """Ctrl-C: no traceback, and how to go on."""

    exit_code = 130

    def __init__(self) -> None:
        super().__init__("interrupted", "run the same command again: it finishes what it began")
        self.args = ()
