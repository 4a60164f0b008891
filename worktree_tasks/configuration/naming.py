"""Names derived from branches, safe for directories, compose projects, networks, hosts and databases."""

from __future__ import annotations

import itertools
import re
import unicodedata
from typing import TYPE_CHECKING

from ..lazy_modules import later

if TYPE_CHECKING:
    import difflib
    import hashlib
    from collections.abc import Collection, Iterable
else:
    # A completion needs neither.
    difflib, hashlib = later(None, "difflib", "hashlib")

__all__ = [
    "PROJECTS_NETWORK",
    "SLUG_LENGTH",
    "did_you_mean",
    "fold",
    "host_name",
    "image_tag",
    "label_hash",
    "near",
    "network_name",
    "slug",
    "stack_name",
]

# PostgreSQL cuts identifiers at 63 bytes: https://www.postgresql.org/docs/current/limits.html
# A slug leaves room in them for a project, `test_` and `_gw12`, and fits a DNS label (RFC 1035, 63 bytes).
SLUG_LENGTH = 40
# What stands for the worktree in the name of the network for all worktrees.
PROJECTS_NETWORK = "all"
_HASH_LENGTH = 6
_FEW = 2
_NETWORK_LENGTH = 120
# https://pkg.go.dev/github.com/distribution/reference
_IMAGE = r"[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*"


def label_hash(text: str) -> str:
    """Return a hash of `text` with six hexadecimal digits."""
    return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()[:_HASH_LENGTH]


def slug(branch: str, taken: Collection[str] = ()) -> str:
    """Make a branch's name safe for every use: lower-case letters, digits and single hyphens.

    If that loses information (other scripts, more than `SLUG_LENGTH`, a name that is taken), a hash of the
    whole branch name is added, so that distinct branches have distinct slugs.

    Args:
        branch: The branch, such as `Feature/A-B`.
        taken: Slugs of the project's other worktrees.
    """
    ascii_text = unicodedata.normalize("NFKD", branch).encode("ascii", "ignore").decode()
    plain = re.sub(r"[^a-z0-9]+", "-", ascii_text.lower()).strip("-")
    lossless = branch.isascii() and plain and len(plain) <= SLUG_LENGTH and plain not in taken
    return plain if lossless else _hashed(plain, branch, taken, SLUG_LENGTH)


def stack_name(project: str, worktree: str, taken: Collection[str] = ()) -> str:
    """Return the compose project of a worktree's stack, at most 63 bytes.

    Args:
        project: Main's compose project.
        worktree: The worktree's slug.
        taken: Compose projects that are leased, or used by other containers.
    """
    return _distinct(f"{project}-{worktree}", taken, 63)


def host_name(template: str, worktree: str, project: str) -> str:
    """Return the host name of a worktree; `_` in the project's name becomes `-`.

    Args:
        template: The setting `host`.
        worktree: The worktree's slug.
        project: Main's compose project.
    """
    # Servers such as Django's refuse names with `_`, as RFC 1123 does.
    return template.format(slug=worktree, project=project.replace("_", "-").strip("-"))


def network_name(project: str, worktree: str, *, beside: Collection[str], taken: Collection[str] = ()) -> str:
    """Return the name of a worktree's private network, which sorts after all of `beside`.

    Docker orders a container's networks by name; the first that knows a name resolves it, and the first has
    the default route. Main's containers must keep using their own network first.

    Args:
        project: Main's compose project.
        worktree: The worktree's slug.
        beside: Networks that main's shared services are in.
        taken: Existing networks that are not this worktree's.
    """
    plain = f"{project}_worktree_{worktree}"
    last = max(beside, default="")
    name = _distinct(plain, taken, _NETWORK_LENGTH)
    if name > last:
        return name
    zs = len(last) - len(last.lstrip("z")) + 1
    return _distinct("z" * zs + "_" + plain, taken, _NETWORK_LENGTH + zs)


def image_tag(stack: str, service: str) -> str:
    """Return the name of a service's image in a stack, with characters replaced that images may not have."""
    name = f"{stack}-{service}"
    if re.fullmatch(_IMAGE, name):
        return name
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    return _hashed(plain, name, (), _NETWORK_LENGTH)


def fold(name: str) -> str:
    """Return a key that is equal for names that people consider the same."""
    return re.sub(r"[-_/.\s]+", "-", name).strip("-").lower()


def near(name: str, known: Iterable[str]) -> tuple[str, ...]:
    """Return known names that may have been meant: up to three similar ones, then up to three longer ones."""
    by_key: dict[str, str] = {}
    for one in known:
        by_key.setdefault(fold(one), one)
    begun = fold(name)
    if not begun:
        return ()
    alike = difflib.get_close_matches(begun, by_key, n=3, cutoff=0.65)
    # One or two letters are in too many names to mean one, unless it begins with them.
    longer = [key for key in by_key if key.startswith(begun) or (len(begun) > _FEW and begun in key)]
    longer = [key for key in longer if key not in alike]
    return tuple(by_key[key] for key in (*alike, *longer[:3]))


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return a hint with the known names that may have been meant; empty if none is similar."""
    meant = near(name, known)
    return f"did you mean {' or '.join(meant)}?" if meant else ""


def _distinct(name: str, taken: Collection[str], limit: int) -> str:
    if len(name) <= limit and name not in taken:
        return name
    return _hashed(name, name, taken, limit)


def _hashed(plain: str, whole: str, taken: Collection[str], limit: int) -> str:
    """Return a free name that begins like `plain` and ends with a hash of `whole`."""
    stem = plain[: limit - _HASH_LENGTH - 1].rstrip("-") or "wt"
    texts = itertools.chain((whole,), (f"{whole}#{count}" for count in itertools.count(2)))
    return next(name for name in (f"{stem}-{label_hash(text)}" for text in texts) if name not in taken)
