from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from worktree_tasks.configuration.compose.model_parsing import parse
from worktree_tasks.configuration.compose.model_ports import published_ports
from worktree_tasks.configuration.compose.override import (
    Override,
    Reset,
    Stack,
    dropped_labels,
    external_networks,
    labels,
    override,
)
from worktree_tasks.configuration.compose.override_text import dump
from worktree_tasks.configuration.compose.service_roles import decide, own
from worktree_tasks.configuration.ports import Port, assign, with_bases
from worktree_tasks.configuration.settings import Settings

if TYPE_CHECKING:
    from worktree_tasks.configuration.compose.model import Model

MAIN, HERE = "/w/shop", "/w/shop.worktrees/auth"
LABELS = {
    "worktree-tasks.key": "k",
    "worktree-tasks.project": "shop",
    "worktree-tasks.worktree": "auth",
    "worktree-tasks.main": MAIN,
}
BUILT = {"build": {"context": HERE}}


def stack_for(model: Model, *, settings: Settings | None = None, here: str = HERE, **more) -> Stack:
    profiles = more.pop("profiles", ())
    decided = decide(model, settings or Settings(), project_dir=here, profiles=profiles)
    names = [service.name for service in own(decided)]
    return Stack(
        key="k",
        project="shop",
        name="auth",
        compose_project="shop-auth",
        network="shop_worktree_auth",
        services=decided,
        ports=assign(with_bases(published_ports(model, names)), 1),
        bind="127.0.0.1",
        main=more.pop("main", MAIN),
        directory=here,
        containers={one.name: f"shop-{one.name}-1" for one in decided if one.role == "shared"},
        **more,
    )


def made(spec: dict, *, settings: Settings | None = None, others: dict | None = None, **more) -> dict:
    """Return what the override says of one own service beside others."""
    model = parse({"services": {"web": {**BUILT, **spec}, **(others or {})}})
    return override(model, stack_for(model, settings=settings, **more))["services"]["web"]


DB = {"db": {"image": "postgres:16"}}


def test_the_stack_has_its_name_its_network_and_none_of_the_shared_services():
    model = parse({"services": {"web": BUILT, **DB, "mail": {"image": "axllent/mailpit"}}})
    document = override(model, stack_for(model))
    assert document["name"] == "shop-auth"
    assert document["networks"] == {"default": Override({"name": "shop_worktree_auth", "external": True})}
    assert document["services"]["db"] == document["services"]["mail"] == Reset()
    assert set(document["services"]) == {"web", "db", "mail"}
    assert "volumes" not in document


def test_everything_of_the_stack_bears_its_labels():
    mount = {"type": "volume", "source": "data", "target": "/d"}
    model = parse(
        {
            "services": {"web": {**BUILT, "volumes": [mount]}},
            "volumes": {"data": {"name": "shop_data"}},
        }
    )
    stack = stack_for(model)
    assert labels(stack) == LABELS
    document = override(model, stack)
    assert document["services"]["web"]["labels"] == LABELS
    assert document["volumes"]["data"]["labels"] == LABELS


def test_a_plain_service_keeps_all_that_is_not_named():
    assert made({}) == {"networks": Override({"default": {}}), "labels": LABELS}


def test_container_name_and_hostname_go_and_stay_as_aliases():
    found = made({"container_name": "shop-web", "hostname": "web.local"})
    assert (found["container_name"], found["hostname"]) == (Reset(), Reset())
    assert found["networks"] == Override({"default": {"aliases": ["shop-web", "web.local"]}})
    assert made({"container_name": "x", "hostname": "x"})["networks"] == Override(
        {"default": {"aliases": ["x"]}}
    )


def test_ports_replace_mains_and_stay_on_the_address_they_name():
    ports = [
        {"target": 8000, "published": "8000", "protocol": "tcp"},
        {"target": 443, "published": "8443", "protocol": "udp", "host_ip": "0.0.0.0"},  # noqa: S104 - as people write
        {"target": 9000, "protocol": "tcp"},
    ]
    assert made({"ports": ports})["ports"] == Override(
        [
            {"target": 8000, "protocol": "tcp", "host_ip": "127.0.0.1", "published": "8001"},
            {"target": 443, "protocol": "udp", "host_ip": "0.0.0.0", "published": "8444"},  # noqa: S104 - the same
            {"target": 9000, "protocol": "tcp", "host_ip": "127.0.0.1"},
        ]
    )


