"""Where git keeps a worktree is looked at as the one who would write there."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import pytest
from harness.programs import environment, execute

NOBODY = 54321
# Only root may read where some Pythons are.
CODE = f"""
import os, sys
from pathlib import Path
from worktree_tasks.git import Repository, unwritable
os.setgroups([])
os.setgid({NOBODY})
os.setuid({NOBODY})
common = Path(sys.argv[1])
print(unwritable(Repository(common, common, bare=False), common / "worktrees" / "old"))
"""


def asked_as_nobody(common: Path) -> str:
    done = execute([sys.executable, "-c", CODE, str(common)], env=environment(), cwd="/")
    assert done.code == 0, done.err
    return done.out.strip()


@pytest.mark.skipif(os.getuid() != 0, reason="needs root, to be another")
@pytest.mark.parametrize("part", [".", "objects", "refs", "refs/heads", "worktrees", "worktrees/old"])
def test_the_first_place_that_may_not_be_written_is_named(part):
    with tempfile.TemporaryDirectory(prefix="wt-writable-") as folder:
        common = Path(folder) / ".git"
        for name in ("objects", "refs/heads", "worktrees/old"):
            (common / name).mkdir(parents=True)
        for path in (Path(folder), common, *common.rglob("*")):
            os.chown(path, NOBODY, NOBODY)
        assert asked_as_nobody(common) == "None"
        (common / part).chmod(0o500)
        assert asked_as_nobody(common) == str(common / part)
