"""Projects in the shapes that people have, with main and two worktrees of each at once on the real engine."""

from __future__ import annotations

import json
import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .programs import docker, wait_for
from .three_worktrees import told
from .toys import PROJECTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .toys import Toy

__all__ = ["BRANCHES", "Shape", "Site"]

SHAPES = PROJECTS.parent / "shapes"
BRANCHES = ("feature/left", "right")
JOBS = 10
DONE = re.compile(r"worked (?P<job>\w+) of (?P<checkout>\S+)")
SPACE = re.compile(r'\bdb\d+(?=:)|"name":"[^"]*"')


@dataclass(frozen=True)
class Shape:
    """A project of `fixtures/shapes`, and what is to be seen of it.

    Attributes:
        name: Its directory.
        own: The services of a worktree that run.
        queue: The service whose page adds jobs; none where there are no jobs.
        workers: The services that take them.
        schedulers: The services that add jobs in main; those of them that only do that are not in `own`.
        ended: The own services that end well, and others wait for.
        notes: What `plan` and `new` say of it, among other things.
        broker: The service that jobs are in, and what tells its databases or virtual hosts.
        code: The file that tells whose code it is.
        images: Images that stand in for others.
        up: What main's stack is started with, beside `up`.
        inside: Where plain `docker compose` finds the project's file.
        suffix: What main's compose project is called after its directory.
        extra: The path at which a page shows a further file of its checkout.
        state: What Docker may say of a stack that has just become ready.
    """

    name: str
    own: frozenset[str]
    queue: str = ""
    workers: frozenset[str] = frozenset()
    schedulers: frozenset[str] = frozenset()
    ended: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()
    broker: tuple[str, ...] = ("redis", "redis-cli", "info", "keyspace")
    code: str = "CHECKOUT"
    images: tuple[str, ...] = ()
    up: tuple[str, ...] = ()
    inside: str = "."
    suffix: str = ""
    extra: str = "/"
    state: str = "running"

    @property
    def idle(self) -> frozenset[str]:
        """The own services that are not started in a worktree."""
        return self.schedulers - self.own


@dataclass(frozen=True)
class Checkout:
    """Main or a worktree: its branch, where it is, its compose project and its published ports by service."""

    branch: str
    path: Path
    project: str
    ports: dict[str, set[tuple[int, int]]]


