"""No word of a command line is read and then forgotten: it is done, or refused before anything happens."""

from __future__ import annotations

import functools
import inspect
import json
import sys
from pathlib import Path

import pytest
from invoke.collection import Collection
from invoke.context import Context
from invoke.exceptions import Exit
from invoke.program import Program

import worktree_tasks as wt
from worktree_tasks.errors import BadUse
from worktree_tasks.interface import invoke_program as task_program
from worktree_tasks.interface.flag_values import check_choice
from worktree_tasks.interface.output import standard_streams
from worktree_tasks.interface.task_class import OurTask
from worktree_tasks.interface.task_table import read_table

TASKS = {name: wt.ns[name] for name in wt.ns.task_names}
# What changes nothing, or shows what it would change.
DRY = {
    "add-worktree", "agents-init", "clean", "doctor", "list", "logs", "new", "path", "plan", "projects",
    "shell-init", "trash",
}  # fmt: skip
OF_INVOKE = {one.names[0]: one for one in (*Program().core_args(), *Program().task_args())}
SHORT = {f"-{name}" for one in OF_INVOKE.values() for name in one.names if len(name) == 1}
OF_PROGRAM = {"config", "debug", "dry", "help", "list", "plain", "project", "version"}


class Invoke(Program):
    """`inv` with our collection, without a file to load it from."""

    def core_args(self):
        return [*super().core_args(), *self.task_args()]


@pytest.fixture
def called(monkeypatch):
    """Record the calls that reach a task, and where, in place of doing them."""
    calls: list[tuple[str, str, dict]] = []
    for name, task in TASKS.items():
        signature = inspect.signature(task.body)

        @functools.wraps(task.body)
        def record(*args, _name=name, _of=signature, **kwargs):
            calls.append((_name, str(Path.cwd()), dict(_of.bind(*args, **kwargs).arguments)))

        monkeypatch.setattr(task, "body", record)
    return calls


@pytest.fixture
def program(project, monkeypatch, capsys):
    """Run the program in a project; return its code and what it says on stderr and stdout."""
    return _runner(project, monkeypatch, capsys, task_program.run_tasks)


@pytest.fixture
def inv(project, monkeypatch, capsys):
    """Run `inv` with our collection in a project; return its code and what it says on stderr and stdout."""
    mine = Collection(wt.ns)
    return _runner(project, monkeypatch, capsys, lambda words: Invoke(namespace=mine).run(["inv", *words]))


def _runner(project, monkeypatch, capsys, run):
    def call(*words):
        with monkeypatch.context() as there:
            there.chdir(project.path)
            there.setattr(sys, "dont_write_bytecode", sys.dont_write_bytecode)
            code = 0
            try:
                run(list(words))
            except SystemExit as ended:
                code = ended.code or 0
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return code, said.err, said.out

    return call


def words_of(task):
    """Return a task's name with a value for each of its arguments."""
    return [task, *(f"{one.name}-1" for one in TASKS[task].get_arguments() if one.positional)]


def flags_of(task):
    return {one.names[0] for one in TASKS[task].get_arguments()}


@pytest.mark.parametrize("task", sorted(TASKS))
def test_no_task_has_a_short_flag_which_would_hide_one_of_invokes(task):
    names = {name for one in TASKS[task].get_arguments() for name in one.names}
    assert isinstance(TASKS[task], OurTask)
    assert {name for name in names if len(name) == 1} == set()
    assert names & OF_INVOKE.keys() == set()


