"""What bears our labels and is of no worktree on record."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from worktree_tasks.configuration.compose.labels import KEY, MAIN, PROJECT, WORKTREE
from worktree_tasks.configuration.compose.model_parsing import parse
from worktree_tasks.orchestration.runtimes.compose.checks import leaks

REPLACED = f"sha256:{'5e1f' * 16}"


@pytest.fixture
def left(shop, monkeypatch):
    """Look for what is left where Docker has one image without a name that was built for a worktree."""
    shop.model = parse({"name": "shop", "services": {"api": {"build": {"context": str(shop.main)}}}})
    monkeypatch.setattr(leaks, "servers", lambda _: ())

    def looked(key: str):
        labels = {PROJECT: "shop", MAIN: str(shop.main), WORKTREE: "auth", KEY: key}
        shop.engine = SimpleNamespace(
            labelled=lambda _: (),
            containers=lambda **_: (),
            networks=lambda: (),
            volumes=lambda _: {},
            images=lambda _: {},
            untagged=lambda label: {REPLACED: labels} if label == f"{PROJECT}=shop" else {},
        )
        return [one.finding for one in leaks.look(shop).troubles]

    return looked


def test_a_build_that_a_later_one_replaced_is_left_once_its_worktree_is_gone(left):
    (found,) = left("1" * 32)
    assert found.subject == "auth"
    assert "image 5e1f5e1f5e1f" in found.what
    assert found.fix == "docker image rm 5e1f5e1f5e1f"


def test_a_build_of_a_worktree_on_record_is_not_left(left, shop, monkeypatch):
    made = SimpleNamespace(key="1" * 32, network=None, compose_project="shop-auth")
    monkeypatch.setattr(shop.store, "records", lambda *_: (made,))
    assert left(made.key) == []
