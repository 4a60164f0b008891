"""Images: main's built image serves a worktree under a tag of the worktree's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .lanes import each

if TYPE_CHECKING:
    from ..configuration.override import Stack
    from .site import Site

__all__ = ["tag_built", "untag_built"]


def tag_built(site: Site, stack: Stack) -> tuple[str, ...]:
    """Tag main's built images for the worktree, where they would be built from the same inputs.

    What is not tagged, compose builds; a tag that is there already stays.

    Returns:
        The services whose image was tagged.
    """

    def tag(name: str) -> str | None:
        mine, mains = stack.images[name], _image_of_main(site, name)
        if site.engine.image(mine) or not site.engine.image(mains):
            return None
        site.engine.tag(mains, mine)
        return name

    return tuple(name for name in each(tag, stack.images) if name)


def _image_of_main(site: Site, service: str) -> str:
    spec = site.model["services"].get(service) or {}
    return str(spec.get("image") or f"{site.project.name}-{service}")


def untag_built(site: Site, compose_project: str) -> None:
    """Take the worktree's tags off; an image that only it used goes with the last one."""
    for name in {service.name for service in site.services}:
        site.engine.untag(f"{compose_project}-{name}")