def test_only_the_services_own_ports_are_its():
    other = {"api": {**BUILT, "ports": [{"target": 1, "published": "7000", "protocol": "tcp"}]}}
    model = parse({"services": {"web": BUILT, **other}})
    document = override(model, stack_for(model))
    assert "ports" not in document["services"]["web"]
    assert [one["published"] for one in document["services"]["api"]["ports"].value] == ["7001"]


def test_other_worktrees_see_a_service_under_the_worktrees_name_only_where_that_is_wanted():
    assert made({}, share_names=True)["networks"] == Override({"default": {"aliases": ["web-auth"]}})


def test_what_waits_for_a_shared_service_waits_for_own_ones_only():
    found = made(
        {
            "depends_on": {
                "db": {"condition": "service_healthy", "required": True},
                "migrate": {"condition": "service_completed_successfully", "required": True},
            }
        },
        others={**DB, "migrate": BUILT},
    )
    assert found["depends_on"] == Override(
        {"migrate": {"condition": "service_completed_successfully", "required": True}}
    )
    assert made({"depends_on": {"db": {}}}, others=DB)["depends_on"] == Override({})
    assert "depends_on" not in made({"depends_on": {"api": {}}}, others={"api": BUILT})


def test_what_waits_for_a_service_that_is_not_started_does_not():
    beat = {"beat": {**BUILT, "command": ["celery", "-A", "x", "beat"]}}
    assert made({"depends_on": {"beat": {}}}, others=beat)["depends_on"] == Override({})


def test_links_to_shared_services_go():
    found = made({"links": ["db:database", "api", "api:backend"]}, others={**DB, "api": BUILT})
    assert found["links"] == Override(["api", "api:backend"])
    assert "links" not in made({"links": ["api"]}, others={"api": BUILT})


def test_what_borrows_from_a_shared_service_borrows_from_mains_container():
    found = made(
        {"volumes_from": ["db:ro", "api", "container:other"], "network_mode": "service:db"},
        others={**DB, "api": BUILT},
        settings=Settings(shared=("db",)),
    )
    assert found["volumes_from"] == Override(["container:shop-db-1:ro", "api", "container:other"])
    assert found["network_mode"] == "container:shop-db-1"
    assert "networks" not in found
    for key in ("pid", "ipc"):
        assert made({key: "service:db"}, others=DB)[key] == "container:shop-db-1"


@pytest.mark.parametrize("mode", ["host", "none", "service:api", "container:other"])
def test_other_network_modes_stay_and_join_no_network(mode):
    found = made({"network_mode": mode}, others={"api": BUILT})
    assert "network_mode" not in found
    assert "networks" not in found


def test_labels_of_routers_go_and_the_others_stay():
    spec = {"labels": {"traefik.enable": "true", "caddy": "x", "caddy_0.a": "b", "keep": 1}}
    assert dropped_labels(parse({"services": {"web": spec}}).services["web"]) == (
        "traefik.enable",
        "caddy",
        "caddy_0.a",
    )
    assert made(spec)["labels"] == Override({"keep": "1", **LABELS})
    assert made({"labels": {"keep": "1"}})["labels"] == LABELS


def test_mounts_of_mains_files_become_the_worktrees_and_others_stay():
    kept = [
        {"type": "bind", "source": f"{HERE}/code", "target": "/code"},
        {"type": "bind", "source": "/etc/ssl", "target": "/ssl"},
        {"type": "bind", "source": "/w/shopping", "target": "/x"},
        {"type": "volume", "source": "data", "target": "/data"},
        {"type": "tmpfs", "target": "/tmp"},
    ]
    mains = [
        {"type": "bind", "source": f"{MAIN}/config", "target": "/config", "read_only": True},
        {"type": "bind", "source": MAIN, "target": "/app"},
    ]
    found = made({"volumes": [*kept, *mains]})["volumes"].value
    assert found[:5] == kept
    assert found[5] == {**mains[0], "source": f"{HERE}/config"}
    assert found[6]["source"] == HERE


def test_mounts_stay_where_worktrees_lie_inside_of_main():
    inside = f"{MAIN}/.worktrees/auth"
    mounts = [{"type": "bind", "source": f"{inside}/code", "target": "/code"}]
    found = made({"volumes": mounts}, here=inside)
    assert found["volumes"] == Override(mounts)


