"""What containers need from git's directory, and whether they have it."""

from __future__ import annotations

import posixpath

from ...quick_dataclasses import dataclass

__all__ = ["GitAccess", "GitDirectory"]


@dataclass(frozen=True, slots=True)
class GitDirectory:
    """The git directory of a worktree.

    Attributes:
        common: The directory that all worktrees share, on this machine.
        own: The worktree's part of it, relative to it: `worktrees/NAME`.
        link: The path of that part in the worktree's `.git` file: absolute, or relative to the worktree.
        alternates: Further directories with objects of the repository.
        submodules: The worktree's submodules whose git directories are in its own, relative to it.
        secrets: Whether it contains passwords, tokens or keys.
    """

    common: str
    own: str
    link: str
    alternates: tuple[str, ...] = ()
    submodules: tuple[str, ...] = ()
    secrets: bool = False

    def place_for(self, checkout: str) -> str:
        """Return where the common directory has to be in a container, given the worktree's place there."""
        own = posixpath.normpath(posixpath.join(checkout, self.link))
        return own.removesuffix(f"/{self.own}")


@dataclass(frozen=True, slots=True)
class GitAccess:
    """Whether git works in a service's containers.

    Attributes:
        service: The service.
        mode: `ro`, `rw` or `no`; None as long as this depends on an unknown image.
        reason: Why, in words for `wt.plan`.
    """

    service: str
    mode: str | None
    reason: str

    @property
    def mounted(self) -> bool:
        """Whether git's directory is mounted in its containers."""
        return self.mode in ("ro", "rw")
