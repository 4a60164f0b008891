"""Generated compose files: of whatever is in them, three worktrees share nothing that they must not."""

from __future__ import annotations

import os
import posixpath
import re
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from harness.three_worktrees import agree, begun, check, compose, stack, wt
from hypothesis import HealthCheck, Phase, assume, given, note, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from harness.three_worktrees import Stack

pytestmark = [pytest.mark.engine, pytest.mark.usefixtures("engine_answers")]

# Each one makes three worktrees and asks Compose some twenty times.
EXAMPLES = int(os.environ.get("WT_EXAMPLES") or 12)
APPS = ("web", "api-v2", "job_runner", "front.end")
DATA = {"db": "postgres:15", "cache": "redis:7", "search": "opensearchproject/opensearch:2"}
NETWORKS = ("front", "back_net", "default")
# How people start what takes jobs and what plans them; scripts count where the project is mounted.
WORKERS = ("celery -A shop worker", "/run-worker", "/code/run.sh work")
SCHEDULERS = ("celery -A shop beat", "/code/run.sh plan", "sh -c 'cd /code && ./run.sh plan'")
KINDS = (
    "short", "ip", "six", "udp", "range", "inner", "variable", "whole", "long", "both", "seen", "target"
)  # fmt: skip
VARIABLE = re.compile(r"\$\{((?:BOTH|SEEN|INNER)_(\d+))")
CONDITIONS = ("service_started", "service_healthy", "service_completed_successfully")


