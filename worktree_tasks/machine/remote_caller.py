"""Who runs this command, if it is started from another machine."""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..configuration.remote_caller import Caller

__all__ = ["VARIABLE", "caller", "forwarded_ports"]

VARIABLE = "WT_CALLER"


@cache
def caller() -> Caller | None:
    """Return who runs this command from another machine; None if it is run on this one."""
    # Programs that we start are not run from there.
    text = os.environ.pop(VARIABLE, "")
    if not text:
        return None
    from ..configuration.remote_caller import Caller  # noqa: PLC0415 - nobody else needs it

    return Caller.read(text)


def forwarded_ports() -> Mapping[int, int]:
    """Return the ports of this machine that have another number on the user's machine."""
    elsewhere = caller()
    return {far: local for far, local in elsewhere.ports.items() if far != local} if elsewhere else {}
