"""What deletes as root gets one directory and nothing else."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from worktree_tasks.orchestration.runtimes.compose.foreign_files import removal_argv


def test_the_container_gets_the_directory_and_nothing_else():
    argv = removal_argv("shop-web", Path("/trees/.x.removed"))
    assert argv[:3] == ["docker", "run", "--rm"]
    assert [word for word in argv if "/trees" in word] == [
        '--mount=type=bind,"source=/trees/.x.removed",target=/removed'
    ]
    assert "--network=none" in argv
    assert argv[-4:] == ["shop-web", "-rf", "--", "/removed"]


@pytest.mark.parametrize("folder", ["/my trees, all/.x", '/the "best"/.x', "/a=b/.x"])
def test_a_directory_with_any_name_is_the_one_that_is_mounted(folder):
    mount = next(word for word in removal_argv("shop-web", Path(folder)) if word.startswith("--mount="))
    (fields,) = csv.reader([mount.removeprefix("--mount=")])
    assert fields == ["type=bind", f"source={folder}", "target=/removed"]
