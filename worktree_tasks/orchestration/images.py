"""Images: main's serves a worktree, under a tag of its own, while the inputs of the build are the same."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import files
from .. import repository as git
from ..configuration import dockerfile
from .lanes import each

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..configuration.override import Stack
    from .site import Site

__all__ = ["tag_built", "untag_built"]


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
        if image and _same_inputs(site, stack, model, name, image):
            site.engine.tag(mains, stack.images[name])
            return None
        return name

    return tuple(name for name in each(settle, stack.images) if name)


def _image_of_main(site: Site, service: str) -> str:
    spec = site.model["services"].get(service) or {}
    return str(spec.get("image") or f"{site.project.name}-{service}")


def _same_inputs(
    site: Site, stack: Stack, model: Mapping[str, Any], service: str, image: Mapping[str, Any]
) -> bool:
    """Return whether main's image is what a build in the worktree would give; when in doubt, it is not."""
    mains = site.model["services"].get(service) or {}
    mine = model["services"][service]
    if _in_checkout(mains.get("build"), stack.main) != _in_checkout(mine.get("build"), stack.directory):
        return False
    build = mine["build"]
    context = str(build.get("context") or "")
    if not Path(context).is_relative_to(stack.directory):
        return "://" in context or not Path(context).is_relative_to(stack.main)
    inside = os.path.relpath(context, stack.directory)
    text = build.get("dockerfile_inline")
    path = Path(os.path.normpath(Path(context) / build.get("dockerfile", "Dockerfile")))
    if text is None and path.is_file():
        text = files.read_text(path)
    mounts = [str(mount["target"]) for mount in mine.get("volumes") or () if mount.get("type") == "bind"]
    sources = dockerfile.copied(text or "", build.get("target"), mounts)
    if sources is None:
        return False
    inputs = [os.path.normpath(Path(inside) / source) for source in sources]
    if build.get("dockerfile_inline") is None and path.is_relative_to(stack.directory):
        inputs.append(str(path.relative_to(stack.directory)))
    inputs += [os.path.normpath(Path(inside) / ".dockerignore")]
    return not git.differing(site.main, Path(stack.directory), inputs) and not _newer(site, inputs, image)


def _in_checkout(build: Any, root: str) -> Any:  # noqa: ANN401 - a part of a compose model
    """Return a build section with the checkout's own path taken out of it."""
    if isinstance(build, dict):
        return {key: _in_checkout(value, root) for key, value in build.items()}
    if isinstance(build, list):
        return [_in_checkout(value, root) for value in build]
    return build.replace(root, "") if isinstance(build, str) else build


def _newer(site: Site, inputs: list[str], image: Mapping[str, Any]) -> bool:
    """Return whether main changed an input after its image was built; main would run a stale image then."""
    # Docker writes nanoseconds, which `fromisoformat` does not read.
    created = datetime.fromisoformat(str(image["Created"]).partition(".")[0].rstrip("Z"))
    built = created.replace(tzinfo=UTC).timestamp()
    paths = [site.main / name for name in git.tracked_files(site.main, inputs)]
    return any(path.lstat().st_mtime > built + 1 for path in paths if os.path.lexists(path))


def untag_built(site: Site, compose_project: str) -> None:
    """Take the worktree's tags off; an image that only it used goes with the last one."""
    for name in {service.name for service in site.services}:
        site.engine.untag(f"{compose_project}-{name}")
