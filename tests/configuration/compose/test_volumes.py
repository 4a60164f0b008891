"""Volumes: main's where a shared service uses them too, never those that a server has its data in."""

from __future__ import annotations

from dataclasses import replace

import pytest
import yaml

from worktree_tasks.configuration.compose.merge_tags import Override
from worktree_tasks.configuration.compose.model_parsing import parse
from worktree_tasks.configuration.compose.override import override
from worktree_tasks.configuration.compose.service_roles import decide
from worktree_tasks.configuration.compose.stack import Stack, labels
from worktree_tasks.configuration.compose.volumes import empty_here, mains_volumes
from worktree_tasks.configuration.settings import Settings

MAIN, HERE = "/w/shop", "/w/shop.worktrees/auth"


def model_of(text: str):
    document = yaml.safe_load(text)
    for spec in document["services"].values():
        if "build" in spec:
            spec["build"] = {"context": HERE}
        spec["volumes"] = [mount(one) for one in spec.get("volumes", ())]
    volumes = document.get("volumes", {})
    for key, one in volumes.items():
        volumes[key] = {"name": f"shop_{key}", **(one or {})}
    return parse(document)


def mount(text: str) -> dict:
    source, target, *mode = text.split(":")
    kind = "bind" if source.startswith("/") else "volume"
    found = {"type": kind, "source": source, "target": target}
    return {**found, "read_only": True} if mode else found


def opened(text: str, *, main: str | None = None, **settings) -> dict:
    """Return the override of a worktree whose main has the same compose file, unless another is given."""
    model, of_main = model_of(text), model_of(main or text)
    chosen = Settings(**settings)
    decided = decide(model, chosen, project_dir=HERE)
    stack = Stack(
        key="k", project="shop", name="auth", compose_project="shop-auth", network="n", services=decided,
        ports=(), bind="127.0.0.1", main=MAIN, directory=HERE,
    )  # fmt: skip
    shared = mains_volumes(model, decided, of_main, decide(of_main, chosen, project_dir=HERE))
    document = override(model, replace(stack, mains_volumes=shared))
    document["labels"] = labels(stack)
    return document


SOCKET = """
services:
  web: {build: ., volumes: ["socket:/run/cache"]}
  cache: {image: redis, volumes: ["socket:/run/cache", "rows:/data"]}
volumes: {socket: {}, rows: {}}
"""


def test_a_volume_that_a_shared_server_has_its_socket_in_is_mains():
    assert opened(SOCKET)["volumes"] == {"socket": Override({"name": "shop_socket", "external": True})}


def test_a_server_of_the_worktrees_own_gets_volumes_of_its_own():
    found = opened(SOCKET, own=("cache",))
    assert {key: one["name"] for key, one in found["volumes"].items()} == {
        "socket": "shop-auth_socket",
        "rows": "shop-auth_rows",
    }


@pytest.mark.parametrize("target", ["/var/lib/postgresql/data", "/data", "/rows"])
def test_what_a_server_has_its_data_in_is_never_mounted_twice(target):
    text = f"""
    services:
      backup: {{build: ., volumes: ["rows:/from:ro"]}}
      db: {{image: postgres, volumes: ["rows:{target}"]}}
    volumes: {{rows: {{}}}}
    """
    assert opened(text)["volumes"]["rows"]["name"] == "shop-auth_rows"
    decided = decide(model_of(text), Settings(), project_dir=HERE)
    assert list(empty_here(model_of(text), decided)) == [("backup", "rows", "db")]


def test_a_service_only_reads_what_mains_file_does_not_let_it_write():
    text = """
    services:
      reader: {build: ., volumes: ["media:/media:ro"]}
      writer: {build: ., volumes: ["media:/media"]}
      files: {image: filestore, volumes: ["media:/srv"]}
    volumes: {media: {}}
    """
    changed = text.replace("/media:ro", "/media")
    services = opened(changed, main=text, shared=("files",))["services"]
    mounted = {name: services[name]["volumes"].value for name in ("reader", "writer")}
    plain = {"type": "volume", "source": "media", "target": "/media"}
    assert mounted == {"reader": [{**plain, "read_only": True}], "writer": [plain]}


def test_a_volume_that_only_the_branch_has_or_no_shared_service_uses_is_the_worktrees():
    text = """
    services:
      web: {build: ., volumes: ["media:/media"]}
      files: {image: filestore, volumes: ["media:/srv"]}
    volumes: {media: {}}
    """
    main = "services: {files: {image: filestore}}"
    assert opened(text, main=main, shared=("files",))["volumes"]["media"]["name"] == "shop-auth_media"
    assert opened(text)["volumes"]["media"]["name"] == "shop-auth_media"


def test_a_server_of_the_worktrees_own_never_has_a_directory_of_main():
    text = f"""
    services:
      db:
        image: postgres
        volumes:
          - /srv/rows:/var/lib/postgresql/data
          - /etc/localtime:/etc/localtime
          - {HERE}/seed:/docker-entrypoint-initdb.d
      cache: {{image: redis, volumes: ["outer:/data", "bound:/data/more"]}}
    volumes:
      outer: {{external: true}}
      bound: {{driver: local, driver_opts: {{device: /srv/bound}}}}
    """
    found = opened(text, own=("db", "cache"))
    mine = {"labels": found["labels"]}
    assert found["volumes"] == {
        "outer": Override({"name": "shop-auth_outer", **mine}),
        "bound": Override({"name": "shop-auth_bound", **mine}),
        "db-data-0": {"name": "shop-auth_db-data-0", **mine},
    }
    assert [one["source"] for one in found["services"]["db"]["volumes"].value] == [
        "db-data-0",
        "/etc/localtime",
        f"{HERE}/seed",
    ]
