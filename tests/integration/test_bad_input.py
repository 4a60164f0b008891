"""Bad input: one clear line and one hint each, and nothing half-made."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.engine, pytest.mark.usefixtures("engine_answers")]

COMPOSE = """\
services:
  web:
    build: .
    ports: ["8000:8000"]
  db:
    image: postgres:15
"""
PROGRAM = "from worktree_tasks.interface.program import main; main()"


# Root reads everything, unless it has these no more.
MORTAL = ("setpriv", "--bounding-set=-dac_override,-dac_read_search") if os.geteuid() == 0 else ()


def new(project, *, code: int, words: tuple[str, ...] = (), env=None) -> str:
    """Try to open a worktree, and return the error as a person reads it."""
    done = project.run(*MORTAL, sys.executable, "-c", PROGRAM, "new", "auth", "--no-start", *words, env=env)
    assert done.code == code, done.out + done.err
    assert "Traceback" not in done.err
    assert done.out == ""
    errors = [line for line in done.err.splitlines() if line.startswith("✗ ")]
    hints = [line for line in done.err.splitlines() if line.startswith("  → ")]
    assert (len(errors), len(hints)) == (1, 1), done.err
    return f"{errors[0]}\n{hints[0]}"


def nothing_made(project) -> None:
    assert project.git("worktree", "list").count("\n") == 0
    assert project.git("branch", "--list", "auth") == ""
    assert not project.root.exists()


@pytest.mark.parametrize(
    ("files", "words"),
    [
        pytest.param(
            {"compose.yaml": "include: [a.yaml]\n" + COMPOSE, "a.yaml": "include: [compose.yaml]\n"},
            ("include cycle", "compose.yaml"),
            id="circular include",
        ),
        pytest.param(
            {"compose.yaml": COMPOSE + "    restrat: always\n"}, ("restrat",), id="unknown key of a service"
        ),
        pytest.param({"compose.yaml": COMPOSE + "servces: {}\n"}, ("servces",), id="unknown key on top"),
        pytest.param({"compose.yaml": "services: [\n"}, ("compose.yaml",), id="no YAML"),
        pytest.param(
            {"compose.yaml": COMPOSE.replace("build: .", "build: .\n    depends_on: [nobody]")},
            ("nobody",),
            id="unknown service in depends_on",
        ),
        pytest.param(
            {"compose.yaml": COMPOSE.replace("build: .", "build: .\n    env_file: absent.env")},
            ("absent.env",),
            id="env file that is not there",
        ),
        pytest.param(
            {"compose.yaml": COMPOSE.replace("8000:8000", "${WEB_PORT:?choose a port}:8000")},
            ("choose a port",),
            id="variable that has to be set",
        ),
    ],
)
def test_a_compose_file_that_compose_does_not_take_is_told_in_its_words(make_project, files, words):
    project = make_project(compose=None)
    for name, text in files.items():
        project.write(name, text)
    project.commit()
    error = new(project, code=2)
    for word in words:
        assert word in error
    nothing_made(project)


def test_what_compose_says_is_told_without_secrets(make_project):
    project = make_project(compose=COMPOSE.replace("8000:8000", "${DB_PASSWORD}:8000"))
    project.write(".env", "DB_PASSWORD=open-sesame\n")
    error = new(project, code=2)
    assert "***" in error
    assert "sesame" not in error
    nothing_made(project)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ("services: {own: [web], shared: [web]}", ("wt.services.own", "'web'", "services.shared")),
        ("services: {own: [wbe]}", ("wt.services.own", "'wbe'", "web, db")),
        ("services: {shared: [wbe]}", ("wt.services.shared", "'wbe'", "web, db")),
        ("env: {URL: 'http://{slgu}.test'}", ("wt.env.URL", "{slgu}", "{slug}")),
        ("env: {URL: '{url.wbe}'}", ("wt.env.URL", "{url.wbe}", "web")),
        ("env: {URL: '{port.db}'}", ("wt.env.URL", "{port.db}", "web")),
        ("compose: [absent.yaml]", ("wt.compose", "absent.yaml")),
        ("wait: soon", ("wt.wait", "'soon'", "invoke.yaml")),
        ("rot: ../x", ("wt.rot", "root")),
    ],
)
def test_a_setting_that_cannot_be_meant_is_named_with_its_value(make_project, settings, words):
    project = make_project(compose=COMPOSE)
    project.write("invoke.yaml", f"wt:\n  {settings}\n")
    project.commit()
    error = new(project, code=2)
    for word in words:
        assert word in error
    nothing_made(project)


def test_a_port_that_has_none_above_it_is_named_with_its_service(make_project):
    project = make_project(compose=COMPOSE.replace("8000:8000", "65535:8000"))
    error = new(project, code=1)
    assert "web publishes port 65535" in error
    assert "wt.services.shared" in error
    nothing_made(project)


def test_a_port_that_a_slot_would_push_above_the_last_is_refused(make_project):
    project = make_project(compose=COMPOSE.replace("8000:8000", "65530:8000"))
    error = new(project, code=2, words=("--slot", "9"))
    assert "65539" in error or "65535" in error
    nothing_made(project)


@pytest.mark.parametrize(("name", "code"), [(".env", 1), ("config/dev.env", 2)])
def test_an_env_file_that_cannot_be_read_is_named(make_project, name, code):
    compose = COMPOSE.replace("build: .", "build: .\n    env_file: {path: config/dev.env, required: false}")
    project = make_project(compose=compose.replace("{path", "[{path").replace("false}", "false}]"))
    project.write(".gitignore", "*.env\n")
    project.commit()
    project.write(name, "SECRET=1\n").chmod(0o000)
    error = new(project, code=code)
    assert str(project.path / name) in error
    assert "ermission" in error
    nothing_made(project)


def test_a_broken_symbolic_link_among_the_files_to_copy_is_told_and_left_out(make_project):
    project = make_project(compose=COMPOSE)
    project.write(".gitignore", ".env\nlocal/\n")
    project.write(".worktreeinclude", "local/\n")
    project.write("local/kept.txt", "kept\n")
    (project.path / "local" / "broken").symlink_to("nowhere")
    project.commit()
    done = project.inv("new", "auth", "--no-start")
    assert done.code == 0, done.out + done.err
    told = [line for line in done.err.splitlines() if "local/broken" in line]
    assert len(told) == 1
    assert "broken symbolic link" in told[0]
    assert (project.root / "auth" / "local" / "kept.txt").read_text() == "kept\n"
    assert not os.path.lexists(project.root / "auth" / "local" / "broken")


@pytest.fixture
def tiny_disk(tmp_path) -> Iterator[Path]:
    """Mount a file system of 256 KiB, which root may do: a laptop skips, a pipeline fails."""
    folder = tmp_path / "disk"
    folder.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(folder)]
    if subprocess.run(words, capture_output=True, check=False).returncode:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("only root can mount a file system")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


# What goes first over the brim: a file that git checks out, a file that we copy, or one that we write.
@pytest.mark.parametrize("full", ["tracked", "copied", "written"])
def test_a_full_disk_is_one_line_and_leaves_nothing(make_project, tiny_disk, full):
    project = make_project(compose=COMPOSE)
    project.write(".gitignore", ".env\nlarge\n")
    project.write(".worktreeinclude", "large\n")
    project.write({"tracked": "data", "copied": "large", "written": ".env"}[full], f"A={'x' * (400 << 10)}\n")
    project.commit()
    root = tiny_disk / "trees"
    error = new(project, code=1, env={"INVOKE_WT_ROOT": str(root)})
    assert "of disk space is free there" in error or "No space left" in error
    assert project.git("worktree", "list").count("\n") == 0
    assert project.git("branch", "--list", "auth") == ""
    assert list(tiny_disk.iterdir()) == []
