"""Values that point to main: each is changed where it is read, on the host, in browsers, in containers."""

from __future__ import annotations

import os
import subprocess

import pytest
from harness.three_worktrees import begun, compose, wt

pytestmark = [pytest.mark.engine, pytest.mark.usefixtures("engine_answers")]


@pytest.fixture
def make(tmp_path):
    """Make a project of some files and its worktree `pay`, not started; return what `plan` said too."""

    def make(**texts: str):
        main = tmp_path / "shop"
        main.mkdir()
        files = {"Dockerfile": "FROM nginx:stable\nARG VITE_API_URL\n", ".gitignore": ".env\n", **texts}
        for name, text in files.items():
            (main / name).write_text(text)
        project = begun(main)
        planned = wt(project, "plan", "pay")
        wt(project, "new", "pay", "--no-start")
        return planned, project.root / "pay"

    return make


def changes(planned) -> dict[tuple[str, str], str]:
    return {(one["file"], one["key"]): one["new"] for one in planned["env"]}


def port_of(planned, service: str) -> int:
    return next(one["published"] for one in planned["ports"] if one["service"] == service)


def test_env_files_keep_localhost_for_the_host_and_browsers_and_only_the_override_names_services(make):
    env = "PUBLIC_LIVE_URL=ws://localhost:18531\nDATABASE_URL=postgres://u:p@localhost:18532/shop\n"
    services = """\
services:
  web: {build: ., env_file: .env, ports: ["18530:80"]}
  live: {image: "nginx:stable", ports: ["18531:80"]}
  db: {image: "postgres:15", ports: ["18532:5432"]}
"""
    planned, place = make(**{"compose.yaml": services, ".env": env})
    assert (place / ".env").read_text() == env
    given = compose(place)["services"]["web"]["environment"]
    assert given["PUBLIC_LIVE_URL"] == "ws://localhost:18531"
    assert given["DATABASE_URL"] == "postgres://u:p@db:5432/shop"
    assert changes(planned) == {("environment of web", "DATABASE_URL"): "postgres://u:***@db:5432/shop"}


def test_build_arguments_point_to_the_worktree_and_plan_says_that_the_image_is_built(make):
    services = """\
services:
  page: {build: {context: ., args: {VITE_API_URL: "http://localhost:18591"}}, ports: ["18590:80"]}
  api: {build: ., ports: ["18591:80"]}
"""
    planned, place = make(**{"compose.yaml": services})
    mine = f"http://localhost:{port_of(planned, 'api')}"
    assert compose(place)["services"]["page"]["build"]["args"] == {"VITE_API_URL": mine}
    assert "args" not in compose(place)["services"]["api"]["build"]
    assert changes(planned) == {("build arguments of page", "VITE_API_URL"): mine}


def test_ignored_files_that_compose_files_include_and_extend_are_copied_as_plan_says(make):
    planned, place = make(
        **{
            "compose.yaml": """\
include: [mail.local.yaml]
services:
  web: {extends: {file: base.local.yaml, service: base}, ports: ["18570:80"]}
""",
            "base.local.yaml": "services: {base: {build: .}}\n",
            "mail.local.yaml": "services: {mail: {image: 'redis:7'}}\n",
            ".gitignore": "*.local.yaml\n",
        }
    )
    assert planned["files"] == ["base.local.yaml", "mail.local.yaml"]
    assert all((place / name).is_file() for name in planned["files"])
    assert set(compose(place)["services"]) == {"web"}


@pytest.fixture
def filled_pipe(tmp_path):
    """Make a named pipe that is filled for whoever reads it, as password managers do."""
    pipe = tmp_path / "shop" / ".env"
    pipe.parent.mkdir()
    os.mkfifo(pipe)
    script = 'while [ -p "$0" ]; do echo TOKEN=secret > "$0"; sleep 0.05; done'
    filler = subprocess.Popen(["sh", "-c", script, str(pipe)])
    yield pipe
    filler.kill()
    filler.wait()


def test_an_env_file_that_is_a_named_pipe_is_read_through_and_is_nobodys_work(filled_pipe):
    main = filled_pipe.parent
    text = "services: {web: {build: ., environment: {TOKEN: '${TOKEN:-}'}, ports: ['18580:80']}}\n"
    (main / "compose.yaml").write_text(text)
    (main / "Dockerfile").write_text("FROM nginx:stable\n")
    (main / ".gitignore").write_text(".env\n")
    project = begun(main)
    wt(project, "plan", "pay")
    wt(project, "new", "pay", "--no-start")
    place = project.root / "pay"
    assert (place / ".env").readlink() == filled_pipe
    assert compose(place)["services"]["web"]["environment"] == {"TOKEN": "secret"}
    assert filled_pipe.is_fifo()
    wt(project, "remove", "pay")
    assert wt(project, "trash")["restore_points"] == []
