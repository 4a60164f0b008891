"""The vault: a repository of ours that only its owner may enter, for what restore points hold of secrets.

Git's objects are readable by whoever may read the repository. Files that are not, such as an `.env` of mode
0600, and all that git ignores, are therefore kept here, in `worktree-tasks/vault` of the git directory.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ..errors import Failure
from ..printable import lines_of
from .objects import write_commit, write_tree
from .program import alone, git

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

    from .checkout import Repository

__all__ = ["is_private", "keep", "open_vault", "tidy_vault", "vault_of"]

_PREFIX = "refs/kept/"
_EVERYBODY = 0o044
# What a command that still runs has put here, and no restore point names yet, is younger.
_GRACE_SECONDS = 7200


def vault_of(repo: Repository) -> Path:
    """Return where the vault is, whether there is one or not."""
    return repo.common_dir / "worktree-tasks" / "vault"


def open_vault(repo: Repository) -> Path:
    """Return the vault, made if need be.

    Raises:
        Failure: It cannot be made.
    """
    vault = vault_of(repo)
    try:
        vault.parent.mkdir(exist_ok=True)
        vault.mkdir(mode=0o700, exist_ok=True)
        vault.chmod(0o700)
    except OSError as error:
        raise Failure(f"{vault}: {error.strerror}", "check its permissions") from error
    if not (vault / "HEAD").is_file():
        with alone(repo.common_dir):
            git(vault, "init", "--quiet", "--bare")
    return vault


def is_private(mode: int) -> bool:
    """Return whether a file's mode keeps anybody from reading it."""
    return mode & _EVERYBODY != _EVERYBODY


def keep(vault: Path, blobs: Iterable[str]) -> str | None:
    """Keep blobs from being pruned, and return by what they are kept; None for none."""
    entries = [(f"{number:08}", "blob", blob) for number, blob in enumerate(dict.fromkeys(blobs))]
    if not entries:
        return None
    commit = write_commit(vault, write_tree(vault, entries), (), "Files of a restore point")
    git(vault, "update-ref", f"{_PREFIX}{commit}", commit)
    return commit


def tidy_vault(repo: Repository, wanted: Collection[str]) -> None:
    """Let go of everything that no restore point names any more.

    Raises:
        CommandError: git could not.
    """
    vault = vault_of(repo)
    if not (vault / "HEAD").is_file():
        return
    listed = git(vault, "for-each-ref", "--format=%(objectname) %(committerdate:unix)", _PREFIX).out
    oldest = time.time() - _GRACE_SECONDS
    for line in lines_of(listed):
        commit, _, made = line.partition(" ")
        if commit not in wanted and int(made) < oldest:
            git(vault, "update-ref", "-d", f"{_PREFIX}{commit}", commit)
    git(vault, "prune", f"--expire={_GRACE_SECONDS}.seconds.ago")
