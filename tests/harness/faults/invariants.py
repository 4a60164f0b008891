"""What holds of a project after any command, however it ended: git, Docker, state and disk tell one story."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import docker

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["Expected", "Witness", "restore_points"]

_LABEL = "worktree-tasks.project"
_KEY = "worktree-tasks.key"
# Git's directory holds these at rest: the files that our own locks are of, which stay.
_AT_REST = frozenset(
    {"worktree-tasks.lock", "worktree-tasks/vault.lock", "worktree-tasks/unfinished-vault.lock"}
)
_STORE = frozenset({
    "compose-config", "compose.json", "locks", "settings.json",
    "state.sqlite3", "state.sqlite3-wal", "state.sqlite3-shm",
})  # fmt: skip


@dataclass(frozen=True)
class Expected:
    """How one worktree has to be.

    Attributes:
        stack: `none`, `running` or `stopped`; `any` when it is not said.
        services: The services of its stack.
    """

    stack: str = "none"
    services: frozenset[str] = frozenset({"web"})


def restore_points(toy: Any) -> list[str]:
    """Return the references of the restore points that a toy's vault holds."""
    vault = toy.main / ".git" / "worktree-tasks" / "vault"
    if not vault.exists():
        return []
    listed = toy.git("--git-dir", str(vault), "for-each-ref", "--format=%(refname)", "refs/points/")
    return list(listed.split())


