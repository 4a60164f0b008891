"""The engine's volumes."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from ..failures import Gone
from .client import Client, speaking

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Volumes"]


class Volumes(Client):
    """What is asked of volumes, and done to them."""

    def volumes(self, *labels: str) -> dict[str, Mapping[str, str]]:
        """Return the volumes that bear all of some labels, all without any: labels by name."""
        with speaking():
            found = self._api.volumes(filters={"label": list(labels)})
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
        with speaking():
            self._api.create_volume(
                name, driver=driver or None, driver_opts=dict(options or {}), labels=dict(labels)
            )

    def remove_volume(self, name: str) -> None:
        """Remove a volume."""
        with suppress(Gone), speaking():
            self._api.remove_volume(name)
