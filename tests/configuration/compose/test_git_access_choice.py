"""Who decides whether git works in a service's containers."""

from __future__ import annotations

import pytest

from worktree_tasks.configuration.compose.git_access import GitDirectory
from worktree_tasks.configuration.compose.git_access_choice import choose_access, holds_secrets
from worktree_tasks.configuration.compose.model_parsing import parse
from worktree_tasks.configuration.compose.stack import Stack

MAIN, HERE = "/w/shop", "/w/shop.worktrees/auth"
PLACE = GitDirectory("/w/shop/.git", "worktrees/auth", "/w/shop/.git/worktrees/auth")
ROOT = {"type": "bind", "source": HERE, "target": "/app"}


def chosen(
    *mounts: dict, place: GitDirectory = PLACE, wished: str | None = None, has_git: bool | None = True
):
    spec = parse({"services": {"web": {"image": "x", "volumes": list(mounts)}}}).services["web"]
    stack = Stack("k", "shop", "auth", "shop-auth", "n", (), (), "127.0.0.1", MAIN, HERE)
    found = choose_access(spec, stack, place, wished=wished, has_git=has_git)
    assert (found.service, found.mounted) == ("web", found.mode in ("ro", "rw"))
    return found.mode, found.reason


def test_git_in_the_image_of_a_service_that_mounts_the_worktree_may_read():
    assert chosen(ROOT) == ("ro", "git is in its image")
    assert chosen(ROOT, has_git=False) == ("no", "git is not in its image")
    mode, reason = chosen(ROOT, has_git=None)
    assert (mode, "first container" in reason) == (None, True)


@pytest.mark.parametrize("wished", ["ro", "rw", "no"])
@pytest.mark.parametrize("has_git", [True, False, None])
def test_the_setting_wins_over_what_is_in_the_image(wished, has_git):
    assert chosen(ROOT, wished=wished, has_git=has_git) == (wished, "by the setting git_in_containers")


@pytest.mark.parametrize(
    "mount",
    [
        {"type": "bind", "source": f"{HERE}/src", "target": "/app"},
        {"type": "bind", "source": "/w/shop.worktrees/other", "target": "/app"},
        {"type": "volume", "source": "code", "target": "/app"},
    ],
)
@pytest.mark.parametrize("wished", [None, "ro", "rw"])
def test_without_the_root_of_the_worktree_there_is_nothing_for_git(mount, wished):
    assert chosen(mount, wished=wished) == ("no", "it does not mount the root of the worktree")


def test_a_mount_of_main_or_around_it_is_one_of_the_worktree():
    assert chosen({"type": "bind", "source": MAIN, "target": "/app"})[0] == "ro"
    assert chosen({"type": "bind", "source": "/w", "target": "/workspaces"})[0] == "ro"


@pytest.mark.parametrize("target", ["/w/shop", "/w/shop/", "/w/shop/.git", "/w"])
@pytest.mark.parametrize("wished", [None, "rw"])
def test_docker_makes_no_folders_for_git_in_what_is_mounted_there(target, wished):
    mode, reason = chosen({**ROOT, "target": target}, wished=wished)
    assert (mode, reason) == ("no", f"its mount on {target.rstrip('/')} hides git's directory")
    assert chosen(ROOT, {"type": "volume", "source": "home", "target": target}, wished=wished)[0] == "no"


def test_what_is_only_in_memory_may_be_around_it():
    assert chosen(ROOT, {"type": "tmpfs", "target": "/w"})[0] == "ro"
    assert chosen(ROOT, {"type": "volume", "source": "a", "target": "/w/shop.git"})[0] == "ro"


def test_a_directory_with_secrets_is_shown_to_no_container_that_nobody_decided_on():
    place = GitDirectory(PLACE.common, PLACE.own, PLACE.link, secrets=True)
    mode, reason = chosen(ROOT, place=place)
    assert (mode, "password, token or key" in reason) == ("no", True)
    assert chosen(ROOT, place=place, wished="ro")[0] == "ro"


@pytest.mark.parametrize(
    ("line", "secret"),
    [
        ("url = https://me:hunter2@example.org/a.git", True),
        ("url = https://ghp_0123456789abcdefghij@example.org/a.git", True),
        ('[http "https://example.org/"]\n\textraheader = AUTHORIZATION: basic eDp5', True),
        ('[url "https://me:hunter2@example.org/"]\n\tinsteadOf = x:', True),
        ("url = https://me@example.org/a.git", False),
        ("url = git@example.org:a/b.git", False),
        ("url = ssh://git@example.org:22/a.git", False),
        ('[branch "token-rotation"]\n\tmerge = refs/heads/token-rotation', False),
        ("helper = store", False),
    ],
)
def test_secrets_in_a_configuration_are_known_by_their_shape(line, secret):
    assert holds_secrets(f'[core]\n\tbare = false\n[remote "origin"]\n\t{line}\n') is secret