def test_own_volumes_are_the_stacks_and_external_and_foreign_ones_stay():
    mounts = [{"type": "volume", "source": name, "target": f"/{name}"} for name in ("data", "outer")]
    document = {
        "services": {
            "web": {**BUILT, "volumes": [*mounts, {"type": "volume", "target": "/anonymous"}]},
            "db": {
                "image": "postgres",
                "volumes": [{"type": "volume", "source": "pg", "target": "/var/lib/postgresql"}],
            },
        },
        "volumes": {
            "data": {"name": "pinned"},
            "outer": {"name": "outer", "external": True},
            "pg": {"name": "shop_pg"},
            "bare": None,
        },
    }
    model = parse(document)
    assert override(model, stack_for(model))["volumes"] == {
        "data": {"name": "shop-auth_data", "labels": LABELS}
    }


def test_what_is_not_started_hides_behind_a_profile_of_ours_or_its_own():
    beat = {"command": ["celery", "-A", "x", "beat"]}
    assert made(beat)["profiles"] == Override(["worktree-tasks-idle"])
    profiled = {**beat, "profiles": ["debug"]}
    assert made(profiled, profiles=("debug",))["profiles"] == Override(["worktree-tasks-idle"])
    assert "profiles" not in made(profiled)
    assert "profiles" not in made(beat, settings=Settings(own=("web",)))


def test_images_and_values_are_set_for_the_services_that_they_are_for():
    found = made({}, images={"web": "shop-auth-web"}, environment={"web": {"A": "1"}, "db": {"B": "2"}})
    assert found["image"] == "shop-auth-web"
    assert found["environment"] == {"A": "1"}
    assert "image" not in made({}, images={"api": "x"})


def test_build_arguments_are_set_beside_what_else_the_build_has():
    moved = {"build": {"context": f"{MAIN}/web"}}
    found = made(moved, images={"web": "shop-auth-web"}, arguments={"web": {"VITE_API": "x"}})
    assert found["build"] == {"labels": LABELS, "args": {"VITE_API": "x"}, "context": f"{HERE}/web"}
    assert "args" not in made({}, images={"web": "x"}, arguments={"api": {"A": "1"}})["build"]


def test_external_networks_are_told_by_the_names_that_docker_has():
    model = parse(
        {
            "services": {"web": {"networks": {"edge": None, "default": None}}, "db": {}},
            "networks": {"edge": {"name": "proxy", "external": True}, "default": {"name": "shop_default"}},
        }
    )
    assert external_networks(model.services["web"], model) == ("proxy",)
    assert external_networks(model.services["db"], model) == ()


def test_static_addresses_become_names_of_the_service_that_has_them_in_main():
    others = {"old": {**BUILT, "networks": {"front": {"ipv4_address": "10.9.0.6", "aliases": ["legacy"]}}}}
    hosts = ["old-db=10.9.0.6", "host.docker.internal=host-gateway"]
    model = parse({"services": {"web": {**BUILT, "extra_hosts": hosts}, **others}, "networks": {"front": {}}})
    services = override(model, stack_for(model))["services"]
    assert services["web"]["extra_hosts"] == Override(["host.docker.internal=host-gateway"])
    assert services["old"]["networks"] == Override({"default": {"aliases": ["legacy", "old-db"]}})
    assert "extra_hosts" not in made({"extra_hosts": hosts[1:]})


def test_aliases_in_external_networks_are_not_claimed():
    spec = {**BUILT, "networks": {"edge": {"aliases": ["shop"]}, "default": None}}
    model = parse({"services": {"web": spec}, "networks": {"edge": {"name": "proxy", "external": True}}})
    assert override(model, stack_for(model))["services"]["web"]["networks"] == Override({"default": {}})


def test_a_range_of_ports_is_one_port_of_one_container():
    ports = {"ports": [{"target": 80, "published": "8000-8001"}]}
    found = made({**ports, "scale": 2, "deploy": {"replicas": 2}})
    assert (found["scale"], found["deploy"]) == (1, {"replicas": 1})
    assert not {"scale", "deploy"} & made({**ports, "scale": 1}).keys()
    assert not {"scale", "deploy"} & made({"ports": [{"target": 80}], "scale": 2}).keys()


@pytest.mark.parametrize(
    ("policy", "written"), [("always", "missing"), ("daily", "missing"), ("build", None), (None, None)]
)
def test_an_image_of_this_machine_is_asked_of_no_registry(policy, written):
    found = made({"pull_policy": policy}, images={"web": "shop-auth-web"})
    assert found.get("pull_policy") == written


