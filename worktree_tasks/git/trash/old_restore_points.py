"""Move restore points of earlier versions, which are references of the user's repository, into the vault.

In the repository, they were included in `git push --mirror`, mirror clones and full bundles. Each is moved as
a whole: parts that the vault kept separately become part of it. The next move finishes an interrupted one.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ..objects import write_object
from ..program import git
from .linked_objects import link_objects
from .vault_repository import in_vault, open_vault, vault_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ..repository import Repository

__all__ = ["forget_former_parts", "move_former_points"]

_PREFIX = "refs/worktree-tasks/trash/"
_KEPT = "refs/kept/"
_FORMAT = "%(refname)%00%(objectname)%00%(contents:body)%00"


def move_former_points(
    repo: Repository, add: Callable[[str, str], str], readable: Callable[[str], bool]
) -> None:
    """Move restore points into the vault.

    Args:
        repo: The repository.
        add: Adds a restore point to the vault, by its name and commit.
        readable: Returns whether the text of a commit is a restore point; other references stay.

    Raises:
        CommandError: git cannot write.
    """
    listed = git(repo.main, "for-each-ref", f"--format={_FORMAT}", _PREFIX).out
    words = [word.strip("\n") for word in listed.split("\0")]
    rows = zip(words[::3], words[1::3], words[2::3], strict=False)
    former = [(name, commit, json.loads(body)) for name, commit, body in rows if readable(body)]
    if not former:
        return
    with open_vault(repo) as vault:
        link_objects(repo, vault)
        for name, commit, details in former:
            kept = details.get("vault")
            add(name.removeprefix(_PREFIX), _whole(vault, commit, kept))
            # Another command may have moved it meanwhile.
            git(repo.main, "update-ref", "-d", name, commit, check=False)
            if kept:
                in_vault(vault, "update-ref", "-d", f"{_KEPT}{kept}", check=False)


def forget_former_parts(repo: Repository) -> None:
    """Delete what the vault kept separately for restore points of earlier versions, once none are left.

    Raises:
        CommandError: git cannot write.
    """
    if git(repo.main, "for-each-ref", "--count=1", _PREFIX).out:
        return
    vault = vault_of(repo)
    for name in in_vault(vault, "for-each-ref", "--format=%(refname)", _KEPT).out.split():
        in_vault(vault, "update-ref", "-d", name)


def _whole(vault: Path, commit: str, kept: str | None) -> str:
    """Rewrite the commit, reproducibly, with the separately kept part in its tree; return its id."""
    there = f"{kept}^{{tree}}"
    if not kept or in_vault(vault, "rev-parse", "--verify", "--quiet", there, check=False).code:
        return commit
    private = in_vault(vault, "rev-parse", there).out.strip()
    rows = in_vault(vault, "ls-tree", "-z", commit).out + f"040000 tree {private}\tprivate\0"
    tree = in_vault(vault, "mktree", "-z", "--missing", stdin=rows).out.strip()
    text = in_vault(vault, "cat-file", "commit", commit).out
    return write_object(vault, "commit", f"tree {tree}\n{text.partition(chr(10))[2]}")
