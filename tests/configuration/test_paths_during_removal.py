"""A directory that is moved aside says by its name where it belongs, and a person's names never do."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from worktree_tasks.configuration.paths_during_removal import aside_path, discarded_path, home_path

KEY = "0123456789abcdef0123456789abcdef"
NAMES = st.text(st.characters(exclude_characters="/\0", exclude_categories=("Cs",)), min_size=1).filter(
    lambda name: name not in {".", ".."}
)


@given(NAMES)
def test_the_way_aside_leads_back(name):
    home = Path("/trees") / name
    aside = aside_path(home, KEY)
    assert home_path(aside, KEY) == home
    assert aside_path(aside, KEY) == aside
    assert aside.parent == home.parent
    assert len({home, aside, discarded_path(home, KEY)}) == 3
    assert discarded_path(aside, KEY) == discarded_path(home, KEY)


@given(NAMES)
def test_a_name_that_is_not_ours_is_home(name):
    home = Path("/trees") / name
    assert home_path(home, KEY) == home or aside_path(home_path(home, KEY), KEY) == home


def test_the_name_that_another_worktree_has_aside_is_home():
    other = aside_path(Path("/trees/a"), "f" * 32)
    assert home_path(other, KEY) == other