class Numbers:
    """Published ports of one project, none of them twice."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw
        self._taken: set[int] = set()

    def run(self, length: int = 1) -> int:
        free = st.one_of(st.sampled_from((80, 443)), st.integers(1024, 60_000)).filter(
            lambda first: not self._taken & set(range(first, first + length))
        )
        first = self._draw(free)
        self._taken.update(range(first, first + length))
        return first


def port(draw: st.DrawFn, numbers: Numbers) -> Any:
    """Return one of the ways to publish a port."""
    inner = draw(st.integers(1, 65_000))
    kind = draw(st.sampled_from(KINDS))
    if kind == "range":
        first = numbers.run(3)
        return f"{first}-{first + 2}:{inner}-{inner + 2}"
    number = numbers.run()
    return {
        "short": f"{number}:{inner}",
        "ip": f"0.0.0.0:{number}:{inner}",
        "six": f"[::1]:{number}:{inner}",
        "udp": f"{number}:{inner}/udp",
        "inner": str(inner),
        "variable": f"${{SOME_PORT_{number}:-{number}}}:{inner}",
        "whole": f"${{FORWARD_{number}:-127.0.0.1:{number}}}:{inner}",
        "long": {"target": inner, "published": str(number), "protocol": "tcp", "mode": "host"},
        "both": f"${{BOTH_{number}:-{number}}}:${{BOTH_{number}:-{number}}}",
        "seen": f"${{SEEN_{number}:-{number}}}:{number}",
        "target": f"{number}:${{INNER_{number}:-{number}}}",
    }[kind]


def tell(draw: st.DrawFn, spec: dict[str, Any]) -> None:
    """Tell a program by which variables it listens, in one of the ways to tell it, or in none."""
    words, values = [], {}
    for name, number in VARIABLE.findall(str(spec.get("ports", ()))):
        way = draw(st.sampled_from((name, f"LISTEN_{number}", "command", "")))
        if way == "command":
            words.append(f"--listen=${{{name}:-{number}}}")
        elif way:
            values[way] = f"${{{name}:-{number}}}"
    if words:
        spec.setdefault("command", ["serve", *words])
    if values:
        given = spec.get("environment")
        spec["environment"] = {**(given if isinstance(given, dict) else {}), **values}


def mounts(draw: st.DrawFn) -> list[Any]:
    ways = (
        "./src:/src",
        ".:/code:ro",
        "..:/workspaces:cached",
        "./conf/app.conf:/etc/app.conf",
        "data:/data",
        "node-modules:/code/node_modules",
        "/anonymous",
        "company:/company",
        "sockets:/run/cache",
        "static:/static",
        {"type": "bind", "source": "./src", "target": "/long", "read_only": True},
        {"type": "tmpfs", "target": "/scratch"},
        "/etc/hostname:/host-name:ro",
    )
    return draw(st.lists(st.sampled_from(ways), max_size=4, unique_by=str))


def networking(draw: st.DrawFn, name: str, before: list[str], numbers: Numbers) -> dict[str, Any]:
    """Return how a service is reached; what has a namespace of others can have neither networks nor ports."""
    mode = draw(st.sampled_from(("plain", "plain", "plain", "none", "borrowed")))
    if mode == "none":
        return {"network_mode": "none"}
    if mode == "borrowed" and before:
        return {"network_mode": f"service:{draw(st.sampled_from(before))}"}
    spec: dict[str, Any] = {"ports": [port(draw, numbers) for _ in range(draw(st.integers(0, 3)))]}
    if draw(st.booleans()):
        joined = draw(st.lists(st.sampled_from((*NETWORKS, "company_net")), min_size=1, unique=True))
        spec["networks"] = {
            network: draw(st.sampled_from((None, {"aliases": [f"{name}.test", "www"]}))) for network in joined
        }
    if draw(st.booleans()):
        spec["hostname"] = f"{name.replace('_', '-')}.example.test"
    if before and draw(st.booleans()):
        spec["links"] = [draw(st.sampled_from((f"{before[0]}:linked", before[0])))]
    if draw(st.booleans()):
        spec["extra_hosts"] = ["host.docker.internal:host-gateway"]
    return spec


def service(draw: st.DrawFn, name: str, before: list[str], numbers: Numbers) -> dict[str, Any]:
    """Return a service of which anything may be said that people say."""
    spec = networking(draw, name, before, numbers)
    built = draw(st.sampled_from((None, ".", {"context": "./src", "dockerfile": "Dockerfile.dev"})))
    if built:
        spec["build"] = built
    if not built or draw(st.booleans()):
        spec["image"] = f"{name}:dev"
    spec["volumes"] = mounts(draw)
    for key, values in {
        "container_name": (None, f"fixed_{name}"),
        "command": (None, "serve --all", *WORKERS, *SCHEDULERS),
        "environment": (None, {"URL": "http://localhost:8000", "EMPTY": "", "INHERITED": None}, ["A=p$$w"]),
        "env_file": (None, ".env", [{"path": "absent.env", "required": False}]),
        "labels": (None, {"traefik.enable": "true", "kept": "yes"}, ["caddy=example.test"]),
        "secrets": (None, ["token"]),
        "scale": (None, None, 2),
        "restart": (None, "always"),
    }.items():
        if (value := draw(st.sampled_from(values))) is not None:
            spec[key] = value
    if spec.get("command") in WORKERS and draw(st.booleans()):
        spec["environment"] = {"REDIS_URL": "redis://cache:6379/0", "CACHE_URL": "redis://cache:6379/1"}
    tell(draw, spec)
    if spec.get("container_name"):
        # Compose itself refuses a fixed name with a scale.
        spec.pop("scale", None)
    others = draw(st.lists(st.sampled_from(before), unique=True)) if before else []
    if others:
        spec["depends_on"] = {
            other: {"condition": draw(st.sampled_from(CONDITIONS)), "required": draw(st.booleans())}
            for other in others
        }
    return spec


def page(draw: st.DrawFn, behind: str, spec: dict[str, Any]) -> dict[str, Any]:
    """Return a page or a proxy of an image in front of another service."""
    ways = (
        {"depends_on": {behind: {"condition": "service_started"}}},
        {"links": [behind]},
        {"environment": {"BACKEND_URL": f"http://{behind}:8000/api"}},
        {"environment": [f"API_HOST={behind}"]},
        {"command": ["proxy", "--upstream", f"{behind}:8000"]},
        {"labels": {"proxy.to": f"http://{behind}"}},
        {"volumes": ["./conf/proxy.conf:/etc/nginx/conf.d/default.conf:ro"]},
        {"network_mode": f"service:{behind}"},
    )
    # What cannot be linked to, or has no network, can be called all the same.
    alone = "network_mode" in spec
    chosen = draw(
        st.sampled_from([way for way in ways if not (alone and {*way} & {"links", "network_mode"})])
    )
    return {
        "image": "nginx:stable",
        "volumes": [],
        **chosen,
        **({"profiles": spec["profiles"]} if "profiles" in spec else {}),
    }


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """Generate a compose document that Compose accepts."""
    numbers = Numbers(draw)
    services: dict[str, Any] = {}
    for name in draw(st.lists(st.sampled_from(sorted(DATA)), unique=True)):
        services[name] = {"image": DATA[name]}
        if draw(st.booleans()):
            services[name] |= {
                "container_name": f"the_{name}",
                "ports": [f"{numbers.run()}:5432"],
                "volumes": ["data:/var/lib/data"],
            }
        if name == "cache" and draw(st.booleans()):
            services[name].setdefault("volumes", []).append("sockets:/run/cache")
        if draw(st.booleans()):
            services[name]["networks"] = [draw(st.sampled_from(NETWORKS))]
    for name in draw(st.lists(st.sampled_from(APPS), min_size=1, unique=True)):
        profiles = draw(st.sampled_from(({}, {}, {"profiles": ["debug"]})))
        # What is always on cannot lean on what seldom is: Compose refuses that in main too.
        before = [one for one, spec in services.items() if profiles or "profiles" not in spec]
        services[name] = {**service(draw, name, before, numbers), **profiles}
    if draw(st.booleans()):
        behind = draw(st.sampled_from([name for name in services if name not in DATA]))
        services["gateway"] = page(draw, behind, services[behind])
    document: dict[str, Any] = {
        "services": services,
        "networks": {
            "front": None,
            "back_net": {"internal": True},
            "company_net": {"external": True, "name": "generated_company_net"},
        },
        "volumes": {
            "data": draw(st.sampled_from((None, {"name": "pinned-data"}))),
            "node-modules": None,
            "company": {"external": True},
            "sockets": None,
            "static": None,
        },
        "secrets": {"token": {"file": "./secrets/token"}},
    }
    if draw(st.booleans()):
        document["name"] = "pinned-name"
    return document


def lay_out(main: Path, document: dict[str, Any], name: str = "compose.yaml") -> None:
    before = [name for name in document["services"] if name not in ("gateway", *DATA)]
    # Some variables have a value, others only their default.
    values = {key: number for key, number in VARIABLE.findall(str(document)) if int(number) % 2}
    env = "".join(f"{key}={number}\n" for key, number in values.items())
    for path, text in {
        "conf/proxy.conf": f"server {{ location / {{ proxy_pass http://{before[-1]}:8000; }} }}\n",
        name: yaml.safe_dump(document, sort_keys=False),
        "Dockerfile": "FROM python:3.11-slim\nCOPY run.sh /run-worker\n",
        "run.sh": "case ${1:-work} in plan) exec celery -A a beat;; *) exec celery -A a worker;; esac\n",
        "src/Dockerfile.dev": "FROM python:3.11-slim\nCOPY . /src\n",
        "conf/app.conf": "answer = 42\n",
        ".gitignore": ".env\nsecrets/\n",
        ".env": f"SITE=http://localhost:8000\n{env}",
        "secrets/token": "t0ken\n",
    }.items():
        file = main / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def runs(spec: dict[str, Any], commands: tuple[str, ...]) -> bool:
    """Return whether a service runs one of some commands, and a script only where it has that."""
    command = spec.get("command")
    mounted = ".:/code:ro" in spec["volumes"]
    return command in commands and ("/code" not in command or mounted)


def check_jobs(document: dict[str, Any], mains: Stack, mine: list[Stack]) -> None:
    """See that no scheduler runs twice, and that no queue has the workers of two stacks."""
    specs = {name: spec for name, spec in document["services"].items() if name not in DATA}
    lent = {spec.get("network_mode", "").removeprefix("service:") for spec in specs.values()}
    awaited = {
        other
        for spec in specs.values()
        for other, how in spec.get("depends_on", {}).items()
        if how["condition"] == "service_completed_successfully"
    }
    for name, spec in specs.items():
        if runs(spec, SCHEDULERS) and name not in lent:
            assert not [one.path for one in mine if name in one.started["services"]], (
                f"{name} plans jobs twice"
            )
        if runs(spec, WORKERS) and "cache" in document["services"] and "cache" not in awaited:
            queues = [queue_of(name, one, mains) for one in (mains, *mine) if name in one.whole["services"]]
            assert len({*queues}) == len(queues), f"{name} takes jobs of other stacks: {queues}"


def queue_of(name: str, one: Stack, mains: Stack) -> tuple[Path, str]:
    """Return where a worker takes its jobs from: whose Redis, and which of its databases."""
    server = one if "cache" in one.whole["services"] else mains
    return server.path, (one.whole["services"][name].get("environment") or {}).get("REDIS_URL", "")


def listening(spec: dict[str, Any]) -> dict[str, int]:
    """Return where a program is told to listen, by what tells it."""
    words = enumerate(spec.get("command") or ())
    told = [*(spec.get("environment") or {}).items(), *((str(place), word) for place, word in words)]
    numbers = {key: str(value).removeprefix("--listen=") for key, value in told}
    return {key: int(value) for key, value in numbers.items() if value.isdigit()}


def serve(main: dict[str, Any], mine: dict[str, Any]) -> None:
    """See that what listens on a published port in main does so in a worktree."""
    for name, spec in mine["services"].items():
        of_main = main["services"][name]
        before, targets = ({port["target"] for port in one.get("ports", ())} for one in (of_main, spec))
        here = listening(spec)
        for key, number in listening(of_main).items():
            assert number not in before or here[key] in targets, f"{name} listens on {here[key]}, by {key}"


def examples(count: int) -> Any:
    checks = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
    # To shrink an example takes minutes; what failed is shown as it was drawn.
    phases = [phase for phase in Phase if phase != Phase.shrink]
    return settings(max_examples=count, deadline=None, suppress_health_check=checks, phases=phases)


@examples(EXAMPLES)
@given(document=documents())
def test_whatever_is_in_a_compose_file_three_worktrees_share_nothing_they_must_not(tmp_path, document):
    main = tmp_path / secrets.token_hex(4) / "generated"
    lay_out(main, document)
    note((main / "compose.yaml").read_text())
    project = begun(main)
    # Main's own file is a valid one, or the example proves nothing.
    compose(main)
    compose(main, "--profile", "*")
    mains, *mine = check(project, agreeing=True)
    try:
        for one in mine:
            together(document, mains, one)
            serve(mains.whole, one.whole)
            cover(main, one)
        check_jobs(document, mains, mine)
    finally:
        made = {volume["name"] for one in mine for volume in mains_in(one)}
        for name in made - {"company"}:
            project.run("docker", "volume", "rm", "--force", name)


@examples(EXAMPLES)
@given(
    document=documents(), of_branch=documents(), name=st.sampled_from(("compose.yaml", "docker-compose.yml"))
)
def test_whatever_a_branch_makes_of_the_compose_file_its_plan_is_what_new_does(
    tmp_path, document, of_branch, name
):
    main = tmp_path / secrets.token_hex(4) / "generated"
    assume(of_branch != document)
    lay_out(main, document)
    project = begun(main)
    dotenv = (main / ".env").read_bytes()
    project.git("switch", "--quiet", "--create", "other")
    (main / "compose.yaml").unlink()
    lay_out(main, of_branch, name)
    note((main / name).read_text())
    compose(main, "--profile", "*")
    project.commit("Compose otherwise")
    project.git("switch", "--quiet", "main")
    (main / ".env").write_bytes(dotenv)
    note((main / "compose.yaml").read_text())
    compose(main, "--profile", "*")
    plan = wt(project, "plan", "other")
    tree = wt(project, "new", "other", "--no-start")
    mine = stack(Path(tree["path"]))
    own = {one["name"] for one in plan["services"] if one["role"] == "own"}
    assert own == set(mine.whole["services"])
    assert {one["name"] for one in plan["services"]} == set(of_branch["services"])
    assert mine.started["name"] == tree["compose_project"] == plan["compose_project"]
    agree(project, plan, [tree], [mine])
    serve(compose(main, "--file", str(mine.path / name), "--profile", "*"), mine.whole)
    cover(main, mine)
    for checkout in (main, mine.path):
        status = project.git("status", "--porcelain", "--untracked-files=all", cwd=checkout)
        assert status == ""
    for volume in {one["name"] for one in mains_in(mine)} - {"company"}:
        project.run("docker", "volume", "rm", "--force", volume)


def cover(main: Path, mine: Stack) -> None:
    """See that a worktree stands in main's place wherever a folder that contains main is mounted."""
    for spec in mine.whole["services"].values():
        binds = {one["target"]: one["source"] for one in spec.get("volumes", ()) if one["type"] == "bind"}
        for target, source in binds.items():
            if main.is_relative_to(source):
                inner = posixpath.join(target, main.relative_to(source))
                assert binds[inner] == str(mine.path), f"{target} shows main"


