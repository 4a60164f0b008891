"""The engine's volumes."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from ..api_errors import Gone
from .client import Client, labels

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Volumes"]


class Volumes(Client):
    """Requests about volumes."""

    def volumes(self, *wanted: str) -> dict[str, Mapping[str, str]]:
        """Return the volumes that have all of some labels, or all volumes: their labels by name."""
        found = self.get("/volumes", filters=labels(wanted))
        return {one["Name"]: one.get("Labels") or {} for one in found.get("Volumes") or ()}

    def create_volume(
        self,
        name: str,
        labels: Mapping[str, str],
        *,
        driver: str = "",
        options: Mapping[str, str] | None = None,
    ) -> None:
        """Create a volume, unless there is one of that name."""
        wanted = {"Name": name, "Labels": dict(labels), "DriverOpts": dict(options or {})}
        self.request("POST", "/volumes/create", body={**wanted, "Driver": driver} if driver else wanted)

    def remove_volume(self, name: str) -> None:
        """Remove a volume."""
        with suppress(Gone):
            self.request("DELETE", "/volumes/{}", name)
