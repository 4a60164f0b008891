"""Images: a worktree uses main's, under its own tag, as long as the inputs of the build are the same."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .... import git
from ....configuration.compose.labels import KEY
from ....configuration.compose.main_addresses import carried_arguments
from ....configuration.compose.service_roles import own
from ....configuration.naming import image_tag
from ....errors import BadUse
from ....parallel import each
from ...steps.address_targets import surroundings
from ..runtime_values import Origin
from .image_inputs import inputs_of
from .stack_name import keys_in

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from ....configuration.compose.model import Model
    from ....configuration.compose.override import Stack
    from ....configuration.ports import Port
    from ...steps.project import Project
    from ...steps.worktree_handle import Tree
    from .image_inputs import Inputs

__all__ = [
    "drop_replaced", "image_of_main", "needed_images", "noting_builds", "origins", "tag_built", "untag_built",
]  # fmt: skip


# So many images are remembered before missing ones are forgotten: those of another engine look missing too.
_MANY_IMAGES = 100
# What differs in images of the same build: our labels, and the parent image that the classic builder adds.
_APART = ("Labels", "Image")


def tag_built(project: Project, stack: Stack, model: Model) -> tuple[str, ...]:
    """Tag main's built images for the worktree if a build in it would have the same inputs.

    A tag is kept as long as the inputs are those that its image was built from.

    Args:
        project: The project.
        stack: The worktree's stack.
        model: The worktree's compose model.

    Returns:
        The services whose image has to be built.
    """

    def settle(name: str) -> str | None:
        mine = project.engine.image(stack.images[name])
        lasting = _inputs_here(stack, model, name, mounted=True)
        if mine and (lasting is None or _is_current(project, mine, lasting)):
            return None
        inputs = _inputs_here(stack, model, name)
        mains = image_of_main(project, name)
        image = project.engine.image(mains)
        if inputs and inputs.digest and image and _is_of(project, inputs.digest, name, image):
            project.engine.tag(mains, stack.images[name])
            _note(project, image, inputs, lasting)
            return None
        return name

    return tuple(name for name in each(settle, _built(stack, model)) if name)


def _inputs_here(stack: Stack, model: Model, service: str, *, mounted: bool = False) -> Inputs | None:
    """Return the inputs that a build in the worktree would have now; None if some are unknown.

    Args:
        stack: The worktree's stack.
        model: Its compose model.
        service: The service.
        mounted: Whether this is to keep the worktree's own image, rather than to use main's.
    """
    arguments = stack.arguments.get(service)
    return inputs_of(model, service, Path(stack.directory), arguments, edited=True, mounted=mounted)


def _is_current(project: Project, image: Mapping[str, Any], inputs: Inputs) -> bool:
    """Return whether an image was built from some inputs: as recorded, or if none was modified since."""
    known = project.store.builds(image["Id"])
    if not known and not inputs.newer_than(image):
        _note(project, image, inputs)
        return True
    return inputs.digest in known


def _note(project: Project, image: Mapping[str, Any], *made_from: Inputs | None) -> None:
    """Record the inputs of an image."""
    for digest in {one.digest for one in made_from if one and one.digest}:
        project.store.remember_build(image["Id"], digest)


def _built(stack: Stack, model: Model) -> tuple[str, ...]:
    """Return the services that build an image; others may use its tag."""
    return tuple(name for name in stack.images if model.services[name].build)


def origins(tree: Tree, commit: str, ports: Iterable[Port]) -> tuple[Origin, ...]:
    """Return where the images of a planned worktree would come from, given its commit and ports."""
    project, mine = tree.project, own(tree.services)
    arguments = carried_arguments(project.model, mine, surroundings(tree, ports))

    def origin(name: str) -> Origin:
        mains = image_of_main(project, name)
        obstacle = _obstacle(project, name, mains, commit)
        if obstacle is None and name in arguments:
            obstacle = f"its build argument {arguments[name][0].key} is this worktree's"
        reason = obstacle or f"main's {mains}, which has the same inputs"
        return Origin(name, image_tag(str(tree.record.compose_project), name), bool(obstacle), reason)

    built = [one.name for one in mine if project.model.services[one.name].build]
    return tuple(each(origin, built))


def _obstacle(project: Project, service: str, mains: str, commit: str) -> str | None:
    """Return why a worktree cannot use main's image; None if it can."""
    image = project.engine.image(mains)
    if image is None:
        return f"main has no image {mains} yet"
    inputs = inputs_of(project.model, service, project.main)
    if inputs is None:
        return "its inputs are outside the project"
    if changed := git.changed_since(project.main, commit, inputs.paths):
        return f"its input {changed[0]} differs"
    if inputs.digest is None:
        return "its inputs include untracked files"
    if not _is_of(project, inputs.digest, service, image):
        return f"its input {inputs.newer_than(image)} in main is newer than main's image"
    return None