def mains_in(one: Stack) -> list[dict[str, Any]]:
    """Return the volumes of a stack that are somebody else's."""
    return [volume for volume in one.whole.get("volumes", {}).values() if volume.get("external")]


def together(document: dict[str, Any], mains: Stack, mine: Stack) -> None:
    """See that what needs an own service is own, and that no two servers have one data directory."""
    own, services = mine.whole["services"], document["services"]
    if "gateway" in services:
        front = yaml.safe_dump({**services["gateway"], "image": ""})
        named = [name for name in services if name not in DATA and name in front]
        assert "gateway" in own or not set(named) & set(own)
    names = {volume["name"] for volume in mains_in(mine)}
    data = mains.whole.get("volumes", {}).get("data", {}).get("name")
    shared = [name for name in DATA if name in services and name not in own]
    if any("data:/var/lib/data" in services[name].get("volumes", ()) for name in shared):
        assert data not in names
    if "cache" in shared and "sockets:/run/cache" in services["cache"].get("volumes", ()):
        users = [one for one in own.values() if uses(one, "sockets")]
        assert (mains.whole["volumes"]["sockets"]["name"] in names) is bool(users)
    for name in set(DATA) & set(own):
        for key, volume in mine.whole.get("volumes", {}).items():
            assert not (volume.get("external") and uses(own[name], key))


def uses(spec: dict[str, Any], key: str) -> bool:
    return any(one["type"] == "volume" and one.get("source") == key for one in spec.get("volumes", ()))
