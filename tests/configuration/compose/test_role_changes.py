from __future__ import annotations

from worktree_tasks.configuration.compose.recorded_decision import Decision
from worktree_tasks.configuration.compose.recorded_roles import choose_roles
from worktree_tasks.configuration.compose.role_changes import RoleChange, change_lines, role_changes
from worktree_tasks.configuration.compose.service_roles import Service

WEB = Service("web", "own", "it is built from the project")
DB = Service("db", "shared", "image postgres:15 is a data service", "postgres")


def test_changes_are_what_the_rules_would_decide_differently():
    chosen = choose_roles((WEB, DB), {"db": Decision("own")}, in_main={"web", "db"})
    assert role_changes((WEB, DB), chosen) == (RoleChange("db", "own", "shared", DB.reason),)
    assert role_changes((WEB, DB), (WEB, DB)) == ()


def test_changes_are_told_with_the_command_that_takes_them_over():
    lines = change_lines((RoleChange("db", "own", "shared", "because"),), "pay")
    assert lines == (
        "db is own here, but would now be shared: because",
        "wt.start pay --renew applies that; until then nothing changes",
    )
    assert change_lines((), "pay") == ()
