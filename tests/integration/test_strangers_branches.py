"""Branches of strangers: what one tracks is neither written nor followed, and nothing of it acts unseen."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

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

    def make(files: dict[str, str | Path]) -> None:
        clone = tmp_path / "clone"
        shop.git("clone", "--quiet", str(shop.path), str(clone))
        for name, content in files.items():
            place = clone / name
            place.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, Path):
                place.symlink_to(content)
            else:
                place.write_text(content)
        for words in (["add", "--all", "--force"], ["commit", "--quiet", "--message", "b"]):
            shop.git("-C", str(clone), "-c", "user.name=B", "-c", "user.email=b@example.org", *words)
        shop.git("fetch", "--quiet", str(clone), "HEAD:b")

    return make


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
    assert "! .env is tracked by git here, and stays as it is" in done.err
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


@pytest.mark.parametrize("content", ["services: {}\n", Path("README")])
def test_an_override_that_the_branch_tracks_is_refused_and_nothing_is_made(shop, branch, content):
    branch({"compose.override.yaml": content, "README": "theirs\n"})
    done = shop.inv("new", "b", "--no-start")
    assert done.code == 3
    assert "compose.override.yaml is tracked by git here, and the stack's override goes there" in done.err
    assert not shop.root.exists()
