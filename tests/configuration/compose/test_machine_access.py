"""What a compose model asks of the machine, and what of it is beyond main."""

from __future__ import annotations

import pytest

from worktree_tasks.configuration.compose.machine_access import Exposure, beyond, exposures
from worktree_tasks.configuration.compose.model_parsing import parse

MAIN = "/home/me/shop"


def asked(spec: dict, **model: object) -> list[str]:
    document = {"services": {"web": {"image": "web", **spec}}, **model}
    found = exposures(parse(document), ["web"], checkout=MAIN)
    return [one.what for one in found if one.kind != "service"]


def bind(source: str) -> dict:
    return {"volumes": [{"type": "bind", "source": source, "target": "/in"}]}


@pytest.mark.parametrize(
    "spec",
    [
        bind(MAIN),
        bind(f"{MAIN}/app"),
        {"volumes": [{"type": "volume", "source": "data", "target": "/data"}]},
        {"volumes": [{"type": "tmpfs", "target": "/tmp"}]},
        {"privileged": False},
        {"security_opt": ["no-new-privileges:true"]},
        {"cap_drop": ["ALL"]},
        {"network_mode": "service:db", "pid": "service:db", "ipc": "private"},
        {"ports": [{"target": 80, "published": "8000"}]},
        {"ports": [{"target": 80, "published": "8000", "host_ip": "127.0.0.1"}]},
        {"ports": [{"target": 80, "published": "8000", "host_ip": "::1"}]},
        {"build": {"context": MAIN, "dockerfile": "Dockerfile", "network": "default"}},
        {"build": {"context": MAIN, "additional_contexts": {"base": "docker-image://debian"}}},
        {"networks": {"default": None}},
    ],
)
def test_what_stays_in_the_project_is_asked_of_nobody(spec):
    assert asked(spec) == []


@pytest.mark.parametrize(
    ("spec", "what"),
    [
        (bind("/"), "web mounts / of this machine on /in"),
        (bind("/home/me"), "web mounts /home/me of this machine on /in"),
        (bind(f"{MAIN}/../other"), f"web mounts {MAIN}/../other of this machine on /in"),
        (bind("/home/me/shop2"), "web mounts /home/me/shop2 of this machine on /in"),
        (
            bind("/var/run/docker.sock"),
            "web mounts the engine's socket /var/run/docker.sock of this machine on /in",
        ),
        ({"volumes_from": ["container:other"]}, "web mounts the volumes of container:other"),
        ({"privileged": True}, "web is privileged: it can do anything on this machine"),
        ({"cap_add": ["SYS_ADMIN"]}, "web asks for cap_add SYS_ADMIN"),
        (
            {"devices": [{"source": "/dev/sda", "target": "/dev/sda"}]},
            "web asks for devices source=/dev/sda target=/dev/sda",
        ),
        ({"security_opt": ["seccomp:unconfined"]}, "web asks for security_opt seccomp:unconfined"),
        ({"sysctls": {"net.ipv4.ip_forward": "1"}}, "web asks for sysctls net.ipv4.ip_forward=1"),
        ({"use_api_socket": True}, "web asks for use_api_socket true"),
        ({"provider": {"type": "evil"}}, "web asks for provider type=evil"),
        ({"post_start": [{"command": "x", "privileged": True}]}, "web has a privileged post_start"),
        ({"network_mode": "host"}, "web shares the network of this machine"),
        ({"pid": "host"}, "web shares the processes of this machine"),
        ({"ipc": "host"}, "web shares the shared memory of this machine"),
        ({"userns_mode": "host"}, "web shares the users of this machine"),
        ({"network_mode": "container:db"}, "web shares the network of container:db"),
        ({"ports": [{"target": 80, "host_ip": "0.0.0.0"}]}, "web publishes its port 80 on 0.0.0.0"),  # noqa: S104
        ({"ports": [{"target": 80, "host_ip": "::"}]}, "web publishes its port 80 on ::"),
        ({"ports": [{"target": 80, "host_ip": "192.168.1.5"}]}, "web publishes its port 80 on 192.168.1.5"),
        ({"build": {"context": "/etc"}}, "web is built from /etc"),
        ({"build": {"context": MAIN, "dockerfile": "/etc/passwd"}}, "web is built from /etc/passwd"),
        ({"build": {"context": MAIN, "additional_contexts": {"x": "/etc"}}}, "web is built from /etc"),
        ({"build": {"context": "https://example.org/x.git"}}, "web is built from https://example.org/x.git"),
        ({"build": {"context": MAIN, "ssh": ["default"]}}, "web is built with ssh default"),
        ({"build": {"context": MAIN, "network": "host"}}, "web is built with network host"),
        ({"build": {"context": MAIN, "privileged": True}}, "web is built with privileged true"),
    ],
)
def test_what_reaches_the_machine_is_named(spec, what):
    assert asked(spec) == [what]


def test_volumes_networks_and_secrets_of_the_project_that_are_elsewhere_are_named():
    volume = {"volumes": [{"type": "volume", "source": "data", "target": "/data"}]}
    assert asked(volume, volumes={"data": {"driver_opts": {"device": "/etc", "o": "bind"}}}) == [
        "web mounts /etc of this machine as the volume data"
    ]
    assert asked(volume, volumes={"data": {"driver_opts": {"device": f"{MAIN}/data"}}}) == []
    assert asked(volume, volumes={"data": {"external": True, "name": "other_data"}}) == [
        "web uses the external volume other_data"
    ]
    network = {"networks": {"front": None}}
    assert asked(network, networks={"front": {"external": True, "name": "proxy"}}) == [
        "web joins the external network proxy"
    ]
    assert asked({}, secrets={"key": {"file": "/home/me/.ssh/id"}}, configs={"c": {"file": f"{MAIN}/c"}}) == [
        "secret key is /home/me/.ssh/id of this machine"
    ]


def test_only_the_services_that_are_named_count():
    model = parse({"services": {"web": {"image": "web"}, "db": {"image": "db", "privileged": True}}})
    assert [one.service for one in exposures(model, ["web"], checkout=MAIN)] == ["web"]


def test_beyond_main_is_what_main_does_not_ask_for_and_services_that_it_does_not_have():
    mains = [Exposure("service", "web runs web", "web"), Exposure("power", "web asks for gpus all", "web")]
    branchs = [
        Exposure("service", "web runs other", "web"),
        Exposure("power", "web asks for gpus all", "web"),
        Exposure("service", "more runs more", "more"),
        Exposure("power", "more asks for gpus all", "more"),
        Exposure("link", "x is a symbolic link to /"),
        Exposure("link", "x is a symbolic link to /"),
    ]
    assert beyond(branchs, mains, services=["web"]) == (branchs[2], branchs[3], branchs[4])
