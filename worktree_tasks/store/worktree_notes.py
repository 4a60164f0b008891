"""The part of the store for what was decided, built, written and found merged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..configuration.compose.recorded_decision import Decision
from .commit_cache import CommitCache
from .connection import Connection

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .record import Record

__all__ = ["Notes"]


class Notes(Connection):
    """Notes; each method is one short transaction."""

    def remember_build(self, image: str, inputs: str) -> None:
        """Record that an image, by its id, is the result of building some inputs, by their digest."""
        self._write("INSERT OR IGNORE INTO build VALUES (?, ?)", (image, inputs))

    def builds(self, image: str) -> frozenset[str]:
        """Return the digests of the inputs that an image is known to be built from."""
        rows = self._ask("SELECT inputs FROM build WHERE image = ?", (image,))
        return frozenset(str(row["inputs"]) for row in rows)

    def remember_git(self, image: str, *, present: bool) -> None:
        """Record whether an image, by its id, has git."""
        self._write("INSERT OR REPLACE INTO image VALUES (?, ?)", (image, int(present)))

    def git_in(self, image: str) -> bool | None:
        """Return whether an image, by its id, has git; None if that is unknown."""
        rows = self._ask("SELECT git FROM image WHERE id = ?", (image,))
        return bool(rows[0]["git"]) if rows else None

    def noted_images(self) -> frozenset[str]:
        """Return the ids of the images with any record."""
        rows = self._ask("SELECT image FROM build UNION SELECT id FROM image")
        return frozenset(str(row["image"]) for row in rows)

    def forget_images(self, images: Iterable[str]) -> None:
        """Forget everything about images, by their ids."""
        gone = [(image,) for image in images]
        with self._transaction():
            self._db.executemany("DELETE FROM build WHERE image = ?", gone)
            self._db.executemany("DELETE FROM image WHERE id = ?", gone)

    def note_written(self, record: Record, digests: Mapping[str, str]) -> None:
        """Record the SHA-256 of files that were written into a worktree, by path."""
        self._write_many(
            "INSERT OR REPLACE INTO written VALUES (?, ?, ?)",
            [(record.id, path, digest) for path, digest in digests.items()],
        )

    def written(self, record: Record) -> dict[str, str]:
        """Return the recorded SHA-256 of the files that were written into a worktree."""
        rows = self._ask("SELECT path, digest FROM written WHERE worktree_id = ?", (record.id,))
        return {row["path"]: row["digest"] for row in rows}

    def note_env_file(self, record: Record, path: str, *, main: str, mine: str) -> None:
        """Record the SHA-256 of main's and the worktree's env file while they are in sync."""
        self._write("INSERT OR REPLACE INTO env_file VALUES (?, ?, ?, ?)", (record.id, path, main, mine))

    def env_files(self, record: Record) -> dict[str, tuple[str, str]]:
        """Return main's and the worktree's digest of each env file when they were last in sync, by path."""
        rows = self._ask("SELECT path, main, mine FROM env_file WHERE worktree_id = ?", (record.id,))
        return {row["path"]: (row["main"], row["mine"]) for row in rows}

    def record_decisions(self, record: Record, decisions: Mapping[str, Decision]) -> None:
        """Record the roles of a worktree's services, by name; those of other services are dropped."""
        with self._transaction():
            self._db.execute("DELETE FROM decision WHERE worktree_id = ?", (record.id,))
            self._db.executemany(
                "INSERT INTO decision VALUES (?, ?, ?, ?)",
                [(record.id, name, one.role, one.reason) for name, one in decisions.items()],
            )

    def decisions(self, record: Record) -> dict[str, Decision]:
        """Return the recorded roles of a worktree's services, by name; empty if none were recorded yet."""
        rows = self._ask("SELECT service, role, reason FROM decision WHERE worktree_id = ?", (record.id,))
        return {row["service"]: Decision(row["role"], row["reason"]) for row in rows}

    def record_idle(self, record: Record, services: Iterable[str]) -> None:
        """Record the services that a worktree's stack does not start, in place of those recorded before."""
        with self._transaction():
            self._db.execute("DELETE FROM idle WHERE worktree_id = ?", (record.id,))
            self._db.executemany("INSERT INTO idle VALUES (?, ?)", [(record.id, name) for name in services])

    def idle(self, project: int) -> dict[str, frozenset[str]]:
        """Return the services that the stacks of a project, by its id, do not start, by the records' keys."""
        found: dict[str, frozenset[str]] = {}
        for row in self._ask(
            "SELECT key, service FROM idle JOIN worktree ON id = worktree_id WHERE project_id = ?", (project,)
        ):
            found[row["key"]] = found.get(row["key"], frozenset()) | {row["service"]}
        return found

    def verdicts(self) -> CommitCache[tuple[str, str], str | None]:
        """Return the cache of which commits were merged into which, and how."""
        return CommitCache(self._ask, self._write_many, "verdict", "tip", "base")

    def distances(self) -> CommitCache[tuple[str, str], tuple[int, int]]:
        """Return the cache of how many commits tips are ahead of their base, and behind it."""
        return CommitCache(self._ask, self._write_many, "distance", "tip", "base")

    def commit_times(self) -> CommitCache[str, int]:
        """Return the cache of when commits were made, in seconds since the epoch."""
        return CommitCache(self._ask, self._write_many, "commit_time", "tip")
