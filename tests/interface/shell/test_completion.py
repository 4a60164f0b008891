"""What the last word of a command line could become, and what finding it costs."""

from __future__ import annotations

from worktree_tasks.configuration.resolving import KnownWorktree
from worktree_tasks.configuration.whereabouts import Home, Known
from worktree_tasks.interface.collection import ns
from worktree_tasks.interface.shell.completion import candidates
from worktree_tasks.interface.vocabulary import TABLE, read_table

SHOP = Home(
    "shop",
    "/src/shop",
    "/src/shop/.git",
    (
        KnownWorktree("auth-feature", "auth-feature", "/t/auth"),
        KnownWorktree("pay-card", "pay/card", "/t/pay"),
    ),
    branch="main",
)
API = Home("api", "/src/api", "/src/api/.git", (KnownWorktree("v2", "v2", "/t/v2"),))
GONE = Home("old", "/src/old", "/src/old/.git", gone=True)


def offered(line, here=SHOP, homes=(SHOP, API, GONE)):
    program, *words = line.split(" ")
    known = Known(homes, here, "/src/shop", lambda word: word)
    found = candidates(program, words, known, read_table(), lambda _: ["main", "pay/card", "fix-login"])
    return [value for value, _ in found]


def test_the_words_of_all_tasks_are_written_down_as_they_are(project):
    # In a process of its own: Invoke takes the help out of a task when it is asked for its arguments.
    code = (
        "import sys\n"
        "from worktree_tasks.interface.collection import ns\n"
        "from worktree_tasks.interface.vocabulary import table\n"
        "sys.stdout.write(table(ns))\n"
    )
    written = project.python(code)
    assert written.code == 0, written.err
    assert TABLE.read_text(encoding="utf-8") == written.out, "write them down again with: inv table"


def test_functions_offer_worktrees_then_projects_but_none_that_is_gone():
    assert offered("wt ") == ["auth-feature", "pay-card", "shop", "api"]
    assert offered("wstop ") == ["auth-feature", "pay-card", "shop", "api"]
    assert offered("wl ") == ["shop", "api"]
    assert offered("wt ", here=None) == ["shop", "api"]
    assert offered("wt api ") == ["v2"]
    assert offered("wl shop ") == []
    assert offered("wstop old ") == []


def test_wt_offers_branches_without_a_worktree_once_one_is_begun():
    assert offered("wt f") == ["fix-login"]
    assert offered("wt m") == []
    assert offered("wstop f") == []
    assert offered("worktree-tasks new p") == []
    assert offered("wt x --base fi") == ["fix-login"]


def test_projects_of_one_name_are_offered_by_directory():
    clone = Home("shop", "/copies/shop", "/copies/shop/.git")
    assert offered("wl ", homes=(SHOP, clone)) == ["/src/shop", "/copies/shop"]


def test_flags_are_those_of_the_task_behind_the_function():
    assert offered("wr --f") == ["--force"]
    assert offered("wt auth-feature --no") == ["--no-start", "--no-hooks"]
    assert "--yes" in offered("wclean shop --")
    assert offered("wt auth --cr") == ["--create"]
    assert offered("wstart --a") == offered("wstop --a") == ["--all"]
    assert offered("wt x --slot ") == []


def test_the_program_offers_tasks_flags_names_and_shells():
    assert offered("worktree-tasks sh") == ["shell-init"]
    assert set(offered("worktree-tasks ")) == set(ns.task_names)
    assert "--project" in offered("worktree-tasks -")
    assert offered("worktree-tasks stop ") == ["auth-feature", "pay-card"]
    assert offered("worktree-tasks stop auth-feature ") == []
    assert offered("worktree-tasks logs ") == ["auth-feature", "pay-card", "main"]
    assert offered("worktree-tasks --project a") == ["api"]
    assert offered("worktree-tasks --project api stop ") == ["v2"]
    assert offered("worktree-tasks --help rest") == ["restart", "restore"]
    assert offered("worktree-tasks remove --keep") == ["--keep-branch"]
    assert offered("worktree-tasks shell-init ") == ["bash", "zsh", "fish"]
    assert offered("worktree-tasks restore ") == []


def test_what_the_shell_asks_while_a_person_types_loads_neither_invoke_nor_an_sdk_and_runs_nothing(project):
    for words in (
        ["--candidates", "wt", ""],
        ["--meant", "wt"],
        ["--where", "wt"],
        ["shell-init", "zsh"],
        ["--leave", "wr"],
    ):
        code = (
            "import os, subprocess, sys\n"
            "def refuse(*_): raise AssertionError('a process')\n"
            "os.posix_spawn = os.fork = refuse\n"
            f"sys.argv = ['worktree-tasks', *{words}]\n"
            "from worktree_tasks.interface.program import main\n"
            "try: main()\n"
            "except SystemExit: pass\n"
            "print('loaded', *sys.modules)\n"
        )
        done = project.python(code)
        assert done.code == 0, done.err
        loaded = set(done.out.splitlines()[-1].split())
        assert loaded & {"invoke", "docker", "git", "rich", "yaml", "asyncio"} == set(), words
