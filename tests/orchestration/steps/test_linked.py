"""Git is asked nothing in a worktree whose `.git` leads elsewhere."""

from __future__ import annotations

import pytest
from harness.projects import Project

from worktree_tasks.errors import Refused
from worktree_tasks.orchestration.flows.doctor.check import usable
from worktree_tasks.orchestration.steps.linked import refuse_unlinked


def test_a_link_that_leads_elsewhere_is_refused_and_no_check_of_doctors_works_there(site, tree):
    sound, replaced = tree("sound"), tree("replaced")
    (replaced.path / ".git").unlink()
    Project(replaced.path).git("init", "--quiet")
    refuse_unlinked(site, sound)
    with pytest.raises(Refused, match=r"replaced/\.git does not lead to .*/shop/\.git"):
        refuse_unlinked(site, replaced)
    assert usable(site) == (sound,)


def test_a_worktree_whose_directory_is_gone_has_no_link_to_refuse(site, tree):
    record = tree("gone")
    refuse_unlinked(site, site.store.update(record, path=record.path.with_name("elsewhere")))
