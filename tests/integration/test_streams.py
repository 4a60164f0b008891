"""Our output goes to a full disk, to nobody, or in a small encoding; the work does not suffer."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.engine, pytest.mark.usefixtures("engine_answers")]

COMPOSE = "services:\n  web:\n    build: .\n"
PROGRAM = "from worktree_tasks.interface.program import main; main()"
FULL = Path("/dev/full")
needs_full = pytest.mark.skipif(not FULL.exists(), reason="Linux has a disk that is always full")


@pytest.fixture
def shop(make_project):
    return make_project(compose=COMPOSE)


def words(*task: str) -> list[str]:
    return [sys.executable, "-c", PROGRAM, *task]


def run(shop, *task: str, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **env: str):
    return subprocess.run(
        words(*task),
        cwd=shop.path,
        env={**os.environ, **env},
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        check=False,
    )


@needs_full
@pytest.mark.parametrize("flags", [(), ("--json",)])
def test_a_full_disk_beneath_the_result_undoes_and_hides_no_work(shop, flags):
    with FULL.open("wb") as full:
        made = run(shop, "new", "auth", "--no-start", *flags, stdout=full)
        listed = run(shop, "list", *flags, stdout=full)
        cleaned = run(shop, "clean", "--yes", *flags, stdout=full)
        gone = run(shop, "remove", "auth", *flags, stdout=full)
    assert (made.returncode, gone.returncode) == (0, 0), made.stderr + gone.stderr
    assert b"! the result cannot be written: No space left on device; everything else is done" in made.stderr
    # Where only the result counts, it is missed.
    assert (listed.returncode, cleaned.returncode) == (1, 1)
    assert listed.stderr.startswith(b"\xe2\x9c\x97 the result cannot be written: No space left on device\n")
    for done in (made, listed, cleaned, gone):
        assert b"Traceback" not in done.stderr
        assert b"Exception" not in done.stderr
    assert not (shop.root / "auth").exists()


@needs_full
def test_a_full_disk_beneath_progress_and_errors_changes_neither_work_nor_exit_code(shop):
    with FULL.open("wb") as full:
        made = run(shop, "new", "auth", "--no-start", "--json", stderr=full)
        shop.write("../shop.worktrees/auth/work", "x")
        refused = run(shop, "remove", "auth", stderr=full)
        wrong = run(shop, "remove", "nobody", stderr=full)
    assert made.returncode == 0
    assert json.loads(made.stdout)["name"] == "auth"
    assert (refused.returncode, wrong.returncode) == (3, 2)


def test_nobody_reads_and_the_work_is_done(shop):
    reader, writer = os.pipe()
    os.close(reader)
    done = run(shop, "new", "auth", "--no-start", stdout=writer, stderr=writer)
    os.close(writer)
    assert done.returncode == 0
    assert (shop.root / "auth" / ".git").exists()


@pytest.mark.parametrize("encoding", ["ascii", "utf-16"])
def test_words_and_documents_can_be_said_in_any_encoding(shop, encoding):
    branch = "grün-\u2028-\U0001f333"
    for task in (
        ("new", branch, "--no-start"),
        ("list",),
        ("list", "--json"),
        ("plan", "ü"),
        ("remove", branch),
    ):
        done = run(shop, *task, PYTHONIOENCODING=encoding)
        assert done.returncode == 0, done.stderr
        said = done.stdout.decode(encoding.partition(":")[0])
        if "--json" in task:
            assert [tree["branch"] for tree in json.loads(said)["worktrees"]] == [branch]


def test_a_path_is_told_to_programs_as_the_file_system_has_it(shop):
    root = shop.path.parent / "ü \u202e\x1b[31m"
    env = {"INVOKE_WT_ROOT": str(root), "PYTHONIOENCODING": "ascii"}
    assert run(shop, "new", "auth", "--no-start", **env).returncode == 0
    assert run(shop, "path", "auth", **env).stdout == os.fsencode(root / "auth") + b"\n"
