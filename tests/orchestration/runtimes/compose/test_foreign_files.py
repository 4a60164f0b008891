"""What deletes as root gets one directory and nothing else."""

from __future__ import annotations

from pathlib import Path

from worktree_tasks.orchestration.runtimes.compose.foreign_files import removal_argv


def test_the_container_gets_the_directory_and_nothing_else():
    argv = removal_argv("shop-web", Path("/trees/.x.removed"))
    assert argv[:3] == ["docker", "run", "--rm"]
    assert [word for word in argv if "/trees" in word] == [
        "--mount=type=bind,source=/trees/.x.removed,target=/removed"
    ]
    assert "--network=none" in argv
    assert argv[-4:] == ["shop-web", "-rf", "--", "/removed"]
