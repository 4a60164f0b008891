"""What is noted of images does not outlive them."""

from __future__ import annotations

import pytest

from worktree_tasks.orchestration.runtimes.compose import images


@pytest.mark.parametrize(("noted", "left"), [(100, 100), (101, 50)])
def test_of_many_noted_images_those_that_are_gone_are_forgotten(shop, tree, monkeypatch, noted, left):
    made = tree("auth")
    made.update(compose_project="shop-auth")
    there = {f"sha256:{number}" for number in range(50)}
    monkeypatch.setattr(shop.engine, "image", lambda name: {"Id": name} if name in there else None)
    monkeypatch.setattr(images, "keys_in", lambda *_: {made.record.key})
    shop.services = ()
    for number in range(noted):
        shop.store.remember_build(f"sha256:{number}", "inputs")
    images.untag_built(made, ())
    assert len(shop.store.built_images()) == left
    assert there <= shop.store.built_images()
