"""What the last word of a command line could become, and what finding it costs."""

from __future__ import annotations

from worktree_tasks.configuration.name_resolution import KnownWorktree
from worktree_tasks.configuration.settings import MODES
from worktree_tasks.configuration.shell_targets import Home, KnownCheckouts
from worktree_tasks.interface.collection import ns
from worktree_tasks.interface.output import schema_files
from worktree_tasks.interface.shell.completion import Sources, candidates
from worktree_tasks.interface.task_table import OF_PROGRAM, TABLE, read_table

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


SERVICES = [
    ("auth-feature", "db", "shared"),
    ("auth-feature", "web", "own"),
    ("pay-card", "vite", "own"),
    ("pay-card", "web", "own"),
]
SOURCES = Sources(
    lambda _: ["main", "pay/card", "fix-login"],
    lambda _: ["origin/main", "origin/fix-logout"],
    lambda _: ["auth-20260101-101010", "pay-card-20260101-101010"],
    lambda home: SERVICES if home.name == "shop" else [],
)


def offered(line, here=SHOP, homes=(SHOP, API, GONE), at="/src/shop"):
    program, *words = line.split(" ")
    known = KnownCheckouts(homes, here, at, lambda word: word)
    found = candidates(program, words, known, read_table(), SOURCES)
    return [value for value, _ in found]


def test_the_words_of_all_tasks_are_written_down_as_they_are(project):
    # In a process of its own: Invoke takes the help out of a task when it is asked for its arguments.
    code = (
        "import sys\n"
        "from worktree_tasks.interface.collection import program_collection\n"
        "from worktree_tasks.interface.task_table import table\n"
        "sys.stdout.write(table(program_collection()))\n"
    )
    written = project.python(code)
    assert written.code == 0, written.err
    assert TABLE.read_text(encoding="utf-8") == written.out, "write them down again with: inv table"


def test_every_candidate_for_a_value_is_one_that_the_flag_takes():
    for line in (
        "wt x --database ",
        "inv wt.new x --database ",
        "wt x --database=",
        "inv wt.database x --mode ",
    ):
        assert [value.removeprefix("--database=") for value in offered(line)] == list(MODES), line
    assert offered("worktree-tasks plan x --database c") == ["clone"]


def test_functions_offer_worktrees_then_projects_but_none_that_is_gone():
    assert offered("wt ") == ["auth-feature", "pay-card", "shop", "api"]
    assert offered("wstop ") == ["auth-feature", "pay-card", "shop", "api"]
    assert offered("wl ") == ["shop", "api"]
    assert offered("wt ", here=None) == ["shop", "api"]
    assert offered("wt api ") == ["v2"]
    assert offered("wl shop ") == []
    assert offered("wstop old ") == []


def test_a_worktree_is_offered_by_its_branch_once_more_is_typed_than_its_name_has():
    for line in ("wt ", "wstop ", "wr shop ", "worktree-tasks remove ", "inv wt.run "):
        assert offered(f"{line}pay/") == ["pay/card"], line
        assert offered(f"{line}pa") == ["pay-card"], line


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
    assert set(offered("worktree-tasks ")) == {*ns.task_names, *OF_PROGRAM}
    assert "--project" in offered("worktree-tasks -")
    assert offered("worktree-tasks stop ") == ["auth-feature", "pay-card"]
    assert offered("worktree-tasks stop auth-feature ") == []
    assert offered("worktree-tasks logs ") == ["auth-feature", "pay-card", "main"]
    assert offered("worktree-tasks --project a") == ["api"]
    assert offered("worktree-tasks --project api stop ") == ["v2"]
    assert offered("worktree-tasks --help rest") == ["restart", "restore"]
    assert offered("worktree-tasks remove --keep") == ["--keep-branch"]
    assert offered("worktree-tasks shell-init ") == ["bash", "zsh", "fish"]
    assert offered("worktree-tasks claude-hook ") == ["create", "session", "remove"]
    assert sorted([*offered("worktree-tasks schema ")]) == schema_files.schema_names()


