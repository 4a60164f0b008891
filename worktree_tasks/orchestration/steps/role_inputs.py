"""What the roles of services depend on besides the model: Dockerfiles, and tracked files that they mount."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from ... import git
from ...configuration.compose import dockerfile
from ...configuration.compose.role_inputs import RoleInputs
from ...configuration.env.expansion import expand
from ...machine import files
from ...quick_dataclasses import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...configuration.compose.model import Model, Spec

__all__ = ["role_inputs_of"]

# Suffixes of a server's configuration, initial data and data: no source code.
_CONFIGURATION = frozenset({
    "", ".acl", ".bak", ".cert", ".cfg", ".cnf", ".conf", ".config", ".crt", ".csv", ".dat", ".db", ".dist",
    ".dump", ".empty", ".env", ".example", ".gz", ".hcl", ".htpasswd", ".ini", ".j2", ".jks", ".json", ".key",
    ".md", ".mmdb", ".p12", ".pem", ".properties", ".rdb", ".rules", ".sample", ".sh", ".sql", ".sqlite",
    ".sqlite3", ".tar", ".template", ".tmpl", ".toml", ".tpl", ".txt", ".vcl", ".xml", ".yaml", ".yml",
    ".zip",
})  # fmt: skip
_LONGEST = 65_536
# A Dockerfile's argument with its default, which may name the base image.
_ARGUMENT = re.compile(r"^\s*ARG\s+(\w+)=[\"']?([^\s\"']+)", re.IGNORECASE | re.MULTILINE)


def role_inputs_of(model: Model, checkout: Path, commit: git.CommitFiles | None = None) -> RoleInputs:
    """Return what is known of the services of a checkout.

    Args:
        model: The compose model.
        checkout: The checkout that its paths are in.
        commit: The commit to read files from, if they are not checked out.
    """
    source = _InCommit(commit) if commit else _OnDisk(checkout)
    mounted = {spec.name: _mounted(spec, checkout) for spec in model.services.values()}
    names = sorted({name for found in mounted.values() for name in found} - {"."})
    tracked = source.tracked(names)
    by_place = {
        place: [name for name in tracked if PurePosixPath(name).is_relative_to(place)] for place in names
    }

    def has_source(path: str) -> bool:
        place = str(PurePosixPath(path).relative_to(checkout))
        found = by_place.get(place)
        if found is None:
            return True
        return any(PurePosixPath(name).suffix not in _CONFIGURATION for name in found) or source.foreign(
            place
        )

    def text_of(name: str) -> str:
        known = PurePosixPath(name).suffix in _CONFIGURATION
        return (source.text(name) if known else None) or ""

    texts = {
        service: "\n".join(text_of(name) for place in places for name in by_place.get(place, ()))
        for service, places in mounted.items()
    }
    return RoleInputs(_bases(model, checkout, source), has_source, texts)


@dataclass(frozen=True, slots=True)
class _OnDisk:
    """The files of a checkout."""

    checkout: Path

    def tracked(self, places: Sequence[str]) -> tuple[str, ...]:
        """Return the tracked files at or below some paths."""
        return git.tracked_files(self.checkout, places)

    def text(self, name: str) -> str | None:
        """Return the text of a file; None if it is missing, outside the checkout or too large."""
        return files.text_inside(self.checkout / name, self.checkout, most=_LONGEST)

    def foreign(self, place: str) -> bool:
        """Return whether a place is in a submodule, or in another repository."""
        parents = [PurePosixPath(place), *PurePosixPath(place).parents]
        return any((self.checkout / one / ".git").exists() for one in parents if str(one) != ".")


@dataclass(frozen=True, slots=True)
class _InCommit:
    """The files of a commit."""

    commit: git.CommitFiles

    def tracked(self, places: Sequence[str]) -> tuple[str, ...]:
        """Return the commit's files at or below some paths."""
        wanted = {*places}
        return tuple(
            name
            for name in self.commit.entries
            if name in wanted or not wanted.isdisjoint(map(str, PurePosixPath(name).parents))
        )

    def text(self, name: str) -> str | None:
        """Return the text of a file; None if it is missing or too large."""
        return self.commit.text(name)

    def foreign(self, place: str) -> bool:
        """Return whether a place is in a submodule."""
        return self.commit.submodule(f"{place}/.") is not None


def _mounted(spec: Spec, checkout: Path) -> list[str]:
    """Return the paths in a checkout that a service mounts."""
    paths = [PurePosixPath(posixpath.normpath(one.source)) for one in spec.mounts if one.type == "bind"]
    return [str(path.relative_to(checkout)) for path in paths if path.is_relative_to(checkout)]


def _bases(model: Model, checkout: Path, source: _OnDisk | _InCommit) -> dict[str, str]:
    """Return the base images of the Dockerfiles of a model's services, as far as they can be read."""
    found: dict[str, str] = {}
    for name, spec in model.services.items():
        build = spec.build
        if build is None or "://" in build.context:
            continue
        path = PurePosixPath(posixpath.normpath(build.dockerfile_path))
        if path.is_relative_to(checkout):
            text = build.inline or source.text(str(path.relative_to(checkout))) or ""
        else:
            text = build.inline or _OnDisk(Path(path.parent)).text(path.name) or ""
        if base := dockerfile.base_image(text, build.target):
            given = {key: value for key, value in build.arguments.items() if value}
            found[name] = expand(base, {**dict(_ARGUMENT.findall(text)), **given})
    return found
