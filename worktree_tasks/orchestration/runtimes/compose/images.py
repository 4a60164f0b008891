"""Images: main's serves a worktree, under a tag of its own, while the inputs of the build are the same."""

from __future__ import annotations

import hashlib
import json
import os
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .... import git
from ....configuration.compose import dockerfile
from ....configuration.compose.carried import carried_arguments
from ....configuration.compose.labels import KEY
from ....configuration.compose.services import own
from ....configuration.compose.stack import literal
from ....configuration.naming import image_tag
from ....errors import BadUse
from ....machine import files
from ....parallel import each
from ...steps.surroundings import surroundings
from ..values import Origin
from .stack_name import keys_in

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from ....configuration.compose.model import Model
    from ....configuration.compose.override import Stack
    from ....configuration.ports import Port
    from ...steps.project import Project
    from ...steps.tree import Tree

__all__ = ["learn_builds", "needed_images", "origins", "tag_built", "untag_built"]


# So many images may be noted before it is asked which are gone: those of another engine seem to be, too.
_MANY_IMAGES = 100


@dataclass(frozen=True, slots=True)
class Inputs:
    """What goes into a service's image: the build section, and the files that it copies in, by content.

    Attributes:
        paths: Paths of those files, relative to the checkout.
        digest: What stands for all of it; None when git cannot tell the content.
    """

    paths: tuple[str, ...]
    digest: str | None


def tag_built(project: Project, stack: Stack, model: Model) -> tuple[str, ...]:
    """Tag main's built images for the worktree, where a build in it would have the same inputs.

    What is not tagged, Compose builds. A tag that is there already stays, unless it is main's image and the
    worktree's inputs became others since.

    Args:
        project: The project.
        stack: The worktree's stack.
        model: The worktree's compose model.

    Returns:
        The services whose image Compose has to build.
    """

    def settle(name: str) -> str | None:
        mine = project.engine.image(stack.images[name])
        known = project.store.builds(mine["Id"]) if mine else frozenset()
        if mine and not known:
            return None
        inputs = _inputs(model, name, stack.directory, stack.arguments.get(name))
        if inputs and inputs.digest in known:
            return None
        mains = _image_of_main(project, name)
        image = project.engine.image(mains)
        if inputs and inputs.digest and image and _is_of(project, inputs.digest, name, image):
            project.engine.tag(mains, stack.images[name])
            project.store.remember_build(image["Id"], inputs.digest)
            return None
        return name

    return tuple(name for name in each(settle, _built(stack, model)) if name)


def _built(stack: Stack, model: Model) -> tuple[str, ...]:
    """Return the services that build an image; others may use its tag."""
    return tuple(name for name in stack.images if model.services[name].build)


def origins(tree: Tree, commit: str, ports: Iterable[Port]) -> tuple[Origin, ...]:
    """Return where the images of a worktree that starts at a commit, with such ports, would come from."""
    project, mine = tree.project, own(tree.services)
    arguments = carried_arguments(project.model, mine, surroundings(tree, ports))

    def origin(name: str) -> Origin:
        mains = _image_of_main(project, name)
        obstacle = _obstacle(project, name, mains, commit)
        if obstacle is None and name in arguments:
            obstacle = f"its build argument {arguments[name][0].key} is this worktree's"
        reason = obstacle or f"main's {mains}, which has the same inputs"
        return Origin(name, image_tag(str(tree.record.compose_project), name), bool(obstacle), reason)

    built = [one.name for one in mine if project.model.services[one.name].build]
    return tuple(each(origin, built))


def _obstacle(project: Project, service: str, mains: str, commit: str) -> str | None:
    """Return why main's image cannot serve a worktree; None when it can."""
    image = project.engine.image(mains)
    if image is None:
        return f"main has no image {mains} yet"
    inputs = _inputs(project.model, service, str(project.main))
    if inputs is None:
        return "what goes into it cannot be told from its Dockerfile, or lies outside of the project"
    if changed := git.changed_since(project.main, commit, inputs.paths):
        return f"{changed[0]} goes into it and differs"
    if inputs.digest is None:
        return "untracked files go into it"
    if not _is_of(project, inputs.digest, service, image):
        return "main changed what goes into it after its image was built"
    return None


