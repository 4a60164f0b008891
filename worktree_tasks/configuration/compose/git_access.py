"""What containers need of git's directory, and whether they have it."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass

__all__ = ["GitAccess", "GitDirectory"]


@dataclass(frozen=True, slots=True)
class GitDirectory:
    """Git's directory of a worktree.

    Attributes:
        common: What all worktrees share, on this machine.
        own: The worktree's part of it, from there: `worktrees/NAME`.
        link: That, as the worktree's `.git` names it: an absolute path, or one from the worktree.
        alternates: Further directories with objects of the repository.
        submodules: The worktree's submodules whose git directories lie in its own, from the worktree.
        secrets: Whether passwords, tokens or keys are in it.
    """

    common: str
    own: str
    link: str
    alternates: tuple[str, ...] = ()
    submodules: tuple[str, ...] = ()
    secrets: bool = False

    def place_for(self, checkout: str) -> str:
        """Return where the common one has to be in a container that has the worktree in some place."""
        own = posixpath.normpath(posixpath.join(checkout, self.link))
        return own.removesuffix(f"/{self.own}")


@dataclass(frozen=True, slots=True)
class GitAccess:
    """Whether git works in a service's containers.

    Attributes:
        service: The service.
        mode: `ro`, `rw` or `no`; None while its image, which decides, is not known.
        reason: Why, in words for `wt.plan`.
    """

    service: str
    mode: str | None
    reason: str

    @property
    def mounted(self) -> bool:
        """Whether its containers have git's directory."""
        return self.mode in ("ro", "rw")
