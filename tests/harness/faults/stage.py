"""A project on the real engine for commands that are struck, with a witness of all that must hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.toys import PROJECTS

from .commands import Stable
from .invariants import Expected, Witness

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["BYSTANDER", "SMALL", "WALKED", "Stage", "leave_work"]

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
        left: The files of the worktree that commands are about, as somebody left them.
    """

    def __init__(self, toy: Any) -> None:
        self.toy = toy
        self._services = frozenset({"web", "vite", "worker"})
        if (toy.main / "Dockerfile").exists():
            self._services = frozenset({"web"})
            toy.compose("build", "--quiet", "web")
        toy.compose("up", "--detach", "--wait", "--quiet-pull", "db", "redis")
        self.stable = Stable(toy.folder, toy.main, toy.env)
        self.stable.done("new", BYSTANDER, "--no-start")
        tree = toy.root / "by-stander"
        leave_work(tree)
        toy.git("commit", "--quiet", "--allow-empty", "--message", "Work", cwd=tree)
        self.witness = Witness(toy, self.stable.temporary)
        self.witness.remember(BYSTANDER)
        self.left: dict[str, Any] = {}

    def close(self) -> None:
        self.stable.close()
        self.witness.close()

    def there(self, branch: str = WALKED) -> bool:
        """Return whether a worktree is recorded."""
        return branch in {row["branch"] for row in self.toy.rows("worktree")}

    def check(self, expected: Mapping[str, str], *, points: int | None = None) -> None:
        """See that all is well, with these worktrees and their stacks, and the bystander."""
        wanted = {branch: Expected(stack, self._services) for branch, stack in expected.items()}
        kept = [WALKED] if self.toy.git("branch", "--list", WALKED) else []
        self.witness.check({BYSTANDER: Expected(), **wanted}, points=points, kept=kept)

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

    def files(self) -> dict[str, Any]:
        """Return the worktree's files without the override, which no restore point holds: it is made anew."""
        files = self.witness.files(WALKED)
        return {path: file for path, file in files.items() if path != "compose.override.yaml"}


def leave_work(tree: Path) -> None:
    """Leave what people leave: a new file, a changed one, an edited ignored one."""
    (tree / "notes.txt").write_text("mine\n")
    (tree / "server.py").write_text((tree / "server.py").read_text() + "# mine\n")
    (tree / ".env").write_text((tree / ".env").read_text() + "MINE=1\n")