def needed_images(stack: Stack, model: Model, started: Collection[str]) -> tuple[str, ...]:
    """Return the services that build the images of started ones: these themselves, or others."""
    tags = {stack.images[name] for name in started if name in stack.images}
    return tuple(name for name in _built(stack, model) if stack.images[name] in tags)


@contextmanager
def noting_builds(project: Project, stack: Stack, model: Model, names: Collection[str]) -> Iterator[None]:
    """Record the inputs of images that are built in this block; for main's too, if it has the same layers.

    A change during a build may have come too late for it, so the inputs at its start count.
    """
    begun = {
        name: [_inputs_here(stack, model, name, mounted=mounted) for mounted in (False, True)]
        for name in names
    }
    yield
    for name, inputs in begun.items():
        mine = project.engine.image(stack.images[name])
        mains = project.engine.image(image_of_main(project, name))
        if mine:
            _note(project, mine, *inputs)
        if mine and mains and _same_result(mine, mains):
            _note(project, mains, *inputs)


def _same_result(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Return whether two images have the same files and configuration, apart from labels."""
    first, second = (
        {key: value for key, value in image["Config"].items() if key not in _APART} for image in (one, other)
    )
    return one["RootFS"] == other["RootFS"] and first == second


def image_of_main(project: Project, service: str) -> str:
    """Return the name of a service's image in main."""
    spec = project.model.services.get(service)
    return (spec and spec.image) or image_tag(project.name, service)


def _is_of(project: Project, digest: str, service: str, image: Mapping[str, Any]) -> bool:
    """Return whether main's image is the result of some inputs; False if in doubt."""
    if digest in project.store.builds(image["Id"]):
        return True
    if service not in project.model.services:
        return False
    mains = inputs_of(project.model, service, project.main)
    return mains is not None and mains.digest == digest and not mains.newer_than(image)


def untag_built(tree: Tree, services: Collection[str]) -> None:
    """Remove the worktree's tags, with images that only it used, and those that later builds replaced.

    Args:
        tree: The worktree.
        services: Services that the branch has, whether main has them or not.
    """
    project = tree.record.compose_project
    if project is None or keys_in(tree.project, project) - {tree.record.key}:
        return
    names = {*services, *tree.project.store.decisions(tree.record)}
    with suppress(BadUse):  # main's compose files may be gone, or in the middle of an edit
        names.update(tree.project.model.services)
    for name in names:
        tag = image_tag(project, name)
        image = tree.project.engine.image(tag)
        if image and _key_of(image) in (None, tree.record.key):
            tree.project.engine.untag(tag)
    drop_replaced(tree)
    _forget_gone(tree.project)


def drop_replaced(tree: Tree) -> None:
    """Remove images of the worktree that were replaced by later builds, unless something uses them."""
    engine = tree.project.engine
    each(engine.remove_unused, engine.untagged(f"{KEY}={tree.record.key}"))


def _forget_gone(project: Project) -> None:
    """Forget the recorded inputs of missing images if there are many."""
    noted = sorted(project.store.noted_images())
    if len(noted) > _MANY_IMAGES:
        found = each(project.engine.image, noted)
        project.store.forget_images(one for one, image in zip(noted, found, strict=True) if image is None)


def _key_of(image: Mapping[str, Any]) -> str | None:
    labels: Mapping[str, str] = (image.get("Config") or {}).get("Labels") or {}
    return labels.get(KEY)
