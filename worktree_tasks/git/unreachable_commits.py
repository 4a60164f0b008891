"""Commits that only one worktree's reflogs and references have: reset, amended, or made on no branch."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from ..quick_dataclasses import dataclass
from .merge_detection import Candidate, all_merged
from .program import fields, git
from .worktree_metadata import beyond

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping, Sequence
    from pathlib import Path

    from .repository import Repository

__all__ = ["Loose", "dropped_commits", "dropped_in", "left_by", "loose_commits"]

# References that stay when a worktree is removed. Restore points do not count: they expire.
_STAYING = ("--not", "--exclude=refs/worktree-tasks/*", "--glob=refs/*")
_OWN = ("refs/worktree", "refs/bisect", "refs/rewritten")
# Any other move replaces the commit by a newer version, as amending and rebasing do.
_DROPS = re.compile(r"(reset|checkout|branch)\b")


@dataclass(frozen=True, slots=True)
class Loose:
    """Commits that no reference of the repository reaches.

    Attributes:
        commits: All that the worktree's reflogs and own references name.
        dropped: Those of them that were left without a newer version in their place.
    """

    commits: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()


def left_by(entries: Sequence[tuple[str, str]]) -> Mapping[str, str]:
    """Return the action that last moved away from each commit of a reflog.

    Args:
        entries: Each entry's commit, and the action that moved there, latest first.
    """
    actions: dict[str, str] = {}
    for (_, action), (commit, _) in pairwise(entries):
        actions.setdefault(commit, action)
    return actions


def loose_commits(repo: Repository, admin: Path, *, branch: str | None) -> Loose:
    """Find the commits that would be lost with a worktree's reflogs.

    Args:
        repo: The repository.
        admin: Git's directory of the worktree.
        branch: A branch that may be deleted with it, along with its reflog.

    Raises:
        CommandError: git failed.
    """
    names = ("HEAD", *((f"refs/heads/{branch}",) if branch is not None else ()))
    logs = _reflogs(repo.main, names, {"GIT_DIR": str(admin)})
    dropped = {commit for log in logs for commit in _dropped(log)}
    named = dict.fromkeys((*(commit for log in logs for commit, _ in log), *_own_references(repo, admin)))
    loose = beyond(repo, tuple(named), _STAYING)
    return Loose(loose, tuple(one for one in loose if one in dropped))


def dropped_in(repository: Path, place: Mapping[str, str]) -> tuple[str, ...]:
    """Return the commits that a repository's HEAD left without newer versions in their place.

    Args:
        repository: A directory to run git in.
        place: Environment variables with the place of the repository.
    """
    (log,) = _reflogs(repository, ("HEAD",), place)
    return _dropped(log)


def _dropped(entries: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    return tuple(commit for commit, action in left_by(entries).items() if _DROPS.match(action))


def _reflogs(cwd: Path, names: Sequence[str], place: Mapping[str, str]) -> list[list[tuple[str, str]]]:
    """Return the entries of some reflogs, latest first: each one's commit and the action that moved there."""
    argv = ("log", "--walk-reflogs", "-z", "--format=%gD %H %gs", *names, "--")
    done = git(cwd, *argv, check=False, extra=place)
    if done.code and len(names) > 1:
        # A branch that does not exist, or has no commit yet, is an error here.
        return [_reflogs(cwd, (name,), place)[0] for name in names]
    logs: dict[str, list[tuple[str, str]]] = {name: [] for name in names}
    for row in fields(done.out):
        name, _, rest = row.partition("@{")
        commit, _, action = rest.partition("} ")[2].partition(" ")
        logs[name].append((commit, action))
    return list(logs.values())


def _own_references(repo: Repository, admin: Path) -> tuple[str, ...]:
    named = "%(if)%(*objectname)%(then)%(*objecttype) %(*objectname)%(else)%(objecttype) %(objectname)%(end)"
    if not (admin / "reftable").exists() and not any(path.is_file() for path in (admin / "refs").rglob("*")):
        return ()  # git never packs a worktree's own references
    listed = git(repo.main, f"--git-dir={admin}", "for-each-ref", f"--format={named}", *_OWN).out
    return tuple(row.removeprefix("commit ") for row in listed.split("\n") if row.startswith("commit "))


def dropped_commits(
    repo: Repository,
    loose: Loose,
    *,
    head: str,
    base: str,
    start: str | None,
    cache: MutableMapping[tuple[str, str], str | None],
) -> tuple[str, ...]:
    """Return the dropped commits, as `1a2b3c4 Subject`, whose work is neither in HEAD nor in the base.

    Raises:
        CommandError: git failed.
    """
    tips = [tip for tip in loose.dropped if not _is_in(repo, head, tip)]
    landed = all_merged(repo, {tip: Candidate(tip, None, start) for tip in tips}, base=base, cache=cache)
    lost = [tip for tip in tips if landed[tip] is None]
    if not lost:
        return ()
    listed = git(
        repo.main, "log", "-z", "--no-show-signature", "--format=%h %s", *lost, *_STAYING, head, "--"
    )
    return fields(listed.out)


def _is_in(repo: Repository, head: str, tip: str) -> bool:
    """Return whether HEAD has the same patches in other commits, or a commit with the same content."""
    unlike = git(repo.main, "rev-list", "--cherry-pick", "--right-only", f"{head}...{tip}").out.split()
    if not {*unlike} & {*git(repo.main, "rev-list", tip, *_STAYING).out.split()}:
        return True
    content = git(repo.main, "log", "-1", "--format=%T", "--no-show-signature", tip).out
    return content in git(repo.main, "log", "--format=%T", "--no-show-signature", f"{tip}..{head}").out
