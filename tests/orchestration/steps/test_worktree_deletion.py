"""A directory is deleted whole, whoever owns what is in it."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from harness.programs import environment, execute

from worktree_tasks import git
from worktree_tasks.errors import Refused
from worktree_tasks.orchestration.steps.git_lock import lock
from worktree_tasks.orchestration.steps.worktree_deletion import delete_directory, discarded_place

if TYPE_CHECKING:
    from harness.programs import Done

NOBODY = 54321


def test_an_interrupted_deletion_is_finished(shop, tree, project):
    made = tree("half")
    made.record.path.rename(discarded_place(made.record))
    delete_directory(made, lambda _: None)
    assert list(project.root.iterdir()) == []
    assert "half" not in project.git("worktree", "list")
    delete_directory(made, lambda _: None)


def test_what_a_killed_git_left_of_its_entry_is_deleted(shop, tree, project):
    made = tree("half")
    made.record.path.rename(discarded_place(made.record))
    (git.administration_of(shop.repository, made.record.path) / "gitdir").unlink()
    delete_directory(made, lambda _: None)
    assert list((project.path / ".git" / "worktrees").iterdir()) == []


def test_a_directory_that_was_made_anew_meanwhile_goes_too(shop, tree, project):
    made = tree("anew")
    shutil.copytree(made.record.path, discarded_place(made.record))
    delete_directory(made, lambda _: None)
    assert list(project.root.iterdir()) == []


def test_our_own_lock_goes_with_the_worktree(shop, tree, project):
    made = tree("mounted")
    lock(made)
    assert "worktree-tasks remove mounted" in project.git("worktree", "list", "--porcelain")
    assert made.entry.held is None
    delete_directory(made, lambda _: None)
    assert "mounted" not in project.git("worktree", "list")


@pytest.mark.parametrize("reason", ["", "on a stick"])
def test_what_somebody_locked_meanwhile_is_not_deleted(shop, tree, project, reason):
    made = tree("locked")
    git.lock_worktree(shop.repository, made.record.path, reason)
    with pytest.raises(Refused, match="is locked"):
        delete_directory(made, lambda _: None)
    assert (discarded_place(made.record) / ".git").exists()
    assert "locked" in project.git("worktree", "list")


def as_nobody(folder: Path, *images: str) -> Done:
    """Delete a directory as somebody who may talk to the engine and owns nothing in there."""
    group = Path("/var/run/docker.sock").stat().st_gid
    # Only root may read where some Pythons are.
    code = (
        "import os, sys; from functools import partial; from pathlib import Path; "
        "from worktree_tasks.orchestration.runtimes.compose.foreign_files import empty; "
        "from worktree_tasks.orchestration.steps.worktree_deletion import _discard; "
        f"os.setgroups([]); os.setgid({group}); os.setuid({NOBODY}); "
        "_discard(Path(sys.argv[1]), partial(empty, sys.argv[2:]))"
    )
    env = {**environment(), "HOME": "/nonexistent", "DOCKER_CONFIG": "/nonexistent"}
    return execute([sys.executable, "-c", code, str(folder), *images], env=env, cwd="/")


@pytest.fixture
def rooted():
    """A directory of somebody's, in which a container left files of root's."""
    if os.getuid() != 0:
        pytest.skip("needs root, to become somebody else")
    with tempfile.TemporaryDirectory(prefix="wt-rooted-") as folder:
        place = Path(folder) / ".x.removed"
        (place / "made" / "deep").mkdir(parents=True)
        (place / "made" / "deep" / "file").write_text("root's\n")
        (place / "made" / "-dash").write_text("root's\n")
        for path in (Path(folder), place):
            os.chown(path, NOBODY, NOBODY)
        yield place


@pytest.mark.engine
@pytest.mark.usefixtures("engine_answers")
def test_files_of_root_are_deleted_through_a_container(rooted):
    done = as_nobody(rooted, "no-such-image", "redis:7")
    assert done.code == 0, done.err
    assert not rooted.exists()


def test_what_nobody_can_delete_is_named_with_a_way_out(rooted):
    done = as_nobody(rooted)
    assert done.code == 1
    assert f"{rooted} cannot be deleted: Permission denied" in done.err
    assert f"sudo rm -rf {shlex.quote(str(rooted))}, then" in done.err
    assert (rooted / "made" / "deep" / "file").exists()


@pytest.mark.skipif(os.getuid() != 0, reason="needs root, to become somebody else")
def test_directories_that_their_owner_made_read_only_are_deleted():
    with tempfile.TemporaryDirectory(prefix="wt-readonly-") as folder:
        place = Path(folder) / ".x.removed"
        (place / "module").mkdir(parents=True)
        (place / "module" / "file").write_text("x")
        for path in (Path(folder), place, place / "module", place / "module" / "file"):
            os.chown(path, NOBODY, NOBODY)
        (place / "module").chmod(0o500)
        assert as_nobody(place).code == 0
        assert not place.exists()
