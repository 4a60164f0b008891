"""Git is asked nothing in a worktree whose `.git` leads elsewhere."""

from __future__ import annotations

import pytest
from harness.projects import Project

from worktree_tasks.errors import Refused
from worktree_tasks.orchestration.steps.doctor_check import usable
from worktree_tasks.orchestration.steps.git_link import refuse_unlinked


def test_a_link_that_leads_elsewhere_is_refused_and_no_check_of_doctors_works_there(shop, tree):
    sound, replaced = tree("sound"), tree("replaced")
    (replaced.record.path / ".git").unlink()
    Project(replaced.record.path).git("init", "--quiet")
    refuse_unlinked(sound)
    with pytest.raises(Refused, match=r"replaced/\.git does not point to .*/shop/\.git"):
        refuse_unlinked(replaced)
    assert [one.record for one in usable(shop)] == [sound.record]


def test_a_worktree_whose_directory_is_gone_has_no_link_to_refuse(shop, tree):
    made = tree("gone")
    made.update(path=made.record.path.with_name("elsewhere"))
    refuse_unlinked(made)
