from __future__ import annotations

import pytest

from worktree_tasks.configuration.settings import Settings
from worktree_tasks.orchestration.steps.network_choice import is_projects_network, network_change


@pytest.fixture
def made(shop, tree):
    """Return a worktree with a network, in a project with a setting."""

    def make(branch, network, setting="worktree"):
        shop.settings = Settings(network=setting)
        one = tree(branch)
        one.update(network=network)
        return one

    return make


@pytest.mark.parametrize(
    ("network", "projects"),
    [
        ("shop_worktree_auth", False),
        ("shop_worktree_all", True),
        ("zz_shop_worktree_all", True),
        ("shop_worktree_all-0a1b2c", True),
        ("shop_worktree_overall", False),
        ("shop_worktree_all-users", False),
    ],
)
def test_the_name_says_whose_network_it_is(made, network, projects):
    assert is_projects_network(made("auth", network)) is projects


def test_a_worktree_may_be_called_like_what_all_share(made):
    alone = made("all", "shop_worktree_all")
    assert not is_projects_network(alone)
    assert network_change(alone) == ()
    made("auth", "shop_worktree_all")
    assert is_projects_network(alone)


@pytest.mark.parametrize(
    ("network", "setting", "change"),
    [
        ("shop_worktree_auth", "worktree", []),
        ("shop_worktree_auth", "project", [("private", "the project's")]),
        ("shop_worktree_all", "project", []),
        ("shop_worktree_all", "worktree", [("the project's", "private")]),
        (None, "project", []),
    ],
)
def test_another_setting_is_a_change_where_there_is_a_network(made, network, setting, change):
    found = network_change(made("auth", network, setting))
    assert [(one.now, one.renewed) for one in found] == change
