"""What an engine of databases is: flows and steps know this, and no implementation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from ...errors import Failure

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ...command import Result
    from ...configuration.databases.database_marks import DatabaseMark

__all__ = ["DataEngine", "Report", "Server", "Stored"]

# Takes how many bytes are done, and of how many.
Report = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Server:
    """A database server in its own container.

    Attributes:
        service: The service of the compose file.
        environment: What its container was started with, the names and passwords of its superuser among them.
        run: Runs a command in its container with further environment variables; None when it is down.
    """

    service: str
    environment: Mapping[str, str] = field(repr=False)
    run: Callable[[Sequence[str], Mapping[str, str]], Result | None] = field(repr=False)

    def ask(self, argv: Sequence[str], env: Mapping[str, str] | None = None) -> Result:
        """Run a command in the container, whatever its exit code is; a password goes into `env`.

        Raises:
            Failure: The container does not run.
        """
        result = self.run(argv, env or {})
        if result is None:
            raise Failure(
                f"{self.service} does not run in main",
                "start main's stack with docker compose up --detach, then run the same command again",
                kind="database-server-down",
            )
        return result


@dataclass(frozen=True, slots=True)
class Stored:
    """A database as its server has it.

    Attributes:
        name: Its name.
        size: Its size in bytes.
        mark: What is noted on it; None for one that is not ours.
        sessions: How many sessions are open in it.
    """

    name: str
    size: int = 0
    mark: DatabaseMark | None = None
    sessions: int = 0


class DataEngine(Protocol):
    """What is asked of a server of one kind. All of it happens inside the server's container.

    Names come unquoted, and every method raises `Failure` with one line of the server's own words, a hint
    and a kind when the server refuses or is down.

    Attributes:
        kind: The kind of services that it is for, as `Service.kind` has it.
        title: Its name in words.
        longest: How many bytes a name may have.
        templates: Whether databases are copied from an idle template in a moment; otherwise each is filled
            from main's.
    """

    kind: str
    title: str
    longest: int
    templates: bool

    def version(self, server: Server) -> str:
        """Return the server's version, which also tells that it answers and is of this kind.

        Raises:
            Failure: It does not answer, or is something else or too old.
        """
        ...

    def stored(self, server: Server) -> dict[str, Stored]:
        """Return all databases that the server has by name, the marks of ours with them."""
        ...

    def free(self, server: Server) -> int | None:
        """Return the free bytes where the server keeps its data; None when that cannot be told."""
        ...

    def make(self, server: Server, main: str, name: str, mark: DatabaseMark) -> None:
        """Make an empty database with the owner, encoding, collation and settings of main's."""
        ...

    def fill(self, server: Server, main: str, name: str, mark: DatabaseMark, report: Report) -> None:
        """Make a database with what main's has while that is in use; a template where `templates` is set.

        It bears `mark` in state `FILLING` until it is whole, and in the mark's own state then. What is left
        of an attempt that was killed, programs in the container included, is ended and dropped first.
        """
        ...

    def copy(self, server: Server, template: str, main: str, name: str, mark: DatabaseMark) -> None:
        """Make a database from an idle template, with main's owner, grants and settings."""
        ...

    def note(self, server: Server, name: str, mark: DatabaseMark) -> None:
        """Write another mark on a database of ours."""
        ...

    def end_sessions(self, server: Server, name: str) -> None:
        """End the sessions in a database of ours."""
        ...

    def drop(self, server: Server, name: str) -> None:
        """Drop a database, with the sessions in it; nothing when it is gone. Whether it is ours was asked."""
        ...

    def query(self, server: Server, name: str, statement: str) -> tuple[tuple[str, ...], ...] | None:
        """Return the rows of a question, which changes nothing; None when it cannot be answered.

        A table that is not there is such a case: drift asks for those of several tools.
        """
        ...
