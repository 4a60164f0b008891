"""NAME means the same to a task and to a shell function."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from harness.projects import record_worktrees
from invoke.context import Context

import worktree_tasks as wt
from worktree_tasks.configuration.shell_targets import resolve_target
from worktree_tasks.errors import BadUse
from worktree_tasks.interface.command_spelling import typed
from worktree_tasks.interface.shell.shell_requests import ANSWERS
from worktree_tasks.machine import known_projects
from worktree_tasks.store import open_store

BRANCHES = ("auth-feature", "pay/card", "Pay_Card", "a/b", "a-b", "größe", "aside")
# What is typed in a directory, and the branch of the worktree that it means, or the line that is told.
ROWS = [
    ("", "auth-feature", "auth-feature"),
    ("", "AUTH_feature", "auth-feature"),
    ("", "auth/feature", "auth-feature"),
    ("", "{root}/auth-feature", "auth-feature"),
    ("", "../shop.worktrees/auth-feature", "auth-feature"),
    ("{root}/auth-feature", "../pay-card", "pay/card"),
    ("{root}/auth-feature/deep", ".", "auth-feature"),
    ("{root}/auth-feature/deep", "..", "shop has no worktree called '..'"),
    ("{root}/auth-feature/deep", "../", "auth-feature"),
    ("", ".", "this directory is not in a managed worktree"),
    ("", "pay/card", "pay/card"),
    ("", "pay-card", "pay/card"),
    ("", "Pay_Card", "Pay_Card"),
    ("", "PAY-CARD", "'PAY-CARD' is ambiguous: Pay_Card (…), pay/card (…)"),
    ("", "a/b", "a/b"),
    ("", "a_b", "'a_b' is ambiguous: a-b (…), a/b (…)"),
    ("", "a-b", "'a-b' is ambiguous: a-b (…), a/b (…)"),
    ("", "new/name", "größe"),
    ("", "new-name", "größe"),
    ("", "größe", "größe"),
    ("", "aside", "aside"),
    ("", "{root}/aside", "aside"),
    ("{root}/auth-feature", "develop", "shop has no worktree called 'develop'"),
    ("", "auth-featrue", "shop has no worktree called 'auth-featrue'"),
    ("", "x" * 300, "shop has no worktree called '{long}…'"),
]


@pytest.fixture
def shop(project):
    """A project with a worktree that has another branch by now, and one that a removal has moved aside."""
    record_worktrees(project, *BRANCHES)
    with closing(open_store()) as store:
        records = {record.branch: record for record in store.records()}
        aside = records["aside"]
        aside.path.rename(aside.aside)
        store.update(aside, path=aside.aside)
    project.git("-C", str(records["größe"].path), "switch", "--quiet", "--create", "new/name")
    (project.root / "auth-feature" / "deep").mkdir()
    return project


def of_task(word: str) -> Path | tuple[str, str]:
    try:
        return wt.path(Context(), word)
    except BadUse as error:
        return error.what, error.hint


def of_function(word: str) -> Path | tuple[str, str]:
    try:
        return Path(resolve_target([word], known_projects.known(), function="wstop", make=False).directory)
    except BadUse as error:
        return error.what, typed(error.hint)


def told(meant: Path | tuple[str, str], shop) -> str:
    """Return the branch that was meant, or the line that was told, without the paths in it."""
    with closing(open_store()) as store:
        branches = {record.path: record.branch for record in store.records()}
    if isinstance(meant, Path):
        return branches[meant]
    line = meant[0]
    for path in branches:
        line = line.replace(f"({path})", "(…)")
    return line


def test_what_is_typed_means_the_same_to_a_task_and_to_a_shell_function(shop, monkeypatch):
    for directory, word, expected in ROWS:
        monkeypatch.chdir(directory.format(root=shop.root) or shop.path)
        typed = word.format(root=shop.root)
        meant = of_task(typed)
        assert meant == of_function(typed), word
        assert told(meant, shop) == expected.format(long="x" * 59), word


def test_a_function_names_a_worktree_to_its_task_by_what_the_task_resolves(shop, monkeypatch):
    monkeypatch.chdir(shop.path)
    for branch in BRANCHES:
        with closing(open_store()) as store:
            record = next(record for record in store.records() if record.branch == branch)
        task, name = ANSWERS["--as"](["wr", str(record.home)])
        assert (task, wt.path(Context(), name.removeprefix("--name="))) == ("remove", record.path)


def test_near_names_are_hinted_at_and_a_few_are_listed_where_none_is_near(shop, monkeypatch):
    monkeypatch.chdir(shop.path)
    assert of_task("auth-featrue")[1] == "did you mean auth-feature?"
    assert of_task("xyzzy")[1].startswith("its worktrees: auth-feature, pay-card, ")
    assert of_task("xyzzy")[1].endswith("; inv wt.list shows them all")


def test_main_is_a_name_for_what_only_looks_at_a_checkout_where_no_worktree_bears_it(shop, monkeypatch):
    monkeypatch.chdir(shop.root / "auth-feature")
    assert of_task("main") == of_task(str(shop.path)) == shop.path
    for refused in (wt.stop, wt.remove):
        with pytest.raises(BadUse) as told:
            refused(Context(), "main")
        assert told.value.what == "shop has no worktree called 'main'"
        assert "inv wt.run take" in told.value.hint
    assert (
        Path(resolve_target(["main"], known_projects.known(), function="wt", make=True).directory)
        == shop.path
    )
    record_worktrees(shop, "main-", "Main")
    assert of_task("main").parent == shop.root
