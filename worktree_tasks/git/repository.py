"""A repository, as the functions of this package take it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..quick_dataclasses import dataclass

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Repository"]


@dataclass(slots=True, frozen=True)
class Repository:
    """One repository as all its worktrees see it.

    Attributes:
        main: The root of the main checkout, symbolic links resolved.
        common_dir: The git directory that all worktrees share, resolved.
        bare: Whether the repository has linked worktrees only, one of which serves as the main checkout.
    """

    main: Path
    common_dir: Path
    bare: bool
