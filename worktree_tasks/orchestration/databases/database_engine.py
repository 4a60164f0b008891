"""The Protocol of a database engine: flows and steps know this, and no implementation."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from ...configuration.databases.database_marks import READY
from ...errors import Failure
from ...quick_dataclasses import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ...command import Result
    from ...configuration.databases.database_marks import DatabaseMark

__all__ = ["DataEngine", "Report", "Server", "Stored"]

# Receives the number of bytes done, and the total.
Report = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Server:
    """A database server in its own container.

    Attributes:
        service: The service in the compose file.
        environment: Its container's environment, with the name and password of its superuser.
        run: Runs a command in its container with further environment variables; None if it is down.
    """

    service: str
    environment: Mapping[str, str] = field(repr=False)
    run: Callable[[Sequence[str], Mapping[str, str]], Result | None] = field(repr=False)

    def ask(self, argv: Sequence[str], env: Mapping[str, str] | None = None) -> Result:
        """Run a command in the container, whatever its exit code; pass a password in `env`.

        Raises:
            Failure: The container is not running.
        """
        result = self.run(argv, env or {})
        if result is None:
            raise Failure(
                f"{self.service} is not running in main",
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
        mark: Our mark on it; None if it is not ours.
        sessions: The number of open sessions in it.
    """

    name: str
    size: int = 0
    mark: DatabaseMark | None = None
    sessions: int = 0

    @property
    def ready_mark(self) -> DatabaseMark | None:
        """Our mark on it if that says that it is complete and in use."""
        return self.mark if self.mark and self.mark.state == READY else None


class DataEngine(Protocol):
    """The operations on a server of one kind. All of them run inside the server's container.

    Names are passed unquoted. Every method raises `Failure` if the server refuses or is down, with one line
    of the server's own output, a hint and a kind.

    Attributes:
        kind: The kind of services that it is for, as in `Service.kind`.
        longest: The maximum length of a name in bytes.
        templates: Whether databases are copied instantly from an idle template; otherwise each is filled
            from main's.
    """

    kind: str
    longest: int
    templates: bool

    def version(self, server: Server) -> str:
        """Return the server's version, which also shows that it answers and is of this kind.

        Raises:
            Failure: It does not answer, is of another kind, or is too old.
        """
        ...

    def stored(self, server: Server) -> dict[str, Stored]:
        """Return all databases of the server by name, with our marks.

        Our empty ones are among them, even if the server itself lists only databases with content.
        """
        ...

    def free(self, server: Server) -> int | None:
        """Return the free bytes where the server keeps its data; None if unknown."""
        ...

    def make(self, server: Server, main: str, name: str, mark: DatabaseMark) -> None:
        """Make an empty database with the owner, encoding, collation and settings of main's."""
        ...

    def fill(self, server: Server, main: str, name: str, mark: DatabaseMark, report: Report) -> None:
        """Make a database with the content of main's, which may be in use; a template if `templates` is set.

        Its mark has the state `FILLING` until it is complete, and the state of `mark` after that. Remains of
        a killed attempt are removed first, including its programs in the container.
        """
        ...

    def copy(self, server: Server, template: str, main: str, name: str, mark: DatabaseMark) -> None:
        """Make a database from an idle template, with main's owner, grants and settings.

        It is called only if `templates` is set.
        """
        ...

    def note(self, server: Server, name: str, mark: DatabaseMark) -> None:
        """Replace the mark on one of our databases."""
        ...

    def end_sessions(self, server: Server, name: str) -> None:
        """End the sessions in one of our databases."""
        ...

    def drop(self, server: Server, name: str) -> None:
        """Drop a database and end its sessions, if it exists. The caller has checked that it is ours."""
        ...

    def query(self, server: Server, name: str, statement: str) -> tuple[tuple[str, ...], ...] | None:
        """Return the rows of a read-only query; None if it fails.

        It fails for a missing table, for instance: drift queries the tables of several tools, in SQL. An
        engine whose server has no SQL always returns None.
        """
        ...
