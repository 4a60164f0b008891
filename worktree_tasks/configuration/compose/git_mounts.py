"""What a service gets so that git works in its containers: git's directory in its place, and settings."""

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

# Ours in git's directory, with restore points: other worktrees' files, which are nobody's business in there.
OURS = "worktree-tasks"
# How many settings git takes from its environment: https://git-scm.com/docs/git-config#ENVIRONMENT
_COUNT = "GIT_CONFIG_COUNT"


def checkouts_of(spec: Spec, stack: Stack) -> tuple[str, ...]:
    """Return where a service has the root of the worktree, with the `.git` in it."""
    root = ("bind", literal(stack.directory))
    found = (one for one in mounts(spec, stack) if (one.get("type"), one.get("source")) == root)
    return tuple(_target(str(one["target"])) for one in found)


def mount_around(spec: Spec, place: str) -> str | None:
    """Return what a service has mounted in a place or around it; Docker would make folders in that."""
    targets = (_target(one.target) for one in spec.mounts if one.type != "tmpfs")
    return next((one for one in targets if f"{place}/".startswith(f"{one.rstrip('/')}/")), None)


def _target(text: str) -> str:
    """Return a place in a container as it is; the model doubles `$`."""
    return posixpath.normpath(text.replace("$$", "$"))


def git_mounts(spec: Spec, stack: Stack) -> list[dict[str, Any]]:
    """Return the mounts by which git works in a service's containers; none where it is not to."""
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
    """Yield the mounts that git needs beside a worktree in one place of a container."""
    yield from _shared(place, place.place_for(checkout), writable=writable)
    if place.submodules and checkout != worktree:
        # Their `.git` and their configuration name each other by the way from one to the other.
        beside = _from(checkout, worktree, place.common)
        yield from _shared(place, beside, writable=writable)
        yield _bind(worktree, _from(beside, place.common, worktree))
    yield from (_bind(path, path, read_only=True) for path in place.alternates)


def _shared(place: GitDirectory, target: str, *, writable: bool) -> Iterator[dict[str, Any]]:
    yield _bind(place.common, target, read_only=not writable)
    if writable:
        # Git in there takes all other worktrees for gone, and must not prune what it knows of them.
        folder = posixpath.dirname(place.own)
        yield _bind(f"{place.common}/{folder}", f"{target}/{folder}", read_only=True)
        yield _bind(f"{place.common}/{place.own}", f"{target}/{place.own}")
    yield {"type": "tmpfs", "target": f"{target}/{OURS}"}


def _from(seen: str, here: str, there: str) -> str:
    """Return where a path of this machine is in a container that has another one in some place."""
    return posixpath.normpath(posixpath.join(seen, posixpath.relpath(there, here)))


def _bind(source: str, target: str, *, read_only: bool = False) -> dict[str, Any]:
    return {"type": "bind", "source": source, "target": target, **({"read_only": True} if read_only else {})}


def git_environment(spec: Spec, stack: Stack) -> dict[str, str]:
    """Return the variables by which git works in a service's containers, beside those that it has.

    The checkout is safe there although its owner is another user than the one in the container. Settings that
    the service or its image gives to git by its environment stay.
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
        # What is kept for other worktrees must not depend on what can be seen of them in there.
        settings.append(("gc.auto", "0"))
    elif "GIT_OPTIONAL_LOCKS" not in given:
        found["GIT_OPTIONAL_LOCKS"] = "0"
    first = _number(given)
    for number, (key, value) in enumerate(settings, first):
        found |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": literal(value)}
    return {**found, _COUNT: str(first + len(settings))}


def _number(given: Mapping[str, str | None]) -> int:
    """Return how many settings for git an environment has."""
    count = given.get(_COUNT) or ""
    return int(count) if count.isascii() and count.isdigit() else 0
