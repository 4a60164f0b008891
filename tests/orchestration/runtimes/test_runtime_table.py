"""The runtimes that are found by their names."""

from __future__ import annotations

import pytest
from harness.protocols import missing

from worktree_tasks.errors import Failure
from worktree_tasks.orchestration.runtimes import runtime_table
from worktree_tasks.orchestration.runtimes.runtime import Runtime


@pytest.mark.parametrize("name", runtime_table._RUNTIMES)
def test_a_runtime_has_its_name_and_all_that_the_protocol_says(name):
    made = runtime_table.load(name)
    assert made.name == name
    assert missing(made, Runtime) == []
    assert name in runtime_table._READERS


def test_a_runtime_that_only_another_version_knows_is_one_error():
    with pytest.raises(Failure, match="does not know the runtime podman of a worktree"):
        runtime_table.load("podman")