class Site:
    """A shape's project, and what is seen of its stacks."""

    main: Checkout
    of_main: dict[str, tuple[str, str, str, int]]

    def __init__(self, shape: Shape, folder: Path, make_toy: Callable[[Path], Toy]) -> None:
        source = folder / shape.name
        shutil.copytree(SHAPES / "common", source)
        shutil.copytree(SHAPES / shape.name, source, dirs_exist_ok=True)
        self.shape = shape
        self.toy = make_toy(source)
        self.name = f"{self.toy.name}{shape.suffix}"

    def up(self) -> None:
        """Start main's stack."""
        for image in self.shape.images:
            docker("build", "--quiet", "--tag", f"{self.toy.name}/{image}", str(SHAPES / "images" / image))
        words = ("--project-name", self.name, *self.shape.up)
        self.toy.compose(*words, "up", "--detach", "--build", "--quiet-pull")
        ports = {
            service: {
                (int(target.partition("/")[0]), int(binding["HostPort"]))
                for target, bindings in one["HostConfig"]["PortBindings"].items()
                for binding in bindings
            }
            for service, one in self.toy.containers(self.name).items()
            if one["HostConfig"]["PortBindings"]
        }
        self.main = Checkout("main", self.toy.main, self.name, ports)
        self.of_main = self.toy.identities(self.name)

    # What is asked of the project

    def plan(self) -> dict[str, dict[str, Any]]:
        """Plan a worktree for each branch, whose code tells its name."""
        for branch in BRANCHES:
            self.toy.branch(branch, {self.shape.code: f"{branch}\n"})
        with ThreadPoolExecutor() as pool:
            done = pool.map(lambda branch: self.toy.wt("plan", branch, "--json").json, BRANCHES)
            plans = dict(zip(BRANCHES, done, strict=True))
        own = {*self.shape.own, *self.shape.ended, *self.shape.idle}
        for plan in plans.values():
            assert {one["name"] for one in plan["services"] if one["role"] == "own"} == own
            self.is_told("\n".join(plan["notes"]))
        return plans

    def open(self) -> list[dict[str, Any]]:
        """Open both worktrees at once."""
        with ThreadPoolExecutor() as pool:
            done = list(pool.map(lambda branch: self.toy.wt("new", branch, "--json"), BRANCHES))
        for one in done:
            self.is_told(one.err)
        return [one.json for one in done]

    def findings(self) -> list[dict[str, Any]]:
        """Return what doctor finds."""
        return self.toy.wt("doctor", "--json").json["findings"]

    def is_told(self, text: str) -> None:
        """See that a text has what is to be said of this shape."""
        missing = [note for note in self.shape.notes if note not in text]
        assert not missing, f"{missing} not in\n{text}"

    # What is seen

    def agree(self, plans: dict[str, dict[str, Any]], trees: Iterable[dict[str, Any]]) -> list[Checkout]:
        """See that plan, `new`, list, env file, override and containers agree; return the checkouts."""
        trees = list(trees)
        listed = self.toy.listed()
        checkouts = []
        for tree in trees:
            assert told(listed[tree["branch"]]) == told(tree)
            assert tree["state"] in {"running", self.shape.state}, tree["services"]
            one = Checkout(tree["branch"], Path(tree["path"]), tree["compose_project"], told(tree))
            assert self.in_model(one) == one.ports
            assert self.in_containers(one) == one.ports
            assert self.toy.git("status", "--porcelain", "--untracked-files=all", cwd=one.path) == ""
            checkouts.append(one)
        # Only one of the two got what both were planned to get.
        (first,) = [one for one in trees if one["slot"] == plans[one["branch"]]["slot"]]
        plan = plans[first["branch"]]
        planned = {(one["service"], one["target"], one["published"]) for one in plan["ports"]}
        here = told(first)
        assert {
            (service, target, published) for service in here for target, published in here[service]
        } == planned
        for change in (one for one in plan["env"] if "***" not in one["new"]):
            # Who is the first to have its ports need not be the first to have a place for its jobs.
            takers = trees if "this worktree's jobs" in change["reason"] else [first]
            assert any(self._has(tree, change) for tree in takers), change
        return checkouts

    def _has(self, tree: dict[str, Any], change: dict[str, str]) -> bool:
        """Return whether a worktree's `.env` or one of its containers has a value as planned."""
        # What git tracks stays as it is, and its readers are told.
        there = self.toy.env_of(Path(tree["path"])) if change["file"] == ".env" else {}
        containers = self.toy.containers(tree["compose_project"]).values()
        seen = {line for container in containers for line in container["Config"]["Env"]}
        return there.get(change["key"]) == change["new"] or f"{change['key']}={change['new']}" in seen

    def in_model(self, one: Checkout) -> dict[str, set[tuple[int, int]]]:
        """Return the published ports that plain `docker compose` reads in a worktree."""
        services = json.loads(self.plain(one, "config", "--format", "json"))["services"]
        assert {*services} == {*self.shape.own, *self.shape.ended}
        return {
            name: {(port["target"], int(port["published"])) for port in spec["ports"]}
            for name, spec in services.items()
            if spec.get("ports")
        }

    def plain(self, one: Checkout, *words: str) -> str:
        """Run plain `docker compose` in a checkout."""
        place = one.path / self.shape.inside
        return self.toy.compose(*words, cwd=place, env={"PWD": str(place)})

    def in_containers(self, one: Checkout) -> dict[str, set[tuple[int, int]]]:
        """Return the published ports that a worktree's containers have; none of them is a scheduler's."""
        found = self.toy.containers(one.project)
        assert {*found} == {*self.shape.own, *self.shape.ended}
        for service, container in found.items():
            state = container["State"]
            expected = ("exited", 0) if service in self.shape.ended else ("running", 0)
            assert (state["Status"], state["ExitCode"]) == expected, service
        ports = {
            service: {
                (int(target.partition("/")[0]), int(binding["HostPort"]))
                for target, bindings in (container["HostConfig"]["PortBindings"] or {}).items()
                for binding in bindings
            }
            for service, container in found.items()
        }
        return {service: numbers for service, numbers in ports.items() if numbers}

    def running(self, one: Checkout) -> dict[str, tuple[str, str, str, int]]:
        """Return what changes when a container of a checkout that runs is started again, by service."""
        found = self.toy.identities(one.project)
        return {service: found[service] for service in self.shape.own}

    def serves(self, one: Checkout) -> None:
        """See that each published port of own services answers with the code of its checkout."""
        for service in self.shape.own & {*one.ports}:
            for _, published in one.ports[service]:
                for path in {"/", self.shape.extra}:
                    assert self.answer(published, path) == one.branch, (service, published, path)

    def answer(self, port: int, path: str) -> str:
        def asked() -> list[str]:
            with suppress(OSError):
                return [self.toy.get(port, path)["checkout"]]
            return []

        return wait_for(asked, seconds=20)[0]

    def reaches(self, one: Checkout) -> None:
        """See that every name leads from own services to the checkout's own or to what is shared."""
        mains = self.toy.containers(self.name)
        here = mains if one is self.main else self.toy.containers(one.project)
        script = 'for name; do echo "$name $(getent ahostsv4 "$name" | cut -d" " -f1 | sort -u)"; done'
        for service in self.shape.own:
            said = docker("exec", here[service]["Id"], "sh", "-c", script, "sh", *mains)
            found = {line.split()[0]: {*line.split()[1:]} for line in said.splitlines()}
            for name, addresses in found.items():
                owned = name in self.shape.own | self.shape.ended | self.shape.idle
                target = here.get(name) if owned else mains[name]
                expected = addresses_of(target)
                what = f"{name} from {service} of {one.branch}: {addresses}"
                assert bool(addresses) == bool(expected), what
                assert addresses <= expected, what

    def keeps_jobs_apart(self, checkouts: Iterable[Checkout]) -> None:
        """See that each stack's workers do the jobs of its own pages, and only main adds any in time."""
        checkouts = list(checkouts)
        for one in checkouts:
            _, published = min(one.ports[self.shape.queue])
            self.toy.get(published, "/queue")
        for one in checkouts:
            queued = {(str(number), one.branch) for number in range(JOBS)}
            wait_for(lambda one=one, queued=queued: queued <= {*self.done(one)}, seconds=20)
        if self.shape.schedulers:
            wait_for(lambda: ("tick", "main") in self.done(self.main), seconds=20)
        for one in checkouts:
            assert {branch for _, branch in self.done(one)} == {one.branch}
            assert one is self.main or "tick" not in dict(self.done(one))

    def done(self, one: Checkout) -> list[tuple[str, str]]:
        """Return the jobs that a stack's workers did, and whose they were."""
        containers = self.toy.containers(one.project)
        said = "\n".join(docker("logs", containers[name]["Id"]) for name in self.shape.workers)
        return DONE.findall(said)

    def spaces(self) -> set[str]:
        """Return the databases of Redis that hold something, or the virtual hosts of RabbitMQ."""
        service, *words = self.shape.broker
        container = self.toy.containers(self.name)[service]["Id"]
        return set(SPACE.findall(docker("exec", container, *words)))

    def objects(self) -> set[str]:
        """Return all that Docker has of this project."""
        return {
            f"{kind} {name}"
            for kind, *words in (
                ("container", "ps", "--all", "--format", "{{.Names}}"),
                ("network", "network", "ls", "--format", "{{.Name}}"),
                ("volume", "volume", "ls", "--format", "{{.Name}}"),
                ("image", "image", "ls", "--format", "{{.Repository}}:{{.Tag}}"),
            )
            for name in docker(*words).splitlines()
            if self.toy.name in name
        }


def addresses_of(container: dict[str, Any] | None) -> set[str]:
    """Return where a container is, while it runs; none where it is in another one's network."""
    networks = container["NetworkSettings"]["Networks"] if container else {}
    return {one["IPAddress"] for one in networks.values()} - {""}
