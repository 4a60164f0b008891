"""The machine from which a task is run here, as it tells us about itself."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ..quick_dataclasses import as_dict, dataclass, field

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Caller"]


@dataclass(frozen=True, slots=True)
class Caller:
    """The machine that a task is run from, if that is not this one.

    Attributes:
        host: What this machine is called there.
        taken: The TCP ports that are in use there.
        ports: The ports there that are forwarded to ports of this machine, by the port here.
        dialect: How tasks are typed there: the fields of `Dialect`.
        settings: The settings there that also apply here.
    """

    host: str
    taken: tuple[int, ...] = ()
    ports: Mapping[int, int] = field(default_factory=dict)
    dialect: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)

    def text(self) -> str:
        """Return it as one line of JSON."""
        # A date in a YAML file means its text, as it does here.
        return json.dumps(as_dict(self), default=str)

    @staticmethod
    def read(text: str) -> Caller:
        """Parse what `text` returned.

        Raises:
            ValueError: It is not that.
        """
        fields = json.loads(text)
        ports = {int(far): int(local) for far, local in fields.pop("ports").items()}
        return Caller(**{**fields, "taken": tuple(fields["taken"]), "ports": ports})
