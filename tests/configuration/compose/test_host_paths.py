"""Paths that lead into main lead into the worktree; those that main has beside itself stay main's."""

from __future__ import annotations

from dataclasses import replace

import pytest

from worktree_tasks.configuration.compose.host_paths import moved, outside
from worktree_tasks.configuration.compose.model_parsing import parse
from worktree_tasks.configuration.compose.override import Override, Stack, override
from worktree_tasks.configuration.compose.service_roles import Service

MAIN, HERE = "/w/shop", "/w/trees/auth"


def stack(*beside: str) -> Stack:
    return Stack(
        key="k",
        project="shop",
        name="auth",
        compose_project="shop-auth",
        network="shop_auth",
        services=(Service("web", "own", ""),),
        ports=(),
        bind="127.0.0.1",
        main=MAIN,
        directory=HERE,
        outside=frozenset(beside),
    )


def made(spec: dict, *beside: str, **model: object) -> dict:
    return override(parse({"services": {"web": spec}, **model}), stack(*beside))


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (f"{MAIN}/conf", f"{HERE}/conf"),
        (MAIN, HERE),
        (f"{HERE}/conf", f"{HERE}/conf"),
        ("/w/shopping", "/w/shopping"),
        ("/etc/ssl", "/etc/ssl"),
        ("https://example.org/x.git", "https://example.org/x.git"),
        ("", ""),
        ("/w/trees/common", "/w/common"),
        ("/w/trees/unknown", "/w/trees/unknown"),
        ("/w/common", "/w/common"),
    ],
)
def test_a_path_belongs_where_the_worktrees_branch_means_it(path, place):
    assert moved(path, stack("/w/common")) == place


def test_what_builds_and_watches_is_written_anew_only_where_it_is_mains():
    build = {
        "context": f"{MAIN}/web",
        "dockerfile": "Dockerfile",
        "additional_contexts": {"mine": f"{MAIN}/lib", "base": "docker-image://debian"},
    }
    watch = [
        {"path": f"{MAIN}/src", "action": "sync", "target": "/src", "exec": {"command": None}},
        {"path": f"{HERE}/x", "action": "rebuild"},
    ]
    web = made({"build": build, "develop": {"watch": watch}})["services"]["web"]
    assert web["build"] == {"context": f"{HERE}/web", "additional_contexts": {"mine": f"{HERE}/lib"}}
    assert web["develop"] == {
        "watch": Override(
            [
                {"path": f"{HERE}/src", "action": "sync", "target": "/src"},
                {"path": f"{HERE}/x", "action": "rebuild"},
            ]
        )
    }
    stays = made({"build": {"context": HERE}, "develop": {"watch": watch[1:]}})["services"]["web"]
    assert not {"build", "develop"} & stays.keys()


def test_secrets_configs_and_devices_of_volumes_follow_too():
    document = made(
        {"volumes": [{"type": "volume", "source": name, "target": f"/{name}"} for name in ("data", "plain")]},
        secrets={
            "key": {"file": f"{MAIN}/key"},
            "token": {"environment": "TOKEN"},
            "far": {"file": "/etc/key"},
        },
        configs={"site": {"file": f"{HERE}/site.conf"}},
        volumes={"data": {"driver_opts": {"type": "none", "device": f"{MAIN}/data"}}, "plain": {}},
    )
    assert document["secrets"] == {"key": {"file": f"{HERE}/key"}}
    assert "configs" not in document
    assert document["volumes"]["data"]["driver_opts"] == {"device": f"{HERE}/data"}
    assert "driver_opts" not in document["volumes"]["plain"]


def test_every_path_outside_of_a_checkout_that_its_services_use_is_known():
    web = {
        "volumes": [
            {"type": "bind", "source": "/w/common", "target": "/common"},
            {"type": "bind", "source": f"{MAIN}/app", "target": "/app"},
            {"type": "volume", "source": "data", "target": "/data"},
        ],
        "build": {
            "context": "/w/web",
            "dockerfile": "Dockerfile",
            "additional_contexts": {"a": "/w/a", "b": "b"},
        },
        "develop": {"watch": [{"path": "/w/src", "action": "sync"}]},
    }
    model = parse(
        {
            "services": {"web": web},
            "volumes": {"data": {"driver_opts": {"device": "/w/data"}}},
            "secrets": {"key": {"file": "/w/key"}},
            "configs": {"site": {"file": f"{MAIN}/site"}, "text": {"content": "/w/text"}},
        }
    )
    assert outside(model, MAIN) == {"/w/common", "/w/web", "/w/a", "/w/src", "/w/data", "/w/key"}


def test_a_dollar_sign_in_a_path_is_one_in_the_override_too():
    main = "/w/pay$$roll"  # as Compose prints `pay$roll`
    here = replace(stack(), main="/w/pay$roll", directory="/w/trees/pay$roll")
    spec = {
        "build": {"context": f"{main}/web"},
        "volumes": [{"type": "bind", "source": main, "target": "/app"}],
        "develop": {"watch": [{"path": f"{main}/src", "action": "sync"}]},
    }
    document = override(parse({"services": {"web": spec}, "secrets": {"a": {"file": f"{main}/a"}}}), here)
    web = document["services"]["web"]
    assert web["build"]["context"] == "/w/trees/pay$$roll/web"
    assert web["volumes"].value[0]["source"] == "/w/trees/pay$$roll"
    assert web["develop"]["watch"].value[0]["path"] == "/w/trees/pay$$roll/src"
    assert document["secrets"]["a"]["file"] == "/w/trees/pay$$roll/a"


def mounted(*sources: str, here: Stack | None = None) -> list[tuple[str, str, bool]]:
    volumes = [
        {"type": "bind", "source": source, "target": target, "read_only": target == "/ro"}
        for source, _, target in (one.partition(":") for one in sources)
    ]
    web = override(parse({"services": {"web": {"volumes": volumes}}}), here or stack("/w"))["services"]["web"]
    return [(one["source"], one["target"], one["read_only"]) for one in web["volumes"].value]


@pytest.mark.parametrize("source", ["/w", "/w/trees"])
def test_a_folder_that_contains_main_has_the_worktree_in_mains_place(source):
    # Compose reads the `..` of main in the worktree, where it is another folder.
    assert mounted(f"{source}:/workspaces") == [
        ("/w", "/workspaces", False),
        (HERE, "/workspaces/shop", False),
    ]


def test_a_folder_far_above_main_has_the_worktree_at_mains_depth_with_the_same_options():
    assert mounted("/:/ro", here=stack("/")) == [("/", "/ro", True), (HERE, "/ro/w/shop", True)]


def test_a_folder_that_only_the_branch_mounts_has_the_worktree_in_mains_place_too():
    assert mounted("/w/trees:/workspaces", here=stack()) == [
        ("/w", "/workspaces", False),
        (HERE, "/workspaces/shop", False),
    ]


def test_a_place_that_is_mounted_already_is_not_mounted_twice():
    assert mounted("/w:/workspaces", f"{HERE}:/workspaces/shop/") == [
        ("/w", "/workspaces", False),
        (HERE, "/workspaces/shop/", False),
    ]


def test_a_symbolic_link_to_a_folder_that_contains_main_counts_as_that_folder():
    linked = replace(stack("/home/me/code"), real={"/home/me/code": "/w"})
    assert mounted("/home/me/code:/code", here=linked) == [
        ("/home/me/code", "/code", False),
        (HERE, "/code/shop", False),
    ]
