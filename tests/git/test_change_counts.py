from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worktree_tasks.errors import Failure
from worktree_tasks.git import (
    Changes,
    CheckoutLooks,
    all_changes,
    change_counts,
    changes,
    worktrees,
)
from worktree_tasks.git.divergence import WorkLine, divergences, reach
from worktree_tasks.git.status import statuses
from worktree_tasks.git.worktree_entries import find_worktree


def of(checkout, linked, base="main"):
    return changes(checkout.repo, find_worktree(checkout.repo, linked.path), base=base)


def test_untouched_worktree_has_no_changes(shop, tree):
    assert of(shop, tree(shop, "x")) == Changes(0, 0, 0, 0, 0, None)


def test_everything_is_counted(shop, tree):
    shop.commit_file("a", "1")
    linked = tree(shop, "x", "main~1")
    linked.commit_file("b", "1")
    linked.commit_file("b", "2")
    linked.write("README", "edited\n")
    linked.write("dir/one", "")
    linked.write("dir/two", "")
    linked.git("add", "dir/one")
    linked.write("new", "")
    linked.git("bisect", "start")
    assert of(shop, linked) == Changes(2, 2, 2, 1, 2, "bisect")


def test_a_worktree_whose_link_was_replaced_is_unknown_and_nothing_runs_that_it_names(shop, tree, tmp_path):
    linked = tree(shop, "x")
    shutil.copytree(shop.path / ".git", linked.path / "theirs")
    linked.write(".git", "gitdir: theirs\n")
    git = ("git", "config", "--file", str(linked.path / "theirs" / "config"))
    subprocess.run([*git, "core.fsmonitor", f"touch {tmp_path / 'ran'}; false"], check=True)
    trees = worktrees(shop.repo)
    assert linked.path not in all_changes(shop.repo, trees, base="main")
    with pytest.raises(Failure, match="does not point to"):
        changes(shop.repo, find_worktree(shop.repo, linked.path), base="main")
    assert not (tmp_path / "ran").exists()


def test_no_program_runs_that_a_repository_inside_names(shop, tree, tmp_path):
    shop.git("init", "--quiet", "lib")
    lib = ("-C", "lib", "-c", "user.name=A", "-c", "user.email=a@example.org")
    shop.git(*lib, "commit", "--quiet", "--allow-empty", "-m", "lib")
    shop.git("add", "lib")
    shop.git("commit", "--quiet", "-m", "A commit of a repository that is no submodule")
    linked = tree(shop, "x")
    shutil.copytree(shop.path / "lib", linked.path / "lib", dirs_exist_ok=True)
    linked.write("lib/new", "")
    subprocess.run(
        ["git", "-C", linked.path / "lib", "config", "core.fsmonitor", f"touch {tmp_path / 'ran'}; false"],
        check=True,
    )
    for modules in ("", '[submodule "lib"]\n\tpath = lib\n\turl = ./lib\n'):
        linked.write(".gitmodules", modules)
        of(shop, linked)
        assert not (tmp_path / "ran").exists()


def test_detached_head_counts_commits_that_no_branch_has(shop, tree):
    linked = tree(shop, "x")
    linked.git("checkout", "--quiet", "--detach")
    assert of(shop, linked).unpushed == 0
    linked.commit_file("a", "1")
    assert of(shop, linked) == Changes(0, 0, 1, 0, 1, None)
    linked.git("branch", "keep")
    assert of(shop, linked).unpushed == 0


def test_pushed_commits_are_not_unpushed(shop, clone, tree):
    ours = clone(shop)
    linked = tree(ours, "x")
    linked.commit_file("a", "1")
    linked.git("push", "--quiet", "origin", "x")
    linked.commit_file("a", "2")
    assert (of(ours, linked).ahead, of(ours, linked).unpushed) == (2, 1)
    ours.commit_file("b", "1")
    assert of(ours, ours).unpushed == 1


def test_tag_does_not_make_commits_safe_but_another_branch_does(shop, tree):
    linked = tree(shop, "x")
    linked.commit_file("a", "1")
    linked.git("tag", "v1")
    assert of(shop, linked).unpushed == 1
    other = tree(shop, "y", "x")
    assert (of(shop, linked).unpushed, of(shop, other).unpushed) == (0, 0)
    found = all_changes(shop.repo, worktrees(shop.repo), base="main")
    assert (found[linked.path].unpushed, found[other.path].unpushed) == (0, 0)


def test_remote_branch_and_commit_can_be_the_base(shop, clone, tree):
    ours = clone(shop)
    linked = tree(ours, "x")
    linked.commit_file("a", "1")
    assert of(ours, linked, base="origin/main").ahead == 1
    assert of(ours, linked, base=ours.head).ahead == 1


@pytest.mark.parametrize("base", ["nope", "--all", "-x"])
def test_unknown_base_is_an_error(shop, base):
    with pytest.raises(Failure):
        of(shop, shop, base=base)


def test_all_at_once_tells_the_same_as_one_at_a_time(shop, tree):
    for number in range(4):
        linked = tree(shop, f"x{number}")
        for count in range(number):
            linked.commit_file(f"f{number}", str(count))
        linked.write(f"new{number}", "")
        shop.commit_file("a", str(number))
    tree(shop, "merged", "x2").git("merge", "--quiet", "--no-edit", "x3", "main")
    detached = tree(shop, "free")
    detached.git("checkout", "--quiet", "--detach", "x1")
    detached.commit_file("d", "1")
    trees = worktrees(shop.repo)
    found = all_changes(shop.repo, trees, base="main")
    assert found == {one.path: changes(shop.repo, one, base="main") for one in trees}
    for one in trees:
        counts = shop.git("rev-list", "--left-right", "--count", f"main...{one.head}").split()
        assert [str(found[one.path].behind), str(found[one.path].ahead)] == counts


