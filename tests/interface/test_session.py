"""A task's errors: on stderr in words, under --json as one document on stdout instead, never a traceback."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3

import pytest
from harness.projects import record_worktrees
from invoke.context import Context
from invoke.exceptions import Exit

import worktree_tasks as wt
from worktree_tasks.errors import BadUse, CommandFailed, DockerUnavailable, Failure, Interrupted, Refused
from worktree_tasks.interface import task_class  # noqa: F401 - Invoke's way to end a task is known by it
from worktree_tasks.interface.session import Session
from worktree_tasks.store import open_copy

# The SDK leaves the socket open by which it found that no engine answers.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
DEAD_ENGINE = {"DOCKER_HOST": "unix:///nowhere/docker.sock"}
ERRORS = [
    (Failure("x", "y"), 1),
    (BadUse("x", "y"), 2),
    (Refused("x", "y", ["3 modified"]), 3),
    (DockerUnavailable("x"), 4),
    (CommandFailed("x", 7), 7),
]


@pytest.mark.parametrize(("error", "code"), ERRORS)
def test_an_error_under_json_is_one_document_with_its_code(capsys, error, code):
    with pytest.raises(type(error)), Session(Context(), json=True):
        raise error
    said = capsys.readouterr()
    document = json.loads(said.out)
    assert document == {
        "schema": 1,
        "error": {
            "kind": error.kind,
            "what": error.what,
            "details": list(error.details),
            "hint": error.hint,
            "code": code,
        },
    }
    assert said.err == ""


@pytest.mark.parametrize(("error", "code"), ERRORS)
def test_an_error_in_words_is_left_to_invoke_to_print(capsys, error, code):
    with pytest.raises(type(error)) as told, Session(Context(), json=False):
        raise error
    assert told.value.code == code
    assert capsys.readouterr() == ("", "")


def test_an_interruption_ends_without_a_traceback_and_says_how_to_go_on(capsys):
    with pytest.raises(Interrupted) as told, Session(Context(), json=False):
        raise KeyboardInterrupt
    assert told.value.code == 130
    assert "same command again" in told.value.hint
    assert told.value.__suppress_context__
    assert capsys.readouterr().out == ""


def test_an_interruption_under_json_is_a_document_too(capsys):
    with pytest.raises(Interrupted), Session(Context(), json=True):
        raise KeyboardInterrupt
    assert json.loads(capsys.readouterr().out)["error"]["code"] == 130


def test_an_error_of_our_own_making_is_not_hidden_and_a_document_too(capsys):
    with pytest.raises(ZeroDivisionError), Session(Context(), json=True):
        _ = 1 // 0
    error = json.loads(capsys.readouterr().out)["error"]
    assert (error["kind"], error["code"]) == ("unexpected", 1)
    assert "ZeroDivisionError" in error["what"]
    with pytest.raises(ZeroDivisionError), Session(Context(), json=False):
        _ = 1 // 0
    assert capsys.readouterr().out == ""


def test_what_comes_after_the_one_document_adds_no_second_and_is_told_in_words(capsys):
    def task():
        with Session(Context(), json=True) as session:
            session.show({"schema": 1})
            raise KeyboardInterrupt

    with pytest.raises(Interrupted) as told:
        task()
    assert json.loads(capsys.readouterr().out) == {"schema": 1}
    assert not told.value.documented


def test_what_a_task_ends_with_that_is_no_error_is_no_document(capsys):
    with pytest.raises(Exit), Session(Context(), json=True):
        raise Exit("a dry run", 0)
    assert capsys.readouterr().out == ""


def test_a_result_is_its_document_or_its_words(capsys):
    Session(Context(), json=True).show({"schema": 1, "path": "größe"}, ["no words"])
    assert json.loads(capsys.readouterr().out) == {"schema": 1, "path": "größe"}
    Session(Context(), json=False).show({"schema": 1}, ["words", "of it"])
    assert capsys.readouterr().out == "words\nof it\n"
    Session(Context(), json=False).show({"schema": 1})
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("which", ["project", "untouched_project"])
def test_the_state_is_closed_when_the_task_ends(project, monkeypatch, which):
    monkeypatch.chdir(project.path)
    with Session(Context(), json=False) as session:
        store = getattr(session, which).store
        assert store.projects() == ()
    with pytest.raises(Failure, match="closed"):
        store.projects()


def test_a_store_that_was_opened_for_the_project_is_closed_with_it_also_where_there_is_none(
    project, monkeypatch, tmp_path
):
    store = open_copy()
    monkeypatch.chdir(project.path)
    with Session(Context(), json=False) as session:
        assert session.project_on(store).store is store
        session.project_on(store).store = replaced = open_copy(blank=True)
    outside = open_copy()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Failure, match="git repository"), Session(Context(), json=False) as session:
        session.project_on(outside)
    for one in (store, replaced, outside):
        with pytest.raises(Failure, match="closed"):
            one.projects()


def complaint(error: dict, words: str, code: int) -> tuple[str, str]:
    """See the same in a document and in words; return line and hint."""
    assert error["code"] == code, words
    details = [f"    {line}" for line in error["details"]]
    lines = words.splitlines()
    at = lines.index(f"✗ {error['what']}")
    said = [re.sub(r"\binv (wt\.)?", "worktree-tasks ", line) for line in lines[at + 1 :]]
    assert said == [*details, f"  → {error['hint']}"]
    assert error["hint"]
    return error["what"], error["hint"]


@pytest.fixture
def told(monkeypatch, capsys):
    """Call a task in a directory, as a project's own task would, and see it fail with one document."""

    def call(where, code: int, task: str, *arguments: str, env=None, **flags: str) -> tuple[str, str]:
        with monkeypatch.context() as there:
            there.chdir(where)
            for name, value in (env or {}).items():
                there.setenv(name, value)
            with pytest.raises(Exit) as failed:
                getattr(wt, task)(Context(), *arguments, json=True, **flags)
        assert failed.value.code == code, failed.value
        return complaint(json.loads(capsys.readouterr().out)["error"], str(failed.value), code)

    return call


