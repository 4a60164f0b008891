"""Stop or remove the worktree's containers."""

from __future__ import annotations

from contextlib import closing, suppress
from typing import TYPE_CHECKING

from ....engine import api, config_cache
from ....errors import WorktreeTasksError
from ....parallel import each, together
from ...steps.git_lock import unlock
from ...steps.stack_resources import own_containers, own_volumes
from .arriving_containers import arrived
from .images import untag_built
from .network import detach_network, remove_network

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from ....configuration.compose.containers import Container
    from ....store import Record
    from ...steps.worktree_handle import Tree

__all__ = ["finish_stops", "left_of", "remove_containers", "stop_containers", "take_down"]

# Development servers under `sh -c` ignore the signal, so a container to be removed gets no more time, unless
# it sets a grace period: https://docs.docker.com/reference/compose-file/services/#stop_grace_period
_REMOVAL_SECONDS = 1


def stop_containers(tree: Tree) -> int:
    """Stop the worktree's containers, each with its grace period, and return how many were running."""
    found = arrived(tree)
    # The engine may still be starting the others for a killed command; it stops them once they run.
    _stop(tree, found, {})
    return len(_running(found))


def _running(found: Iterable[Container]) -> list[Container]:
    return [one for one in found if one.state in ("running", "restarting", "paused")]


def _stop(tree: Tree, found: Sequence[Container], seconds: Mapping[str, int]) -> None:
    """Stop containers, each with the given seconds for its id, or else with its own grace period."""
    if running := _running(found):
        tree.project.progress.doing(f"stopping {', '.join(one.service for one in running)}")
    each(lambda one: tree.project.engine.stop(one.id, seconds.get(one.id)), found)


def finish_stops(tree: Tree, found: Iterable[Container]) -> None:
    """Stop containers that the engine still stops for a killed command; Compose would let them end later."""
    engine = tree.project.engine
    running = [one.id for one in found if one.state == "running"]
    # Another machine's clock may differ from ours, by which the engine's events are chosen.
    if running and engine.is_here:
        each(engine.stop, engine.ending(running))


def remove_containers(
    tree: Tree, found: Sequence[Container], beside: Callable[[], object] = lambda: None
) -> None:
    """Remove containers with their anonymous volumes.

    Args:
        tree: The worktree.
        found: The containers.
        beside: Called as soon as they have stopped.
    """
    inspected = each(lambda one: tree.project.engine.inspect(one.id), found)
    pairs = list(zip(found, inspected, strict=True))
    # Those of `volumes_from` belong to another service, which may be main's.
    apart = [one for one, facts in pairs if not facts["HostConfig"].get("VolumesFrom")]
    anonymous = {name for one in apart for name in one.anonymous_volumes}
    periods = {one.id: facts["Config"].get("StopTimeout") for one, facts in pairs}
    _stop(
        tree, _running(found), {key: _REMOVAL_SECONDS if one is None else one for key, one in periods.items()}
    )

    def remove() -> None:
        each(lambda one: tree.project.engine.remove_container(one.id), found)
        each(tree.project.engine.remove_volume, anonymous)

    together(remove, beside)


def take_down(tree: Tree, beside: Callable[[], object]) -> None:
    """Remove the worktree's containers, the volumes and image tags of its stack, and its network.

    They are found by our label and the recorded compose project, never by name.

    Args:
        tree: The worktree.
        beside: Called when the containers and volumes are gone, while the network is removed.
    """
    with tree.project.progress.step("containers") as say:
        found = arrived(tree)
        together(
            # Containers may need main's services until they have stopped.
            lambda: remove_containers(tree, found, beside=lambda: detach_network(tree)),
            # Image tags and queues need it next, and stopping takes longer.
            lambda: _read_main(tree),
        )
        gone = tree.volumes()
        each(tree.project.engine.remove_volume, gone)
        removed = f"{len(found)} removed" if found else "nothing to remove"
        say(removed + (f", with volumes {', '.join(gone)}" if gone else ""))

    def remove() -> None:
        with tree.project.progress.step("network") as say:
            say(remove_network(tree))

    unlock(tree)
    config_cache.forget(tree.record.path)
    together(lambda: untag_built(tree, {one.service for one in found}), remove, beside)


def _read_main(tree: Tree) -> None:
    """Read what main's compose files say; what cannot be read is an error only where it is needed."""
    # Nothing starts any more with what Compose warns of.
    tree.project.warns = False
    with suppress(WorktreeTasksError):
        tree.runtime.read(tree.project)


def left_of(records: Iterable[Record]) -> tuple[str, ...]:
    """Return the existing containers, volumes and networks of worktrees."""
    with closing(api.Engine()) as engine:
        engine.check()
        networks = {one.name for one in engine.networks()}
        return tuple(
            line
            for record in records
            for line in (
                *(f"container {one.name}" for one in own_containers(engine, record)),
                *(f"volume {name}" for name in own_volumes(engine, record)),
                *([f"network {record.network}"] if record.network in networks else []),
            )
        )
