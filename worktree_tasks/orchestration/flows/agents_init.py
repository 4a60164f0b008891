"""Flow: merge our hooks and instructions into the files of coding agents, or take them out again."""

from __future__ import annotations

import difflib
import io
from contextlib import suppress
from typing import TYPE_CHECKING, Literal

from ... import git
from ...configuration.agents.agent_files import RECIPES
from ...configuration.agents.json_text import NotPlain
from ...errors import Failure, Refused
from ...machine import files
from ...printable import lines_of
from ...quick_dataclasses import dataclass, replace

if TYPE_CHECKING:
    from pathlib import Path

    from ...configuration.agents.agent_files import Edit, Recipe

__all__ = ["AgentFile", "AgentFiles", "survey", "write"]


@dataclass(frozen=True, slots=True)
class AgentFile:
    """A configuration file of another program.

    Attributes:
        path: Where it is in the checkout.
        program: The program that reads it.
        change: `make`, `change`, `delete` or `none`.
        diff: The change as a unified diff.
        note: What remains to be done by hand; None if nothing does.
    """

    path: str
    program: str
    change: Literal["make", "change", "delete", "none"]
    diff: str
    note: str | None


@dataclass(frozen=True, slots=True)
class AgentFiles:
    """The files of coding agents in a checkout.

    Attributes:
        root: The checkout.
        files: The change to each.
        written: Whether the changes were made.
    """

    root: Path
    files: tuple[AgentFile, ...]
    written: bool = False

    @property
    def needed(self) -> bool:
        """Whether anything changes."""
        return any(one.change != "none" for one in self.files)


def survey(start: Path, *, remove: bool) -> AgentFiles:
    """Return what would change in the checkout that a directory is in.

    Args:
        start: The directory.
        remove: Whether to take our entries out.

    Raises:
        Failure: The directory is not in a checkout, or a file cannot be read.
        Refused: A file cannot be edited without losing some of its content.
    """
    root = git.checkout_around(start)
    return AgentFiles(root, tuple(_shown(one, *_edited(root, one, remove=remove)) for one in RECIPES))


def write(seen: AgentFiles, *, remove: bool) -> AgentFiles:
    """Make the changes that the user has seen.

    Args:
        seen: The changes that were shown.
        remove: Whether to take our entries out.

    Raises:
        Failure: A file was changed since, and nothing is written; or a file cannot be written.
    """
    if survey(seen.root, remove=remove) != seen:
        raise Failure(
            f"a file in {seen.root} was changed in the meantime",
            "run wt.agents-init again to see what would change now",
            kind="agent-files-changed",
        )
    for recipe in RECIPES:
        before, edit = _edited(seen.root, recipe, remove=remove)
        path = _inside(seen.root, recipe)
        if edit.text is None:
            _delete(path, seen.root)
        elif edit.text != before:
            like = path if before is not None else None
            files.write_text(path, edit.text, root=seen.root, like=like)
    return AgentFiles(seen.root, seen.files, written=True)


def _edited(root: Path, recipe: Recipe, *, remove: bool) -> tuple[str | None, Edit]:
    """Return a file's text and its edited text."""
    path = _inside(root, recipe)
    text = files.read_text(path, root=root) if path.exists() else None
    try:
        edit = (recipe.take_out if remove else recipe.put_in)(text)
    except NotPlain as error:
        hint = "take our entries out by hand" if remove else "add the lines above by hand"
        raise Refused(
            f"{recipe.path} stays as it is: {error}",
            f"nothing was changed: {hint}, or fix the file",
            () if remove else lines_of(recipe.put_in(None).text or ""),
            kind="agent-file-unreadable",
        ) from error
    # A file without any entry of ours stays, even if it is empty.
    return text, replace(edit, text=text) if text is not None and edit.text == text else edit


def _inside(root: Path, recipe: Recipe) -> Path:
    """Return a file's path, with symbolic links inside the checkout followed.

    Raises:
        Refused: A link points outside the checkout.
    """
    path = (root / recipe.path).resolve()
    if not path.is_relative_to(root.resolve()):
        raise Refused(
            f"{recipe.path} is a symbolic link to {path}, outside {root}",
            "replace the symbolic link with a file",
            kind="agent-file-unreadable",
        )
    return root / path.relative_to(root.resolve())


def _shown(recipe: Recipe, before: str | None, edit: Edit) -> AgentFile:
    names = (f"a/{recipe.path}" if before is not None else "/dev/null", f"b/{recipe.path}")
    old, new = (io.StringIO(text or "").readlines() for text in (before, edit.text))
    lines = [] if before == edit.text else difflib.unified_diff(old, new, *names)
    diff = "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)
    return AgentFile(recipe.path, recipe.program, _change(before, edit.text), diff, edit.note or None)


def _change(before: str | None, after: str | None) -> Literal["make", "change", "delete", "none"]:
    if before == after:
        return "none"
    if after is None:
        return "delete"
    return "change" if before is not None else "make"


def _delete(path: Path, root: Path) -> None:
    path.unlink(missing_ok=True)
    for folder in path.parents:
        if folder == root:
            break
        # A directory that is not empty stays.
        with suppress(OSError):
            folder.rmdir()
