"""A project on the real engine for commands that are struck, with a witness of all that must hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.toys import PROJECTS
from harness.work import leave_work

from .commands import Stable
from .invariants import Expected, Witness

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["BYSTANDER", "SMALL", "WALKED", "Stage"]

# With one own service, which is built, so that little is done many times over.
SMALL = PROJECTS / "small"
# A worktree with work in it, which no command is about; and the one that they all are about.
BYSTANDER = "by/stander"
WALKED = "walked"


class Stage:
    """A toy with its shared services running, and one worktree that nobody may touch.

    Attributes:
        toy: The toy.
        stable: Runs its commands.
        witness: Sees whether all agrees.
        tree: Where the worktree is that commands are about.
        left: All that somebody could see of it when they had worked there.
    """

    def __init__(self, toy: Any) -> None:
        self.toy = toy
        self.tree = toy.root / WALKED
        self.left: dict[object, object] = {}
        self._services = frozenset({"web", "vite", "worker"})
        if (toy.main / "Dockerfile").exists():
            self._services = frozenset({"web"})
            toy.compose("build", "--quiet", "web")
        toy.compose("up", "--detach", "--wait", "--quiet-pull", "db", "redis")
        self.stable = Stable(toy)
        self.stable.done("new", BYSTANDER, "--no-start")
        tree = toy.root / "by-stander"
        toy.git("commit", "--quiet", "--allow-empty", "--message", "Work", cwd=tree)
        leave_work(tree)
        self.witness = Witness(toy, self.stable.temporary)
        self.witness.remember(BYSTANDER)

    def close(self) -> None:
        self.stable.close()
        self.witness.close()

    def there(self, branch: str = WALKED) -> bool:
        """Return whether a worktree is recorded."""
        return branch in {row["branch"] for row in self.toy.rows("worktree")}

    def check(self, expected: Mapping[str, str], *, points: int | None = None, swept: bool = True) -> None:
        """See that all is well, with these worktrees and their stacks, and the bystander."""
        wanted = {branch: Expected(stack, self._services) for branch, stack in expected.items()}
        kept = [WALKED] if self.toy.git("branch", "--list", WALKED) else []
        self.witness.check({BYSTANDER: Expected(), **wanted}, points=points, kept=kept, swept=swept)

    def clear(self) -> None:
        """Leave nothing of the worktree, its branch and restore points."""
        self.witness.forget(WALKED)
        if self.there():
            self.stable.done("remove", WALKED, "--force")
        self.toy.run("git", "branch", "-D", WALKED)
        self.drop_points()

    def drop_points(self) -> None:
        """Let go of all restore points."""
        self.toy.drop_points()

    def answers(self) -> None:
        """See that what serves in the worktree is its own, and that git sees no change in it."""
        (row,) = (one for one in self.toy.rows("worktree") if one["branch"] == WALKED)
        port = self.toy.web + row["slot"]
        assert self.toy.get(port)["SITE_URL"] == f"http://localhost:{port}"
        self.is_clean()

    def is_clean(self) -> None:
        """See that all that is tracked is checked out as it was committed."""
        assert self.toy.git("status", "--porcelain", cwd=self.tree) == ""
