"""Flow: every worktree's stack stopped, of this project or of all; main goes on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ... import git
from ...configuration.settings import Settings
from ...errors import Failure, WorktreeGone, WorktreeTasksError
from ...parallel import each
from ..runtimes.compose.network import detach_network
from ..runtimes.runtime import runtime_of
from ..steps.holding import holding
from ..steps.project import Site

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...store import Record

__all__ = ["Stopped", "stop_all"]


@dataclass(frozen=True, slots=True)
class Stopped:
    """A stack that was stopped: its project, its worktree's name, and how many containers ran."""

    project: str
    name: str
    containers: int


def stop_all(site: Site, *, everywhere: bool = False) -> tuple[Stopped, ...]:
    """Stop the stacks of all worktrees; containers, ports and names are kept.

    Args:
        site: The project.
        everywhere: Whether those of this machine's other projects stop too.

    Returns:
        The stacks of which something ran.

    Raises:
        Failure: Some could not be stopped; all others are.
    """
    site.check_docker()
    sites = tuple(_sites(site)) if everywhere else (site,)
    jobs = [(one, record) for one in sites for record in one.records()]
    failed: list[str] = []

    def stop(job: tuple[Site, Record]) -> Stopped | None:
        its, record = job
        try:
            return _stop(its, record)
        except WorktreeGone:
            return None
        except WorktreeTasksError as error:
            failed.append(f"{record.name}: {error.what}")
            return None

    stopped = tuple(one for one in each(stop, jobs) if one is not None)
    if failed:
        raise Failure("some stacks are not stopped:", "wt.stop-all tries again", failed)
    return stopped


def _stop(site: Site, record: Record) -> Stopped | None:
    with holding(site, record) as now:
        count = runtime_of(now).stop(site, now)
        detach_network(site, now)
    if not count:
        return None
    project = site.project.name
    with site.progress.step("containers") as say:
        say(f"{project} {record.name}: {count} stopped")
    return Stopped(project, record.name, count)


def _sites(site: Site) -> Iterator[Site]:
    """Yield the machine's projects; what stops their stacks needs none of their settings."""
    for project in site.store.projects():
        if project.common_dir == site.repository.common_dir:
            yield site
        elif project.common_dir.is_dir():
            repository = git.Repository(project.main, project.common_dir, bare=False)
            other = Site(repository, Settings(), site.store, site.progress)
            other.engine = site.engine
            yield other
        else:
            site.progress.note(f"{project.name} is gone from {project.main}; its stacks are left as they are")