def test_histories_without_a_common_commit_are_counted(shop, tree):
    linked = tree(shop, "x")
    linked.git("checkout", "--quiet", "--orphan", "alone")
    linked.git("commit", "--quiet", "-m", "first")
    shop.commit_file("a", "1")
    assert (of(shop, linked).ahead, of(shop, linked).behind) == (1, 2)


def test_worktree_without_commits_and_bare_entry(make):
    new = make("new", commits=False)
    new.write("a", "")
    (tree,) = worktrees(new.repo)
    assert all_changes(new.repo, [tree], base="main") == {new.path: Changes(0, 1, 0, 0, 0, None)}
    assert all_changes(new.repo, [replace(tree, bare=True)], base="main") == {}


def test_a_checkout_that_was_looked_at_before_is_not_read_again(shop, tree):
    first, second = tree(shop, "x"), tree(shop, "y")
    looks = CheckoutLooks(shop.repo, [first.path])
    assert set(looks.found) == {first.path}
    for linked in (first, second):
        linked.write("new", "")
    found = all_changes(shop.repo, worktrees(shop.repo), base="main", begun=looks)
    assert (found[first.path].untracked, found[second.path].untracked) == (0, 1)


def test_worktree_that_cannot_be_read_is_unknown_not_clean(shop, tree):
    gone, broken = tree(shop, "gone"), tree(shop, "broken")
    trees = worktrees(shop.repo)
    shutil.rmtree(gone.path)
    (broken.path / ".git").write_text("gitdir: /nowhere\n")
    assert set(all_changes(shop.repo, trees, base="main")) == {shop.path}
    with pytest.raises(Failure):
        of(shop, gone)


def test_a_checkout_that_cannot_be_read_hides_none_of_the_others(shop, tree):
    places = [tree(shop, f"x{number}").path for number in range(20)]
    for number, path in enumerate(places):
        (path / f"new{number}").touch()
    broken, replaced, gone = places[3], places[4], places[11]
    (shop.path / ".git" / "worktrees" / broken.name / "index").write_text("no index")
    (replaced / ".git").write_text("gitdir: /nowhere\n")
    shutil.rmtree(gone)
    found = CheckoutLooks(shop.repo, [shop.path, *places]).found
    assert set(found) == {shop.path, *places} - {broken, replaced, gone}
    assert {one.untracked for path, one in found.items() if path != shop.path} == {1}
    assert CheckoutLooks(shop.repo, []).found == {}


def test_a_checkout_that_cannot_be_read_alone_is_read_once(shop, tree, monkeypatch):
    broken = tree(shop, "x").path
    (shop.path / ".git" / "worktrees" / "x" / "index").write_text("no index")
    read = []
    monkeypatch.setattr(change_counts, "statuses", lambda paths: read.append({*paths}) or statuses(paths))
    assert CheckoutLooks(shop.repo, [broken]).found == {}
    assert read == [{broken}]


def test_a_main_checkout_whose_git_directory_is_gone_hides_no_worktree(shop, tree):
    places = [tree(shop, f"x{number}").path for number in range(9)]
    looks = CheckoutLooks(replace(shop.repo, main=shop.path / "gone"), [shop.path / "gone", *places])
    assert set(looks.found) == {*places}


@given(st.integers(1, 12).flatmap(lambda n: st.tuples(
    st.just(n),
    st.lists(st.lists(st.integers(0, 11), max_size=2), min_size=n, max_size=n),
    st.lists(st.integers(0, n - 1), min_size=1, max_size=4),
)))  # fmt: skip
def test_commits_are_counted_by_who_reaches_them(graph):
    """Against the plain definition, on random histories where a commit's parents have higher numbers."""
    count, wanted, heads = graph
    parents = [sorted({n for n in wanted[each] if each < n < count}) for each in range(count)]
    tips = {}
    for place, head in enumerate(heads):
        tips[str(head)] = tips.get(str(head), 0) | 1 << place

    def reached(start):
        found, todo = set(), [start]
        while todo:
            one = todo.pop()
            if one not in found:
                found.add(one)
                todo += parents[one]
        return found

    everything = set().union(*(reached(head) for head in heads))
    listing = [" ".join(map(str, [one, *parents[one]])) for one in sorted(everything)]
    counts = reach(listing, tips)
    for place, head in enumerate(heads):
        assert sum(number for bits, number in counts.items() if bits >> place & 1) == len(reached(head))
    assert sum(counts.values()) == len(everything)


def test_branch_named_like_another_s_beginning_is_not_taken_for_it(shop, tree):
    linked, longer = tree(shop, "a"), tree(shop, "ab")
    linked.commit_file("x", "1")
    longer.commit_file("y", "1")
    shop.git("branch", "copy", "ab")
    lines = (WorkLine(linked.head, "a"), WorkLine(longer.head, "ab"))
    found = divergences(shop.repo, lines, base="main")
    assert [found[line].unpushed for line in lines] == [1, 0]
    assert divergences(shop.repo, (), base="main") == {}
