"""The projects that are measured in: the demo shop, and what a careful person does by hand in it."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .commands import INV, answering, sh

if TYPE_CHECKING:
    from .commands import Answered

__all__ = ["Project"]

_CI = Path(__file__).resolve().parents[1]

# What a careful person would write for one worktree of the shop: no leases, no checks, no way back.
_BY_HAND = """
set -euo pipefail
name=$1 n=$2 main=$3 tree=$4 project=$5
cd "$main"
git worktree add --quiet --no-track -b "$name" "$tree" main
sed -e "s/$WEB/$((WEB + n))/g" -e "s/$VITE/$((VITE + n))/g" .env >"$tree/.env"
sed -e "s/$WEB/$((WEB + n))/g" frontend/.env.local >"$tree/frontend/.env.local"
network=${project}_worktree_$name
docker network create --subnet "10.214.$n.0/26" "$network" >/dev/null
docker network connect --alias db "$network" "$project-db-1"
docker network connect --alias redis "$network" "$project-redis-1"
for service in web worker vite; do docker tag "$project-$service" "$project-$name-$service"; done
cat >"$tree/compose.override.yaml" <<YAML
name: $project-$name
services:
  db: !reset null
  redis: !reset null
  web: {depends_on: !override {}}
  worker: {depends_on: !override {}}
networks:
  default: !override {name: $network, external: true}
YAML
cd "$tree"
docker compose up --detach >/dev/null 2>&1
"""
_DOWN_BY_HAND = """
set -euo pipefail
name=$1 main=$2 tree=$3 project=$4
cd "$tree"
docker compose down --volumes --timeout 1 >/dev/null 2>&1
for service in db redis; do
  docker network disconnect "${project}_worktree_$name" "$project-$service-1"
done
docker network rm "${project}_worktree_$name" >/dev/null
cd "$main"
git worktree remove --force "$tree"
"""
# So many files in folders of 250, as blobs of their own.
_FOLDER = 250


@dataclass(frozen=True)
class Project:
    """A checkout of the demo shop, whose main publishes two ports."""

    main: Path
    web: int
    vite: int

    @property
    def name(self) -> str:
        """What its stack is called."""
        return self.main.name

    def make(self, *services: str, build: bool = False) -> None:
        """Make it, and start main's services; all where none is named."""
        sh([str(_CI / "demo-project"), str(self.main), str(self.web), str(self.vite)])
        words = ["docker", "compose", "up", "--detach", *(["--build"] if build else []), "--wait", *services]
        sh(words, cwd=self.main)

    def grow(self, files: int, branches: int) -> None:
        """Add files to main, and branches beside it."""
        folder = self.main / "large"
        for number in range(files):
            path = folder / str(number // _FOLDER) / f"{number}.txt"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"{number}\n")
        git = ["git", "-c", "user.name=Shop", "-c", "user.email=shop@example.invalid"]
        sh([*git, "add", "--all"], cwd=self.main)
        sh([*git, "commit", "--quiet", "--message", "Much"], cwd=self.main)
        tip = sh(["git", "rev-parse", "HEAD"], cwd=self.main).strip()
        names = "".join(f"create refs/heads/old/{number} {tip}\n" for number in range(branches))
        subprocess.run(["git", "update-ref", "--stdin"], cwd=self.main, input=names, text=True, check=True)

    def new_by_hand(self, name: str, number: int) -> tuple[Path, Answered]:
        """Make a worktree by hand, whose stack starts; return its directory and how long that took."""
        tree = self.main.parent / name
        words = ["bash", "-c", _BY_HAND, "by-hand", name, str(number), str(self.main), str(tree), self.name]
        environ = {"WEB": str(self.web), "VITE": str(self.vite)}
        return tree, answering(words, self.main, self.web + number, environ)

    def remove_by_hand(self, name: str, tree: Path) -> None:
        """Take a worktree away that was made by hand; its images stay."""
        sh(["bash", "-c", _DOWN_BY_HAND, "by-hand", name, str(self.main), str(tree), self.name])

    def forget_by_hand(self, name: str) -> None:
        """Take the image names of a worktree away that was made by hand."""
        images = [f"{self.name}-{name}-{service}" for service in ("web", "worker", "vite")]
        sh(["docker", "image", "rm", "--no-prune", *images])

    def destroy(self) -> None:
        """Take everything of it away, the directories excepted."""
        trees = self.main.parent / f"{self.name}.worktrees"
        for tree in sorted(trees.glob("*")) if trees.is_dir() else ():
            words = [INV, "wt.remove", tree.name, "--force"]
            subprocess.run(words, cwd=self.main, capture_output=True, check=False, env=dict(os.environ))
        if self.main.is_dir():
            sh(["docker", "compose", "down", "--volumes", "--rmi", "local"], cwd=self.main)
