"""The part of the store for additional Redis databases and for virtual hosts of worktrees' queues."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..quick_dataclasses import dataclass
from .leases import Leases

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from .record import Record

__all__ = ["Queue", "QueueLeases"]


@dataclass(frozen=True, slots=True)
class Queue:
    """An additional Redis database that a worktree uses in place of one of main's.

    Attributes:
        service: The server's service.
        main: Main's database.
        own: The worktree's.
        claimed: Whether it was empty before the worktree's stack used it.
    """

    service: str
    main: int
    own: int
    claimed: bool = False


class QueueLeases(Leases):
    """Additional Redis databases and virtual hosts; each method is one short transaction."""

    def queues(self, record: Record) -> tuple[Queue, ...]:
        """Return the additional databases of a worktree."""
        rows = self._ask(
            "SELECT service, main, own, claimed FROM queue WHERE worktree_id = ? ORDER BY service, main",
            (record.id,),
        )
        return tuple(Queue(row["service"], row["main"], row["own"], bool(row["claimed"])) for row in rows)

    def lease_queue(
        self, record: Record, service: str, main: int, choose: Callable[[Collection[Any]], int | None]
    ) -> None:
        """Lease an additional database for a worktree.

        Args:
            record: Whose lease it is.
            service: The server's service.
            main: Main's database.
            choose: Chooses one, given those that the project's worktrees have; runs inside the transaction.
        """
        with self._transaction():
            mine = {self.record(record.key).broker_database} - {None}
            own = choose(self.held(record, "broker_database") | mine)
            if own is not None:
                self._db.execute(
                    "INSERT INTO queue (worktree_id, service, main, own) VALUES (?, ?, ?, ?)",
                    (record.id, service, main, own),
                )

    def claim_queue(self, record: Record, queue: Queue) -> None:
        """Record that an additional database was empty before the worktree's stack used it."""
        self._write(
            "UPDATE queue SET claimed = 1 WHERE worktree_id = ? AND service = ? AND main = ?",
            (record.id, queue.service, queue.main),
        )

    def drop_queues(self, record: Record) -> None:
        """Release the additional databases of a worktree."""
        self._write("DELETE FROM queue WHERE worktree_id = ?", (record.id,))

    def note_virtual_host(self, record: Record, service: str, name: str) -> None:
        """Record that a virtual host belongs to a worktree, before it is made."""
        self._write("INSERT OR IGNORE INTO virtual_host VALUES (?, ?, ?)", (record.id, service, name))

    def virtual_hosts(self, record: Record) -> tuple[tuple[str, str], ...]:
        """Return the virtual hosts of a worktree, each with its server's service."""
        rows = self._ask("SELECT service, name FROM virtual_host WHERE worktree_id = ?", (record.id,))
        return tuple((row["service"], row["name"]) for row in rows)
