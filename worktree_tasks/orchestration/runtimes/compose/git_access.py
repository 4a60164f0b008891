"""Whether git works in a stack's containers. Each image is checked once, in an existing container."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from .... import git
from ....configuration.compose import host_paths
from ....configuration.compose.git_access_choice import choose_access
from ....configuration.compose.service_roles import own
from ....configuration.compose.stack import Stack
from ....engine.api_errors import EngineRefused
from ....parallel import each
from ....quick_dataclasses import replace
from .images import image_of_main

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ....configuration.compose.git_access import GitAccess
    from ....configuration.compose.model import Model, Spec
    from ...steps.worktree_handle import Tree

__all__ = ["planned_access", "with_git"]

# The default PATH of images.
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def with_git(tree: Tree, model: Model, stack: Stack) -> Stack:
    """Return a stack with the decisions on git in its containers, by what is known now."""
    place = git.shared_directory(tree.project.repository, tree.record.path)
    wished = tree.project.settings.git_in_containers
    stack = replace(stack, git_directory=place)

    def choose(spec: Spec) -> tuple[GitAccess, dict[str, str]]:
        decide = partial(choose_access, spec, stack, place, wished=wished)
        access = decide(has_git=None)
        if access.mode == "no" or (image := _image(tree, stack, spec)) is None:
            return access, {}
        values = dict(one.split("=", 1) for one in image["Config"].get("Env") or ())
        return access if wished else decide(has_git=_has_git(tree, image["Id"], values)), values

    names = [service.name for service in own(stack.services)]
    found = dict(zip(names, each(lambda name: choose(model.services[name]), names), strict=True))
    return replace(
        stack,
        git_access={name: access for name, (access, _) in found.items()},
        image_environment={name: values for name, (_, values) in found.items()},
    )


def planned_access(tree: Tree) -> tuple[GitAccess, ...]:
    """Return the decisions for a planned worktree, by main's compose files."""
    project, main = tree.project, str(tree.project.main)
    stack = Stack(
        tree.record.key, project.name, tree.record.name, str(tree.record.compose_project),
        str(tree.record.network), tree.services, (), project.settings.bind, main, main,
        outside=host_paths.outside(project.model, main),
    )  # fmt: skip
    return tuple(with_git(tree, project.model, stack).git_access.values())


def _image(tree: Tree, stack: Stack, spec: Spec) -> Mapping[str, Any] | None:
    """Return the image of a service, the worktree's or else main's; None if there is none yet."""
    names = (
        stack.images.get(spec.name),
        image_of_main(tree.project, spec.name) if spec.build else spec.image,
    )
    return next((image for name in names if name and (image := tree.project.engine.image(name))), None)


def _has_git(tree: Tree, image: str, values: Mapping[str, str]) -> bool | None:
    """Return whether git is in an image; None if that is unknown and no container has the image."""
    store, engine = tree.project.store, tree.project.engine
    known = store.git_in(image)
    if known is not None:
        return known
    containers = (*tree.project.main_containers().values(), *tree.containers())
    for container in (one for one in containers if one.image == image):
        # A busy engine says nothing about the image.
        with suppress(EngineRefused):
            folders = (values.get("PATH") or _PATH).split(":")
            found = any(engine.has_file(container.id, f"{folder}/git") for folder in folders if folder)
            store.remember_git(image, present=found)
            return found
    return None
