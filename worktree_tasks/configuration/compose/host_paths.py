"""Host paths in a compose model: those into main are redirected into the worktree."""

from __future__ import annotations

import posixpath
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from .merge_tags import Override
from .stack import literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .build import Build
    from .model import Model, Spec, VolumeSpec
    from .stack import Stack

__all__ = ["file_paths", "mounts", "moved", "outside", "place_of_main", "service_paths", "volume_device"]

_ROOT = PurePosixPath("/")


def moved(path: str, stack: Stack) -> str:
    """Return where a path in the worktree's model should lead.

    A path in main moves to the same place in the worktree. A path beside main, such as `../common`, does not
    exist beside the worktree, so it stays main's.
    """
    place = PurePosixPath(path)
    if not place.is_absolute() or place.is_relative_to(stack.directory) or path in stack.outside:
        return path
    if place.is_relative_to(stack.main):
        return str(stack.directory / place.relative_to(stack.main))
    beside = posixpath.normpath(posixpath.join(stack.main, posixpath.relpath(path, stack.directory)))
    # A folder above the worktree is mounted for the project in it, so the folder above main is used instead.
    above = place != _ROOT and PurePosixPath(stack.directory).is_relative_to(place)
    uses_mains = beside in stack.outside or (above and place_of_main(path, stack) is None)
    return beside if uses_mains else path


def mounts(spec: Spec, stack: Stack) -> list[dict[str, Any]]:
    """Return a service's mounts, with sources in the worktree.

    If a mounted directory contains main, the worktree is mounted over main's place in it.
    """
    targets = {posixpath.normpath(mount.target) for mount in spec.mounts}
    found: list[dict[str, Any]] = []
    for mount in spec.mounts:
        if mount.type != "bind" or not mount.source:
            found.append(dict(mount.raw))
            continue
        source = moved(mount.source, stack)
        found.append({**mount.raw, "source": literal(source)})
        inner = place_of_main(source, stack)
        target = posixpath.join(mount.target, literal(inner)) if inner else ""
        if target and target not in targets:
            targets.add(target)
            found.append({**mount.raw, "source": literal(stack.directory), "target": target})
    return found


def place_of_main(path: str, stack: Stack) -> str | None:
    """Return main's path relative to a directory that contains it; None if it does not."""
    folder = PurePosixPath(stack.real.get(path, path))
    main = PurePosixPath(stack.main)
    return str(main.relative_to(folder)) if main != folder and main.is_relative_to(folder) else None


def service_paths(spec: Spec, stack: Stack) -> dict[str, Any]:
    """Return the `build` and `develop` sections of a service whose paths lead to another checkout."""
    result: dict[str, Any] = {}
    if spec.build and (build := _changed_build(spec.build, stack)):
        result["build"] = build
    aimed = [{**one.raw, "path": literal(moved(one.path, stack))} for one in spec.watch]
    if aimed != [one.raw for one in spec.watch]:
        # Compose prints an empty `exec`, which it does not accept as input.
        kept = [{key: value for key, value in one.items() if key != "exec"} for one in aimed]
        result["develop"] = {"watch": Override(kept)}
    return result


def _changed_build(build: Build, stack: Stack) -> dict[str, Any]:
    paths = {"context": build.context, "dockerfile": build.dockerfile}
    result: dict[str, Any] = _moved_ones(paths, stack)
    if contexts := _moved_ones(build.additional_contexts, stack):
        result["additional_contexts"] = contexts
    return result


def _moved_ones(paths: Mapping[str, str], stack: Stack) -> dict[str, str]:
    """Return the new values of those paths that have to change."""
    return {key: literal(moved(path, stack)) for key, path in paths.items() if moved(path, stack) != path}


def file_paths(files: Mapping[str, str], stack: Stack) -> dict[str, Any]:
    """Return the secrets or configs of a model whose file is in another checkout."""
    return {key: {"file": path} for key, path in _moved_ones(files, stack).items()}


def volume_device(volume: VolumeSpec, stack: Stack) -> dict[str, Any]:
    """Return the driver options of a named volume that binds a directory in another checkout."""
    moved_device = _moved_ones({"device": volume.device}, stack)
    return {"driver_opts": moved_device} if moved_device else {}


def outside(model: Model, checkout: str) -> frozenset[str]:
    """Return the paths outside a checkout that its services use."""
    return frozenset(
        path
        for path in _paths(model)
        if posixpath.isabs(path) and not PurePosixPath(path).is_relative_to(checkout)
    )


def _paths(model: Model) -> Iterator[str]:
    for spec in model.services.values():
        yield from (mount.source for mount in spec.mounts if mount.type == "bind")
        if spec.build:
            yield from (spec.build.context, spec.build.dockerfile)
            yield from spec.build.additional_contexts.values()
        yield from (one.path for one in spec.watch)
    yield from (*model.secrets.values(), *model.configs.values())
    yield from (volume.device for volume in model.volumes.values())
