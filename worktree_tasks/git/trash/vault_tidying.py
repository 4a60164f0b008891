"""Keep the vault small: delete what no restore point needs, and link again what the repository has."""

from __future__ import annotations

import shutil
from contextlib import suppress
from typing import TYPE_CHECKING

from ...errors import Failure
from ...machine.locks import InUse
from .linked_objects import is_partial, link_objects, packs
from .vault_repository import in_vault, lock_vault, vault_of

if TYPE_CHECKING:
    from pathlib import Path

    from ..repository import Repository

__all__ = ["tidy_outgrown", "tidy_vault"]

_SPARE_BYTES = 64 << 20


def tidy_vault(repo: Repository) -> None:
    """Delete everything that no reference of the vault reaches; the vault itself if it has no references.

    While another command is saving into it, this is left for the next time.

    Raises:
        Failure: git failed, or the lock cannot be written.
    """
    vault = vault_of(repo)
    if not vault.is_dir():
        return
    try:
        with lock_vault(vault, shared=False, seconds=0):
            if in_vault(vault, "for-each-ref", "--count=1").out:
                _shrink(repo, vault)
            else:
                removed = vault.with_name("removed")
                shutil.rmtree(removed, ignore_errors=True)
                vault.rename(removed)
                shutil.rmtree(removed)
    except InUse:
        return


def tidy_outgrown(repo: Repository) -> None:
    """Tidy a vault most of whose packs are no longer in the user's repository, since that was repacked.

    If this fails, it is done another time: nothing depends on it.
    """
    theirs, ours = (packs(place / "objects") for place in (repo.common_dir, vault_of(repo)))
    alone = sum(size for name, size in ours.items() if name not in theirs)
    if alone > sum(theirs.values()) + _SPARE_BYTES and not is_partial(vault_of(repo)):
        with suppress(Failure, OSError):
            tidy_vault(repo)


def _shrink(repo: Repository, vault: Path) -> None:
    """Repack the objects that are in none of the user's repository's packs."""
    link_objects(repo, vault)
    if not is_partial(vault):
        shared = packs(repo.common_dir / "objects").keys() & packs(vault / "objects").keys()
        in_vault(vault, "repack", "-a", "-d", "-q", *(f"--keep-pack={name}.pack" for name in shared))
    in_vault(vault, "prune", "--expire=now")
