"""The engine's images and their names."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast

from ..refusals import EngineRefused, Gone
from .client import Client, labels

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Images"]


class Images(Client):
    """What is asked of images, and done to them."""

    def images(self, *wanted: str) -> dict[str, Mapping[str, str]]:
        """Return the images that bear all of some labels, all without any: labels by name."""
        found = self.get("/images/json", filters=labels(wanted))
        return {tag: one.get("Labels") or {} for one in found for tag in one.get("RepoTags") or ()}

    def untagged(self, label: str) -> dict[str, Mapping[str, str]]:
        """Return the images without a name that bear a label, as builds leave them: labels by id."""
        found = self.get("/images/json", filters=labels([label], dangling=["true"]))
        return {one["Id"]: one.get("Labels") or {} for one in found}

    def image(self, name: str) -> dict[str, Any] | None:
        """Return what Docker tells of an image, or None when it is not there."""
        with suppress(Gone):
            return cast("dict[str, Any]", self.get("/images/{}/json", name))
        return None

    def tag(self, image: str, tag: str) -> None:
        """Give an image a further name."""
        repository, _, version = tag.partition(":")
        name = {"repo": repository, "tag": version or "latest"}
        self.request("POST", "/images/{}/tag", image, query=name)

    def untag(self, tag: str) -> None:
        """Take a name off an image; the image goes with its last name."""
        with suppress(Gone):
            self.request("DELETE", "/images/{}", tag)

    def remove_unused(self, image: str) -> None:
        """Remove an image by its id, unless it has several names, a container or another image uses it."""
        with suppress(EngineRefused):
            self.request("DELETE", "/images/{}", image)
