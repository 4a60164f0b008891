"""Files whose line ends a checkout would not restore, although git reports them as unchanged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .git_directories import common_directory
from .program import fields, git

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

__all__ = ["after_checkout", "unlike_checkout"]


def after_checkout(index: str, attributes: str, *, autocrlf: str, eol: str) -> str | None:
    """Return the line ends that a file has after a checkout, as in `git ls-files --eol`.

    Args:
        index: Its line ends in the index: `lf`, `crlf`, `mixed`, `none` or `-text`.
        attributes: Its attributes in `.gitattributes`, such as `text=auto eol=crlf`.
        autocrlf: `core.autocrlf`.
        eol: `core.eol`.

    Returns:
        `lf`, `crlf`, …; None if unknown.

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


def unlike_checkout(worktree: Path, tracked: Iterable[str], settings: Mapping[str, str]) -> tuple[str, ...]:
    """Return the tracked files of a worktree whose line ends a checkout would change.

    Args:
        worktree: The worktree.
        tracked: Its tracked paths.
        settings: Git's settings for converting files, by key.

    Raises:
        CommandError: git failed.
    """
    spoken = {"yes": "true", "on": "true", "1": "true", "": "true"}
    given = {key: settings[key].lower() for key in ("core.autocrlf", "core.eol") if key in settings}
    has_attributes = (
        any(path.rpartition("/")[2] == ".gitattributes" for path in tracked)
        or "core.attributesfile" in settings
        or (common_directory(worktree) / "info" / "attributes").is_file()
    )
    if not given and not has_attributes:
        return ()
    values = {key: spoken.get(value, value) for key, value in given.items()}
    autocrlf, eol = values.get("core.autocrlf", ""), values.get("core.eol", "")
    found: list[str] = []
    for row in fields(git(worktree, "ls-files", "-z", "--eol").out):
        columns, _, path = row.partition("\t")
        index, mine, attributes = (part.partition("/")[2] for part in _columns(columns))
        # Missing files, links and submodules have empty columns.
        if mine and mine != after_checkout(index, attributes, autocrlf=autocrlf, eol=eol):
            found.append(path)
    return tuple(found)


def _columns(text: str) -> tuple[str, str, str]:
    index, _, rest = text.partition(" ")
    mine, _, attributes = rest.strip().partition(" ")
    return index, mine, attributes.strip()
