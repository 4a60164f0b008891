"""What Docker refuses is told apart by type, so that no caller reads its words."""

from __future__ import annotations

import pickle

import pytest

from worktree_tasks.command import CommandError, Result
from worktree_tasks.engine.api_errors import (
    AlreadyAttached,
    EngineRefused,
    Gone,
    NameTaken,
    NotRunning,
    SubnetOverlaps,
    engine_refusal,
    unavailable,
)
from worktree_tasks.engine.compose_errors import ImageMissing, NetworkGone, compose_refusal
from worktree_tasks.errors import DockerUnavailable


@pytest.mark.parametrize(
    ("status", "said", "kind"),
    [
        (404, "No such container: nope", Gone),
        (404, "no such image: nope:x: No such image: nope:x", Gone),
        (409, "network with name shop already exists", NameTaken),
        (403, "endpoint with name shop-db-1 already exists in network shop_worktree_all", AlreadyAttached),
        (409, "Container 7c3e3f49 is not running", NotRunning),
        (409, "Container 7c3e3f49 is paused, unpause the container before exec", NotRunning),
        (409, "conflict: unable to remove repository reference", EngineRefused),
        (403, "Pool overlaps with other one on this address space", SubnetOverlaps),
        (400, "invalid pool request: Pool overlaps with other one on this address space", SubnetOverlaps),
        (403, "operation is not permitted on predefined bridge network", EngineRefused),
        (500, "no space left on device", EngineRefused),
        (None, "no space left on device", EngineRefused),
    ],
)
def test_what_the_engine_answers_has_a_type_and_keeps_its_words(status, said, kind):
    failure = engine_refusal(status, said)
    assert type(failure) is kind
    assert failure.what == f"Docker: {said}"
    assert "wt.doctor" in failure.hint


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("Error response from daemon: network 3a45e96b0d9f not found", NetworkGone),
        (
            "Error response from daemon: failed to set up container networking: network 3a45 not found",
            NetworkGone,
        ),
        ("Error response from daemon: No such image: shop-web:latest", ImageMissing),
        ("network backend declared as external, but could not be found", CommandError),
        ("the network is slow: image shop not found", CommandError),
        ("dependency failed to start: container shop-db-1 is unhealthy", CommandError),
        ("Cannot connect to the Docker daemon at unix:///var/run/docker.sock", DockerUnavailable),
        ("permission denied while trying to connect to the Docker daemon socket", DockerUnavailable),
    ],
)
def test_what_compose_ends_with_has_a_type(said, kind):
    failure = compose_refusal(Result(("docker", "compose", "up"), 1, "", f"{said}\n"))
    assert type(failure) is kind
    assert said in str(failure)
    assert str(pickle.loads(pickle.dumps(failure))) == str(failure)  # noqa: S301 - pickled a moment ago


def test_a_compose_command_that_succeeded_is_no_failure_whatever_it_said():
    assert compose_refusal(Result(("docker", "compose", "up"), 0, "", "network a not found\n")) is None


def test_a_context_that_the_docker_program_does_not_find_is_no_engine_that_is_down():
    said = 'Failed to initialize: unable to resolve docker endpoint: context "gone": context not found: x'
    failure = compose_refusal(Result(("docker", "compose", "up"), 1, "", f"{said}\n"))
    for one in (failure, unavailable(said)):
        assert (one.kind, one.what) == ("context-missing", "there is no Docker context 'gone'")
