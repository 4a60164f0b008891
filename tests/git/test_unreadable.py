"""What we may not read: told, never taken for saved."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

LOOK = """
import json, sys
from dataclasses import asdict
from pathlib import Path
from worktree_tasks.git import KnownFiles, find_uncommitted, left_out
worktree = Path(sys.argv[1])
found = find_uncommitted(worktree, KnownFiles(Path(sys.argv[2])))
print(json.dumps({**asdict(found), "left_out": [asdict(one) for one in left_out(worktree, found, 1 << 20)]}))
"""


@pytest.fixture
def look(shop, work, unprivileged):
    def look(*locked, mode=0):
        for path in locked:
            (work.path / path).chmod(mode)
        argv = [*unprivileged, sys.executable, "-c", LOOK, str(work.path), str(shop.path)]
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return look


@pytest.mark.parametrize(
    ("file", "locked"),
    [
        ("data/pg/table", "data/pg"),
        ("data/pg/table", "data"),
        ("data/secret", "data/secret"),
        (".env", ".env"),
        ("new/folder/file", "new/folder"),
        ("new.txt", "new.txt"),
        ("code/deep/c.txt", "code/deep"),
        ("a.txt", "a.txt"),
        ("lib/.git/objects/x", "lib/.git/objects"),
    ],
)
def test_whatever_we_may_not_read_is_told_by_its_outermost_name(work, look, file, locked):
    work.write("data/beside", "beside\n")
    if file.startswith("lib"):
        work.git("init", "--quiet", "lib")
        person = ("-c", "user.name=A", "-c", "user.email=a@example.org")
        work.git("-C", "lib", *person, "commit", "--quiet", "--allow-empty", "--message", "lib")
        work.git("add", "lib")
    work.write(file, "changed\n")
    found = look(locked)
    assert found["unreadable"] == [locked]
    assert {"path": locked, "size": -1, "why": "unreadable"} in found["left_out"]
    saved = {*found["tracked"], *found["untracked"], *found["ignored"]}
    assert file not in saved
    assert ("data/beside" in saved) is (locked != "data")


@pytest.mark.parametrize("mode", [0o600, 0o300], ids=["not entered", "not listed"])
@pytest.mark.parametrize("folder", ["data/pg", "new/folder", "code/deep"])
def test_a_directory_with_half_of_its_permissions_is_told_as_a_whole(work, look, folder, mode):
    work.write(f"{folder}/c.txt", "changed\n")
    found = look(folder, mode=mode)
    assert found["unreadable"] == [folder]
    listed = {*found["tracked"], *found["untracked"], *found["ignored"], *found["deleted"]}
    assert f"{folder}/c.txt" not in listed


def test_what_is_in_a_skipped_directory_is_not_told(work, look):
    work.write("node_modules/m/index.js", "1\n")
    assert look("node_modules/m")["unreadable"] == []
    assert look("node_modules")["unreadable"] == []
    assert look()["skipped"] == ["node_modules"]
