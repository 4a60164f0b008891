"""What Compose prints is read into values once, and what is no such thing is refused by its place."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError

import pytest
from harness.projects import Project
from harness.three_worktrees import FIXTURES, copy_fixture

from worktree_tasks.configuration.compose.build import Build
from worktree_tasks.configuration.compose.model import (
    Attachment,
    Model,
    Mount,
    NetworkSpec,
    PortSpec,
    VolumeSpec,
)
from worktree_tasks.configuration.compose.model_parsing import parse
from worktree_tasks.errors import BadUse

# One service that has all that is read, in the ways that people write it.
WRITTEN = """\
name: shop
services:
  web:
    build:
      context: .
      target: dev
      additional_contexts: {common: ../common}
      ssh: [default]
      network: host
    image: app:dev
    pull_policy: always
    container_name: shop-web
    hostname: web.local
    entrypoint: [sh, -c]
    working_dir: /app
    command: exec serve $$PORT
    environment: {PRICE: "a$$b", DEBUG: true, EMPTY: }
    ports: ["${PORT:-8000}:80", "127.0.0.1:7000-7001:7000-7001/udp", "9000", "8100-8102:81"]
    expose: ["3000", "4000-4002/udp"]
    volumes: [".:/app:ro", "data:/data:nocopy", /anonymous, {type: tmpfs, target: /t, tmpfs: {size: 10}}]
    networks: {default: , edge: {aliases: [shop], ipv4_address: 10.9.0.5}}
    depends_on: {db: {condition: service_healthy, restart: true}}
    links: ["db:database"]
    volumes_from: ["db:ro"]
    extra_hosts: ["old-db:10.9.0.6"]
    labels: [team=shop, bare]
    profiles: [dev]
    deploy: {resources: {reservations: {devices: [{driver: nvidia, capabilities: [gpu]}]}}}
    develop: {watch: [{path: ./src, action: sync, target: /src}]}
    privileged: true
    devices: ["/dev/a:/dev/b"]
    cap_add: [SYS_ADMIN]
    sysctls: {net.core.somaxconn: 1024}
    env_file: [app.env, {path: more.env, required: false}]
    secrets: [key, token]
    configs: [{source: site, target: /etc/site}]
  db:
    image: postgres
    pid: host
    network_mode: none
    scale: 2
    deploy: {replicas: 2}
    volumes: ["models:/models"]
networks: {edge: {name: proxy, external: true}}
volumes:
  data: {driver_opts: {type: none, o: bind, device: /srv/data}}
  models: {external: true}
