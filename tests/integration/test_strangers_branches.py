"""Branches of strangers: what one tracks is neither written nor followed, and nothing of it acts unseen."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pexpect
import pytest
from harness.terminals import ended

pytestmark = [pytest.mark.engine, pytest.mark.usefixtures("engine_answers")]

COMPOSE = """\
services:
  web:
    image: python:3.11-slim
    command: [sleep, "1000"]
    init: true
    volumes: [".:/app"]
    env_file: [{path: .env, required: false}]
"""
SECRET = "KEY=very-private\n"


@pytest.fixture
def secret(tmp_path) -> Path:
    folder = tmp_path / "outside"
    folder.mkdir()
    file = folder / "id"
    file.write_text(SECRET)
    file.chmod(0o600)
    return file


@pytest.fixture
def shop(make_project):
    """A project whose ignored files are `.env`, `config/dev.env` and `local/`."""
    project = make_project(compose=COMPOSE)
    project.write(".gitignore", ".env\n*.env\nlocal/\n")
    project.write(".worktreeinclude", "local/\n")
    project.commit()
    project.write(".env", "SITE_URL=http://localhost:8000\n")
    project.write("config/dev.env", "SITE_URL=http://localhost:8000\n")
    project.write("local/data", "mains\n")
    yield project
    project.inv("remove", "b", "--force") if (project.root / "b").exists() else None


@pytest.fixture
def branch(shop, tmp_path):
    """Commit a branch `b` whose files and symbolic links are given, from a clone, and have it here."""

    def make(files: dict[str, str | Path], ref: str = "b") -> None:
        clone = tmp_path / "clone"
        shop.git("clone", "--quiet", str(shop.path), str(clone))
        for name, content in files.items():
            place = clone / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.unlink(missing_ok=True)
            if isinstance(content, Path):
                place.symlink_to(content)
            else:
                place.write_text(content)
        for words in (["add", "--all", "--force"], ["commit", "--quiet", "--message", "b"]):
            shop.git("-C", str(clone), "-c", "user.name=B", "-c", "user.email=b@example.org", *words)
        shop.git("fetch", "--quiet", str(clone), f"HEAD:{ref}")

    return make


@pytest.fixture
def remote_branch(shop, branch):
    """The same, on a remote."""
    shop.git("remote", "add", "origin", str(shop.path.parent / "clone"))
    return lambda files: branch(files, "refs/remotes/origin/b")


def tree_of(folder: Path) -> dict[str, str]:
    """Return what lies in a directory: the texts of files, and where links lead."""
    return {
        str(path.relative_to(folder)): str(path.readlink()) if path.is_symlink() else path.read_text()
        for path in folder.rglob("*")
        if path.is_symlink() or path.is_file()
    }


@pytest.mark.parametrize("task", ["new", "write-env", "write-compose", "doctor --fix"])
def test_a_tracked_link_to_a_secret_is_neither_followed_nor_replaced(shop, branch, secret, task):
    branch({".env": secret})
    done = shop.inv("new", "b", "--no-start")
    assert done.code == 0, done.err
    assert "! .env is tracked by git here, and is left as it is" in done.err
    if task != "new":
        shop.inv(*task.split(), *(() if "doctor" in task else ("b",)))
    tree = shop.root / "b"
    assert (tree / ".env").readlink() == secret
    assert shop.git("-C", str(tree), "status", "--porcelain") == ""
    assert not [name for name, text in tree_of(tree).items() if "very-private" in text]
    assert (secret.read_text(), secret.stat().st_mode & 0o777) == (SECRET, 0o600)


@pytest.mark.parametrize("folder", ["config", "local"])
@pytest.mark.parametrize("aim", ["outside", "inside"])
def test_nothing_is_written_below_a_tracked_link_to_a_directory(shop, branch, secret, folder, aim):
    branch({folder: secret.parent if aim == "outside" else Path("app"), "app/code": "print()\n"})
    done = shop.inv("new", "b", "--no-start")
    assert done.code == 0, done.err
    assert f"{folder} is a symbolic link" in done.err
    assert os.listdir(secret.parent) == ["id"]  # noqa: PTH208 - names
    assert os.listdir(shop.root / "b" / "app") == ["code"]  # noqa: PTH208 - the same
    assert shop.git("-C", str(shop.root / "b"), "status", "--porcelain") == ""


@pytest.mark.parametrize("deleted", [False, True])
def test_what_the_branch_tracks_is_the_branchs_where_main_ignores_it(shop, branch, deleted):
    theirs = {".env": "SITE_URL=http://localhost:8000\nTHEIRS=1\n", "local/data": "theirs\n"}
    branch(theirs)
    assert shop.inv("new", "b", "--no-start").code == 0
    tree = shop.root / "b"
    if deleted:
        for name in theirs:
            (tree / name).unlink()
    for task in ("copy-files", "write-env"):
        assert shop.inv(task, "b").code == 0
    assert {name: text for name, text in tree_of(tree).items() if name in theirs} == (
        {} if deleted else theirs
    )
    assert (tree / "config" / "dev.env").is_file()


def test_an_override_that_the_branch_tracks_counts_and_is_never_written(shop, branch):
    branch({"compose.override.yaml": "services: {}\n", "README": "theirs\n"})
    assert shop.inv("new", "b", "--no-start").code == 0
    tree = shop.root / "b"
    assert (tree / "compose.override.yaml").read_text() == "services: {}\n"
    assert (tree / "compose.worktree.yaml").is_file()


def test_an_override_that_leads_elsewhere_is_not_written_through_and_nothing_is_made(shop, branch):
    branch({"compose.override.yaml": Path("README"), "README": "theirs\n"})
    done = shop.inv("new", "b", "--no-start")
    assert done.code == 2
    assert "compose.override.yaml" in done.err
    assert not shop.root.exists()


ROOTKIT = """\
  rootkit:
    image: python:3.11-slim
    volumes: ["/:/host", "/var/run/docker.sock:/var/run/docker.sock", "../beside:/beside", ".:/app"]
    privileged: true
    pid: host
    ports: ["0.0.0.0:9999:80"]
    environment: [CLOUD_TOKEN]
