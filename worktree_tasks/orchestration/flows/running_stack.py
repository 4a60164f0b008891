"""Whether a worktree's stack is running already, checked without reading the project's compose files."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from ...configuration.compose.stack_state import stack_state
from ...configuration.ports import publishing
from ...store import open_store
from ..runtimes.runtime_table import load
from ..steps.stack_resources import is_of

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["stack_runs"]


def stack_runs(path: Path) -> bool:
    """Return whether every service of the worktree in a directory is running and healthy.

    Raises:
        DockerUnavailable: No engine is reachable.
        Failure: The state file cannot be used.
    """
    with closing(open_store()) as store:
        record = next((one for one in store.records() if one.path == path), None)
        if record is None:
            return False
        published = publishing(store.ports().get(record.key, ()))
        idle = store.idle(record.project_id).get(record.key, frozenset())
    mine = [one for one in load(record.runtime).listed() if is_of(record, one)]
    return stack_state(mine, published - idle) == "running"
