"""Paths of the host in a compose model: those that lead into main lead into the worktree instead."""

from __future__ import annotations

import posixpath
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from .merging import Override

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .stack import Stack

__all__ = ["file_paths", "mounts", "moved", "outside", "service_paths", "volume_device"]


def moved(path: str, stack: Stack) -> str:
    """Return where a path of the worktree's model belongs.

    What lies in main moves to the same place of the worktree. What main has beside itself, such as
    `../common`, is not beside the worktree: it stays main's.
    """
    place = PurePosixPath(path)
    if not place.is_absolute() or place.is_relative_to(stack.directory) or path in stack.outside:
        return path
    if place.is_relative_to(stack.main):
        return str(stack.directory / place.relative_to(stack.main))
    beside = posixpath.normpath(posixpath.join(stack.main, posixpath.relpath(path, stack.directory)))
    return beside if beside in stack.outside else path


def mounts(spec: Mapping[str, Any], stack: Stack) -> list[dict[str, Any]]:
    """Return a service's mounts, each with a source that is the worktree's."""
    return [
        {**mount, "source": moved(str(mount["source"]), stack)}
        if mount.get("type") == "bind" and mount.get("source")
        else dict(mount)
        for mount in spec["volumes"]
    ]


def service_paths(spec: Mapping[str, Any], stack: Stack) -> dict[str, Any]:
    """Return the parts of a service that build or watch, where their paths are another checkout's."""
    result: dict[str, Any] = {}
    if build := _changed_build(spec.get("build") or {}, stack):
        result["build"] = build
    watch = [dict(one) for one in (spec.get("develop") or {}).get("watch") or ()]
    aimed = [{**one, "path": moved(str(one["path"]), stack)} for one in watch]
    if aimed != watch:
        # Compose prints an empty `exec` that it does not read again.
        kept = [{key: value for key, value in one.items() if key != "exec"} for one in aimed]
        result["develop"] = {"watch": Override(kept)}
    return result


def _changed_build(build: Mapping[str, Any], stack: Stack) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key in ("context", "dockerfile"):
        if build.get(key) and moved(str(build[key]), stack) != build[key]:
            result[key] = moved(str(build[key]), stack)
    contexts = build.get("additional_contexts") or {}
    aimed = {name: moved(str(path), stack) for name, path in contexts.items()}
    if changed := {name: path for name, path in aimed.items() if path != contexts[name]}:
        result["additional_contexts"] = changed
    return result


def file_paths(model: Mapping[str, Any], kind: str, stack: Stack) -> dict[str, Any]:
    """Return the secrets or configs of a model whose file is another checkout's."""
    files = {key: str(spec["file"]) for key, spec in (model.get(kind) or {}).items() if spec.get("file")}
    return {key: {"file": moved(path, stack)} for key, path in files.items() if moved(path, stack) != path}


def volume_device(spec: Mapping[str, Any], stack: Stack) -> dict[str, Any]:
    """Return the driver options of a named volume that binds a directory of another checkout."""
    device = str((spec.get("driver_opts") or {}).get("device") or "")
    return {"driver_opts": {"device": moved(device, stack)}} if moved(device, stack) != device else {}


def outside(model: Mapping[str, Any], checkout: str) -> frozenset[str]:
    """Return the paths outside of a checkout that its services use."""
    return frozenset(
        path
        for path in _paths(model)
        if posixpath.isabs(path) and not PurePosixPath(path).is_relative_to(checkout)
    )


def _paths(model: Mapping[str, Any]) -> Iterator[str]:
    for spec in model["services"].values():
        yield from (str(one.get("source")) for one in spec.get("volumes") or () if one.get("type") == "bind")
        build = spec.get("build") or {}
        yield from (str(build[key]) for key in ("context", "dockerfile") if build.get(key))
        yield from map(str, (build.get("additional_contexts") or {}).values())
        yield from (str(one["path"]) for one in (spec.get("develop") or {}).get("watch") or ())
    for kind in ("secrets", "configs"):
        yield from (str(one["file"]) for one in (model.get(kind) or {}).values() if one.get("file"))
    for volume in (model.get("volumes") or {}).values():
        yield str(((volume or {}).get("driver_opts") or {}).get("device") or "")
