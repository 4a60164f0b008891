"""The engine's images and their names."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast

from ...waiting import wait_while
from ..api_errors import EngineRefused, Gone
from .client import Client, labels

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Images"]

# An image is removed within this time.
_REMOVAL_SECONDS = 5.0


class Images(Client):
    """Requests about images."""

    def images(self, *wanted: str) -> dict[str, Mapping[str, str]]:
        """Return the images that have all of some labels, or all images: their labels by name."""
        found = self._listed(labels(wanted))
        return {tag: one.get("Labels") or {} for one in found for tag in one.get("RepoTags") or ()}

    def untagged(self, label: str) -> dict[str, Mapping[str, str]]:
        """Return the labels of the untagged images with a label, as builds leave them, by id."""
        found = self._listed(labels([label], dangling=["true"]))
        return {one["Id"]: one.get("Labels") or {} for one in found}

    def _listed(self, filters: str) -> list[Mapping[str, Any]]:
        """Return what the engine lists; with images in containerd's store, it fails while one is removed."""
        found: list[Mapping[str, Any]] = []

        def refusal() -> Gone | None:
            try:
                found[:] = self.get("/images/json", filters=filters)
            except Gone as error:
                return error
            return None

        if error := wait_while(refusal, _REMOVAL_SECONDS):
            raise error
        return found

    def image(self, name: str) -> dict[str, Any] | None:
        """Return what Docker reports about an image; None if it does not exist."""
        with suppress(Gone):
            return cast("dict[str, Any]", self.get("/images/{}/json", name))
        return None

    def tag(self, image: str, tag: str) -> None:
        """Add a name to an image."""
        repository, _, version = tag.partition(":")
        name = {"repo": repository, "tag": version or "latest"}
        self.request("POST", "/images/{}/tag", image, query=name)

    def untag(self, tag: str) -> None:
        """Remove a name from an image; the last name's removal deletes the image."""
        with suppress(Gone):
            self.request("DELETE", "/images/{}", tag)

    def remove_unused(self, image: str) -> None:
        """Remove an image by its id, unless it has several names or a container or another image uses it."""
        with suppress(EngineRefused):
            self.request("DELETE", "/images/{}", image)
