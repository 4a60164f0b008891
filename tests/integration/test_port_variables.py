"""Ports from variables: only the published side moves, and whatever tells of a port agrees on it."""

from __future__ import annotations

import json
import secrets
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from dotenv import dotenv_values
from harness.programs import docker
from harness.projects import Project
from harness.three_worktrees import begun, compose, wt
from harness.toys import PortBlock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = [pytest.mark.engine, pytest.mark.usefixtures("engine_answers")]

SERVER = """\
import http.server, os
class Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass
http.server.ThreadingHTTPServer(("0.0.0.0", int(os.environ.get("PORT", "PORT_0"))), Handler).serve_forever()
"""


class Made:
    """A project with one worktree.

    Attributes:
        project: The project.
        planned: What `plan` told.
        tree: The worktree, as `new` told of it.
        path: Its directory.
    """

    def __init__(self, project: Project, *words: str) -> None:
        self.project = project
        self.planned = wt(project, "plan", "w1")
        self.tree = wt(project, "new", "w1", *words)
        self.path = Path(self.tree["path"])

    @property
    def env(self) -> dict[str, str | None]:
        """The values of its `.env`."""
        return dotenv_values(self.path / ".env", interpolate=False)

    def ports(self, tree: dict[str, Any] | None = None) -> dict[str, list[tuple[int, int]]]:
        """Return the ports of services in the container and on the host, as a document tells them."""
        services = (tree or self.tree)["services"]
        return {
            name: [(port["target"], port["published"]) for port in one["ports"]]
            for name, one in services.items()
            if one["ports"]
        }

    def model(self) -> dict[str, Any]:
        """Return what plain `docker compose` reads there."""
        return compose(self.path)["services"]

    def check(self) -> dict[str, list[tuple[int, int]]]:
        """See that plan, list, the override and doctor agree, also after more commands; return the ports."""
        here = self.ports()
        planned: dict[str, list[tuple[int, int]]] = {}
        for port in self.planned["ports"]:
            planned.setdefault(port["service"], []).append((port["target"], port["published"]))
        assert planned == here
        for _ in range(2):
            in_model = {
                name: [(port["target"], int(port["published"])) for port in spec["ports"]]
                for name, spec in self.model().items()
                if spec.get("ports")
            }
            assert {name: sorted(ports) for name, ports in in_model.items()} == {
                name: sorted(ports) for name, ports in here.items()
            }
            env = self.env
            assert self.ports(wt(self.project, "new", "w1", "--no-start")) == here
            assert self.env == env
            (listed,) = wt(self.project, "list")["worktrees"]
            assert self.ports(listed) == here
            assert wt(self.project, "doctor")["findings"] == []
        return here


@pytest.fixture
def numbers() -> Iterator[tuple[int, ...]]:
    """Four ports for main that nobody has, each with room for a worktree's."""
    block = PortBlock()
    yield tuple(block.start + 1 + place * 10 for place in range(4))
    block.close()


@pytest.fixture
def laid(tmp_path, numbers) -> Iterator[Callable[..., Project]]:
    """Lay out a project, in whose files PORT_0 and so on are main's ports."""
    made: list[Project] = []

    def lay(compose_file: str, env: str = "", *, tracked: bool = False) -> Project:
        project = Project(tmp_path / f"ports{secrets.token_hex(3)}")
        for name, text in {
            "compose.yaml": compose_file,
            ".gitignore": "" if tracked else ".env\n",
            ".env": env,
            "Dockerfile": "FROM python:3.11-slim\nCOPY serve.py /serve.py\n",
            "serve.py": SERVER,
        }.items():
            for place, number in enumerate(numbers):
                text = text.replace(f"PORT_{place}", str(number))  # noqa: PLW2901 - one after the other
            project.write(name, text)
        made.append(begun(project.path))
        return project

    yield lay
    for project in made:
        wt(project, "remove", "w1", "--force")


def test_a_port_in_the_container_stays_whatever_variable_it_comes_from(laid, numbers):
    """The published side is one variable, the container's another, which no env file has."""
    made = Made(
        laid(
            """\
services:
  web:
    build: .
    env_file: .env
    ports: ["${FORWARD:-127.0.0.1:PORT_0}:${PORT:-PORT_0}"]
""",
            "FORWARD=PORT_0\n",
        ),
        "--no-start",
    )
    main = numbers[0]
    assert made.check() == {"web": [(main, main + 1)]}
    assert made.env == {"FORWARD": str(main + 1)}
    assert made.model()["web"]["environment"] == {"FORWARD": str(main)}


