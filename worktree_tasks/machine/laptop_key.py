"""A key that identifies this machine's user on machines that several users share."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from typing import TYPE_CHECKING

from .known_projects import text_of

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["laptop_key"]


def laptop_key(directory: Path) -> str:
    """Return the key of this machine's user, which is made on first use.

    Args:
        directory: Our state directory.

    Raises:
        OSError: It cannot be written.
    """
    file = directory / "laptop"
    if not (key := text_of(file).strip()):
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = file.with_name(f"laptop.{os.getpid()}")
        made.write_text(f"{secrets.token_hex(4)}\n", encoding="ascii")
        # Of two commands at once, the first one's key counts.
        with suppress(FileExistsError):
            file.hardlink_to(made)
        made.unlink()
        key = text_of(file).strip()
    return key