@pytest.mark.parametrize("task", sorted(TASKS))
def test_a_flag_of_another_task_or_none_is_refused(called, program, inv, task):
    others = set().union(*map(flags_of, TASKS)) - flags_of(task)
    for flag in (*sorted(others)[:: len(TASKS) // 5], "bogus"):
        # What follows the first word of a command is the command's.
        *first, last = words_of(task)
        assert program(*first, *((f"--{flag}", last) if last == "command-1" else (last, f"--{flag}")))[0] == 2
        assert inv(f"wt.{task}", *words_of(task)[1:], f"--{flag}")[0] in (1, 2)
    assert called == []


@pytest.mark.parametrize(
    "flag",
    sorted(f"--{name}" for name in OF_INVOKE.keys() - OF_PROGRAM)
    + sorted(SHORT - {"-f", "-d", "-R", "-h", "-l", "-V"}),
)
def test_the_program_refuses_those_of_invokes_flags_that_mean_nothing_in_it(called, program, flag):
    for words in (["remove", "fast", flag], [flag, "remove", "fast"], ["remove", flag, "fast"]):
        code, said, _ = program(*words)
        assert (code, said.startswith("✗ ")) == (2, True), words
    assert called == []


@pytest.mark.parametrize("words", [("--plain", "remove", "fast"), ("remove", "fast", "--plain")])
def test_plain_is_heard_wherever_it_stands(called, program, words):
    try:
        assert program(*words)[0] == 0
        assert standard_streams.is_plain()
    finally:
        standard_streams.be_plain(plain=False)
    assert len(called) == 1


@pytest.mark.parametrize(
    "words",
    [
        ("--project", "PLACE", "remove", "fast"),
        ("remove", "--project", "PLACE", "fast"),
        ("remove", "fast", "--project=PLACE"),
        ("remove", "fast", "--force", "--project", "PLACE"),
    ],
)
def test_the_programs_project_is_heard_wherever_it_stands(called, program, make_project, words):
    place = str(make_project("other").path)
    assert program(*(word.replace("PLACE", place) for word in words))[0] == 0
    assert [(task, where, given["name"]) for task, where, given in called] == [("remove", place, "fast")]


@pytest.mark.parametrize("words", ["-h", "--help", "fast -h", "fast --force --help", "--bogus -h"])
def test_help_behind_a_task_is_its_help_and_never_acts(called, program, inv, words):
    for task in sorted(TASKS):
        code, _, out = program(task, *words.split())
        assert (code, f"Usage: worktree-tasks {task}" in out) == (0, True)
        assert inv(f"wt.{task}", *words.split())[0] in (0, 1, 2)
    assert called == []


def test_help_in_the_place_of_a_name_is_the_tasks_help_under_inv_too(called, inv):
    for task in sorted(TASKS):
        for words in (["--help"], ["-h"], [*words_of(task)[1:], "--help"]):
            code, said, out = inv(f"wt.{task}", *words)
            assert (code, said, f"wt.{task} [--options]" in out) == (0, "", True), (task, words)
    assert "wt.new [--options]" in inv("wt.list", "wt.new", "--help", "wt.stop", "x")[2]
    assert called == []


def test_help_that_is_passed_as_a_value_is_no_request_for_it(called, inv, program):
    for run, task in ((inv, "wt.new"), (program, "new")):
        code, said, out = run(task, "--branch=--help")
        assert (code, out) == (2, "")
        assert said.startswith("✗ '--help' cannot be the value of --branch: it begins with a dash")
    assert called == []


def test_a_flag_in_the_place_of_a_name_is_answered_with_the_command_that_shows_the_order(inv, program):
    assert "inv --help wt.new shows them" in inv("wt.new", "--bse", "main")[1]
    assert "--base needs a value before the next flag" in program("new", "x", "--base", "--bogus")[1]


def test_the_flags_that_may_be_given_again_say_so_in_their_help():
    lists = {
        (task, one.names[0]) for task in TASKS for one in TASKS[task].get_arguments() if one.kind is list
    }
    rows = read_table()
    said = {(task, one.text[2:]) for task in TASKS for one in rows[task] if "repeatable" in one.description}
    assert lists == said


@pytest.mark.parametrize("words", [("--version",), ("-V",), ("--list",), ("-l",)])
def test_what_is_shown_in_place_of_a_task_is_shown_and_no_task_runs(called, program, words):
    assert program("remove", "fast", *words)[0] == 0
    assert called == []


@pytest.mark.parametrize(
    "words",
    [
        "-V",
        "--version",
        "-d",
        "--debug",
        "-c other",
        "--search-root /",
        "-r /",
        "--write-pyc",
        "--print-completion-script bash",
    ],
)
def test_under_inv_what_invoke_reads_too_late_is_refused(called, inv, words):
    code, said, _ = inv("wt.remove", "fast", *words.split())
    assert (code, "has no effect after a task" in said) == (2, True)
    assert called == []


@pytest.mark.parametrize("task", sorted(TASKS))
def test_under_dry_a_task_that_would_change_something_refuses_and_no_other(called, program, inv, task):
    words = words_of(task)
    # `-R` behind a command is the command's, as in `ls -R`.
    late = "--dry" if words[-1] == "command-1" else "-R"
    ran = [program("--dry", *words), program(*words, late), inv("-R", f"wt.{task}", *words[1:])]
    ran += [inv(f"wt.{task}", *words[1:], "--dry"), program(words[0], "--dry", *words[1:])]
    assert [code for code, _, _ in ran] == [0 if task in DRY else 2] * 5
    assert len(called) == (5 if task in DRY else 0)
    assert task in DRY or all(f"{TASKS[task].name} has no dry run" in said for _, said, _ in ran)


def test_dry_is_heard_from_the_configuration_the_environment_and_a_projects_own_task(
    called, program, project, monkeypatch
):
    with monkeypatch.context() as there:
        there.setenv("INVOKE_RUN_DRY", "1")
        assert program("remove", "fast")[0] == 2
        with pytest.raises(Exit, match="has no dry run"):
            wt.remove(Context(), "fast")
    project.write("invoke.yaml", "run: {dry: true}\n")
    assert program("remove", "fast")[0] == 2
    assert called == []


def test_a_refusal_under_dry_is_a_document_where_one_was_asked_for(called, program):
    code, _, out = program("stop", "fast", "--dry", "--json")
    assert (code, json.loads(out)["error"]["code"], called) == (2, 2, [])


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("new --slot 3 --slot 5", "--slot is given more than once"),
        ("new fast --slot=", "--slot is empty"),
        ("new fast --base= --no-start", "--base is empty"),
        ("new fast --slot -1", "'-1' cannot be the value of --slot"),
        ("new fast --base --bogus", "'--bogus' cannot be the value of --base"),
        ("new fast --base --no-start", "--base need"),
        ("new fast --own --no-start", "--own need"),
        ("logs fast --service", "--service need"),
        ("new -x", "-x"),
        ("run fast web --version-of", "'--version-of' cannot be a command"),
        ("new fast --start --no-start", "--start and --no-start cannot be used together"),
        ("new --no-start=fast", "--no-start takes no value"),
        ("remove --force=fast", "--force takes no value"),
        ("remove fast -- --force", "no task uses what follows --: --force"),
        ("--help= remove fast", "--help is empty"),
        ("--config nowhere.yaml remove fast", "--config nowhere.yaml: no such file"),
        ("remove fast more", "'more'"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_happens(called, program, inv, words, told):
    code, said, _ = program(*words.split())
    assert (code, told in said) == (2, True), said
    code, said, _ = inv(*(f"wt.{word}" if word in TASKS else word for word in words.split()))
    assert (code in (1, 2), told in said) == (True, True), said
    assert called == []


@pytest.mark.parametrize("task", ["new", "remove", "adopt"])
def test_an_empty_name_is_called_as_the_usage_calls_it(called, program, inv, task):
    name = {"new": "BRANCH", "adopt": "PATH"}.get(task, "NAME")
    for code, said, _ in (program(task, ""), inv(f"wt.{task}", "")):
        assert (code, said) == (2, f"✗ {name} is empty\n  → give it a value\n")
    assert called == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("remove fast --project=", "--project is empty"),
        ("--project . --project b remove fast", "'b'"),
        ("--list remove", "--list takes no value"),
        ("--help bogus", "'bogus'"),
        ("--candidates", "there is no flag '--candidates'"),
        ("--list-depth deep list", "there is no flag '--list-depth'"),
        ("list remove fast", "one task at a time, not list and remove"),
        ("new fast --slot=3 --slot 5", "--slot is given more than once"),
        ("new fast --base --no-start", "--base needs a value"),
        ("--project", "--project needs a value"),
        ("--config", "--config needs a value"),
        ("remove fast --force=no", "--force takes no value"),
        ("start fast --no-hooks=1", "--no-hooks takes no value"),
        ("remove fast -f", "remove has no flag -f"),
        ("remove -f fast", "remove has no flag -f"),
        ("start fast -d", "start has no flag -d"),
        ("list -a", "list has no flag -a"),
        ("--quiet list", "--quiet is a flag of a task"),
    ],
)
def test_what_only_the_program_reads_is_refused_too(called, program, words, told):
    code, said, _ = program(*words.split())
    assert (code, told in said) == (2, True), said
    assert called == []


def test_under_inv_tasks_are_chained_each_with_its_flags(called, inv):
    assert inv("wt.new", "one", "--slot", "1", "wt.new", "two", "--slot", "2", "wt.list")[0] == 0
    assert [(task, given.get("branch"), given.get("slot")) for task, _, given in called] == [
        ("new", "one", "1"),
        ("new", "two", "2"),
        ("list", None, None),
    ]


def test_wrong_use_is_a_document_where_one_was_asked_for(called, program):
    for words in (("remove", "fast", "--bogus", "--json"), ("list", "--json", "remove", "fast")):
        code, _, out = program(*words)
        assert (code, json.loads(out)["error"]["code"]) == (2, 2)
    assert called == []


def test_a_flag_that_may_be_given_again_and_an_empty_prefix_are_taken(called, program):
    assert program("logs", "fast", "--service", "a", "--service", "b")[0] == 0
    assert program("shell-init", "bash", "--prefix=")[0] == 0
    assert [given.get("service", given.get("prefix")) for _, _, given in called] == [["a", "b"], ""]


def test_a_flag_has_one_of_its_values():
    check_choice("database", None, ("shared",))
    check_choice("database", "shared", ("shared",))
    with pytest.raises(BadUse, match="--database 'clone' cannot be used") as told:
        check_choice("database", "clone", ("shared", "empty"))
    assert told.value.hint == "it can be shared or empty"


@pytest.mark.parametrize(
    ("words", "command"),
    [
        (["run", "x", "api", "python", "-m", "pytest", "-q"], "python -m pytest -q"),
        (["--project", "PLACE", "run", "--json", "x", "api", "sh", "-c", "a"], "sh -c a"),
        (["run", "x", "api", "sh", "-c", "a && b"], "sh -c 'a && b'"),
        (["run", "x", "api", "tail", "-f", "-d", "--project", "y"], "tail -f -d --project y"),
        (["run", "x", "api", "npm", "run", "list", "--", "--watch"], "npm run list -- --watch"),
        (["run", "x", "api", "python manage.py migrate", "--json"], "python manage.py migrate"),
        (["run", "x", "api", "env", "--json"], "env"),
        (["run", "x", "api", "--", "pytest", "--json"], "pytest --json"),
        (["run", "run", "run", "run", "run"], "run run"),
        (["compose", "x", "logs", "--tail", "5", "web"], "logs --tail 5 web"),
        (["wt.compose", "x", "--json", "ps"], "ps"),
        (["wt.compose", "x", "logs", "-f"], "logs -f"),
    ],
)
def test_the_program_takes_a_command_without_quotes(called, program, project, words, command):
    words = [str(project.path) if word == "PLACE" else word for word in words]
    code, said, _ = program(*words)
    assert (code, said) == (0, "")
    assert [given["command"] for _, _, given in called] == [command]


def test_help_behind_a_command_is_the_commands(called, program):
    assert program("run", "x", "api", "pytest", "--help")[0] == 0
    assert called[0][2]["command"] == "pytest --help"


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ("wt.run x api python -m pytest -q", "inv wt.run x api 'python -m pytest -q'"),
        ("wt.run x api ls -l", "inv wt.run x api 'ls -l'"),
        ("wt.run x api node --version", "inv wt.run x api 'node --version'"),
        ("wt.compose x ps --all", "inv wt.compose x 'ps --all'"),
    ],
)
def test_inv_explains_the_quotes_of_a_command(called, inv, words, hint):
    code, said, _ = inv(*words.split())
    assert (code, said.splitlines()[1]) == (2, f"  → {hint}")
    assert "inv takes a command in quotes" in said
    assert called == []


