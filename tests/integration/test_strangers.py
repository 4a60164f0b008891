"""What bears another key is a stranger's, and what is main's stays main's, whatever labels it bears."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from harness.projects import Project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from harness.toys import Toy

pytestmark = pytest.mark.engine


class User(Project):
    """Somebody with a checkout of the project and a state directory, on the same engine as others."""

    def __init__(self, toy: Toy, path: Path, state: Path) -> None:
        super().__init__(path, {**toy.env, "XDG_STATE_HOME": str(state)})
        self.toy, self.state = toy, state

    def holdings(self, key: str) -> set[str]:
        """Return the containers, networks and volumes that bear a key."""
        label = ("--filter", f"label=worktree-tasks.key={key}")
        kinds = {"ps": ("ps", "--all"), "network": ("network", "ls"), "volume": ("volume", "ls")}
        found = {kind: self.toy.docker(*words, "--quiet", *label) for kind, words in kinds.items()}
        return {f"{kind} {name}" for kind, names in found.items() for name in names.split()}

    def record(self, name: str) -> dict[str, Any]:
        return {row["name"]: row for row in self.rows("worktree")}[name]


@pytest.fixture
def ours(lonely) -> Iterator[User]:
    user = User(lonely, lonely.main, lonely.folder / "state")
    yield user
    user.remove_all()


@pytest.fixture
def theirs(lonely, tmp_path) -> Iterator[User]:
    """Another user with a clone, whose project has the same name."""
    place = tmp_path / "clone" / lonely.name
    lonely.git("clone", "--quiet", str(lonely.main), str(place))
    user = User(lonely, place, tmp_path / "state")
    yield user
    user.remove_all()


def test_two_users_with_the_same_names_share_nothing_and_remove_only_their_own(ours, theirs):
    ours.wt("new", "a")
    theirs.wt("new", "a")
    mine, other = ours.record("a"), theirs.record("a")
    assert not {mine["compose_project"], mine["network"]} & {other["compose_project"], other["network"]}
    before = ours.holdings(mine["key"])
    assert {one.split()[0] for one in before} == {"ps", "network", "volume"}
    assert {one.split()[0] for one in theirs.holdings(other["key"])} == {"ps", "network", "volume"}
    for user in (ours, theirs):
        assert user.wt("doctor", "--fix", "--json").json["findings"] == []
    theirs.wt("remove", "a")
    assert theirs.holdings(other["key"]) == set()
    assert ours.holdings(mine["key"]) == before


def test_a_stack_that_starts_late_gives_names_up_that_somebody_took_meanwhile(ours, theirs):
    ours.wt("new", "late", "--no-start")
    wanted = ours.record("late")
    theirs.wt("new", "late")
    first = theirs.record("late")
    assert (first["compose_project"], first["network"]) == (wanted["compose_project"], wanted["network"])
    before = theirs.holdings(first["key"])
    ours.wt("start", "late")
    mine = ours.record("late")
    assert not {mine["compose_project"], mine["network"]} & {first["compose_project"], first["network"]}
    ours.wt("remove", "late")
    assert theirs.holdings(first["key"]) == before


@pytest.mark.parametrize("kind", ["volume", "image"])
def test_a_name_is_not_taken_whose_volume_or_image_somebody_left(ours, kind):
    toy = ours.toy
    name = {"volume": f"{toy.name}-left_keep", "image": f"{toy.name}-left-web"}[kind]
    toy.docker(*(("volume", "create", name) if kind == "volume" else ("tag", "python:3.11-slim", name)))
    try:
        ours.wt("new", "left", "--no-start")
        assert ours.record("left")["compose_project"] != f"{toy.name}-left"
        ours.wt("remove", "left")
        assert toy.docker(kind, "inspect", name)
    finally:
        toy.docker(kind, "rm", name)


def test_what_is_in_mains_stack_stays_whatever_worktree_it_is_labelled_for(ours):
    toy = ours.toy
    ours.wt("new", "labelled")
    for key in (ours.record("labelled")["key"], "0123456789abcdef0123456789abcdef"):
        labels = {
            "com.docker.compose.project": toy.name,
            "com.docker.compose.service": "web",
            "com.docker.compose.config-hash": "0",
            "worktree-tasks.project": toy.name,
            "worktree-tasks.main": str(toy.main),
            "worktree-tasks.key": key,
        }
        words = [word for label in labels.items() for word in ("--label", "=".join(label))]
        toy.docker("volume", "create", *words, f"{toy.name}_{key}")
        mount = f"{toy.name}_{key}:/keep"
        toy.docker("create", "--name", f"{toy.name}-{key[:6]}", *words, "--volume", mount, "python:3.11-slim")
    before = sorted(one for one in toy.ours() if "labelled" not in one)
    found = ours.wt("doctor", "--json", code=1).json["findings"]
    assert {(one["kind"], one["fixed"]) for one in found} == {("label", False)}
    assert len(found) == len(before) == 4
    assert ours.wt("doctor", "--fix", "--json", code=1).json["findings"] == found
    ours.wt("clean", "--yes")
    ours.wt("remove", "labelled", "--force")
    assert sorted(toy.ours()) == before
    for kind in ("container", "volume"):
        toy.docker(kind, "rm", *(one.split()[1] for one in before if one.startswith(kind)))


def test_what_is_in_no_record_is_told_with_the_commands_that_delete_it(ours):
    toy = ours.toy
    ours.wt("new", "orphan")
    row = ours.record("orphan")
    for file in (ours.state / "worktree-tasks").glob("state.sqlite3*"):
        file.unlink()
    toy.git("worktree", "remove", "--force", row["path"])
    left = ours.holdings(row["key"])
    (finding,) = (
        one
        for one in ours.wt("doctor", "--fix", "--json", code=1).json["findings"]
        if one["subject"] == "orphan"
    )
    assert (finding["kind"], finding["fixed"]) == ("leak", False)
    assert ours.holdings(row["key"]) == left != set()
    assert toy.run("sh", "-c", finding["fix"]).code == 0
    assert ours.holdings(row["key"]) == set()


def test_a_worktree_on_record_in_another_state_directory_is_taken_over_by_doctor_only(ours, tmp_path):
    other = User(ours.toy, ours.path, tmp_path / "other")
    path = ours.wt("new", "kept", "--json").json["path"]
    row, before = ours.record("kept"), ours.holdings(ours.record("kept")["key"])
    for words in (["adopt", path], ["new", "kept"]):
        assert str(ours.state) in other.wt(*words, code=2).err
    assert other.rows("worktree") == []
    (found,) = other.wt("doctor", "--fix", "--json").json["findings"]
    assert (found["kind"], found["fixed"]) == ("record", True)
    assert other.record("kept")["key"] == row["key"]
    assert ours.holdings(row["key"]) == before
