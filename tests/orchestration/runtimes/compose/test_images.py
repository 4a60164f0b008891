"""What is noted of images does not outlive them."""

from __future__ import annotations

import pytest

from worktree_tasks.orchestration.runtimes.compose import images


@pytest.mark.parametrize(("noted", "left"), [(100, 100), (101, 50)])
def test_of_many_noted_images_those_that_are_gone_are_forgotten(site, tree, monkeypatch, noted, left):
    record = site.store.update(tree("auth"), compose_project="shop-auth")
    there = {f"sha256:{number}" for number in range(50)}
    monkeypatch.setattr(site.engine, "image", lambda name: {"Id": name} if name in there else None)
    monkeypatch.setattr(images, "keys_in", lambda *_: {record.key})
    site.services = ()
    for number in range(noted):
        site.store.remember_build(f"sha256:{number}", "inputs")
    images.untag_built(site, record, ())
    assert len(site.store.built_images()) == left
    assert there <= site.store.built_images()