@pytest.mark.parametrize("words", [["-p", "x", "ps"], ["-p x ps"], ["-it", "sh"]])
def test_flags_before_a_command_are_refused_as_such(called, program, words):
    code, said, _ = program("compose", "x", *words)
    assert (code, said.splitlines()[0]) == (
        2,
        f"✗ {words[0][:2]!r} cannot be a command: it begins with a dash",
    )
    assert called == []


def test_inv_takes_flags_and_tasks_behind_a_command(called, inv):
    assert inv("wt.run", "x", "api", "ls", "--json", "wt.compose", "x", "ps --all", "--json")[0] == 0
    assert inv("wt.run", "x", "ls", "ls")[0] == 0
    assert [given["command"] for _, _, given in called] == ["ls", "ps --all", "ls"]


def test_a_flag_that_a_task_does_not_have_is_answered_with_those_it_has(called, program):
    _, said, _ = program("stop", "x", "--xyz")
    assert said.splitlines() == [
        "✗ stop has no flag --xyz",
        "  → it has --quiet, --verbose, --json, --on; worktree-tasks --help stop describes them",
    ]
    assert "did you mean --force? it has" in program("remove", "x", "--forse")[1]
    assert program("remove", "--forse", "x")[1].startswith("✗ remove has no flag --forse")
    assert program("run", "--forse", "x", "web", "ls")[1].startswith("✗ run has no flag --forse")
    assert "did you mean --follow? it has" in program("logs", "x", "-f")[1]
    assert "did you mean --help? it has" in program("new", "--hlep")[1]
    assert "has no flag --quiet\n  → worktree-tasks --help schema" in program("schema", "x", "--quiet")[1]
    assert "did you mean" not in program("--project")[1]
    assert "did you mean remove?" in program("remoev", "x")[1]
    assert "worktree-tasks run [NAME] SERVICE COMMAND…" in program("run", "x")[1]
    assert called == []
