"""What worktrees hold whose records are lost: it is taken, before doctor brings the records back."""

from __future__ import annotations

import pytest

from worktree_tasks.configuration.compose import override_text
from worktree_tasks.configuration.compose.merge_tags import Override
from worktree_tasks.errors import BadUse
from worktree_tasks.git import worktrees
from worktree_tasks.orchestration.steps.unrecorded_worktrees import (
    broker_databases_elsewhere,
    ports_elsewhere,
    trace_in,
)
from worktree_tasks.orchestration.steps.worktree_creation import add_worktree

KEY = "0123456789abcdef" * 2


@pytest.fixture
def lost(shop, tree, project):
    """Lose the record of a worktree whose files tell a port each, and a Redis database."""
    project.write(".gitignore", ".env\n*.override.yaml\n")
    project.write(".env", "SITE=http://localhost:8000\nSAME=9000\nREDIS_URL=redis://redis:6379/0\n")
    project.commit()
    made = tree("auth")
    port = {"target": 8000, "published": "8001"}
    labels = {
        "worktree-tasks.key": KEY,
        "worktree-tasks.project": "shop",
        "worktree-tasks.main": str(shop.main),
    }
    document = {
        "name": "shop-auth",
        "services": {"web": {"ports": Override([port]), "labels": labels}},
        "networks": {"default": Override({"name": "shop_worktree_auth", "external": True})},
    }
    (made.record.path / shop.input.files.override).write_text(override_text.dump(document))
    values = (
        "SITE=http://localhost:8002\nPORT=8003\nSAME=9000\nREDIS_URL=redis://redis:6379/3\nADDRESS=10.0.0.1\n"
    )
    (made.record.path / ".env").write_text(values)
    shop.store.delete(made.record)
    return made.record


def test_ports_and_databases_in_the_files_of_a_lost_worktree_are_taken(shop, lost):
    holders = ports_elsewhere(shop)
    assert {port for port, protocol in holders if protocol == "tcp"} == {8001, 8002, 8003}
    assert all(str(lost.path) in words for words in holders.values())
    assert 3 in broker_databases_elsewhere(shop)


def test_an_env_file_that_nobody_can_have_written_is_not_read(shop, lost):
    with (lost.path / ".env").open("a") as file:
        file.truncate(1 << 30)  # takes no space on the disk
    assert {port for port, protocol in ports_elsewhere(shop) if protocol == "tcp"} == {8001}


def test_those_of_a_worktree_on_record_are_its_own(shop, tree, lost):
    shop.store.readmit(lost, ())
    assert ports_elsewhere(shop) == {}
    assert broker_databases_elsewhere(shop) == frozenset()


def test_a_lost_worktree_in_the_way_of_its_branch_is_told_with_what_finds_its_record(shop, lost):
    with pytest.raises(BadUse) as raised:
        add_worktree(shop, lost.branch)
    assert "wt.doctor --fix" in raised.value.hint


@pytest.mark.parametrize(
    "change",
    [("shop-auth", "shop"), (KEY, "../../etc"), ("name: shop-auth", "name: &a shop-auth"), ("8001", "*a")],
    ids=["main's stack", "no key", "anchor", "alias"],
)
def test_a_forged_override_names_neither_mains_stack_nor_breaks_the_reading(shop, lost, change):
    file = lost.path / shop.input.files.override
    file.write_text(file.read_text().replace(*change))
    (tree,) = (one for one in worktrees(shop.repository) if one.path == lost.path)
    found = trace_in(shop, tree)
    assert found is None or (found.compose_project != "shop" and found.key in (None, KEY))
    assert 8002 in {port for port, _ in ports_elsewhere(shop)}


def test_a_huge_override_is_not_read(shop, lost):
    (lost.path / shop.input.files.override).write_text("#" * (override_text.LONGEST + 1))
    (tree,) = (one for one in worktrees(shop.repository) if one.path == lost.path)
    assert trace_in(shop, tree) is None
