"""Folders that git ignores: which of them own services find, and what installs them otherwise."""

from __future__ import annotations

import pytest

from worktree_tasks.configuration.compose.ignored_dependencies import (
    contexts,
    install_command,
    needed_folders,
)
from worktree_tasks.configuration.compose.model_parsing import parse

MAIN = "/w/shop"


def needed(*volumes: str, ignored: tuple[str, ...] = ("node_modules",)) -> dict[str, str]:
    mounts = [
        {"type": "bind" if source.startswith("/") else "volume", "source": source, "target": target}
        for source, _, target in (one.partition(":") for one in volumes)
    ]
    return needed_folders(parse({"services": {"web": {"volumes": mounts}}}).services.values(), MAIN, ignored)


@pytest.mark.parametrize("mount", [f"{MAIN}:/app", "/w:/workspaces", f"{MAIN}/node_modules:/deps"])
def test_a_folder_below_a_mount_is_needed(mount):
    assert needed(mount) == {"node_modules": "web"}


@pytest.mark.parametrize(
    "others",
    [
        (":/app/node_modules",),
        ("modules:/app/node_modules/",),
        ("all:/app",),
    ],
)
def test_a_folder_that_another_mount_covers_is_not_needed(others):
    mount = f"{MAIN}:/app" if others != ("all:/app",) else f"{MAIN}:/"
    ignored = ("node_modules",) if others != ("all:/app",) else ("app/node_modules",)
    assert needed(mount, *others, ignored=ignored) == {}


def test_only_what_a_mount_contains_and_only_installed_dependencies_are_needed():
    ignored = ("front/node_modules", "back/vendor", "back/.venv", "back/cache", "other/node_modules")
    mounts = (f"{MAIN}/front:/front", f"{MAIN}/back:/back")
    assert set(needed(*mounts, ignored=ignored)) == {"front/node_modules", "back/vendor", "back/.venv"}
    assert needed("/etc:/etc", "data:/data", ignored=ignored) == {}


def test_contexts_of_builds_are_told_where_they_lie_in_main():
    services = {
        "app": {"build": {"context": f"{MAIN}/vendor/runtime"}},
        "web": {"build": {"context": MAIN}},
        "far": {"build": {"context": "https://example.org/x.git"}},
        "db": {"image": "postgres:15"},
    }
    assert contexts(parse({"services": services}).services.values(), MAIN) == {"vendor/runtime": "app"}


@pytest.mark.parametrize(
    ("folder", "beside", "command"),
    [
        ("node_modules", {"package.json", "yarn.lock"}, "yarn install"),
        ("front/node_modules", {"package.json", "package-lock.json"}, "npm ci"),
        ("vendor", {"composer.json"}, "composer install"),
        ("venv", {"requirements.txt"}, "pip install -r requirements.txt"),
        (".venv", {"uv.lock", "pyproject.toml"}, "uv sync"),
        ("vendor/runtime", {"composer.json"}, None),
        ("node_modules", set(), None),
    ],
)
def test_the_command_that_installs_a_folder_is_told_by_what_is_beside_it(folder, beside, command):
    assert install_command(folder, beside) == command
