"""A node of the document that Compose prints: read as the type it should have, or refused with its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...errors import BadUse
from ...quick_dataclasses import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Node"]

_KINDS = {dict: "a mapping", list: "a list", str: "text", bool: "true or false", int: "a number"}


@dataclass(frozen=True, slots=True)
class Node:
    """One value of the document, of any type. A missing value, or null, counts as empty.

    Attributes:
        value: The value, as Compose prints it.
        place: Its place in the document, such as `services.web.ports[0]`; empty for the whole document.
    """

    value: object
    place: str = ""

    def __getitem__(self, key: str) -> Node:
        return Node(self.raw().get(key), self._below(key))

    def mapping(self) -> dict[str, Node]:
        """Return the nodes of a mapping, by key."""
        return {key: Node(one, self._below(key)) for key, one in self.raw().items()}

    def listing(self) -> tuple[Node, ...]:
        """Return the nodes of a list."""
        if self.value is None:
            return ()
        if not isinstance(self.value, list):
            raise self.refusal("a list")
        return tuple(Node(one, f"{self.place}[{index}]") for index, one in enumerate(self.value))

    def raw(self) -> Mapping[str, object]:
        """Return a mapping as Compose prints it."""
        if self.value is None:
            return {}
        if not isinstance(self.value, dict):
            raise self.refusal("a mapping")
        return self.value

    def text(self) -> str:
        """Return a text; numbers and booleans are written as in YAML."""
        if isinstance(self.value, dict | list):
            raise self.refusal("text")
        return "" if self.value is None else _spelled(self.value)

    def path(self) -> str:
        """Return a path as it is on disk: Compose doubles each `$` in its output."""
        return self.text().replace("$$", "$")

    def texts(self) -> tuple[str, ...]:
        """Return a list of texts."""
        return tuple(one.text() for one in self.listing())

    def number(self) -> int | None:
        """Return a whole number, which may be written as text; None without one."""
        try:
            return None if self.value is None else int(self.text())
        except ValueError:
            raise self.refusal("a whole number") from None

    def flag(self) -> bool:
        """Return whether it is true, or any other non-empty value."""
        return bool(self.value)

    def entries(self) -> tuple[str, ...]:
        """Return its entries, each as one text, whatever its type."""
        if isinstance(self.value, dict):
            return tuple(f"{key}={one}" for key, one in self.value.items())
        if isinstance(self.value, list):
            return tuple(map(_spelled, self.value))
        return (_spelled(self.value),) if self.value else ()

    def refusal(self, wanted: str) -> BadUse:
        """Return the error for a wrong type, without the value, which may be a secret."""
        return BadUse(
            f"Compose prints {self.place or 'the model'} as {_KINDS.get(type(self.value), 'nothing')},"
            f" not as {wanted}",
            "write it as the Compose specification says, or use another version of Docker Compose",
            kind="compose-shape",
        )

    def _below(self, key: str) -> str:
        return f"{self.place}.{key}" if self.place else key


def _spelled(value: object) -> str:
    if isinstance(value, dict):
        return " ".join(f"{key}={one}" for key, one in value.items())
    return str(value).lower() if isinstance(value, bool) else str(value)
