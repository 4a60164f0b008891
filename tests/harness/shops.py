"""The demo shop: its main stack and its worktrees, on a real engine."""

from __future__ import annotations

import json
import secrets
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .programs import docker, environment
from .projects import Project

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .programs import Done

__all__ = ["Shop"]

ROOT = Path(__file__).parents[2]


class Shop(Project):
    """The shop's main stack and its worktrees."""

    def __init__(self, folder: Path, web: int) -> None:
        self.name = f"shop{secrets.token_hex(3)}"
        self.web = web
        super().__init__(folder / self.name, {**environment(), "XDG_STATE_HOME": str(folder / "state")})
        argv = (ROOT / "ci" / "demo-project", self.path, str(web), str(web + 50))
        self.run(*argv, cwd=folder, code=0)
        # The fixture's own project is not one that anybody's pipeline runs at the same time.
        self.compose("up", "--detach", "--build", "--wait")
        self.trees: dict[str, dict[str, Any]] = {}

    def open(self, *branches: str, hosts: Mapping[str, str] | None = None) -> None:
        """Open worktrees, all at once, with URLs on the host of each, or on localhost."""

        def new(branch: str) -> Done:
            env = {"INVOKE_WT_HOST": (hosts or {}).get(branch, "localhost")}
            return self.wt("new", branch, "--json", env=env)

        with ThreadPoolExecutor(len(branches)) as pool:
            for done in pool.map(new, branches):
                self.trees[done.json["branch"]] = done.json

    def stack(self, branch: str) -> str:
        return self.name if branch == "main" else str(self.trees[branch]["compose_project"])

    def checkout(self, branch: str) -> Path:
        return self.path if branch == "main" else Path(self.trees[branch]["path"])

    def url(self, branch: str, service: str = "web") -> str:
        if branch == "main":
            return f"http://localhost:{self.web + (50 if service == 'vite' else 0)}"
        return str(self.trees[branch]["services"][service]["ports"][0]["url"])

    def inside(self, branch: str, service: str, *words: str) -> str:
        label = f"label=com.docker.compose.project={self.stack(branch)}"
        service_label = f"label=com.docker.compose.service={service}"
        container = docker("ps", "--quiet", "--filter", label, "--filter", service_label)
        return docker("exec", container, *words)

    def addresses(self) -> dict[str, tuple[str, str]]:
        """Return which stack and service has which address, for all running containers of the shop."""
        found: dict[str, tuple[str, str]] = {}
        # Only its own: other tests' containers come and go meanwhile.
        ids = [
            one
            for branch in ("main", *self.trees)
            for one in docker(
                "ps", "--quiet", "--filter", f"label=com.docker.compose.project={self.stack(branch)}"
            ).split()
        ]
        for one in json.loads(docker("inspect", *ids)):
            labels = one["Config"]["Labels"]
            place = (labels["com.docker.compose.project"], labels["com.docker.compose.service"])
            for network in one["NetworkSettings"]["Networks"].values():
                if network["IPAddress"]:
                    found[network["IPAddress"]] = place
        return found

    def routes(self) -> dict[str, str]:
        return {name: self.inside("main", name, "cat", "/proc/net/route") for name in ("web", "db", "redis")}

    def close(self) -> None:
        for branch in self.trees:
            self.run("git", "checkout", "--quiet", "--", ".", cwd=self.checkout(branch))
            self.wt("remove", branch)
        self.compose("down", "--volumes", "--rmi", "local", "--timeout", "1")