@pytest.mark.parametrize("tracked", [False, True])
def test_both_sides_of_a_port_stay_apart_where_the_program_is_not_told(laid, numbers, tracked):
    made = Made(
        laid(
            """\
services:
  web:
    build: .
    ports: ["${PORT:-PORT_0}:${PORT:-PORT_0}"]
""",
            "MODE=dev\n",
            tracked=tracked,
        ),
        "--no-start",
    )
    assert made.check() == {"web": [(numbers[0], numbers[0] + 1)]}
    assert made.env == {"MODE": "dev"}


def test_where_git_tracks_the_variable_everything_inside_stays(laid, numbers):
    made = Made(
        laid(
            """\
services:
  web:
    build: .
    env_file: .env
    command: serve ${PORT}
    ports: ["${PORT}:${PORT}"]
""",
            "PORT=PORT_0\n",
            tracked=True,
        ),
        "--no-start",
    )
    assert made.check() == {"web": [(numbers[0], numbers[0] + 1)]}
    web = made.model()["web"]
    assert (web["environment"], web["command"]) == ({"PORT": str(numbers[0])}, ["serve", str(numbers[0])])


def test_both_sides_and_all_that_name_the_port_move_together_where_the_program_is_told(laid, numbers):
    made = Made(
        laid(
            """\
services:
  web:
    build: .
    command: serve ${PORT}
    environment: {PORT: "${PORT}"}
    healthcheck: {test: "curl localhost:${PORT}"}
    volumes: [".:/app"]
    ports: ["${PORT}:${PORT}"]
""",
            "PORT=PORT_0\nSITE_URL=http://localhost:PORT_0\n",
        ),
        "--no-start",
    )
    here = numbers[0] + 1
    assert made.check() == {"web": [(here, here)]}
    assert made.env == {"PORT": str(here), "SITE_URL": f"http://localhost:{here}"}
    web = made.model()["web"]
    assert (web["environment"], web["command"]) == ({"PORT": str(here)}, ["serve", str(here)])
    assert web["healthcheck"]["test"] == ["CMD-SHELL", f"curl localhost:{here}"]


def test_both_sides_stay_apart_where_another_service_names_the_port(laid, numbers):
    made = Made(
        laid(
            """\
services:
  web:
    build: .
    command: serve ${PORT}
    ports: ["${PORT}:${PORT}"]
  api:
    build: .
    environment: {WEB_URL: "http://web:PORT_0"}
""",
            "PORT=PORT_0\nSITE_URL=http://localhost:PORT_0\n",
        ),
        "--no-start",
    )
    main = numbers[0]
    assert made.check() == {"web": [(main, main + 1)]}
    assert made.env == {"PORT": str(main), "SITE_URL": f"http://localhost:{main + 1}"}
    assert made.model()["web"]["command"] == ["serve", str(main)]
    assert made.model()["api"]["environment"] == {"WEB_URL": f"http://web:{main}"}


def test_addresses_in_the_network_stay_when_they_share_a_variable_with_a_published_port(laid, numbers):
    made = Made(
        laid(
            """\
services:
  pool:
    build: .
    ports: ["${PG_PORT}:6432"]
    environment: {BACKEND: "postgres://u:p@db:${PG_PORT}/ledger"}
  api:
    build: .
    environment: {DATABASE_URL: "postgres://u:p@db:${PG_PORT}/ledger"}
  db:
    image: postgres:15
    command: postgres -p ${PG_PORT}
""",
            "PG_PORT=PORT_0\n",
        ),
        "--no-start",
    )
    main = numbers[0]
    assert made.check() == {"pool": [(6432, main + 1)]}
    assert made.env == {"PG_PORT": str(main)}
    model = made.model()
    assert model["pool"]["environment"] == {"BACKEND": f"postgres://u:p@db:{main}/ledger"}
    assert model["api"]["environment"] == {"DATABASE_URL": f"postgres://u:p@db:{main}/ledger"}


