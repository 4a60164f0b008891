"""Files whose line ends a checkout would not give back, although git calls them unchanged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .program import fields, git

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["after_checkout", "unlike_checkout"]


def after_checkout(index: str, attributes: str, *, autocrlf: str, eol: str) -> str | None:
    """Return the line ends that a file has after a checkout, in the words of `git ls-files --eol`.

    Args:
        index: Those in the index: `lf`, `crlf`, `mixed`, `none` or `-text`.
        attributes: What `.gitattributes` say of it, such as `text=auto eol=crlf`.
        autocrlf: `core.autocrlf`.
        eol: `core.eol`.

    Returns:
        `lf`, `crlf`, …; None when it cannot be told.

    See https://git-scm.com/docs/gitattributes#_text
    """
    words = attributes.split()
    automatic = "text=auto" in words or not words
    if "-text" in words or (not words and autocrlf != "true"):
        return index
    if "eol=crlf" in words:
        wanted = "crlf"
    elif "eol=lf" in words:
        wanted = "lf"
    else:
        wanted = "crlf" if autocrlf == "true" or (autocrlf != "input" and eol == "crlf") else "lf"
    if index in {"mixed", "-text"} and not automatic:
        return None
    return "crlf" if wanted == "crlf" and index == "lf" else index


def unlike_checkout(worktree: Path) -> tuple[str, ...]:
    """Return the tracked files of a worktree whose line ends a checkout would change.

    Raises:
        CommandError: git could not tell.
    """
    settings = _settings(worktree)
    if not settings and not _has_attributes(worktree):
        return ()
    autocrlf, eol = settings.get("core.autocrlf", ""), settings.get("core.eol", "")
    found: list[str] = []
    for row in fields(git(worktree, "ls-files", "-z", "--eol").out):
        told, _, path = row.partition("\t")
        index, mine, attributes = (part.partition("/")[2] for part in _columns(told))
        # Nothing is told of what is gone, of links and of submodules.
        if mine and mine != after_checkout(index, attributes, autocrlf=autocrlf, eol=eol):
            found.append(path)
    return tuple(found)


def _columns(told: str) -> tuple[str, str, str]:
    index, _, rest = told.partition(" ")
    mine, _, attributes = rest.strip().partition(" ")
    return index, mine, attributes.strip()


def _settings(worktree: Path) -> dict[str, str]:
    listed = git(worktree, "config", "-z", "--get-regexp", r"^core\.(autocrlf|eol)$", check=False)
    pairs = (entry.partition("\n") for entry in fields(listed.out))
    spoken = {"yes": "true", "on": "true", "1": "true", "": "true"}
    return {key: spoken.get(value.lower(), value.lower()) for key, _, value in pairs}


def _has_attributes(worktree: Path) -> bool:
    if git(worktree, "ls-files", "--", ".gitattributes", "**/.gitattributes").out:
        return True
    own = git(worktree, "rev-parse", "--git-path", "info/attributes").out.removesuffix("\n")
    configured = git(worktree, "config", "core.attributesFile", check=False).out
    return bool(configured) or (worktree / own).is_file()
