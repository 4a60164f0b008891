from __future__ import annotations

import subprocess

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from worktree_tasks.errors import BadUse
from worktree_tasks.git import valid_branch
from worktree_tasks.git.branch_names import COMPONENT_BYTES


@pytest.mark.parametrize(
    "name",
    [
        "", "-x", "--upload-pack=x", "../../x", "a..b", "a b", "a\tb", "a\nb", "a\0b", "a\x7f", "@{-1}",
        "x@{1}", "@",
        "HEAD", "a~1", "a^", "a:b", "a?", "a*", "a[b", "a\\b", "/a", "a/", "a//b", "a.", ".a", "a/.b",
        "a.lock", "a.lock/b", "x" * 251, "a/" + "é" * 126, "touch pwned;",
    ],
)  # fmt: skip
def test_name_that_git_refuses_or_cannot_write_is_bad_use(name):
    with pytest.raises(BadUse) as caught:
        valid_branch(name)
    assert caught.value.hint
    assert len(caught.value.what) < 200
    assert "\n" not in caught.value.what


@pytest.mark.parametrize(
    "name",
    [
        "a",
        "feature/a-b",
        "Feature/A_B",
        "ünïcode/日本",
        "a;b",
        "x" * 250,
        "v1.0",
        "a@b",
        "é" * 125,
        "feature/HEAD",
    ],
)
def test_name_that_git_takes_is_taken(name):
    valid_branch(name)


@settings(max_examples=150, deadline=None)
@given(st.text(st.sampled_from("ab-./@{}~^:?*[\\ \x01\x7f é#;$lockHEAD"), max_size=12))
@example("a.lock")
@example("@")
def test_the_answer_is_git_s_own(name):
    try:
        valid_branch(name)
        ours = True
    except BadUse:
        ours = False
    # A name that git expands ("@{-1}") is none that it would create.
    asked = subprocess.run(
        ["git", "check-ref-format", f"refs/heads/{name}"], capture_output=True, check=False
    ).returncode
    theirs = asked == 0 and not name.startswith("-") and name not in {"HEAD", "@"}
    assert ours is theirs


def test_the_longest_name_can_be_written_and_one_more_byte_cannot(shop):
    shop.git("branch", "x" * COMPONENT_BYTES)
    shop.git("branch", "y" * (COMPONENT_BYTES + 1), fails=True)