def nothing_made(project, nobodys_home) -> None:
    assert not project.root.exists() or not list(project.root.iterdir())
    assert project.git("status", "--porcelain") == ""
    assert project.git("for-each-ref", "--format=%(refname)") in ("", "refs/heads/main")
    state = nobodys_home / "state" / "worktree-tasks" / "state.sqlite3"
    if state.exists():
        with sqlite3.connect(state) as db:
            assert db.execute("SELECT count(*) FROM worktree").fetchone() == (0,)
        db.close()


@pytest.mark.parametrize(
    ("words", "code"),
    [(("path", "nothing"), 2), (("new", "--branch=a..b"), 2), (("new", "x", "--database", "clone"), 2)],
)
def test_words_go_to_stderr_and_one_document_to_stdout_in_their_place(project, words, code):
    for call in (project.inv, project.program):
        done = call(*words, "--json")
        assert done.code == code
        assert "✗" not in done.err
        plain = call(*words)
        assert (plain.code, plain.out) == (code, "")
        assert "Traceback" not in plain.err
        complaint(done.json["error"], plain.err, code)


@pytest.mark.parametrize(
    ("task", "arguments"),
    [("new", "x"), ("add_worktree", "x"), ("plan", "x"), ("list", ""), ("start", "x"), ("path", "x")],
)
def test_outside_of_a_repository_every_task_says_so(tmp_path, told, task, arguments):
    (tmp_path / "apart").mkdir()
    what, _ = told(tmp_path / "apart", 1, task, *arguments)
    assert str(tmp_path / "apart") in what


@pytest.mark.usefixtures("compose_program")
@pytest.mark.parametrize(
    ("task", "arguments"), [("new", "x"), ("list", ""), ("plan", "x"), ("ensure_main", ""), ("smoke", "")]
)
def test_without_an_engine_every_task_that_needs_one_says_so(project, nobodys_home, told, task, arguments):
    what, hint = told(project.path, 4, task, *arguments, env=DEAD_ENGINE)
    assert "no Docker Engine answers" in what
    assert "start Docker" in hint
    nothing_made(project, nobodys_home)


@pytest.mark.parametrize(("task", "arguments"), [("new", "x"), ("list", ""), ("plan", "x")])
def test_without_the_docker_program_it_says_what_to_install(
    project, tmp_path, nobodys_home, told, task, arguments
):
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "git").symlink_to(shutil.which("git"))
    what, hint = told(project.path, 4, task, *arguments, env={"PATH": str(programs)})
    assert "docker" in what.lower()
    assert "install" in hint.lower()
    nothing_made(project, nobodys_home)


def test_without_git_it_says_so(project, tmp_path, told):
    record_worktrees(project, "auth")
    what, hint = told(project.path, 1, "list", env={"PATH": str(tmp_path)})
    assert "git" in what
    assert "install" in hint


