"""A worktree is its key: moved, renamed or switched, each command knows it again, and it stays one record."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from worktree_tasks.git.program import git
from worktree_tasks.orchestration.flows.adopt import adopt
from worktree_tasks.orchestration.flows.clean import clean, survey
from worktree_tasks.orchestration.flows.doctor import doctor
from worktree_tasks.orchestration.flows.list import listing
from worktree_tasks.orchestration.flows.logs import logs
from worktree_tasks.orchestration.flows.new import Wish, new
from worktree_tasks.orchestration.flows.remove import remove
from worktree_tasks.orchestration.flows.restore import restore
from worktree_tasks.orchestration.flows.run import execute
from worktree_tasks.orchestration.flows.start import start
from worktree_tasks.orchestration.flows.stop import stop
from worktree_tasks.orchestration.runtimes.runtime_values import Part
from worktree_tasks.orchestration.steps.project import Project
from worktree_tasks.orchestration.steps.worktree_search import find_tree

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from worktree_tasks.configuration.worktree_result import Worktree
    from worktree_tasks.store import Store


@pytest.fixture
def made(plain) -> Worktree:
    return new(plain, Wish("pay", start=False))


def _git(place: Path, *words: str) -> str:
    return git(place, *words).out.strip()


def _git_move(project: Project, path: Path) -> tuple[Path, str]:
    place = path.with_name("elsewhere")
    _git(project.main, "worktree", "move", str(path), str(place))
    return place, "pay"


def _move_by_hand(project: Project, path: Path) -> tuple[Path, str]:
    return path.rename(project.main.with_name("by-hand")), "pay"


def _rename(_: Project, path: Path) -> tuple[Path, str]:
    _git(path, "branch", "--move", "renamed")
    return path, "renamed"


def _switch(_: Project, path: Path) -> tuple[Path, str]:
    _git(path, "switch", "--quiet", "--create", "other")
    return path, "other"


@pytest.fixture(params=[_git_move, _move_by_hand, _rename, _switch])
def changed(request, plain, made) -> tuple[Path, str]:
    """Where the worktree is after the change, and its branch."""
    return request.param(plain, made.path)


def _listed(project: Project, place: Path, branch: str) -> None:
    (row,) = listing(project).worktrees
    assert (row.path, row.branch, row.state) == (place, branch, "created")


def _made_again(project: Project, place: Path, branch: str) -> None:
    assert new(project, Wish(branch, start=False)).path == place


def _adopted(project: Project, place: Path, _: str) -> None:
    assert adopt(project, str(place), start=False).path == place


def _started(project: Project, place: Path, branch: str) -> None:
    up = start(project, "pay")
    assert (up.state, up.path, up.branch, up.slot) == ("running", place, branch, 1)
    assert (place / ".env").read_text() == f"SITE_URL={up.url}\n"
    assert execute(project, branch, "web", "pwd", capture=True).output == f"{place}\n"
    logs(project, str(place), (), Part(), follow=False, capture=True)
    assert stop(project, branch).state == "stopped"


def _removed(project: Project, place: Path, branch: str) -> None:
    gone = remove(project, branch)
    assert (gone.path, place.exists(), project.records()) == (place, False, ())
    # A branch that was not made with it is never deleted.
    assert gone.branch_deleted is True
    left = _git(project.main, "branch", "--format=%(refname:short)").split()
    assert left == ["main", *(["other"] if branch == "other" else [])]


def _found_by_each_name(project: Project, place: Path, branch: str) -> None:
    for word in ("pay", branch, str(place)):
        assert find_tree(project, word).record.path == place


def _told_and_followed_to_fix(project: Project, place: Path, _: str) -> None:
    mine = project.store
    with ExitStack() as opened:

        def on(store: Store) -> Project:
            opened.callback(store.close)
            project.store = store
            return project

        (before,) = project.store.records()
        moved = [] if before.path == place else [("moved", f"pay was moved to {place}")]
        for fix in (False, True):
            found = doctor(on, project.progress, fix=fix).findings
            assert [(one.kind, one.what) for one in found] == moved
            assert {one.fixed for one in found} <= {fix}
    project.store = mine
    assert [one.path for one in project.records()] == [place]


def _surveyed(project: Project, place: Path, _: str) -> None:
    assert [one.path for one in survey(project).worktrees] == [place]


@pytest.mark.parametrize(
    "known_again",
    [
        _listed, _made_again, _adopted, _started, _removed, _found_by_each_name, _told_and_followed_to_fix,
        _surveyed,
    ],
)  # fmt: skip
def test_each_command_knows_it_again_by_itself(
    plain, made, changed, known_again: Callable[[Project, Path, str], None]
):
    (before,) = plain.store.records()
    known_again(plain, *changed)
    for record in plain.records():
        assert (record.key, record.name, record.slot) == (before.key, "pay", before.slot)
    assert len(plain.store.records()) <= 1


def test_one_that_was_moved_far_away_by_hand_is_known_where_a_person_names_it(plain, made, tmp_path):
    (tmp_path / "far" / "away").mkdir(parents=True)
    place = made.path.rename(tmp_path / "far" / "away" / "pay")
    assert plain.records()[0].path == made.path
    assert adopt(plain, str(place), start=False).path == place
    assert [one.path for one in plain.records()] == [place]
    assert _git(place, "status", "--porcelain") == ""


def test_one_that_was_moved_far_away_by_hand_is_known_where_a_person_stands(
    plain, made, tmp_path, monkeypatch
):
    (tmp_path / "far").mkdir()
    place = made.path.rename(tmp_path / "far" / "pay")
    monkeypatch.chdir(place)
    assert find_tree(plain, ".").record.path == place


def test_one_that_has_no_branch_is_adopted_as_the_one_that_it_is(plain, made):
    _git(made.path, "switch", "--quiet", "--detach")
    assert adopt(plain, str(made.path), start=False).name == "pay"


def test_a_branch_whose_worktree_was_switched_to_another_gets_a_worktree_of_its_own(plain, made):
    _git(made.path, "switch", "--quiet", "--create", "other")
    again = new(plain, Wish("pay", start=False))
    assert (again.branch, again.path == made.path, again.slot) == ("pay", False, 2)
    assert {(one.branch, one.name == "pay") for one in listing(plain).worktrees} == {
        ("other", True), ("pay", False),
    }  # fmt: skip


def test_a_branch_of_somebodys_stays_when_the_one_that_was_made_is_deleted(plain, made):
    _git(plain.main, "branch", "theirs")
    _git(made.path, "switch", "--quiet", "theirs")
    _git(plain.main, "branch", "--delete", "--force", "pay")
    assert remove(plain, "theirs").branch_deleted is False
    assert "theirs" in _git(plain.main, "branch")


def test_somebodys_worktree_on_a_disk_that_is_not_there_stays_registered_whatever_runs(plain):
    away = plain.main.with_name("away")
    _git(plain.main, "worktree", "add", "--quiet", "-b", "away", str(away))
    away.rename(away.with_name("unmounted"))
    entry = f"worktree {away}\n"
    listed = _git(plain.main, "worktree", "list", "--porcelain")
    assert entry in listed
    assert "prunable" in listed

    path = new(plain, Wish("pay")).path
    stop(plain, "pay")
    (path / "work").write_text("work\n")
    remove(plain, "pay", force=True)
    restore(plain, "pay")
    assert start(plain, "pay").state == "running"
    with ExitStack() as opened:

        def on(store: Store) -> Project:
            opened.callback(store.close)
            return Project(plain.repository, plain.settings, store, plain.progress, runtimes=plain.runtimes)

        doctor(on, plain.progress, fix=True)
    stop(plain, "pay")
    _git(path, "add", "work")
    _git(path, "commit", "--quiet", "--message", "Work")
    _git(plain.main, "merge", "--quiet", "pay")
    (gone,) = [one.name for one in clean(plain, survey(plain)).worktrees if one.removed]
    assert gone == "pay"
    _git(plain.main, "worktree", "add", "--quiet", "-b", "theirs", str(plain.main.with_name("theirs")))
    adopt(plain, str(plain.main.with_name("theirs")), start=False)
    remove(plain, "theirs")
    assert entry in _git(plain.main, "worktree", "list", "--porcelain")
