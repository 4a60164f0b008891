"""No command writes anywhere but in places of ours, in git's directory and in the worktrees."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from harness.faults.stage import SMALL
from harness.work import leave_work

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.engine

BRANCH = "watched"
# Everything that a person does with a worktree, and with one that was made by hand.
COMMANDS = (
    "plan watched", "new watched", "new watched", "list", "list --all --json", "path watched", "projects",
    "start watched", "logs watched --no-follow", "run watched web true", "restart watched", "stop watched",
    "plan watched", "doctor", "doctor --fix", "clean --dry-run", "WORK", "remove watched --force", "trash",
    "restore watched", "start watched", "stop-all", "start-all", "clean --yes", "remove watched --force",
    "BY HAND", "adopt BY-HAND", "remove by-hand", "shell-init bash", "smoke",
)  # fmt: skip
# Python tries whether a temporary directory can be written to with a file of such a name.
TRIAL = re.compile(r"[a-z0-9_]{8}")


@pytest.fixture(scope="module")
def watched(make_toy) -> Iterator[object]:
    toy = make_toy(SMALL)
    toy.compose("build", "--quiet", "web")
    toy.compose("up", "--detach", "--wait", "--quiet-pull", "db", "redis")
    toy.temporary = toy.folder / "tmp"
    toy.temporary.mkdir()
    watch = Path(__file__).parent / "watched"
    toy.env.update(
        {
            "TMPDIR": str(toy.temporary),
            "WATCHED": str(toy.folder / "written"),
            "PYTHONPATH": os.pathsep.join(filter(None, (str(watch), toy.env.get("PYTHONPATH")))),
            "PYTHONDONTWRITEBYTECODE": "1",
            "INVOKE_WT_CLEAN_MIN_AGE": "0",
        }
    )
    yield toy
    toy.destroy()


def written(toy) -> set[tuple[str, Path]]:
    """Return what our processes changed since the last call: Python's event, and the path."""
    file = Path(toy.env["WATCHED"])
    told = file.read_bytes()
    file.unlink()
    lines = [os.fsdecode(line).partition(" ") for line in told.split(b"\0") if line]
    return {(event, Path(path)) for event, _, path in lines}


def strays(toy) -> list[tuple[str, Path]]:
    """Return what of that is in no place of ours."""
    return [(event, path) for event, path in written(toy) if not is_ours(toy, path)]


def is_ours(toy, path: Path) -> bool:
    """Return whether a path is in one of our places."""
    git = toy.main / ".git"
    places = (
        toy.folder / "state", toy.root, git / "worktrees", git / "worktree-tasks",
        toy.temporary / f"worktree-tasks.{os.getuid()}",
    )  # fmt: skip
    files = {
        git, git / "info", git / "info" / "exclude", git / "worktree-tasks.lock", Path("/dev/null"),
        Path(toy.env["WATCHED"]),
    }  # fmt: skip
    trial = path.parent == toy.temporary and TRIAL.fullmatch(path.name)
    # The file takes the place of the one that lost our lines.
    beside = path.parent == git / "info" and path.name.startswith("exclude.worktree-")
    return bool(path in files or trial or beside or any(path.is_relative_to(place) for place in places))


def others(toy) -> dict[str, tuple[int, int, int]]:
    """Return everything around the project that is the user's alone: main's files, the home, the folder."""
    left_out = {toy.main / ".git", toy.folder / "state", toy.root, Path(toy.env["WATCHED"])}
    found: dict[str, tuple[int, int, int]] = {}
    for folder, names, files in os.walk(toy.folder):
        names[:] = [name for name in names if Path(folder, name) not in left_out]
        for path in (Path(folder, name) for name in (*names, *files)):
            status = path.lstat()
            if path not in left_out and not path.is_relative_to(toy.temporary):
                when = 0 if stat.S_ISDIR(status.st_mode) else status.st_mtime_ns
                found[str(path)] = (status.st_mode, status.st_ino, when)
    return found


def do(toy, command: str) -> None:
    if command == "WORK":
        leave_work(toy.root / BRANCH)
    elif command == "BY HAND":
        toy.git("worktree", "add", "--quiet", "-b", "by-hand", str(toy.root / "by-hand"))
    else:
        task, *words = command.split()
        words = [str(toy.root / "by-hand") if word == "BY-HAND" else word for word in words]
        toy.wt(task, *words)


def test_no_command_writes_outside_of_our_own_places(watched):
    before = others(watched)
    for command in COMMANDS:
        do(watched, command)
        if command[0].islower():
            assert not strays(watched), command
        assert others(watched) == before, command
    left = [path.name for path in watched.temporary.iterdir() if path.name != f"worktree-tasks.{os.getuid()}"]
    assert not left


def test_the_watch_sees_a_write_elsewhere(watched):
    stray = watched.folder / "stray"
    done = watched.run("python3", "-c", f"open({str(stray)!r}, 'w').close()")
    assert done.code == 0, done.err
    assert strays(watched) == [("open", stray)]
