from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from worktree_tasks.repository import passing
from worktree_tasks.repository.passing import passing_directory

PACKAGE = Path(passing.__file__).parents[2]
HOLD = """
from worktree_tasks.repository.passing import passing_directory

with passing_directory() as place:
    (place / "index").touch()
    print(place, flush=True)
    input()
"""


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """A directory for temporary files that is nobody else's, in a process that has not swept yet."""
    monkeypatch.setattr(tempfile, "tempdir", str(place := tmp_path / "tmp"))
    place.mkdir()
    passing._sweep.cache_clear()
    yield place
    passing._sweep.cache_clear()


def hold(temporary: Path) -> tuple[subprocess.Popen[str], Path]:
    """Have another command with a directory of its own."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD],
        env={**os.environ, "TMPDIR": str(temporary), "PYTHONPATH": str(PACKAGE)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout
    return holder, Path(holder.stdout.readline().strip())


def test_it_is_the_owner_s_alone_and_gone_afterwards(temporary):
    with passing_directory() as place, passing_directory() as other:
        assert place != other
        assert (place.parent, place.stat().st_mode & 0o777) == (temporary, 0o700)
        (place / "objects").mkdir()
    assert list(temporary.iterdir()) == []


def test_the_next_command_deletes_what_a_killed_one_left_and_spares_what_is_in_use(temporary):
    killed, left = hold(temporary)
    alive, used = hold(temporary)
    killed.kill()
    killed.communicate()
    (temporary / "worktree-tasks-of-somebody").write_text("a file")
    with passing_directory():
        assert not left.exists()
        assert (used / "index").exists()
    alive.communicate("\n")
    assert [one.name for one in temporary.iterdir()] == ["worktree-tasks-of-somebody"]
