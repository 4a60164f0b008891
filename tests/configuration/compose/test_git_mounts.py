"""What the override gives a service so that git works in its containers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from worktree_tasks.configuration.compose.git_access import GitAccess, GitDirectory
from worktree_tasks.configuration.compose.git_mounts import git_environment, git_mounts
from worktree_tasks.configuration.compose.model_parsing import parse
from worktree_tasks.configuration.compose.override import override
from worktree_tasks.configuration.compose.service_roles import Service
from worktree_tasks.configuration.compose.stack import Stack

MAIN, HERE = "/w/shop", "/w/shop.worktrees/auth"
COMMON = "/w/shop/.git"
PLACE = GitDirectory(COMMON, "worktrees/auth", f"{COMMON}/worktrees/auth")
ROOT = {"type": "bind", "source": HERE, "target": "/app"}
HIDDEN = {"type": "tmpfs", "target": f"{COMMON}/worktree-tasks"}


def spec_of(*mounts: dict, environment: dict | None = None):
    web = {"image": "x", "volumes": list(mounts or (ROOT,)), "environment": environment or {}}
    return parse({"services": {"web": web}}).services["web"]


def stack_of(mode: str | None = "ro", place: GitDirectory = PLACE, **more) -> Stack:
    return Stack(
        "k", "shop", "auth", "shop-auth", "n", (), (), "127.0.0.1", MAIN, HERE,
        git_directory=place, git_access={"web": GitAccess("web", mode, "")}, **more,
    )  # fmt: skip


def read_only(path: str, target: str | None = None) -> dict:
    return {"type": "bind", "source": path, "target": target or path, "read_only": True}


def test_to_read_the_common_directory_is_in_its_own_place_and_ours_in_it_is_empty():
    assert git_mounts(spec_of(), stack_of()) == [read_only(COMMON), HIDDEN]


def test_to_write_what_git_knows_of_other_worktrees_stays_read_only():
    assert git_mounts(spec_of(), stack_of("rw")) == [
        {"type": "bind", "source": COMMON, "target": COMMON},
        read_only(f"{COMMON}/worktrees"),
        {"type": "bind", "source": f"{COMMON}/worktrees/auth", "target": f"{COMMON}/worktrees/auth"},
        HIDDEN,
    ]


@pytest.mark.parametrize("mode", ["no", None])
def test_without_access_there_is_nothing(mode):
    stack = stack_of(mode)
    assert git_mounts(spec_of(), stack) == []
    assert git_environment(spec_of(), stack) == {}
    assert git_mounts(spec_of(), replace(stack, git_access={})) == []


def test_a_relative_link_is_followed_from_where_the_container_has_the_worktree():
    place = replace(PLACE, link="../../shop/.git/worktrees/auth")
    (mount, hidden) = git_mounts(spec_of({**ROOT, "target": "/srv/code/app"}), stack_of(place=place))
    assert mount == read_only(COMMON, "/srv/shop/.git")
    assert hidden["target"] == "/srv/shop/.git/worktree-tasks"


def test_a_worktree_in_two_places_needs_git_once():
    twice = spec_of(ROOT, {**ROOT, "target": "/code"})
    assert git_mounts(twice, stack_of()) == [read_only(COMMON), HIDDEN]
    assert git_environment(twice, stack_of())["GIT_CONFIG_VALUE_1"] == "/code"


def test_objects_that_lie_elsewhere_are_there_too_and_are_never_written():
    place = replace(PLACE, alternates=("/cache/objects",))
    for mode in ("ro", "rw"):
        assert git_mounts(spec_of(), stack_of(mode, place))[-1] == read_only("/cache/objects")


def test_submodules_find_git_and_their_files_by_the_same_way_as_on_this_machine():
    place = replace(PLACE, submodules=("lib",))
    found = git_mounts(spec_of(), stack_of(place=place))
    assert found[2:] == [
        read_only(COMMON, "/shop/.git"),
        {"type": "tmpfs", "target": "/shop/.git/worktree-tasks"},
        {"type": "bind", "source": HERE, "target": "/shop.worktrees/auth"},
    ]
    assert git_environment(spec_of(), stack_of(place=place))["GIT_CONFIG_VALUE_1"] == "/app/lib"
    same = spec_of({**ROOT, "target": HERE})
    assert git_mounts(same, stack_of(place=place)) == [read_only(COMMON), HIDDEN]


def test_paths_with_a_dollar_stand_as_compose_reads_them():
    common = "/w/$hop/.git"
    place = GitDirectory(common, "worktrees/auth", f"{common}/worktrees/auth")
    (mount, _) = git_mounts(spec_of({**ROOT, "target": "/$$app"}), stack_of(place=place))
    assert (mount["source"], mount["target"]) == ("/w/$$hop/.git", "/w/$$hop/.git")
    found = git_environment(spec_of({**ROOT, "target": "/$$app"}), stack_of(place=place))
    assert found["GIT_CONFIG_VALUE_0"] == "/$$app"


def test_the_checkout_is_safe_whoever_it_belongs_to():
    safe = {"GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "/app"}
    assert git_environment(spec_of(), stack_of()) == {
        **safe,
        "GIT_CONFIG_COUNT": "1",
        "GIT_OPTIONAL_LOCKS": "0",
    }
    # By itself git in there would collect what only other worktrees need.
    collecting = {"GIT_CONFIG_KEY_1": "gc.auto", "GIT_CONFIG_VALUE_1": "0", "GIT_CONFIG_COUNT": "2"}
    assert git_environment(spec_of(), stack_of("rw")) == {**safe, **collecting}


@pytest.mark.parametrize(
    ("given", "image", "first"),
    [
        ({"GIT_CONFIG_COUNT": "2"}, {}, 2),
        ({"GIT_CONFIG_COUNT": "2"}, {"GIT_CONFIG_COUNT": "7"}, 2),
        ({}, {"GIT_CONFIG_COUNT": "7"}, 7),
        ({"GIT_CONFIG_COUNT": ""}, {}, 0),
        ({"GIT_CONFIG_COUNT": None}, {}, 0),
        ({"GIT_CONFIG_COUNT": "many"}, {}, 0),
    ],
)
def test_settings_that_the_service_or_its_image_has_for_git_stay(given, image, first):
    stack = stack_of(image_environment={"web": image})
    found = git_environment(spec_of(environment=given), stack)
    assert found["GIT_CONFIG_COUNT"] == str(first + 1)
    assert found[f"GIT_CONFIG_KEY_{first}"] == "safe.directory"
    assert [key for key in found if key.startswith("GIT_CONFIG_KEY")] == [f"GIT_CONFIG_KEY_{first}"]


def test_whoever_decided_on_locks_keeps_that():
    spec = spec_of(environment={"GIT_OPTIONAL_LOCKS": "1"})
    assert "GIT_OPTIONAL_LOCKS" not in git_environment(spec, stack_of())


def test_the_override_has_it_beside_what_the_service_has_itself():
    data = {"type": "volume", "source": "data", "target": "/data"}
    model = parse({"services": {"web": {"image": "x", "volumes": [ROOT, data]}}, "volumes": {"data": {}}})
    stack = stack_of(environment={"web": {"SITE": "here"}})
    stack = replace(stack, services=(Service("web", "own", "it is built"),))
    made = override(model, stack)["services"]["web"]
    assert made["volumes"].value == [ROOT, data, read_only(COMMON), HIDDEN]
    assert made["environment"]["SITE"] == "here"
    assert made["environment"]["GIT_CONFIG_VALUE_0"] == "/app"