def needed_images(stack: Stack, model: Model, started: Collection[str]) -> tuple[str, ...]:
    """Return the services whose image started ones run: their own, or one that another service builds."""
    tags = {stack.images[name] for name in started if name in stack.images}
    return tuple(name for name in _built(stack, model) if stack.images[name] in tags)


def learn_builds(project: Project, stack: Stack, model: Model, built: Iterable[str]) -> None:
    """Remember that main's image is of the inputs of a build that gave the same layers."""
    for name in built:
        mine, mains = (
            project.engine.image(stack.images[name]),
            project.engine.image(_image_of_main(project, name)),
        )
        inputs = _inputs(model, name, stack.directory, stack.arguments.get(name))
        if mine and mains and inputs and inputs.digest and mine["RootFS"] == mains["RootFS"]:
            project.store.remember_build(mains["Id"], inputs.digest)


def _image_of_main(project: Project, service: str) -> str:
    spec = project.model.services.get(service)
    return (spec and spec.image) or image_tag(project.name, service)


def _is_of(project: Project, digest: str, service: str, image: Mapping[str, Any]) -> bool:
    """Return whether main's image is what a build of some inputs would give; when in doubt, it is not."""
    if project.store.knows_build(image["Id"], digest):
        return True
    mains = _inputs(project.model, service, str(project.main)) if service in project.model.services else None
    return mains is not None and mains.digest == digest and not _changed_since(project, mains.paths, image)


def _inputs(
    model: Model, service: str, root: str, arguments: Mapping[str, str] | None = None
) -> Inputs | None:
    """Return the inputs of a service's image in a checkout; None when they cannot all be known.

    Args:
        model: The compose model of the checkout.
        service: The service.
        root: The checkout.
        arguments: The build arguments that are others there than in the model.
    """
    spec = model.services[service]
    build = spec.build
    context = Path(os.path.normpath(build.context)) if build else Path()
    if build is None or not context.is_relative_to(root):
        return None
    path = Path(os.path.normpath(build.dockerfile_path))
    if not build.inline and not (path.is_file() and path.is_relative_to(root)):
        return None
    mounts = [mount.target for mount in spec.mounts if mount.type == "bind"]
    sources = dockerfile.copied(build.inline or files.read_text(path), build.target, mounts)
    if sources is None:
        return None
    inside = os.path.relpath(context, root)
    paths = {os.path.normpath(Path(inside) / source) for source in (*sources, ".dockerignore")}
    if not build.inline:
        paths.add(str(path.relative_to(root)))
    content = git.fingerprint(Path(root), sorted(paths))
    given = {**build.raw, "args": {**build.arguments, **arguments}} if arguments else build.raw
    section = json.dumps(given, sort_keys=True).replace(json.dumps(literal(root))[1:-1], "")
    digest = hashlib.sha256(f"{section}{content}".encode()).hexdigest() if content else None
    return Inputs(tuple(sorted(paths)), digest)


def _changed_since(project: Project, inputs: Iterable[str], image: Mapping[str, Any]) -> bool:
    """Return whether main touched an input after its image was built; main may run a stale image then."""
    found = re.match(r"(?P<date>.*T[\d:]+)(?:\.\d+)?(?P<offset>Z|[+-][\d:]+)$", str(image["Created"]))
    built = datetime.fromisoformat(found["date"] + found["offset"]).timestamp() if found else 0.0
    paths = [project.main / name for name in git.tracked_files(project.main, list(inputs))]
    return any(path.lstat().st_mtime > built + 1 for path in paths if os.path.lexists(path))


def untag_built(tree: Tree, services: Collection[str]) -> None:
    """Take the worktree's tags off; an image that only it used goes with the last one.

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
    _forget_gone(tree.project)


def _forget_gone(project: Project) -> None:
    """Forget of which inputs images are that are gone, when those of many are noted."""
    noted = sorted(project.store.built_images())
    if len(noted) > _MANY_IMAGES:
        found = each(project.engine.image, noted)
        project.store.forget_builds(one for one, image in zip(noted, found, strict=True) if image is None)


def _key_of(image: Mapping[str, Any]) -> str | None:
    labels: Mapping[str, str] = (image.get("Config") or {}).get("Labels") or {}
    return labels.get(KEY)
