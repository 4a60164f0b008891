"""Whether a branch's work is in its base, and how it got there. Unknown counts as no."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Literal, TypeVar, get_args

from ..errors import Failure
from ..lazy_modules import later
from ..parallel import each
from ..quick_dataclasses import dataclass
from .program import fields, git
from .references import commit_of, commit_of_base, contains

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping, Sequence

    from . import scratch_objects, squash_detection
    from .repository import Repository
else:
    # Not needed if all results are cached.
    squash_detection, scratch_objects = later(__package__, ".squash_detection", ".scratch_objects")

__all__ = ["Candidate", "Verdict", "all_merged", "made_here", "no_commits_yet"]

Verdict = Literal["same-commit", "ancestor", "tree", "squash", "patch"]
_VERDICTS: Mapping[str | None, Verdict] = {word: word for word in get_args(Verdict)}
Key = TypeVar("Key")
_THREADS = (os.cpu_count() or 1) + 4
_MAKING = r"(commit|cherry-pick|revert|am|rebase|merge|pull)\b"


@dataclass(slots=True, frozen=True)
class Candidate:
    """A branch that may be merged.

    Attributes:
        tip: The full id of its last commit.
        branch: Its name, whose reflog shows which commits are its own and where it was fast-forwarded; None
            if detached.
        start: The commit at which a new branch began; None if we did not create it, or if unknown.
    """

    tip: str
    branch: str | None
    start: str | None


def all_merged(
    repo: Repository,
    candidates: Mapping[Key, Candidate],
    *,
    base: str,
    cache: MutableMapping[tuple[str, str], str | None] | None = None,
) -> dict[Key, Verdict | None]:
    """Return whether and how the work of each of many branches got into their base.

    Args:
        repo: The repository.
        candidates: The branches, by any key.
        base: The branch or commit they may be merged into.
        cache: (tip, base) commits to the result for their content; read and added to. It stays valid, since
            it is about commits; whether a branch has commits of its own is checked each time.

    Returns:
        How it got there; None if it is not completely there, was reverted, has no commits since its start,
        or git failed.
    """
    known: MutableMapping[tuple[str, str], str | None] = cache if cache is not None else {}
    commit = commit_of_base(repo, base)
    if commit is None:
        return dict.fromkeys(candidates)
    tips = tuple(dict.fromkeys(one.tip for one in candidates.values() if one.tip != one.start))
    _learn(repo, [tip for tip in tips if (tip, commit) not in known], commit, known)
    found = {key: known.get((one.tip, commit)) for key, one in candidates.items()}
    answers: dict[Key, Verdict | None] = dict.fromkeys(candidates)
    hard = [key for key, verdict in found.items() if verdict and candidates[key].tip != candidates[key].start]
    judged = each(lambda key: _verdict(repo, candidates[key], commit, found[key]), hard, threads=_THREADS)
    answers.update(zip(hard, judged, strict=True))
    return answers


def no_commits_yet(repo: Repository, *, branch: str | None, base: str, start: str | None) -> bool:
    """Return whether a branch has no commits of its own since it began, even if it was fast-forwarded.

    Args:
        repo: The repository.
        branch: The branch; None if detached, in which case only the graph counts.
        base: The branch that it started from.
        start: Where it began; if None, the oldest entry of its reflog.
    """
    tip = commit_of(repo, branch if branch is not None else "HEAD")
    root = commit_of(repo, base)
    if tip is None or root is None:
        return False
    if tip == start:
        return True
    try:
        return contains(repo, root, tip) and not _has_own(repo, Candidate(tip, branch, start), root)
    except Failure:
        return False


def made_here(rows: Sequence[str]) -> frozenset[str]:
    """Return the commits that were made on a branch, from its reflog as "COMMIT MESSAGE" rows.

    A fast-forward, a reset and a rebase onto its base bring in commits that were made elsewhere.
    """
    return frozenset(
        commit
        for commit, _, message in (row.partition(" ") for row in rows)
        if re.match(_MAKING, message)
        and "Fast-forward" not in message
        and not message.endswith(f"onto {commit}")
    )


def _learn(
    repo: Repository, tips: Sequence[str], base: str, known: MutableMapping[tuple[str, str], str | None]
) -> None:
    """Add the results for these tips to `known`; errors are left out, so that they are tried again."""
    if not tips:
        return
    revisions = "".join(f"{tip}\n" for tip in (*tips, f"^{base}"))
    asked = git(repo.main, "rev-list", "--stdin", stdin=revisions, check=False)
    if asked.code != 0:
        # One unknown commit makes the command fail for all: try them one at a time.
        if len(tips) > 1:
            for tip in tips:
                _learn(repo, (tip,), base, known)
        return
    outside = frozenset(asked.out.split())
    for tip in tips:
        if tip not in outside:
            known[tip, base] = "same-commit" if tip == base else "ancestor"
    if rest := [tip for tip in tips if tip in outside]:
        _learn_contents(repo, rest, base, known)


def _learn_contents(
    repo: Repository, tips: Sequence[str], base: str, known: MutableMapping[tuple[str, str], str | None]
) -> None:
    """Add the results for tips that the base does not contain."""
    try:
        plainly = squash_detection.without_drivers(repo)
    except Failure:
        return
    with scratch_objects.workshop(repo.common_dir) as extra:

        def judge(tip: str) -> None:
            try:
                known[tip, base] = squash_detection.landed_content(
                    repo, tip=tip, base=base, extra=extra, plainly=plainly
                )
            except Failure:
                return

        each(judge, tips, threads=_THREADS)


def _verdict(repo: Repository, candidate: Candidate, base: str, found: str | None) -> Verdict | None:
    verdict = _VERDICTS.get(found)
    if verdict not in {"same-commit", "ancestor"}:
        return verdict
    try:
        return verdict if _has_own(repo, candidate, base) else None
    except Failure:
        return None


def _has_own(repo: Repository, candidate: Candidate, base: str) -> bool:
    """Return whether a branch that its base contains ever had commits of its own."""
    rows: tuple[str, ...] = ()
    if candidate.branch is not None:
        name = f"refs/heads/{candidate.branch}"
        rows = fields(git(repo.main, "log", "-g", "-z", "--format=%H %gs", name, "--", check=False).out)
    start = candidate.start or (rows[-1].partition(" ")[0] if rows else None)
    if start is not None:
        since = frozenset(git(repo.main, "rev-list", f"{start}..{candidate.tip}").out.split())
        if not since and candidate.start is not None:
            return False
        if made_here(rows) & since:
            return True
    # A commit that the base reached through a merge was on a side branch.
    line = git(repo.main, "rev-list", "--first-parent", "--parents", f"{candidate.tip}..{base}").out.split(
        "\n"
    )
    last = line[-2].split() if len(line) > 1 else []
    return bool(last) and candidate.tip not in last[1:2]
