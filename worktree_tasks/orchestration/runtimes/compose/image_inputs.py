"""The inputs of the images that services build."""

from __future__ import annotations

import hashlib
import json
import os
import re
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .... import git
from ....configuration.compose import dockerfile
from ....configuration.compose.stack import literal
from ....machine import files
from ....quick_dataclasses import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ....configuration.compose.build import Build
    from ....configuration.compose.model import Model, Spec

__all__ = ["Inputs", "inputs_of"]


@dataclass(frozen=True, slots=True)
class Inputs:
    """The inputs of a service's image: the build section, and the content of the files that it copies.

    Attributes:
        root: The checkout.
        paths: Paths of those files, relative to it.
        digest: A hash of all of it; None if git does not know the content.
    """

    root: Path
    paths: tuple[str, ...]
    digest: str | None

    def newer_than(self, image: Mapping[str, Any]) -> str | None:
        """Return a file that was modified after an image was built, which may be stale; None without one.

        A build from the builder's cache keeps the date of the first one. An image without a date, which the
        engine then leaves out, may be stale in any case.
        """
        date = image.get("Created") or ""
        found = re.match(r"(?P<date>.*T[\d:]+)(?:\.\d+)?(?P<offset>Z|[+-][\d:]+)$", date)
        built = datetime.fromisoformat(found["date"] + found["offset"]).timestamp() if found else 0.0
        paths = ((name, self.root / name) for name in git.listed(self.root, self.paths))
        modified = ((name, path.lstat().st_mtime) for name, path in paths if os.path.lexists(path))
        return next((name for name, moment in modified if moment > built + 1), None)


def inputs_of(
    model: Model,
    service: str,
    root: Path,
    arguments: Mapping[str, str] | None = None,
    *,
    edited: bool = False,
    mounted: bool = False,
) -> Inputs | None:
    """Return the inputs of a service's image in a checkout; None if they are outside it.

    Args:
        model: The compose model of the checkout.
        service: The service.
        root: The checkout.
        arguments: The build arguments that differ from the model.
        edited: Whether uncommitted files count with their current content; otherwise it is unknown.
        mounted: Whether the container's mounts are assumed to cover all results of a build in folders below
            them, except installed dependencies: only the lists of dependencies in those folders count then.
    """
    spec = model.services[service]
    build = spec.build
    if build is None:
        return None
    context, path = (Path(os.path.normpath(one)) for one in (build.context, build.dockerfile_path))
    if not context.is_relative_to(root) or not (build.inline or path.is_relative_to(root)):
        return None
    text = build.inline or (files.read_text(path) if path.is_file() else "")
    sources = {".dockerignore", *_copied(spec, build, text, context, mounted=mounted)}
    paths = {os.path.relpath(context / source, root) for source in sources}
    further = map(Path, build.additional_contexts.values())
    paths.update(os.path.relpath(one, root) for one in further if one.is_relative_to(root))
    if not build.inline:
        paths |= {os.path.relpath(f"{path}{ending}", root) for ending in ("", ".dockerignore")}
    # Builders cannot read anything above the context.
    chosen = tuple(sorted(path for path in paths if not path.startswith(os.pardir)))
    content = git.fingerprint(root, chosen, edited=edited)
    given = {**build.raw, "args": {**build.arguments, **arguments}} if arguments else build.raw
    section = json.dumps(given, sort_keys=True).replace(json.dumps(literal(str(root)))[1:-1], "")
    digest = hashlib.sha256(f"{section}{content}".encode()).hexdigest() if content else None
    return Inputs(root, chosen, digest)


def _copied(spec: Spec, build: Build, text: str, context: Path, *, mounted: bool) -> Iterator[str]:
    """Yield what a Dockerfile copies from its context; everything if that is unknown."""
    mounts = [mount.target for mount in spec.mounts if mount.type == "bind"]
    read = dockerfile.copied(text, build.target, mounts)
    kept = dockerfile.copied(text, build.target, mounts, read=False) if mounted else read
    if read is None or kept is None:
        yield "."
        return
    yield from kept
    for source in read - kept:
        if (context / source).is_dir():
            yield from (os.path.join(source, name) for name in dockerfile.DEPENDENCIES)  # noqa: PTH118 - patterns
        else:
            yield source
