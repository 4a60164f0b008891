"""How far branches are from their base and from what was pushed, with few processes for all of them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from ..printable import lines_of
from ..quick_dataclasses import dataclass
from .program import git
from .references import commit_of_base

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, MutableMapping, Sequence

    from .repository import Repository

__all__ = ["Divergence", "WorkLine", "divergences", "reach"]


@dataclass(slots=True, frozen=True)
class WorkLine:
    """One line of work: a commit and the branch it is on, None when detached."""

    head: str
    branch: str | None


@dataclass(slots=True, frozen=True)
class Divergence:
    """The number of commits that a line is ahead of its base, behind it, and has alone.

    Attributes:
        ahead: On the line, not on the base.
        behind: On the base, not on the line.
        unpushed: On the line, on no other local branch and no remote one.
    """

    ahead: int
    behind: int
    unpushed: int


def reach(listing: Iterable[str], tips: Mapping[str, int]) -> Counter[int]:
    """Count commits by which tips reach them.

    Args:
        listing: Lines of `rev-list --topo-order --parents`: a commit, then its parents; children first.
        tips: Commit to the bits of the lines that end there.

    Returns:
        Set of bits to the number of commits that exactly these lines reach.
    """
    pending = dict(tips)
    counts: Counter[int] = Counter()
    for row in listing:
        commit, *parents = row.split()
        bits = pending.pop(commit, 0)
        counts[bits] += 1
        for parent in parents:
            pending[parent] = pending.get(parent, 0) | bits
    return counts


def divergences(
    repo: Repository,
    lines: Sequence[WorkLine],
    *,
    base: str,
    known: MutableMapping[tuple[str, str], tuple[int, int]] | None = None,
) -> dict[WorkLine, Divergence]:
    """Compare lines with their base, with each other and with the remote branches.

    Args:
        repo: The repository.
        lines: The lines.
        base: Their base.
        known: Cache of (commit, base) to the counts ahead and behind; read and added to. It stays valid if
            `has_fixed_history`.

    Raises:
        CommandError: The base or a commit does not exist.
    """
    distinct = tuple(dict.fromkeys(lines))
    if not distinct:
        return {}
    base_commit = next((line.head for line in distinct if line.branch == base), None) or _resolve(repo, base)
    apart = _apart(repo, distinct, base_commit, {} if known is None else known)
    alone = _alone(repo, distinct)
    return {line: Divergence(*apart[line.head], unpushed=alone[line]) for line in distinct}


def _resolve(repo: Repository, base: str) -> str:
    asked = ("rev-parse", "--verify", "--end-of-options", f"{base}^{{commit}}")
    return commit_of_base(repo, base) or git(repo.main, *asked).out.split()[-1]


def _apart(
    repo: Repository,
    lines: Sequence[WorkLine],
    base: str,
    known: MutableMapping[tuple[str, str], tuple[int, int]],
) -> dict[str, tuple[int, int]]:
    """Return head to (ahead, behind)."""
    every = tuple(dict.fromkeys(line.head for line in lines))
    new = _measured(repo, [head for head in every if (head, base) not in known], base)
    known.update({(head, base): pair for head, pair in new.items()})
    return {head: known[head, base] for head in every}


def _measured(repo: Repository, heads: Sequence[str], base: str) -> dict[str, tuple[int, int]]:
    tips = {head: 1 << place for place, head in enumerate(dict.fromkeys((base, *heads)))}
    if len(tips) == 1:
        return dict.fromkeys(heads, (0, 0))
    # Common history changes no count, and is usually nearly everything.
    common = git(repo.main, "merge-base", "--octopus", "--all", *tips, check=False).out.split()
    counts = reach(_rev_list(repo, tips, common), tips)
    of_base = tips[base]
    return {
        head: (
            sum(count for bits, count in counts.items() if bits & tips[head] and not bits & of_base),
            sum(count for bits, count in counts.items() if bits & of_base and not bits & tips[head]),
        )
        for head in heads
    }


def _alone(repo: Repository, lines: Sequence[WorkLine]) -> dict[WorkLine, int]:
    """Return how many commits of each line are on no other local branch and no remote branch."""
    bits = {line: 1 << place for place, line in enumerate(lines)}
    tips: dict[str, int] = {}
    for line, bit in bits.items():
        tips[line.head] = tips.get(line.head, 0) | bit
    branches = {line.branch: bit for line, bit in bits.items() if line.branch is not None}
    excluded = [f"--exclude={branch}" for branch in branches]
    listing = _rev_list(repo, tips, (), "--not", *excluded, "--branches", "--remotes")
    counts = reach(listing, tips)
    on_branches = sum(set(branches.values()))
    return {
        line: sum(
            count for reached, count in counts.items() if reached & bit and not reached & on_branches & ~bit
        )
        for line, bit in bits.items()
    }


def _rev_list(repo: Repository, tips: Iterable[str], without: Iterable[str], *options: str) -> Sequence[str]:
    revisions = "".join(f"{tip}\n" for tip in (*tips, *(f"^{commit}" for commit in without)))
    argv = ("rev-list", "--topo-order", "--parents", "--stdin", *options)
    return lines_of(git(repo.main, *argv, stdin=revisions).out)
