"""What decides on services besides their model: Dockerfiles, and what git has of what they mount."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from ... import git
from ...configuration.compose import dockerfile
from ...configuration.compose.knowledge import Knowledge
from ...machine import files

if TYPE_CHECKING:
    from ...configuration.compose.model import Model, Spec

__all__ = ["knowledge_of"]

# What a server is configured by, what fills it, and data: nothing that a branch is about.
_CONFIGURATION = frozenset({
    "", ".acl", ".bak", ".cert", ".cfg", ".cnf", ".conf", ".config", ".crt", ".csv", ".dat", ".db", ".dist",
    ".dump", ".empty", ".env", ".example", ".gz", ".hcl", ".htpasswd", ".ini", ".j2", ".jks", ".json", ".key",
    ".md", ".mmdb", ".p12", ".pem", ".properties", ".rdb", ".rules", ".sample", ".sh", ".sql", ".sqlite",
    ".sqlite3", ".tar", ".template", ".tmpl", ".toml", ".tpl", ".txt", ".vcl", ".xml", ".yaml", ".yml",
    ".zip",
})  # fmt: skip
_LONGEST = 65_536


def knowledge_of(model: Model, checkout: Path) -> Knowledge:
    """Return what is known of the services of a checkout."""
    places = {
        path
        for spec in model.services.values()
        if not spec.build
        for path in _mounted(spec, checkout)
        if path != checkout
    }
    tracked = git.tracked_files(checkout, sorted(str(path.relative_to(checkout)) for path in places))
    by_place = {
        place: [name for name in tracked if (checkout / name).is_relative_to(place)] for place in places
    }

    def has_source(mounted: str) -> bool:
        names = by_place.get(Path(mounted))
        return (
            names is None
            or any(_is_source(checkout / name) for name in names)
            or _in_submodule(Path(mounted), checkout)
        )

    texts = {
        spec.name: "\n".join(
            text
            for place in _mounted(spec, checkout)
            for name in by_place.get(place, ())
            if (text := _text(checkout / name)) is not None
        )
        for spec in model.services.values()
    }
    return Knowledge(_bases(model), has_source, texts)


def _mounted(spec: Spec, checkout: Path) -> list[Path]:
    """Return what a service mounts of a checkout."""
    paths = [Path(one.source) for one in spec.mounts if one.type == "bind"]
    return [path for path in paths if path.is_relative_to(checkout)]


def _is_source(path: Path) -> bool:
    """Return whether something that git tracks is more than configuration; a directory is a submodule."""
    return path.suffix not in _CONFIGURATION or path.is_dir()


def _in_submodule(path: Path, checkout: Path) -> bool:
    inner = [one for one in (path, *path.parents) if one.is_relative_to(checkout) and one != checkout]
    return any((one / ".git").exists() for one in inner)


def _text(path: Path) -> str | None:
    if PurePosixPath(path.name).suffix not in _CONFIGURATION or not path.is_file() or path.is_symlink():
        return None
    return files.read_text(path) if path.stat().st_size <= _LONGEST else None


def _bases(model: Model) -> dict[str, str]:
    """Return what the Dockerfiles of a model's services start from, where they can be read."""
    found: dict[str, str] = {}
    for name, spec in model.services.items():
        build = spec.build
        if build is None or "://" in build.context:
            continue
        path = Path(build.dockerfile_path)
        text = build.inline or (files.read_text(path) if path.is_file() else "")
        if base := dockerfile.base_image(text, build.target):
            found[name] = base
    return found
