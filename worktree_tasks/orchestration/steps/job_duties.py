"""What services run, read from their Dockerfiles and from the scripts in the checkout that they start."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from ...configuration.compose.image_contents import Image, image_of, plain, program_of
from ...configuration.jobs.job_recognition import duties_of
from ...machine import files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ...configuration.compose.model import Model, Spec
    from ...configuration.jobs.job_duties import Duties

__all__ = ["duties_in"]

# No script that people write is larger.
_LONGEST_BYTES = 1 << 18


def duties_in(model: Model, checkout: Path) -> dict[str, Duties]:
    """Return what each service of a checkout's model does with jobs."""
    found: dict[str, Duties] = {}
    for name, spec in model.services.items():
        image = _image(spec, checkout)
        found[name] = duties_of(program_of(spec, image, _reader(spec, image, checkout)))
    return found


def _image(spec: Spec, checkout: Path) -> Image:
    build = spec.build
    if build is None or "://" in build.context:
        return Image()
    dockerfile = Path(build.dockerfile_path)
    text = build.inline or files.text_inside(dockerfile, checkout, most=_LONGEST_BYTES) or ""
    arguments = {key: plain(value) for key, value in build.arguments.items() if value is not None}
    return image_of(text, build.target, arguments)


def _reader(spec: Spec, image: Image, checkout: Path) -> Callable[[str], str | None]:
    """Return a function that reads a project's file by its path in a service's container."""

    def places(path: str) -> Iterator[Path]:
        mounts = [one for one in spec.mounts if one.type == "bind"]
        for mount in sorted(mounts, key=lambda one: len(one.target), reverse=True):
            if PurePosixPath(path).is_relative_to(mount.target):
                yield Path(mount.source) / PurePosixPath(path).relative_to(mount.target)
        if spec.build:
            yield from (Path(spec.build.context) / source for source in image.sources(path))

    def read(path: str) -> str | None:
        texts = (files.text_inside(place, checkout, most=_LONGEST_BYTES) for place in places(path))
        return next((text for text in texts if text is not None), None)

    return read
