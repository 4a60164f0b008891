"""Decide whether git works in a service's containers, and give the reason."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .git_access import GitAccess
from .git_mounts import checkouts_of, mount_around

if TYPE_CHECKING:
    from .git_access import GitDirectory
    from .model import Spec
    from .stack import Stack

__all__ = ["choose_access", "holds_secrets"]

# Secrets that CI systems and people write into git's configuration: headers with credentials, and URLs with a
# password, or with a token in place of the user. A user name alone, as in hosting services' URLs, is not one.
_SECRET = re.compile(r"extraheader|://[^/\s:@]*:[^/\s@]+@|://[\w-]{20,}@", re.IGNORECASE)


def choose_access(
    spec: Spec, stack: Stack, place: GitDirectory, *, wished: str | None, has_git: bool | None
) -> GitAccess:
    """Decide whether git works in a service's containers.

    Args:
        spec: The service.
        stack: The stack that it is in.
        place: The git directory of the worktree.
        wished: The setting; None if it leaves the decision to the image.
        has_git: Whether its image has git; None if unknown.
    """
    setting = "by the setting git_in_containers"
    checkouts = checkouts_of(spec, stack)
    over = next((found for one in checkouts if (found := mount_around(spec, place.place_for(one)))), None)
    if wished == "no":
        mode, reason = "no", setting
    elif not checkouts:
        mode, reason = "no", "it does not mount the root of the worktree"
    elif over:
        mode, reason = "no", f"its mount on {over} hides git's directory"
    elif wished:
        mode, reason = wished, setting
    elif place.secrets:
        mode, reason = "no", "git's directory holds a password, token or key; see git_in_containers"
    elif has_git is None:
        return GitAccess(spec.name, None, "read-only if git is in its image, which its first container tells")
    else:
        mode, reason = ("ro", "git is in its image") if has_git else ("no", "git is not in its image")
    return GitAccess(spec.name, mode, reason)


def holds_secrets(configuration: str) -> bool:
    """Return whether the text of a git configuration holds passwords or tokens."""
    return _SECRET.search(configuration) is not None