def test_programs_keep_seeing_mains_value_of_a_variable_that_is_published_anew(laid, numbers):
    """Tools on the host get the new one; browsers' ports are new for everybody."""
    made = Made(
        laid(
            """\
services:
  web:
    build: .
    env_file: .env
    environment: {LISTEN: "${PORT}", URL: "http://localhost:${PORT}"}
    ports: ["${PORT}:PORT_0", "${HMR_PORT}:PORT_1"]
  api:
    build: .
    volumes: [".:/app"]
    ports: ["${API_PORT}:PORT_2", "${ADMIN_PORT:-PORT_3}:PORT_3"]
""",
            "PORT=PORT_0\nHMR_PORT=PORT_1\nAPI_PORT=PORT_2\n",
        ),
        "--no-start",
    )
    first, second, third, last = numbers
    assert made.check() == {
        "web": [(first, first + 1), (second, second + 1)],
        "api": [(third, third + 1), (last, last + 1)],
    }
    assert made.env == {
        "PORT": str(first + 1),
        "HMR_PORT": str(second + 1),
        "API_PORT": str(third + 1),
        "ADMIN_PORT": str(last + 1),
    }
    model = made.model()
    web = model["web"]["environment"]
    assert (web["PORT"], web["LISTEN"], web["URL"]) == (
        str(first),
        str(first),
        f"http://localhost:{first + 1}",
    )
    assert (web["HMR_PORT"], web["API_PORT"]) == (str(second + 1), str(third))
    # What reads the file through the mount listens where main's does.
    assert model["api"]["environment"] == {"API_PORT": str(third), "ADMIN_PORT": str(last)}


def test_places_in_the_compose_file_are_told_apart_whatever_port_they_have_in_the_container(laid, numbers):
    first, second, third, last = numbers
    made = Made(
        laid(
            """\
services:
  web:
    build: .
    ports: ["PORT_0:80", "PORT_1:80", "PORT_1:80/udp", "PORT_2-PORT_2:81", "127.0.0.2:PORT_0:80"]
  api:
    build: .
    ports: ["PORT_3:80"]
"""
        ),
        "--no-start",
    )
    slot = made.tree["slot"]
    assert {name: sorted(ports) for name, ports in made.check().items()} == {
        "web": sorted(
            [
                (80, first + slot),
                (80, second + slot),
                (80, second + slot),
                (81, third + slot),
                (80, first + slot),
            ]
        ),
        "api": [(80, last + slot)],
    }


def test_what_speaks_udp_has_no_url_and_hides_none(laid, numbers):
    made = Made(
        laid(
            """\
services:
  stats:
    build: .
    ports: ["${STATS}:8125/udp", "PORT_2:8126/udp"]
  web:
    build: .
    ports: ["PORT_1:80/tcp", "PORT_1:80/udp"]
""",
            "STATS=PORT_0\nSITE=http://localhost:PORT_1\n",
        ),
        "--no-start",
    )
    slot = made.tree["slot"]
    assert made.env == {"STATS": str(numbers[0] + slot), "SITE": f"http://localhost:{numbers[1] + slot}"}
    urls = {name: [port["url"] for port in one["ports"]] for name, one in made.tree["services"].items()}
    page = f"http://localhost:{numbers[1] + slot}"
    assert urls == {"stats": [None, None], "web": [page, None]}
    assert made.tree["url"] == page


def answer(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=20) as response:
        return str(response.read(), "utf-8")


def test_what_listens_is_what_is_published_inside_and_outside(laid, numbers):
    made = Made(
        laid(
            """\
services:
  outer:
    build: .
    command: python -u /serve.py
    env_file: .env
    ports: ["${OUTER}:${PORT:-PORT_0}"]
  both:
    build: .
    command: python -m http.server ${BOTH}
    ports: ["${BOTH}:${BOTH}"]
  seen:
    build: .
    command: python -u /serve.py
    environment: {PORT: "${SEEN}"}
    ports: ["${SEEN}:PORT_2"]
""",
            "OUTER=PORT_0\nBOTH=PORT_1\nSEEN=PORT_2\n",
        )
    )
    first, second, third, _ = numbers
    here = {"outer": [(first, first + 1)], "both": [(second + 1, second + 1)], "seen": [(third, third + 1)]}
    assert made.check() == here
    started = wt(made.project, "start", "w1")
    assert (made.ports(started), started["state"]) == (here, "running")
    name = made.tree["compose_project"]
    for service, ((target, published),) in here.items():
        assert "Directory listing" in answer(published)
        (container,) = docker(
            "ps", "--quiet", "--filter", f"label=com.docker.compose.project={name}",
            "--filter", f"label=com.docker.compose.service={service}",
        ).split()  # fmt: skip
        asked = f"import urllib.request as r; print(r.urlopen('http://localhost:{target}').status)"
        assert docker("exec", container, "python", "-c", asked).strip() == "200"
        bindings = json.loads(docker("inspect", container))[0]["HostConfig"]["PortBindings"]
        assert [one["HostPort"] for one in bindings[f"{target}/tcp"]] == [str(published)]