def test_what_others_live_in_is_not_hidden_behind_a_profile():
    beat = {**BUILT, "command": ["celery", "-A", "x", "beat"]}
    near = {"near": {**BUILT, "network_mode": "service:web"}}
    assert "profiles" not in made(beat, others=near)
    assert made(beat, others={"near": BUILT})["profiles"] == Override(["worktree-tasks-idle"])


# The same through Compose's own parser.

PROJECTS = {
    "plain": """
services:
  web: {build: ., ports: ["8000:8000"], depends_on: [db], environment: {PRICE: "a$$b", N: }}
  db: {image: "postgres:16", ports: ["5432:5432"], volumes: ["pg:/var/lib/postgresql/data"]}
volumes: {pg: {}}
""",
    "pinned": """
name: shop
services:
  web: {build: ., image: "app:dev", container_name: shop-web, hostname: web.local, ports: ["80:8000"]}
  db: {image: "postgres:16", container_name: shop-db}
""",
    "conditions": """
services:
  web:
    build: .
    depends_on:
      db: {condition: service_healthy}
      migrate: {condition: service_completed_successfully}
  migrate: {build: ., depends_on: {db: {condition: service_healthy, restart: true}}}
  db: {image: "postgres:16", healthcheck: {test: [CMD, "true"]}}
""",
    "borrowed": """
services:
  web: {build: ., links: ["db:database", api], volumes_from: ["db:ro", "api"]}
  api: {build: ., ports: ["7000-7001:7000-7001", "127.0.0.1:9000:9000/udp", "1234"]}
  sidecar: {build: ., network_mode: "service:db", pid: "service:db", ipc: "service:db"}
  near: {build: ., network_mode: "service:api"}
  db: {image: "postgres:16", ipc: shareable, volumes: ["pg:/var/lib/postgresql/data"]}
volumes: {pg: {}}
""",
    "host": """
services:
  web: {build: ., network_mode: host}
  api: {build: ., networks: [front, edge], ports: ["3000:3000"]}
  cache: {image: "redis:7", networks: [front]}
networks: {front: {internal: true}, edge: {external: true, name: proxy}}
""",
    "volumes": """
services:
  web: {build: ., volumes: [".:/app", "node:/app/node_modules", "media:/media", "outer:/outer", "/cache"]}
  db: {image: "postgres:16", volumes: ["pg:/var/lib/postgresql/data"]}
volumes: {node: {}, media: {name: shop-media}, outer: {external: true}, pg: {name: shop-pg}}
""",
    "profiles": """
services:
  web: {build: ., ports: ["8000:8000"]}
  debug: {build: ., profiles: [debug], ports: ["8000:8000"], depends_on: [web, tools-db]}
  tools-db: {image: postgres, profiles: [debug]}
  test: {build: ., profiles: [test], depends_on: [tools-db], links: [tools-db]}
""",
    "scheduler": """
services:
  web: {build: ., depends_on: [beat, redis]}
  worker: {build: ., command: celery -A x worker}
  beat: {build: ., command: celery -A x beat, depends_on: [redis]}
  redis: {image: "redis:7"}
""",
    "router": """
services:
  web:
    build: .
    labels: ["traefik.enable=true", "traefik.http.routers.web.rule=Host(`shop.localhost`)", "team=shop"]
    networks: [default, proxy]
networks: {proxy: {external: true}}
""",
    "addresses": """
services:
  web:
    build: .
    ports:
      - "127.0.0.1:8000:80"
      - "[::1]:8000:80"
      - {target: 443, published: "8443", protocol: udp, mode: host}
      - {target: 9090, published: "9090-9099"}
""",
    "extended": """
x-base: &base {build: ., environment: {A: "1"}, volumes: [".:/app"]}
services:
  web: {<<: *base, ports: ["8000:8000"]}
  worker: {extends: {service: web}, ports: !reset []}
  api: {extends: {file: base.yaml, service: api}, ports: ["8100:8000"]}
""",
    "included": """
include: [more.yaml]
services:
  web: {build: ., depends_on: [search], ports: ["8000:8000"]}
""",
    "secrets": """
services:
  web:
    build: {context: ., target: dev, args: {V: "1"}}
    secrets: [key]
    configs: [{source: conf, target: /conf}]
    tmpfs: [/tmp]
    deploy: {replicas: 2}
    healthcheck: {test: [CMD, "true"]}
  db: {image: mariadb}
secrets: {key: {file: ./key.txt}}
configs: {conf: {content: "a=$$b"}}
""",
    "short and long": """
services:
  front: {image: "node:22", command: npm run dev, volumes: [{type: bind, source: ./front, target: /src}]}
  mail: {image: axllent/mailpit, ports: ["8025:8025"]}
""",
}
BESIDE = {
    "base.yaml": "services: {api: {build: ., volumes: ['./api:/api']}}\n",
    "more.yaml": "services: {search: {image: 'getmeili/meilisearch:v1'}}\n",
    "key.txt": "secret\n",
}