def test_a_base_can_be_any_branch_those_at_hand_before_something_is_typed():
    assert offered("wt x --base ") == ["main", "auth-feature", "pay/card"]
    assert offered("worktree-tasks new x --base fix") == ["fix-login"]
    assert offered("worktree-tasks new x --base origin/") == ["origin/main", "origin/fix-logout"]
    assert offered("worktree-tasks --project api new x --base ") == ["v2"]


def test_a_value_behind_an_equals_sign_is_completed_with_its_flag():
    assert offered("worktree-tasks new x --base=fix") == ["--base=fix-login"]
    # Bash takes it for three words.
    assert offered("worktree-tasks new x --base = fix") == ["fix-login"]
    assert offered("wt x --base =") == ["main", "auth-feature", "pay/card"]


def test_services_are_a_worktrees_own():
    assert offered("worktree-tasks run auth-feature ") == ["web"]
    assert offered("worktree-tasks run pay/card v") == ["vite"]
    assert offered("worktree-tasks logs pay-card --service ") == ["vite", "web"]
    assert offered("worktree-tasks logs --service ", at="/t/auth/src") == ["web"]
    assert offered("worktree-tasks open . --service ", at="/t/pay") == ["vite", "web"]
    assert offered("worktree-tasks run auth-feature web ") == []


def test_services_are_offered_where_the_name_of_the_worktree_one_stands_in_is_left_out():
    assert offered("worktree-tasks run ", at="/t/pay") == ["auth-feature", "pay-card", "main", "vite", "web"]
    assert offered("worktree-tasks run web ", at="/t/pay") == []
    assert offered("worktree-tasks run auth-feature ", at="/t/pay") == ["web"]
    assert offered("worktree-tasks run ") == offered("inv wt.run ", at="/t/pay")
    assert offered("worktree-tasks run main ", at="/t/pay") == offered("worktree-tasks run main ")


def test_services_that_a_new_worktree_decides_on_are_all_of_the_project():
    assert offered("worktree-tasks new x --own ") == ["db", "vite", "web"]
    assert offered("wt x --shared d") == ["db"]
    assert offered("worktree-tasks --project api new x --own ") == []


def test_restore_points_are_offered_to_restore():
    assert offered("worktree-tasks restore ") == ["auth-20260101-101010", "pay-card-20260101-101010"]
    assert offered("worktree-tasks restore pay") == ["pay-card-20260101-101010"]


def test_a_flags_value_is_not_taken_for_a_name():
    assert offered("worktree-tasks logs --service web ") == ["auth-feature", "pay-card", "main"]
    assert offered("worktree-tasks new --base main fix") == ["fix-login"]


def test_tasks_of_ours_are_completed_in_invoke_by_their_names_there():
    assert offered("inv wt.rest") == ["wt.restart", "wt.restore"]
    assert set(offered("inv ")) == {f"wt.{name}" for name in ns.task_names}
    assert offered("inv build wt.stop ") == ["auth-feature", "pay-card"]
    assert offered("inv -c tasks wt.remove auth-feature --keep") == ["--keep-branch"]
    assert offered("inv wt.run auth-feature ") == ["web"]
    assert offered("inv wt.new x --base fix") == ["fix-login"]
    assert offered("inv wt.restore a") == ["auth-20260101-101010"]
    assert offered("inv wt.stop pay-card wt.start ") == ["auth-feature", "pay-card"]
    assert offered("inv -") == []
    assert offered("inv build ") == offered("inv ")


def test_what_the_shell_asks_while_a_person_types_loads_neither_invoke_nor_an_sdk_and_runs_nothing(project):
    for words in (
        ["--candidates", "wt", ""],
        ["--candidates", "inv", "wt.restore", ""],
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
            "from worktree_tasks.interface.program import answer\n"
            "answer(sys.argv[1:])\n"
            "print('loaded', *sys.modules)\n"
        )
        done = project.python(code)
        assert done.code == 0, done.err
        loaded = set(done.out.splitlines()[-1].split())
        assert loaded & {"invoke", "docker", "git", "rich", "yaml", "asyncio"} == set(), words