class Witness:
    """Remembers what main was, and compares."""

    def __init__(self, toy: Any, temporary: Path | None = None) -> None:
        self.toy = toy
        self.temporary = temporary
        self.checks = 0
        self._docker = docker.from_env()
        self._main = self._of_main()
        self._trees: dict[str, dict[str, Any]] = {}

    def close(self) -> None:
        self._docker.close()

    def remember(self, branch: str) -> None:
        """Take a worktree's files as what they have to be from now on."""
        self._trees[branch] = self.files(branch)

    def forget(self, branch: str) -> None:
        """Let a worktree's files be what they are."""
        self._trees.pop(branch, None)

    def check(
        self,
        expected: Mapping[str, Expected],
        *,
        points: int | None = None,
        kept: Iterable[str] = (),
        swept: bool = True,
    ) -> None:
        """See that everything agrees, that nothing else is there, and that main is as it was.

        Args:
            expected: The worktrees that have to be there, by branch; all others must have left no trace.
            points: How many restore points there have to be.
            kept: Branches without a worktree that stay.
            swept: Whether a command ran that sweeps up what killed ones left: temporary files, and
                directories of which a part is deleted.
        """
        self.checks += 1
        rows = self._store(expected)
        self._disk(rows, swept=swept)
        self._git(rows, {*expected, *kept, "main"}, points)
        self._engine(rows, expected)
        for branch, files in self._trees.items():
            if branch in expected:
                found = self.files(branch)
                other = {name for name in {*found, *files} if found.get(name) != files.get(name)}
                assert not other, [(name, found.get(name), files.get(name)) for name in other]
        assert self._of_main() == self._main

    def _store(self, expected: Mapping[str, Expected]) -> dict[str, dict[str, Any]]:
        file = self.toy.folder / "state" / "worktree-tasks" / "state.sqlite3"
        if not file.exists():
            assert not expected
            return {}
        assert {one.name for one in file.parent.iterdir()} <= _STORE
        # They have values of env files.
        answers = (file.parent / "compose-config").glob("*")
        assert all(one.stat().st_mode & 0o077 == 0 for one in answers)
        # One that shows use bears a process's number, and goes with it.
        locks = [one.name for one in (file.parent / "locks").glob("*.*.lock")]
        assert not locks, locks
        with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as db:
            db.row_factory = sqlite3.Row
            assert [one[0] for one in db.execute("PRAGMA quick_check")] == ["ok"]
            assert list(db.execute("PRAGMA foreign_key_check")) == []
            found = [
                dict(one)
                for one in db.execute(
                    "SELECT worktree.*, main FROM worktree JOIN project ON project.id = project_id"
                )
            ]
            ports = [tuple(one) for one in db.execute("SELECT published, worktree_id FROM port")]
            leases = [tuple(one) for one in db.execute("SELECT published, worktree_id FROM lease")]
            written = {one[0] for one in db.execute("SELECT worktree_id FROM written")}
        ids = {row["id"] for row in found}
        assert {one for _, one in (*ports, *leases)} | written <= ids
        assert {one for one in ports if one[0] is not None} == set(leases)
        _none_twice([number for number, _ in leases], "ports")
        for column in ("compose_project", "subnet", "network"):
            _none_twice([row[column] for row in found if row[column] is not None], column)
        mine = [row for row in found if row["main"] == str(self.toy.main)]
        for column in ("name", "path", "slot", "broker_database"):
            _none_twice([row[column] for row in mine if row[column] is not None], column)
        assert {row["branch"] for row in mine} == set(expected), mine
        for row in mine:
            assert (row["state"], row["restoring"]) == ("ready", None), row
        return {row["branch"]: row for row in mine}

    def _disk(self, rows: Mapping[str, Mapping[str, Any]], *, swept: bool) -> None:
        there = {one.name for one in self.toy.root.iterdir()} if self.toy.root.exists() else set()
        if not swept:
            there = {name for name in there if not name.endswith(".removed")}
        assert there == {Path(row["path"]).name for row in rows.values()}
        if self.temporary and swept:
            homes = [one for one in self.temporary.iterdir() if one.name != f"worktree-tasks.{os.getuid()}"]
            left = [*homes, *self.temporary.glob("worktree-tasks.*/[!.]*")]
            assert not left, left

    def _git(
        self, rows: Mapping[str, Mapping[str, Any]], branches: Iterable[str], points: int | None
    ) -> None:
        toy, common = self.toy, self.toy.main / ".git"
        listed = toy.git("worktree", "list", "--porcelain").split("\n\n")
        trees = dict(_tree(entry.splitlines()) for entry in listed if entry)
        assert trees.pop(str(toy.main)) == "main"
        assert trees == {row["path"]: branch for branch, row in rows.items()}, listed
        admins = common / "worktrees"
        assert len(list(admins.iterdir()) if admins.exists() else []) == len(rows)
        locks = {str(one.relative_to(common)) for one in common.rglob("*.lock")} - _AT_REST
        assert not locks, locks
        refs = toy.git("for-each-ref", "--format=%(refname)").splitlines()
        heads = {one for one in refs if one.startswith("refs/heads/")}
        assert heads == {f"refs/heads/{name}" for name in branches}
        assert heads == {one for one in refs if not one.startswith("refs/remotes/")}
        trash = restore_points(toy)
        assert points is None or len(trash) == points, trash
        sections = {
            line.split('"')[1] for line in _text(common / "config").splitlines() if "[branch " in line
        }
        assert sections <= set(branches), sections

    def _engine(self, rows: Mapping[str, Mapping[str, Any]], expected: Mapping[str, Expected]) -> None:
        name, api = self.toy.name, self._docker.api
        keys = {row["key"]: branch for branch, row in rows.items()}
        containers = [
            one for one in api.containers(all=True)
            if one["Labels"].get(_LABEL) == name or any(n.startswith(f"/{name}") for n in one["Names"])
        ]  # fmt: skip
        mains = [one for one in containers if one["Labels"].get("com.docker.compose.project") == name]
        own: dict[str, list[Any]] = {branch: [] for branch in rows}
        for one in containers:
            if one not in mains:
                assert one["Labels"].get(_KEY) in keys, f"leaked container {one['Names']}"
                own[keys[one["Labels"][_KEY]]].append(one)
        networks = {
            one["Name"]: one for one in api.networks()
            if name in one["Name"] or (one["Labels"] or {}).get(_LABEL) == name
        }  # fmt: skip
        default = networks.pop(f"{name}_default", None)
        for network in networks.values():
            assert network["Labels"].get(_KEY) in keys, f"leaked network {network['Name']}"
        assert len({network["Labels"][_KEY] for network in networks.values()}) == len(networks)
        volumes = {
            one["Name"] for one in api.volumes()["Volumes"] or ()
            if one["Name"].startswith(name) or (one["Labels"] or {}).get(_LABEL) == name
        }  # fmt: skip
        volumes = {one for one in volumes if not one.startswith(f"{name}_")}
        tags = {
            tag.partition(":")[0] for one in api.images() for tag in one["RepoTags"] or ()
            if tag.startswith(f"{name}-")
        } - {f"{name}-web"}  # fmt: skip
        stacks = {row["compose_project"]: branch for branch, row in rows.items() if row["compose_project"]}
        for kind, found in (("volume", volumes), ("image", tags)):
            for one in found:
                owner = max((stack for stack in stacks if one.startswith(stack)), key=len, default=None)
                assert owner is not None, f"leaked {kind} {one}"
        attached: set[str] = set()
        for branch, row in rows.items():
            self._stack(own[branch], expected[branch], row, networks)
            if expected[branch].stack == "running":
                attached.add(row["network"])
        if all(one.stack != "any" for one in expected.values()):
            shared = [one for one in mains if one["Labels"]["com.docker.compose.service"] in ("db", "redis")]
            for one in shared:
                joined = set(one["NetworkSettings"]["Networks"])
                assert default is None or joined == {default["Name"], *attached}, joined

    def _stack(
        self, found: list[Any], wanted: Expected, row: Mapping[str, Any], networks: Mapping[str, Any]
    ) -> None:
        """See that a worktree's containers are those of its services, once, on its ports and its network."""
        if wanted.stack == "any":
            return
        services = sorted(one["Labels"]["com.docker.compose.service"] for one in found)
        assert services == ([] if wanted.stack == "none" else sorted(wanted.services))
        states = {one["State"] for one in found}
        assert states == {"none": set(), "running": {"running"}, "stopped": {"exited"}}[wanted.stack]
        if wanted.stack == "none":
            return
        assert row["network"] in networks
        ranges = [one["Subnet"] for one in networks[row["network"]]["IPAM"]["Config"]]
        assert ranges == [row["subnet"]]
        for one in found:
            assert one["Labels"]["com.docker.compose.project"] == row["compose_project"]
            assert set(one["NetworkSettings"]["Networks"]) == {row["network"]}

    def _of_main(self) -> object:
        """Return all of main that no command of ours may change."""
        toy, api = self.toy, self._docker.api
        label = {"label": f"com.docker.compose.project={toy.name}"}
        containers = {
            one["Id"]: (one["ImageID"], api.inspect_container(one["Id"])["State"]["StartedAt"], one["State"])
            for one in api.containers(all=True, filters=label)
        }
        return (
            containers,
            {one["Name"] for one in api.volumes()["Volumes"] or () if one["Name"].startswith(f"{toy.name}_")},
            [one["Id"] for one in api.networks(names=[f"{toy.name}_default"])],
            toy.files(toy.main),
            toy.git("status", "--porcelain", "--branch"),
        )

    def files(self, branch: str) -> dict[str, Any]:
        """Return every file of a worktree with its mode and bytes, its record's key left out."""
        rows = {row["branch"]: row for row in self.toy.rows("worktree")}
        root, key = Path(rows[branch]["path"]), rows[branch]["key"].encode()
        found: dict[str, Any] = {}
        for path in root.rglob("*"):
            if path.relative_to(root).parts[0] != ".git" and not path.is_dir():
                content = os.fsencode(path.readlink()) if path.is_symlink() else path.read_bytes()
                content = content.replace(key, b"KEY")
                found[str(path.relative_to(root))] = (stat.S_IMODE(path.lstat().st_mode), content)
        return found


def _none_twice(values: list[Any], what: str) -> None:
    twice = [value for value, count in Counter(values).items() if count > 1]
    assert not twice, f"{what} twice: {twice}"


def _tree(lines: list[str]) -> tuple[str, str | None]:
    """Return a worktree's path and branch; one that is locked or prunable is none that agrees."""
    told = {word: rest for word, _, rest in (line.partition(" ") for line in lines)}
    assert not {"locked", "prunable"} & told.keys(), lines
    return told["worktree"], told.get("branch", "").removeprefix("refs/heads/") or None


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""