def config(project, *words: str) -> dict:
    done = project.run("docker", "compose", *words, "config", "--format", "json")
    assert done.code == 0, done.err
    return json.loads(done.out)


@pytest.fixture
def worktree(make_project, tmp_path):
    def make(name: str):
        project = make_project("auth", compose=PROJECTS[name].lstrip())
        for path, text in BESIDE.items():
            project.write(path, text)
        document = config(project, "--profile", "*")
        model = parse(document)
        stack = stack_for(model, here=str(project.path), main=str(tmp_path / "shop"))
        return (
            project,
            document,
            replace(stack, images={one.name: f"shop-auth-{one.name}" for one in _built(model, stack)}),
        )

    return make


def _built(model: Model, stack: Stack):
    return [one for one in own(stack.services) if model.services[one.name].build]


@pytest.mark.engine
@pytest.mark.usefixtures("compose_program")
@pytest.mark.parametrize("name", sorted(PROJECTS))
def test_compose_reads_the_override_and_runs_own_services_only(worktree, name):
    project, printed, stack = worktree(name)
    project.write("compose.override.yaml", dump(override(parse(printed), stack)))
    found = config(project, "--profile", "*")
    services = found["services"]
    mine = {one.name: one for one in own(stack.services)}
    assert found["name"] == "shop-auth"
    assert set(services) == set(mine)
    leased = {(one.service, one.target, one.protocol, one.published) for one in stack.ports}
    given = {
        (service, port["target"], port["protocol"], int(port["published"]) if port.get("published") else None)
        for service, spec in services.items()
        for port in spec.get("ports") or ()
    }
    assert given == leased
    for service, spec in services.items():
        assert not {"container_name", "hostname"} & set(spec)
        assert labels(stack).items() <= spec["labels"].items()
        assert not [label for label in spec["labels"] if label.startswith("traefik.")]
        assert set(spec.get("depends_on") or ()) <= set(mine)
        if "network_mode" not in spec:
            assert list(spec["networks"]) == ["default"]
        for key in ("command", "entrypoint", "configs", "secrets", "healthcheck", "deploy", "environment"):
            assert spec.get(key) == printed["services"][service].get(key)
        if "build" in spec:
            assert spec["image"] == f"shop-auth-{service}"
            assert spec["build"] == {**printed["services"][service]["build"], "labels": labels(stack)}
    assert found["networks"]["default"]["name"] == "shop_worktree_auth"
    assert found["networks"]["default"]["external"] is True
    used = {mount.get("source") for spec in services.values() for mount in spec.get("volumes") or ()}
    for key, volume in (found.get("volumes") or {}).items():
        if key in used and not volume.get("external"):
            assert volume["name"] == f"shop-auth_{key}"
    started = config(project)["services"]
    assert set(started) == {name for name, one in mine.items() if one.started}


@pytest.mark.engine
@pytest.mark.usefixtures("compose_program")
def test_no_container_of_a_project_mounts_what_is_mains(worktree, tmp_path):
    project, _, _ = worktree("volumes")
    (tmp_path / "shop").mkdir()
    project.write(
        "compose.yaml",
        f"services: {{web: {{build: ., volumes: ['{tmp_path}/shop/data:/data', '.:/app']}}}}\n",
    )
    model = parse(config(project))
    stack = stack_for(model, here=str(project.path), main=str(tmp_path / "shop"))
    project.write("compose.override.yaml", dump(override(model, stack)))
    mounts = config(project)["services"]["web"]["volumes"]
    assert sorted(mount["source"] for mount in mounts) == [str(project.path), f"{project.path}/data"]


def test_a_port_of_another_service_is_not_in_the_list_that_replaces():
    model = parse({"services": {"web": {**BUILT, "ports": [{"target": 1, "protocol": "tcp"}]}}})
    stack = replace(stack_for(model), ports=(Port("api", 1, published=9),))
    assert override(model, stack)["services"]["web"]["ports"] == Override([])
