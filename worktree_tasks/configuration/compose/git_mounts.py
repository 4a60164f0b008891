"""What makes git work in a service's containers: mounts of git's directory, and settings for git."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any

from .host_paths import mounts
from .stack import literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .git_access import GitDirectory
    from .model import Spec
    from .stack import Stack

__all__ = ["OURS", "checkouts_of", "git_environment", "git_mounts", "mount_around"]

# Our folder in git's directory. Containers must not see it: restore points hold other worktrees' files.
OURS = "worktree-tasks"
# The number of settings that git reads from its environment: https://git-scm.com/docs/git-config#ENVIRONMENT
_COUNT = "GIT_CONFIG_COUNT"


def checkouts_of(spec: Spec, stack: Stack) -> tuple[str, ...]:
    """Return where the root of the worktree, with its `.git`, is mounted in a service's containers."""
    root = ("bind", literal(stack.directory))
    found = (one for one in mounts(spec, stack) if (one.get("type"), one.get("source")) == root)
    return tuple(_target(str(one["target"])) for one in found)


def mount_around(spec: Spec, place: str) -> str | None:
    """Return the mount of a service that covers a place; Docker would create folders in it."""
    targets = (_target(one.target) for one in spec.mounts if one.type != "tmpfs")
    return next((one for one in targets if f"{place}/".startswith(f"{one.rstrip('/')}/")), None)


def _target(text: str) -> str:
    """Return the real path of a place in a container; the model doubles `$`."""
    return posixpath.normpath(text.replace("$$", "$"))


def git_mounts(spec: Spec, stack: Stack) -> list[dict[str, Any]]:
    """Return the mounts that make git work in a service's containers; none if it should not."""
    access, place = stack.git_access.get(spec.name), stack.git_directory
    if place is None or access is None or not access.mounted:
        return []
    found: dict[str, dict[str, Any]] = {}
    for checkout in checkouts_of(spec, stack):
        for one in _around(checkout, place, stack.directory, writable=access.mode == "rw"):
            found.setdefault(one["target"], one)
    free = (one for target, one in found.items() if mount_around(spec, target) is None)
    return [{**one, **{key: literal(one[key]) for key in ("source", "target") if key in one}} for one in free]


def _around(checkout: str, place: GitDirectory, worktree: str, *, writable: bool) -> Iterator[dict[str, Any]]:
    """Yield the mounts that git needs for a worktree that is mounted in one place of a container."""
    yield from _shared(place, place.place_for(checkout), writable=writable)
    if place.submodules and checkout != worktree:
        # Their `.git` and their configuration refer to each other by relative paths.
        beside = _from(checkout, worktree, place.common)
        yield from _shared(place, beside, writable=writable)
        yield _bind(worktree, _from(beside, place.common, worktree))
    yield from (_bind(path, path, read_only=True) for path in place.alternates)


def _shared(place: GitDirectory, target: str, *, writable: bool) -> Iterator[dict[str, Any]]:
    yield _bind(place.common, target, read_only=not writable)
    if writable:
        # In the container, all other worktrees look deleted to git, which must not prune their entries.
        folder = posixpath.dirname(place.own)
        yield _bind(f"{place.common}/{folder}", f"{target}/{folder}", read_only=True)
        yield _bind(f"{place.common}/{place.own}", f"{target}/{place.own}")
    yield {"type": "tmpfs", "target": f"{target}/{OURS}"}


def _from(seen: str, here: str, there: str) -> str:
    """Return the place of a path in a container, from that of another path, relative to which it stays."""
    return posixpath.normpath(posixpath.join(seen, posixpath.relpath(there, here)))


def _bind(source: str, target: str, *, read_only: bool = False) -> dict[str, Any]:
    return {"type": "bind", "source": source, "target": target, **({"read_only": True} if read_only else {})}


def git_environment(spec: Spec, stack: Stack) -> dict[str, str]:
    """Return the extra variables that make git work in a service's containers.

    They mark the checkout as safe although another user than the container's owns it. Settings for git in the
    environment of the service or its image are kept.
    """
    access, place = stack.git_access.get(spec.name), stack.git_directory
    if place is None or access is None or not access.mounted:
        return {}
    given = {**stack.image_environment.get(spec.name, {}), **spec.environment}
    checkouts = checkouts_of(spec, stack)
    safe = (*checkouts, *(f"{one}/{path}" for one in checkouts for path in place.submodules))
    settings = [("safe.directory", path) for path in safe]
    found: dict[str, str] = {}
    if access.mode == "rw":
        # Garbage collection in a container cannot see other worktrees, and would delete their objects.
        settings.append(("gc.auto", "0"))
    elif "GIT_OPTIONAL_LOCKS" not in given:
        found["GIT_OPTIONAL_LOCKS"] = "0"
    first = _number(given)
    for number, (key, value) in enumerate(settings, first):
        found |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": literal(value)}
    return {**found, _COUNT: str(first + len(settings))}


def _number(given: Mapping[str, str | None]) -> int:
    """Return the number of settings for git in an environment."""
    count = given.get(_COUNT) or ""
    return int(count) if count.isascii() and count.isdigit() else 0
