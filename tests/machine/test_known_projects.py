"""What is read of the state file and of git's own files, beside what the store and git say themselves."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from worktree_tasks.configuration.shell_targets import resolve_target
from worktree_tasks.git import find_repository, mark
from worktree_tasks.machine import known_projects
from worktree_tasks.store import open_store


@pytest.fixture
def shop(project):
    with closing(open_store()) as store:
        known = store.remember(project.path / ".git", name="shop", main=project.path)
        record = store.create(
            known,
            branch="pay/card",
            name=lambda _: "pay-card",
            path=lambda slug: project.root / slug,
            start_commit=None,
            made_branch=True,
            host="localhost",
        )
        project.git("worktree", "add", "--quiet", "-b", "pay/card", str(record.path))
    return project


def test_the_project_one_stands_in_is_found_from_any_directory_of_main_and_of_worktrees(shop):
    tree = shop.root / "pay-card"
    (tree / "deep").mkdir()
    for place in (shop.path, tree, tree / "deep"):
        known = known_projects.known(str(place))
        assert known.here is not None
        assert (known.here.name, known.here.main, known.here.branch) == ("shop", str(shop.path), "main")
        standing = known.standing_in()
        assert (standing.name if standing else None) == (None if place == shop.path else "pay-card")
    assert known_projects.known(str(shop.path.parent)).here is None


def test_a_worktree_has_its_current_branch_and_whether_it_is_ready(shop):
    def tree():
        return known_projects.known(str(shop.path)).here.trees[0]

    assert (tree().ready, tree().branch, tree().current) == (False, "pay/card", "pay/card")
    shop.git("-C", tree().path, "switch", "--quiet", "--create", "other")
    with closing(open_store()) as store:
        store.update(store.records()[0], state="ready")
    assert (tree().ready, tree().branch, tree().current) == (True, "pay/card", "other")


def test_a_symbolic_link_to_a_project_is_that_project(shop, tmp_path):
    (tmp_path / "link").symlink_to(shop.path)
    known = known_projects.known(str(tmp_path / "link"))
    assert known.here.main == str(shop.path)
    assert known.resolve(str(tmp_path / "link")) == str(shop.path)


@pytest.mark.parametrize("by_hand", [False, True])
def test_a_worktree_that_was_moved_is_gone_to_where_it_is(shop, by_hand):
    with closing(open_store()) as store:
        (record,) = store.records()
        mark(find_repository(shop.path), record.path, record.key, known_projects.state_directory())
    place = record.path.with_name("moved")
    if by_hand:
        record.path.rename(place)
    else:
        shop.git("worktree", "move", str(record.path), str(place))
    known = known_projects.known(str(place))
    assert (known.here.name, known.standing_in().name) == ("shop", "pay-card")
    assert (known.here.trees[0].path, known.here.trees[0].current) == (str(place), "pay/card")
    assert resolve_target(["pay-card"], known, function="wt", make=True).directory == str(place)


def test_a_main_checkout_that_was_moved_has_its_worktrees_before_any_command_ran_there(shop):
    with closing(open_store()) as store:
        (record,) = store.records()
        mark(find_repository(shop.path), record.path, record.key, known_projects.state_directory())
    place = shop.path.rename(shop.path.with_name("moved"))
    here = known_projects.known(str(place)).here
    assert (here.name, here.main, here.gone) == ("shop", str(place), False)
    assert [tree.name for tree in here.trees] == ["pay-card"]


def test_a_repository_that_is_not_recorded_is_a_project_too(project):
    known = known_projects.known(str(project.path))
    assert known.homes == ()
    assert (known.here.name, known.here.main, known.here.trees) == ("shop", str(project.path), ())


def test_nothing_is_known_without_a_state_file_and_none_is_made(tmp_path):
    assert known_projects.known(str(tmp_path)).homes == ()
    assert not known_projects.state_directory().exists()


def test_a_broken_state_file_is_no_traceback_while_a_person_types(tmp_path):
    known_projects.state_directory().mkdir(parents=True)
    (known_projects.state_directory() / "state.sqlite3").write_bytes(b"nothing of the kind" * 99)
    assert known_projects.known(str(tmp_path)).homes == ()


def test_reading_waits_for_nobody_who_writes(shop):
    with closing(open_store()) as store, store._transaction():
        assert known_projects.known(str(shop.path)).here.trees


@pytest.mark.parametrize("given", ["", "state", "./state", "~/state", "../state"])
def test_a_state_home_that_is_not_absolute_is_ignored_as_the_specification_says(monkeypatch, given):
    monkeypatch.setenv("XDG_STATE_HOME", given)
    monkeypatch.setenv("HOME", "/home/somebody")
    assert known_projects.state_directory() == Path("/home/somebody/.local/state/worktree-tasks")


def test_an_absolute_state_home_counts_whatever_home_is(monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", "/var/state")
    monkeypatch.setenv("HOME", "somewhere")
    assert known_projects.state_directory() == Path("/var/state/worktree-tasks")


@pytest.mark.parametrize("home", ["somewhere", "~", "."])
def test_without_a_home_there_is_no_place_for_the_state_and_nothing_is_known(monkeypatch, project, home):
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setenv("HOME", home)
    with pytest.raises(FileNotFoundError, match="no home directory"):
        known_projects.state_directory()
    assert known_projects.known(str(project.path)).homes == ()


def test_a_user_that_is_not_known_has_no_home_to_put_in(monkeypatch):
    assert known_projects.expanded("~nobody-like-this/x") == Path("~nobody-like-this/x")
    monkeypatch.setenv("HOME", "/home/somebody")
    assert known_projects.expanded("~/x") == Path("/home/somebody/x")


def test_a_command_knows_where_it_was_typed_wherever_it_works(tmp_path, monkeypatch):
    monkeypatch.setattr(known_projects, "_typed_in", None)
    typed, first, second = (tmp_path / name for name in ("typed", "first", "second"))
    for directory in (typed, first, second):
        directory.mkdir()
    monkeypatch.chdir(typed)
    assert known_projects.standing() == typed
    for directory in (first, second):
        known_projects.go(directory)
        assert (known_projects.working_directory(), known_projects.standing()) == (directory, typed)
    with pytest.raises(FileNotFoundError):
        known_projects.go(tmp_path / "nowhere")
    assert known_projects.standing() == typed
