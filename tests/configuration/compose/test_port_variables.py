"""Variables that ports are taken from: which follow a worktree's ports, and which stay main's."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from harness.projects import Project

from worktree_tasks.configuration.compose.model_parsing import parse
from worktree_tasks.configuration.compose.port_variables import Files, port_variables
from worktree_tasks.configuration.compose.uninterpolated import parse_raw

if TYPE_CHECKING:
    from collections.abc import Callable

    from worktree_tasks.configuration.env.address_targets import PortVariable

pytestmark = pytest.mark.usefixtures("compose_program")

API = "  api:\n    image: app\n"
DB = "  db:\n    image: postgres\n"


@pytest.fixture
def read(tmp_path) -> Callable[..., dict[str, PortVariable]]:
    """Read the variables of a compose file whose service `db` is shared and whose others are own."""

    def read_one(web: str, others: str = "", **files: Any) -> dict[str, PortVariable]:
        project = Project(tmp_path)
        project.write("compose.yaml", f"services:\n  web:\n    image: app\n{web}{others}")
        values = files.setdefault("values", {"PORT": "3000"})
        project.write(".env", "".join(f"{key}={value}\n" for key, value in values.items()))

        def printed(*words: str) -> object:
            return json.loads(project.compose("config", *words, "--format", "json"))

        model, raw = parse(printed()), parse_raw(printed("--no-interpolate"))
        own = [name for name in model.services if name != "db"]
        return port_variables(model, raw, own, Files(**files))

    return read_one


@pytest.mark.parametrize(
    ("web", "others"),
    [
        ('    ports: ["$PORT:80"]\n', ""),
        ('    ports: ["127.0.0.1:${PORT}:80/udp"]\n', ""),
        ('    ports: [{target: 80, published: "${PORT}"}]\n', ""),
        ('    ports: ["${PORT}:80", "${PORT}:80/udp"]\n', ""),
        ('    ports: ["${PORT}:80"]\n    environment: {PORT: "${PORT}"}\n', ""),
        ('    ports: ["${PORT}:80"]\n    environment: ["LISTEN=${PORT:-1}"]\n', ""),
        ('    ports: ["${PORT}:80"]\n    environment: {URL: "http://localhost:${PORT}/a"}\n', ""),
        ('    ports: ["${PORT}:80"]\n    expose: ["80"]\n    labels: {port: "${PORT}"}\n', ""),
        ('    ports: ["${PORT}:80"]\n', API + "    environment: {PORT: '${PORT}'}\n"),
        ('    ports: ["${PORT}:80"]\n    command: serve $$PORT\n', ""),
    ],
)
def test_a_variable_of_published_ports_alone_follows_them(read, web, others):
    port = read(web, others)["PORT"]
    assert (port.moves, port.listener, port.services) == (True, "", {"web"})


@pytest.mark.parametrize(
    ("web", "others"),
    [
        ('    ports: ["80:${PORT}"]\n', ""),
        ('    ports: ["${PORT}"]\n', ""),
        ('    ports: ["${PORT}:${PORT}"]\n', ""),
        ('    ports: ["${PORT}:80", "81:${PORT}"]\n', ""),
        ('    ports: ["4${PORT}:80"]\n', ""),
        ('    ports: ["${PORT}:80"]\n    command: serve ${PORT}\n', ""),
        ('    ports: ["${PORT}:80"]\n    healthcheck: {test: "curl localhost:${PORT}"}\n', ""),
        ('    ports: ["${PORT}:80"]\n    environment: {SELF: "http://web:${PORT}"}\n', ""),
        ('    ports: ["${PORT}:80"]\n', API + "    environment: {DB: 'postgres://db:${PORT}/a'}\n"),
        ('    ports: ["${PORT}:80"]\n', API + "    build: {context: ., args: {PORT: '${PORT}'}}\n"),
        ('    ports: ["${PORT}:80"]\n', DB + "    command: postgres -p ${PORT}\n"),
        ('    ports: ["${PORT}:80"]\n', DB + "    environment: {PGPORT: '${PORT}'}\n"),
        ('    ports: ["5000:80"]\n    command: serve ${PORT}\n', ""),
        ('    ports: ["5000:80"]\n    environment: {LISTEN: "${PORT}"}\n', ""),
    ],
)
def test_a_variable_on_which_anything_else_hangs_stays_mains(read, web, others):
    port = read(web, others)["PORT"]
    assert (port.moves, port.listener) == (False, "")


BOTH = '    ports: ["${PORT:-3000}:${PORT:-3000}"]\n'


@pytest.mark.parametrize(
    ("web", "others"),
    [
        ("    environment: {PORT: '${PORT}'}\n", ""),
        ("    environment: [PORT]\n", ""),
        ("    environment: {LISTEN: '${PORT:-3000}'}\n", ""),
        ("    command: serve --port ${PORT}\n", ""),
        ("    healthcheck: {test: 'curl localhost:${PORT}'}\n    environment: [PORT]\n", ""),
        ("    env_file: .env\n", API + "    env_file: .env\n"),
        (
            "    command: serve ${PORT}\n",
            API + "    environment: {WEB: '${PORT}'}\n    ports: ['4000:4000']\n",
        ),
        ("    command: serve ${PORT}\n", API + "    environment: {URL: 'http://localhost:3000'}\n"),
        ("    command: serve ${PORT}\n", API + "    environment: {URL: 'http://other-web:3000'}\n"),
    ],
)
def test_both_sides_of_a_port_move_together_where_the_program_is_told(read, web, others):
    port = read(BOTH + web, others)["PORT"]
    assert (port.moves, port.listener) == (True, "web")


@pytest.mark.parametrize(
    ("web", "others"),
    [
        ("", ""),
        ("    command: serve $$PORT\n", ""),
        ("    command: serve --port ${PORT} --reload 3000\n", ""),
        ("    command: serve ${PORT}\n", API + "    environment: {WEB: 'http://web:3000'}\n"),
        ("    command: serve ${PORT}\n", API + "    environment: {WEB: 'http://web:${PORT}'}\n"),
        ("    command: serve ${PORT}\n", API + "    command: wait-for web:${PORT}\n"),
        ("    command: serve ${PORT}\n", API + "    healthcheck: {test: 'curl http://web:3000'}\n"),
        ("    command: serve ${PORT}\n    container_name: site\n", API + "    command: call site:3000\n"),
        ("    command: serve ${PORT}\n", API + "    links: ['web:site']\n    command: call site:3000\n"),
        ("    command: serve ${PORT}\n", API + "    environment: {WEB_HOST: web, WEB_PORT: 3000}\n"),
        ("    command: serve ${PORT}\n", API + "    env_file: .env\n    ports: ['4000:3000']\n"),
        ("    command: serve ${PORT}\n", DB + "    environment: {PORT: '${PORT}'}\n"),
        ("    command: serve ${PORT}\n", API + "    ports: ['${PORT}:80']\n"),
        ("    command: serve ${PORT}\n    build: {context: ., args: {PORT: '${PORT}'}}\n", ""),
    ],
)
def test_both_sides_stay_apart_where_somebody_would_be_left_behind(read, web, others):
    port = read(BOTH + web, others)["PORT"]
    assert (port.moves, port.listener) == (False, "")


def test_files_tell_of_ports_too(read):
    assert read(BOTH, mounting=frozenset({"web"}))["PORT"].listener == "web"
    told = BOTH + "    environment: [PORT]\n"
    named = {"api": "proxy_pass http://web:3000;"}
    assert read(told, API, configuration=named)["PORT"].listener == ""
    assert read(told, API, configuration={"api": "web:30001"})["PORT"].listener == "web"
    fixed = read('    ports: ["${PORT}:80"]\n', fixed=frozenset({"PORT"}))["PORT"]
    assert (fixed.moves, fixed.services) == (False, {"web"})


def test_a_default_is_mains_value_where_it_is_one(read):
    port = read('    ports: ["${PORT:-3000}:80"]\n', values={})["PORT"]
    assert (port.moves, port.main) == (True, "3000")
    two = read('    ports: ["${PORT:-3000}:80", "${PORT:-3001}:81"]\n', values={})["PORT"]
    assert not two.moves
    nowhere = read('    ports: ["${PORT:-3000}:80"]\n', values={}, added=False)["PORT"]
    assert not nowhere.moves


def test_what_programs_see_of_a_variable_is_known_by_service(read):
    seen = read(
        '    ports: ["${PORT}:80"]\n    environment: {LISTEN: "${PORT}", URL: "http://localhost:${PORT}"}\n'
    )
    assert seen["PORT"].seen_as("PORT", "web") == {"PORT", "LISTEN"}
    assert seen["PORT"].seen_as("PORT", "api") == {"PORT"}


def test_a_variable_that_is_no_port_is_none(read):
    web = '    ports: ["80:80"]\n    environment: {MODE: "${MODE}"}\n    labels: {a: "${PORT}"}\n'
    assert read(web, values={"MODE": "dev", "PORT": "3000"}) == {}