secrets: {key: {file: ./key.txt}, token: {environment: TOKEN}}
configs: {site: {file: ./site.conf}}
"""


def printed(project: Project, *words: str) -> dict:
    return json.loads(project.compose("--profile", "*", "config", *words, "--format", "json"))


@pytest.fixture
def written(make_project, compose_program) -> Project:
    project = make_project(compose=WRITTEN)
    project.write("app.env", "")
    return project


def test_all_that_decisions_need_is_read_from_compose_itself(written):
    model = parse(printed(written))
    here = str(written.path)
    web, db = model.services["web"], model.services["db"]
    build = web.build
    assert build is not None
    assert (model.name, list(model.services), web.name) == ("shop", ["db", "web"], "web")
    assert (build.context, build.dockerfile_path, build.target) == (here, f"{here}/Dockerfile", "dev")
    assert build.additional_contexts == {"common": str(written.path.parent / "common")}
    assert {key: entries for key, entries in build.powers.items() if entries} == {
        "ssh": ("default",),
        "network": ("host",),
    }
    assert (web.image, web.pull_policy) == ("app:dev", "always")
    assert (web.entrypoint, web.command) == (("sh", "-c"), ("exec", "serve", "$$PORT"))
    assert (db.entrypoint, db.command, web.working_dir, db.working_dir) == (None, None, "/app", "")
    assert (web.container_name, web.hostname, web.profiles) == ("shop-web", "web.local", ("dev",))
    assert web.environment == {"PRICE": "a$$b", "DEBUG": "true", "EMPTY": None}
    assert web.ports == (
        PortSpec(80, "8000"),
        PortSpec(7000, "7000", "udp", "127.0.0.1"),
        PortSpec(7001, "7001", "udp", "127.0.0.1"),
        PortSpec(9000),
        PortSpec(81, "8100-8102"),
    )
    assert web.expose == (3000, 4000)
    assert [(one.type, one.source, one.target) for one in web.mounts] == [
        ("bind", here, "/app"),
        ("volume", "data", "/data"),
        ("volume", "", "/anonymous"),
        ("tmpfs", "", "/t"),
    ]
    assert web.networks == {"default": Attachment(), "edge": Attachment(("shop",), "10.9.0.5")}
    assert {name: one.condition for name, one in web.depends_on.items()} == {"db": "service_healthy"}
    assert (web.links, web.volumes_from, web.extra_hosts) == (
        ("db:database",),
        ("db:ro",),
        ("old-db=10.9.0.6",),
    )
    assert web.labels == {"team": "shop", "bare": ""}
    assert (web.scale, web.replicas, web.privileged) == (None, None, True)
    assert (db.scale, db.replicas, db.privileged) == (2, 2, False)
    assert [one.path for one in web.watch] == [f"{here}/src"]
    assert web.powers["cap_add"] == ("SYS_ADMIN",)
    assert web.powers["sysctls"] == ("net.core.somaxconn=1024",)
    assert len(web.powers["devices"]) == 2
    assert web.network_mode == ""
    assert db.namespaces == {"network_mode": "none", "pid": "host"}
    assert model.networks["edge"] == NetworkSpec("proxy", external=True)
    assert model.volumes == {
        "data": VolumeSpec(
            "shop_data",
            device="/srv/data",
            options={"type": "none", "o": "bind", "device": "/srv/data"},
        ),
        "models": VolumeSpec("models", external=True),
    }
    assert (model.secrets, model.configs) == ({"key": f"{here}/key.txt"}, {"site": f"{here}/site.conf"})


def test_what_the_override_repeats_is_kept_whole(written):
    document = printed(written)
    given = document["services"]["web"]
    web = parse(document).services["web"]
    assert web.build is not None
    assert web.build.raw == given["build"]
    assert [one.raw for one in web.mounts] == given["volumes"]
    assert [one.raw for one in web.watch] == given["develop"]["watch"]
    assert {name: one.raw for name, one in web.depends_on.items()} == given["depends_on"]


@pytest.mark.parametrize("fixture", sorted(path.name for path in FIXTURES.iterdir()))
def test_every_project_of_the_fixtures_is_read_with_all_its_services(compose_program, tmp_path, fixture):
    copy_fixture(fixture, tmp_path)
    folder = next(path.parent for path in sorted(tmp_path.rglob("*compose*.y*ml")))
    document = printed(Project(folder))
    model = parse(document)
    assert list(model.services) == list(document["services"])
    for name, spec in model.services.items():
        given = document["services"][name]
        assert [one.raw for one in spec.mounts] == given.get("volumes", [])
        assert len(spec.ports) == len(given.get("ports", []))
        assert (spec.build.raw if spec.build else None) == given.get("build")
        assert spec.environment.keys() == (given.get("environment") or {}).keys()


def test_what_is_missing_or_null_is_empty():
    assert parse({}) == parse({"services": None, "networks": None, "volumes": None}) == Model()
    model = parse(
        {"services": {"web": {"build": None, "ports": None, "deploy": None}}, "volumes": {"x": None}}
    )
    assert model.services["web"].build is None
    assert model.services["web"].ports == ()
    assert model.volumes == {"x": VolumeSpec("x")}


def test_a_build_without_a_file_of_its_own_has_the_text_of_its_dockerfile():
    section = {"context": "/src", "dockerfile_inline": "FROM debian\n", "args": {"A": "1", "B": None}}
    assert parse({"services": {"web": {"build": section}}}).services["web"].build == Build(
        context="/src",
        dockerfile="",
        inline="FROM debian\n",
        target=None,
        additional_contexts={},
        powers=dict.fromkeys(("entitlements", "network", "privileged", "ssh"), ()),
        raw=section,
        arguments={"A": "1", "B": None},
    )


def test_only_hooks_that_are_privileged_are_noted():
    hooks = {
        "post_start": [{"command": "x", "privileged": True}, {"command": "y"}],
        "pre_stop": [{"command": "z"}],
    }
    assert parse({"services": {"web": hooks}}).services["web"].privileged_hooks == ("post_start",)


def test_services_can_be_put_in_an_order():
    model = parse({"name": "shop", "services": {"a": {}, "b": {}}})
    assert list(model.ordered(["b", "a"]).services) == ["b", "a"]
    assert model.ordered(["b", "a"]).name == "shop"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("web", "services.web as text, not as a mapping"),
        ({"ports": "8000:80"}, "services.web.ports as text, not as a list"),
        ({"ports": ["8000:80"]}, "services.web.ports[0] as text, not as a mapping"),
        ({"ports": [{"published": "80"}]}, "services.web.ports[0].target as nothing, not as a whole number"),
        ({"ports": [{"target": "http"}]}, "services.web.ports[0].target as text, not as a whole number"),
        ({"image": ["a"]}, "services.web.image as a list, not as text"),
        ({"environment": ["PASSWORD=hunter2"]}, "services.web.environment as a list, not as a mapping"),
        ({"environment": {"A": {"B": "hunter2"}}}, "services.web.environment.A as a mapping, not as text"),
        ({"volumes": [7]}, "services.web.volumes[0] as a number, not as a mapping"),
        ({"links": [["db"]]}, "services.web.links[0] as a list, not as text"),
        ({"depends_on": ["db"]}, "services.web.depends_on as a list, not as a mapping"),
        ({"networks": {"front": "x"}}, "services.web.networks.front as text, not as a mapping"),
        ({"expose": ["http"]}, "services.web.expose[0] as text, not as a port"),
        ({"deploy": {"replicas": "two"}}, "services.web.deploy.replicas as text, not as a whole number"),
        ({"build": "."}, "services.web.build as text, not as a mapping"),
        ({"build": {"context": {}}}, "services.web.build.context as a mapping, not as text"),
    ],
)  # fmt: skip
def test_a_shape_that_is_not_known_is_refused_by_its_place_and_without_its_value(given, said):
    with pytest.raises(BadUse) as told:
        parse({"services": {"web": given}})
    assert told.value.what == f"Compose prints {said}"
    assert "hunter2" not in str(told.value)
    assert told.value.hint


def test_what_is_no_document_is_refused():
    with pytest.raises(BadUse, match="the model as a list, not as a mapping"):
        parse([])


def test_values_are_frozen():
    mount = Mount("bind", "/src", "/app", {})
    with pytest.raises(FrozenInstanceError):
        mount.source = "/elsewhere"  # type: ignore[misc]