@pytest.mark.usefixtures("compose_program")
@pytest.mark.parametrize(
    ("compose", "named"),
    [
        (None, "no compose file"),
        ("services: [\n", "compose.yaml"),
        ("services: {web: {image: x, prots: [1]}}\n", "prots"),
        ("services: {web: {image: x, depends_on: [absent]}}\n", "absent"),
        ("services: {web: {image: '${MISSING:?is not set}'}}\n", "MISSING"),
        ("services: {web: {image: x, ports: ['99999:80']}}\n", "99999"),
        ("services: {}\n", "no services"),
        ("", "compose.yaml"),
    ],
)
def test_a_compose_file_that_cannot_be_used_is_wrong_use(make_project, nobodys_home, told, compose, named):
    project = make_project(compose=compose)
    what, _ = told(project.path, 2, "add_worktree", "x", env=DEAD_ENGINE)
    assert named in what
    assert "\n" not in what
    nothing_made(project, nobodys_home)


HOSTILE = (
    "--upload-pack=x",
    "-x",
    "../../x",
    "a;touch pwned",
    "$(touch pwned)x ",
    "two words",
    "x" * 251,
    "a\nb",
    "",
)


def test_a_name_that_cannot_be_a_branch_is_wrong_use_and_touches_nothing(project, nobodys_home, told):
    for task in ("new", "add_worktree", "plan"):
        for branch in HOSTILE:
            what, _ = told(project.path, 2, task, branch)
            assert "branch" in what
            assert len(what) < 200
    nothing_made(project, nobodys_home)
    assert not (project.path / "pwned").exists()
    assert not (project.path.parent / "x").exists()


@pytest.mark.usefixtures("compose_program")
def test_strange_names_that_git_takes_get_plain_directories(project, monkeypatch):
    names = ("x" * 250, "a;touch", "$(id)", "größe/变更", "a&&b", "'quoted'")
    monkeypatch.chdir(project.path)
    for branch in names:
        made = wt.add_worktree(Context(), branch)
        assert made.path == project.root / made.name
        assert made.name.isascii()
        assert len(made.name) <= 40
        assert project.git("-C", str(made.path), "branch", "--show-current") == branch
    assert len(list(project.root.iterdir())) == len(names)
    assert project.git("status", "--porcelain") == ""


def test_a_worktree_that_is_not_there_is_wrong_use(project, told):
    for name in ("nothing", "."):
        _, hint = told(project.path, 2, "path", name)
        assert "worktree-tasks list" in hint


def test_a_repository_without_a_commit_is_told_in_one_line(project, told):
    project.git("update-ref", "-d", "refs/heads/main")
    what, _ = told(project.path, 1, "add_worktree", "x", env=DEAD_ENGINE)
    assert "commit" in what
    assert not project.root.exists()


def test_a_state_directory_that_cannot_be_used_is_told_in_one_line(project, tmp_path, told):
    (tmp_path / "file").touch()
    what, hint = told(project.path, 1, "list", env={"XDG_STATE_HOME": str(tmp_path / "file")})
    assert str(tmp_path / "file") in what
    assert "XDG_STATE_HOME" in hint


def test_a_broken_state_file_is_told_in_one_line_and_kept(project, tmp_path, told):
    state = tmp_path / "state" / "worktree-tasks" / "state.sqlite3"
    state.parent.mkdir(parents=True)
    state.write_bytes(b"something else altogether" * 100)
    what, _ = told(project.path, 1, "list", env={"XDG_STATE_HOME": str(tmp_path / "state")})
    assert "not a database" in what
    assert state.read_bytes().startswith(b"something else")


@pytest.mark.parametrize(
    ("arguments", "flags", "named"),
    [
        (["x"], {"slot": "many"}, "--slot 'many'"),
        (["x"], {"database": "other"}, "--database 'other'"),
        (["x"], {"base": "nowhere"}, "nowhere"),
    ],
)
def test_a_flag_that_cannot_be_meant_is_wrong_use(project, nobodys_home, told, arguments, flags, named):
    what, _ = told(project.path, 2, "new", *arguments, env=DEAD_ENGINE, **flags)
    assert named in what
    nothing_made(project, nobodys_home)


@pytest.mark.usefixtures("compose_program")
def test_the_branch_of_the_main_checkout_is_wrong_use(project, nobodys_home, told):
    what, _ = told(project.path, 2, "add_worktree", "main", env=DEAD_ENGINE)
    assert "branch main is checked out in the main checkout" in what
    nothing_made(project, nobodys_home)
