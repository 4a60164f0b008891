"""A machine is forgotten only if nothing there is the last copy of somebody's work."""

from __future__ import annotations

import shlex

import pytest

pytestmark = pytest.mark.engine

LONE = "git checkout --quiet --detach && git commit --quiet --allow-empty -m Lone"


@pytest.fixture
def in_main(laptop, box):
    """Run a shell command in the main checkout on the box."""
    laptop.wt("host-init", box.name, "--yes")
    main = f"/root/{laptop.main_there(box).relative_to(box.home)}"
    return lambda words: box.run("sh", "-c", f"cd {shlex.quote(main)} && {words}").out.strip()


@pytest.mark.parametrize(
    ("begin", "named", "end"),
    [
        ("echo edited >>tasks.py && git stash --quiet", "WIP on main", "git stash drop --quiet"),
        (LONE, "Lone", "git checkout --quiet main"),
        (f"{LONE} && git tag kept && git checkout --quiet main", "Lone", "git tag --delete kept"),
        (
            "git worktree add --quiet -b theirs ../theirs",
            "/theirs",
            "git worktree remove ../theirs && git branch -D theirs",
        ),
        ("touch .new && git config status.showUntrackedFiles no", ".new", "rm .new"),
    ],
)
def test_what_only_main_there_has_stops_it(laptop, box, in_main, begin, named, end):
    in_main(begin)
    error = laptop.wt("host-forget", box.name, "--json", code=3).json["error"]
    assert error["kind"] == "host-has-work"
    assert named in error["what"]
    assert laptop.main_there(box).exists()
    in_main(end)


def test_what_its_own_removals_save_stays_there_with_the_main_checkout(laptop, box, in_main):
    laptop.wt("new", "edited", "--on", box.name, "--no-start")
    env = laptop.worktree_there(box, "edited") / ".env"
    env.write_text(f"{env.read_text()}MINE=only-there\n")
    gone = laptop.wt("host-forget", box.name, "--json").json
    assert gone["worktrees"] == ["edited"]
    (point,) = gone["restore_points"]
    vault = "git --git-dir=.git/worktree-tasks/vault"
    (blob,) = in_main(f"{vault} ls-tree -r refs/points/{point} files/ | cut -c 13-52").split()
    assert "MINE=only-there" in in_main(f"{vault} cat-file blob {blob}")
