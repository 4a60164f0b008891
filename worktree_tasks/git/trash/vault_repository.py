"""The vault: our own private repository, which contains all restore points.

It is `worktree-tasks/vault` in the git directory. No push, fetch, clone or bundle includes any of it, and it
does not depend on objects in the user's repository: these are linked into it, so that nothing that git
deletes there breaks a restore point.
"""

from __future__ import annotations

import os
import shutil
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ...errors import Failure
from ...machine.locks import hold
from ..program import git

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from ...command import Result
    from ..repository import Repository

__all__ = ["in_vault", "lock_vault", "open_vault", "vault_of"]

_WAIT_SECONDS = 600.0
# These override the user's settings: no one else may read it, and nothing runs by itself.
_CONFIGURATION = (("core.sharedRepository", "umask"), ("core.logAllRefUpdates", "false"), ("gc.auto", "0"))


def vault_of(repo: Repository) -> Path:
    """Return the path of the vault, whether or not it exists."""
    return repo.common_dir / "worktree-tasks" / "vault"


def in_vault(vault: Path, *arguments: str, stdin: str | None = None, check: bool = True) -> Result:
    """Run git on the vault; it holds the vault's lock until it ends, even if we are killed.

    Raises:
        CommandError: git failed and `check` was set.
    """
    return git(vault, *arguments, stdin=stdin, check=check, extra={"GIT_DIR": str(vault)}, keep=True)


@contextmanager
def open_vault(repo: Repository) -> Iterator[Path]:
    """Yield the vault, created if missing, which is not tidied meanwhile.

    Raises:
        Failure: It cannot be created, or is being tidied for too long.
    """
    vault = vault_of(repo)
    try:
        vault.parent.mkdir(exist_ok=True)
        with lock_vault(vault, shared=True, seconds=_WAIT_SECONDS):
            _initialise(repo, vault)
            vault.chmod(0o700)
            yield vault
    except PermissionError as error:
        if error.filename and os.fspath(error.filename).startswith(str(vault.parent)):
            raise Failure(f"{vault}: {error.strerror}", "check its permissions", kind="file-error") from error
        raise


def _initialise(repo: Repository, vault: Path) -> None:
    """Make the vault if it is missing, in one step: others may be making it too, or have been killed."""
    kind = git(repo.main, "rev-parse", "--show-object-format").out.strip()
    unfinished = vault.with_name("unfinished-vault")
    with hold(vault.parent, unfinished.name, what=str(vault), seconds=_WAIT_SECONDS):
        # git makes this directory last. Without it nothing can have been saved.
        if not (vault / "objects").is_dir():
            shutil.rmtree(vault, ignore_errors=True)
        elif in_vault(vault, "rev-parse", "--show-object-format").out.strip() == kind:
            return
        else:
            vault.rename(vault.with_name(f"vault-{time.time_ns()}"))
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        options = ("--bare", "--template=", f"--object-format={kind}")
        in_vault(unfinished, "-c", "core.sharedRepository=umask", "init", "--quiet", *options)
        for key, value in _CONFIGURATION:
            in_vault(unfinished, "config", key, value)
        unfinished.rename(vault)


def lock_vault(vault: Path, *, shared: bool, seconds: float) -> AbstractContextManager[None]:
    """Lock the vault: shared to save into it or to read it, exclusive to tidy it."""
    return hold(vault.parent, vault.name, what=str(vault), seconds=seconds, shared=shared)
