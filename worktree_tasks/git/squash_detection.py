"""Whether the content of a commit is in a base without the commit itself, as after a squash or a rebase.

Every result here depends only on two commits, so it never changes and may be cached.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from ..command import CommandError
from ..quick_dataclasses import dataclass
from .program import fields, git

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from .repository import Repository

__all__ = ["Landing", "landed_content", "mentions_revert", "without_drivers"]

Landing = Literal["tree", "squash", "patch"]
_Merge = Literal["nothing", "something", "conflict"]

# How many commits of the base are tried before a conflict is left undecided.
_DEPTH = 64

# The environment variable by which git gets the program in place of a merge driver.
_DRIVER = "WT_MERGE_DRIVER"
# The exit code of `git config --get-regexp` without a match.
_NO_MATCH = 1

# A synthetic commit needs an author; a fixed one makes it reproducible.
_IDENTITY = {
    f"GIT_{role}_{key}": value
    for role in ("AUTHOR", "COMMITTER")
    for key, value in (
        ("NAME", "worktree-tasks"),
        ("EMAIL", "worktree-tasks@localhost"),
        ("DATE", "@0 +0000"),
    )
}


@dataclass(frozen=True, slots=True)
class _Question:
    """A pair of commits in a repository; `extra` makes git write elsewhere, `plainly` merge by lines only."""

    repo: Repository
    tip: str
    base: str
    extra: Mapping[str, str]
    plainly: Sequence[str]

    def ask(self, *arguments: str) -> str:
        """Return git's output; raise on an error."""
        return git(self.repo.main, *arguments, extra=self.extra).out


def landed_content(
    repo: Repository, *, tip: str, base: str, extra: Mapping[str, str], plainly: Sequence[str]
) -> Landing | None:
    """Return how the work at `tip` got into `base`, which does not contain `tip`.

    Merging now must add nothing. If it conflicts because the base changed the same lines later, the latest
    commit of the base that merges without a conflict decides, and any sign of a revert means no.

    Args:
        repo: The repository.
        tip: A commit id.
        base: A commit id.
        extra: Environment for git, such as `workshop` gives.
        plainly: What `without_drivers` returns.

    Returns:
        "squash", "patch" (each commit, as after a rebase) or "tree" (otherwise); None if part of it is
        missing.

    Raises:
        CommandError: git failed.
    """
    question = _Question(repo, tip, base, {**extra, _DRIVER: "false"}, plainly)
    merge = _merging(question, base)
    if merge == "something":
        return None
    fork = question.ask("merge-base", base, tip).split()[0]
    trees = question.ask("rev-parse", f"{tip}^{{tree}}", f"{fork}^{{tree}}").split()
    if trees[0] == trees[1]:
        # Nothing to merge: fine if no commit changed anything, but reverted experiments are history.
        return None if question.ask("log", "--format=", "--raw", "-c", f"{base}..{tip}").strip() else "tree"
    way, landed = _by_patches(question, fork)
    if merge == "nothing":
        return way or "tree"
    return way if way is not None and _still_there(question, fork, landed) else None


def without_drivers(repo: Repository) -> tuple[str, ...]:
    """Return the options with which git merges files by their lines, whatever `.gitattributes` says.

    A driver such as `merge=ours` or `merge=union` drops changes without a conflict, so that unmerged work
    would add nothing.

    Raises:
        CommandError: git cannot read its configuration.
    """
    query = ("config", "-z", "--name-only", "--get-regexp", r"^merge\..*\.driver$")
    listed = git(repo.main, *query, check=False)
    if listed.code not in (0, _NO_MATCH):
        raise CommandError(listed)
    keys = dict.fromkeys((*fields(listed.out), "merge.union.driver"))
    # The name of a driver may contain "=", which would end the key after `-c`.
    return ("-c", "merge.default=", *(f"--config-env={key}={_DRIVER}" for key in keys))


def _merging(question: _Question, base: str) -> _Merge:
    """Return what merging the tip into a commit would add."""
    argv = (*question.plainly, "merge-tree", "--write-tree", "--no-messages", base, question.tip)
    done = git(question.repo.main, *argv, check=False, extra=question.extra)
    own = question.ask("rev-parse", f"{base}^{{tree}}", f"{question.tip}^{{tree}}").split()
    if own[0] == own[1]:
        return "nothing"
    if done.code == 1 and done.out:
        return "conflict"
    # Any other code, as before git 2.38, is an error: an unknown result must not count as "nothing".
    if done.code != 0:
        return "something"
    return "nothing" if done.out.split()[0] == own[0] else "something"


def _by_patches(question: _Question, fork: str) -> tuple[Landing | None, frozenset[str]]:
    """Find the tip's work as patches on the base; return how, and the base's commits that contain it."""
    argv = ("commit-tree", f"{question.tip}^{{tree}}", "-p", fork, "-m", "squash")
    synthetic = git(question.repo.main, *argv, extra={**question.extra, **_IDENTITY}).out.strip()
    way: Landing
    for way, commit in (("squash", synthetic), ("patch", question.tip)):
        marked = question.ask(
            "rev-list", "--cherry-mark", "--left-right", "--no-merges", f"{question.base}...{commit}"
        )
        rows = marked.split()
        # Equivalent commits are marked "=" on both sides; those of the tip's side are removed.
        if any(row.startswith(">") for row in rows):
            continue
        same = frozenset(row[1:] for row in rows if row.startswith("="))
        ours = frozenset(question.ask("rev-list", "--no-merges", f"{question.base}..{commit}").split())
        if ours:
            return way, same - ours
    return None, frozenset()


def _still_there(question: _Question, fork: str, landed: Collection[str]) -> bool:
    """Return whether the merged work was kept, although the base has changed the same lines since."""
    span = f"{fork}..{question.base}"
    history = fields(question.ask("log", "-z", "--format=%H%n%B", span))
    bodies = dict(entry.partition("\n")[::2] for entry in history)
    subjects = {bodies.get(commit, "").partition("\n")[0] for commit in landed}
    if any(mentions_revert(body, landed, subjects) for body in bodies.values()):
        return False
    paths = fields(question.ask("diff", "--name-only", "--no-renames", "-z", fork, question.tip))
    limits = (f":(top,literal){path}" for path in paths)
    states = question.ask("rev-list", "--topo-order", "--first-parent", f"-{_DEPTH}", span, "--", *limits)
    for state in states.split():
        merge = _merging(question, state)
        if merge != "conflict":
            return merge == "nothing"
        if state in landed:
            # Patch ids ignore white space, which may be the only difference.
            return False
    return False


def mentions_revert(body: str, landed: Collection[str], subjects: Collection[str]) -> bool:
    """Return whether a commit message says that it reverts one of these commits."""
    named = re.findall(r"[Tt]his reverts commit ([0-9a-f]{7,64})", body)
    if any(commit.startswith(short) for short in named for commit in landed):
        return True
    return any(subject and body.startswith(f'Revert "{subject}') for subject in subjects)
