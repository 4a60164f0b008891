"""Images: main's serves a worktree, under a tag of its own, while the inputs of the build are the same."""

from __future__ import annotations

import hashlib
import json
import os
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import files
from .. import repository as git
from ..configuration import dockerfile
from .lanes import each

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ..configuration.override import Stack
    from .site import Site

__all__ = ["learn_builds", "tag_built", "untag_built"]


@dataclass(frozen=True, slots=True)
class Inputs:
    """What goes into a service's image: the build section, and the files that it copies in, by content.

    Attributes:
        paths: Paths of those files, relative to the checkout.
        digest: What stands for all of it; None when git cannot tell the content.
    """

    paths: tuple[str, ...]
    digest: str | None


def tag_built(site: Site, stack: Stack, model: Mapping[str, Any]) -> tuple[str, ...]:
    """Tag main's built images for the worktree, where a build in it would have the same inputs.

    What is not tagged, Compose builds; a tag that is there already stays.

    Args:
        site: The project.
        stack: The worktree's stack.
        model: The worktree's compose model.

    Returns:
        The services whose image Compose has to build.
    """

    def settle(name: str) -> str | None:
        if site.engine.image(stack.images[name]):
            return None
        mains = _image_of_main(site, name)
        image = site.engine.image(mains)
        if image and _is_of(site, stack, model, name, image):
            site.engine.tag(mains, stack.images[name])
            return None
        return name

    return tuple(name for name in each(settle, stack.images) if name)


def learn_builds(site: Site, stack: Stack, model: Mapping[str, Any], built: Iterable[str]) -> None:
    """Remember that main's image is of the inputs of a build that gave the same layers."""
    for name in built:
        mine, mains = site.engine.image(stack.images[name]), site.engine.image(_image_of_main(site, name))
        inputs = _inputs(model, name, stack.directory)
        if mine and mains and inputs and inputs.digest and mine["RootFS"] == mains["RootFS"]:
            site.store.remember_build(mains["Id"], inputs.digest)


def _image_of_main(site: Site, service: str) -> str:
    spec = site.model["services"].get(service) or {}
    return str(spec.get("image") or f"{site.project.name}-{service}")


def _is_of(
    site: Site, stack: Stack, model: Mapping[str, Any], service: str, image: Mapping[str, Any]
) -> bool:
    """Return whether main's image is what a build in the worktree would give; when in doubt, it is not."""
    mine = _inputs(model, service, stack.directory)
    if mine is None or mine.digest is None:
        return False
    if site.store.knows_build(image["Id"], mine.digest):
        return True
    mains = _inputs(site.model, service, stack.main) if service in site.model["services"] else None
    return mains is not None and mains.digest == mine.digest and not _changed_since(site, mains.paths, image)


def _inputs(model: Mapping[str, Any], service: str, root: str) -> Inputs | None:
    """Return the inputs of a service's image in a checkout; None when they cannot all be known."""
    spec = model["services"][service]
    build = spec.get("build") or {}
    context = Path(os.path.normpath(str(build.get("context") or "")))
    if not context.is_relative_to(root):
        return None
    path = Path(os.path.normpath(context / build.get("dockerfile", "Dockerfile")))
    inline = build.get("dockerfile_inline")
    if inline is None and not (path.is_file() and path.is_relative_to(root)):
        return None
    mounts = [str(mount["target"]) for mount in spec.get("volumes") or () if mount.get("type") == "bind"]
    sources = dockerfile.copied(inline or files.read_text(path), build.get("target"), mounts)
    if sources is None:
        return None
    inside = os.path.relpath(context, root)
    paths = {os.path.normpath(Path(inside) / source) for source in (*sources, ".dockerignore")}
    if inline is None:
        paths.add(str(path.relative_to(root)))
    content = git.fingerprint(Path(root), sorted(paths))
    section = json.dumps(build, sort_keys=True).replace(root, "")
    digest = hashlib.sha256(f"{section}{content}".encode()).hexdigest() if content else None
    return Inputs(tuple(sorted(paths)), digest)


def _changed_since(site: Site, inputs: Iterable[str], image: Mapping[str, Any]) -> bool:
    """Return whether main touched an input after its image was built; main may run a stale image then."""
    found = re.match(r"(?P<date>.*T[\d:]+)(?:\.\d+)?(?P<offset>Z|[+-][\d:]+)$", str(image["Created"]))
    built = datetime.fromisoformat(found["date"] + found["offset"]).timestamp() if found else 0.0
    paths = [site.main / name for name in git.tracked_files(site.main, list(inputs))]
    return any(path.lstat().st_mtime > built + 1 for path in paths if os.path.lexists(path))


def untag_built(site: Site, compose_project: str) -> None:
    """Take the worktree's tags off; an image that only it used goes with the last one."""
    for name in {service.name for service in site.services}:
        site.engine.untag(f"{compose_project}-{name}")