"""
ROOTKIT_ASKS = [
    "rootkit runs python:3.11-slim",
    "rootkit mounts / of this machine on /host",
    "rootkit mounts the engine's socket /var/run/docker.sock of this machine on /var/run/docker.sock",
    "rootkit mounts {parent}/beside of this machine on /beside",
    "rootkit is privileged: it can do anything on this machine",
    "rootkit shares the processes of this machine",
    "rootkit publishes its port 80 on 0.0.0.0",
    "the compose files read CLOUD_TOKEN of the shell",
]
TOKEN = {"CLOUD_TOKEN": "shells-secret"}


def asks(shop) -> list[str]:
    done = shop.inv("plan", "b", "--json", env=TOKEN)
    assert done.code == 0, done.err
    assert "shells-secret" not in done.out
    return [one["what"] for one in done.json["exposures"]]


def nothing_made(shop) -> bool:
    branches = shop.git("for-each-ref", "--format=%(refname)", "refs/heads").splitlines()
    return (branches, shop.root.exists()) == (["refs/heads/main"], False)


def test_the_plan_names_what_a_branch_asks_for_and_main_does_not(shop, branch):
    branch({"compose.yaml": COMPOSE + ROOTKIT})
    assert sorted(asks(shop)) == sorted(line.format(parent=shop.path.parent) for line in ROOTKIT_ASKS)
    words = shop.inv("plan", "b", env=TOKEN).out
    assert "rootkit  own" in words
    assert "  rootkit mounts / of this machine on /host\n" in words.partition("beyond main\n")[2]
    assert not shop.root.exists()


def test_the_plan_of_a_branch_like_main_names_nothing(shop, branch):
    shop.write("compose.yaml", COMPOSE + ROOTKIT)
    shop.commit()
    branch({"app.py": "print()\n"})
    assert asks(shop) == []
    assert "beyond main" not in shop.inv("plan", "b").out


def test_a_branch_from_a_remote_is_not_made_before_somebody_has_seen_it(shop, remote_branch):
    remote_branch({"compose.yaml": COMPOSE + ROOTKIT})
    error = shop.inv("new", "b", "--json", env=TOKEN, code=3).json["error"]
    assert any("rootkit mounts / of this machine on /host" in line for line in error["details"])
    for words in (["new", "b", "--no-start"], ["add-worktree", "b"]):
        done = shop.inv(*words, env=TOKEN, code=3)
        assert "branch b from origin/b" in done.err
        assert "rootkit mounts / of this machine on /host" in done.err
        assert "inv new b --trust" in done.err
        assert nothing_made(shop)
    assert shop.inv("new", "b", "--no-start", "--trust").code == 0
    assert shop.inv("new", "b", "--no-start").code == 0


def test_a_pull_request_is_not_made_before_somebody_has_seen_it(shop, branch):
    branch({"compose.yaml": COMPOSE + ROOTKIT})
    shop.git("push", "--quiet", ".", "b:refs/pull/5/head")
    shop.git("branch", "--quiet", "-D", "b")
    shop.git("remote", "add", "origin", str(shop.path))
    done = shop.inv("new", "b", "--pr", "5", "--no-start")
    assert done.code == 3
    assert "rootkit is privileged" in done.err
    assert "inv new b --pr 5 --trust" in done.err
    assert nothing_made(shop)
    assert shop.inv("new", "b", "--pr", "5", "--no-start", "--trust").code == 0


def test_a_branch_that_asks_for_nothing_or_that_is_here_is_made_without_a_word(shop, remote_branch):
    remote_branch({"app.py": "print()\n"})
    assert shop.inv("new", "b", "--no-start").code == 0


def test_a_hook_that_would_run_in_a_strangers_branch_is_reason_to_ask(shop, remote_branch):
    shop.write("invoke.yaml", "wt: {hooks: {after_new: make assets}}\n")
    remote_branch({"app.py": "print()\n"})
    assert shop.inv("plan", "b", "--json").json["hooks"] == [["after_new", "make assets"]]
    done = shop.inv("new", "b", "--no-start")
    assert (done.code, nothing_made(shop)) == (3, True)
    assert "the hook after_new runs in it on this machine: make assets" in done.err
    assert shop.inv("new", "b", "--no-start", "--no-hooks").code == 0


@pytest.mark.parametrize("answer", ["y", "n", ""])
def test_on_a_terminal_it_is_asked_once(shop, remote_branch, answer):
    remote_branch({"compose.yaml": COMPOSE + ROOTKIT})
    words = ["-m", "invoke", "new", "b", "--no-start"]
    terminal = pexpect.spawn(
        sys.executable, words, cwd=str(shop.path), encoding="utf-8", timeout=60, dimensions=(50, 200)
    )
    terminal.expect_exact("rootkit mounts / of this machine on /host")
    terminal.expect_exact("Make it anyway? [y/N] ")
    terminal.sendline(answer)
    assert ended(terminal)[0] == (0 if answer == "y" else 3)
    assert nothing_made(shop) is (answer != "y")
