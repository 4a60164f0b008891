"""Any name that git, Docker or the file system allows: every command works, or leaves it out with a line."""

from __future__ import annotations

import os
import random
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from harness.programs import Done, docker, execute
from harness.projects import Project

from worktree_tasks.configuration.compose.labels import CONFIG
from worktree_tasks.interface.invoke_program import run_tasks
from worktree_tasks.interface.output import prompts
from worktree_tasks.interface.shell import shell_requests as shell_calls

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.engine, pytest.mark.usefixtures("engine_answers")]

OURS = (".git", "compose.override.yaml")
EXAMPLES = int(os.environ.get("WT_EXAMPLES") or 3)
COMPOSE = "services:\n  web:\n    image: redis:7\n    env_file: [{path: web.env, required: false}]\n"
# What git allows in a branch; "\udcff" is a byte that is not UTF-8.
WORDS = (
    "\u2028",
    "\u2029",
    "\x85",
    "\x9b31m",
    "\u202e",
    "\u2066",
    "\udcff",
    "\xa0",
    "\u200b",
    "'",
    '"',
    "$HOME",
    "$(x)",
)
WORDS += (",", "%00", ";", "&", "ü", "u\u0308", "\U0001f333", "#", "{}", "=", "-", "!", "|", "<b>", "@", "`")
IN_UTF_8 = tuple(word for word in WORDS if word != "\udcff")
# What only files, directories, reasons and labels may have.
ODDER = ("\n", "\r\n", "\r", "\t", "\x0b", "\x0c", "\x1b[31m", "\x1b]0;x\x07", "\x1c", "\x1f", "\x7f")
ODDER += (" ", "*", "\\", ":", "?", "~", "^", "[", "..")


class Names:
    """Random names; the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - examples, no secrets
        self._count = 0

    def _name(self, pieces: tuple[str, ...]) -> str:
        self._count += 1
        chosen = self._random.sample(pieces, self._random.randint(1, 4))
        return f"n{self._count}{'x'.join(chosen)}{'' if self._random.random() < 0.3 else 'e'}"

    def branch(self, pieces: tuple[str, ...] = WORDS) -> str:
        while True:
            name = self._name(pieces)
            if execute(["git", "check-ref-format", "--branch", name]).code == 0:
                return name

    def anything(self) -> str:
        return self._name((*WORDS, *ODDER))

    def text(self, without: str = "\udcff") -> str:
        """Return what has to be UTF-8, such as a label, or has to be without something else too."""
        return self.anything().replace("\udcff", "\ufffd").replace(without, "")


class Commands:
    """Runs commands in this process, and holds after each what holds after any."""

    def __init__(self, capture) -> None:
        self._capture = capture

    def __call__(self, *words: str, codes: tuple[int, ...] = (0,), exact: bool = False) -> Done:
        self._capture.readouterr()
        try:
            if words[0] in shell_calls.ANSWERS and words[0] != "shell-init":
                code = shell_calls.ANSWERS[words[0]](words[1:])
            else:
                code = list(words)
            if isinstance(code, list):
                run_tasks(code)
                code = 0
        except SystemExit as error:
            code = error.code or 0
        sys.stdout.flush()
        sys.stderr.flush()
        told = self._capture.readouterr()
        assert code in codes, (words, code, told)
        # Paths, which are asked for exactly, may be of any bytes; all else is UTF-8.
        done = Done(code, os.fsdecode(told.out) if exact else told.out.decode(), told.err.decode())
        if "--json" in words:
            assert isinstance(done.json, dict), told
        for stream in (done.err,) if exact else (done.out, done.err):
            assert all(line.replace("\t", "").isprintable() for line in stream.split("\n")), (words, told)
        assert "Traceback" not in done.err
        return done


@pytest.fixture
def command(capfdbinary, monkeypatch) -> Commands:
    # A terminal that the tests are run at would be asked.
    monkeypatch.setattr(prompts, "can_ask", lambda: False)
    return Commands(capfdbinary)


@pytest.fixture
def stranger() -> Iterator[object]:
    made: list[str] = []

    def make(**labels: str) -> None:
        # As all that Compose makes has.
        words = {key.replace("_", "."): value for key, value in labels.items()} | {CONFIG: "0"}
        options = [word for key, value in words.items() for word in ("--label", f"{key}={value}")]
        made.append(docker("create", *options, "redis:7"))

    yield make
    for one in made:
        docker("rm", "--force", one)


def files(folder: Path) -> dict[bytes, bytes]:
    return {
        os.fsencode(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name not in OURS
    }


def begin(make_project, names: Names, monkeypatch):
    """Make a project in which whatever can have a name has an odd one."""
    project = make_project(f"{names.text()}/shop", compose=COMPOSE)
    monkeypatch.chdir(project.path)
    monkeypatch.setenv("INVOKE_WT_ROOT", str(project.path.parent / names.text(without="{}")))
    project.write(".gitignore", "*.env\n")
    project.write("web.env", "A=1\n")
    project.write(names.anything(), "tracked\n")
    project.git("add", "--all")
    project.git("commit", "--quiet", f"--message={names.text()}\n\n{names.text()}")
    project.git("branch", names.branch())
    project.git("update-ref", f"refs/remotes/{names.branch()}/{names.branch()}", "HEAD")
    return project


def leave_work(tree: Path, names: Names) -> None:
    (tree / names.anything()).write_text("untracked\n")
    (tree / f"{names.anything()}.env").write_text("ignored\n")
    Project(tree).git("commit", "--quiet", "--allow-empty", f"--message={names.text()}")


def look(command: Commands, branch: str, tree: Path) -> None:
    """Ask everything that changes nothing."""
    for task in (("list",), ("projects",), ("trash",), ("clean", "--dry-run"), ("plan", f"{branch}y")):
        command(*task)
        command(*task, "--json")
    command("list", "--all", "--json")
    command("doctor", codes=(0, 1))
    for task in (("path", branch), ("--where", "wt", branch)):
        assert command(*task, exact=True).out == f"{tree}\n"
    for asked in (("wt", ""), ("wr", branch[:2]), ("worktree-tasks", "remove", ""), ("wt", "n")):
        command("--candidates", *asked)


@pytest.mark.parametrize("seed", range(EXAMPLES))
def test_every_command_bears_any_name(make_project, command, stranger, monkeypatch, seed):
    names = Names(seed)
    project = begin(make_project, names, monkeypatch)
    stranger(com_docker_compose_project=names.text(), com_docker_compose_service=names.text(), x=names.text())
    stranger(com_docker_compose_project="shop", com_docker_compose_service=names.text())
    branch, adopted = names.branch(IN_UTF_8), names.branch(IN_UTF_8)
    tree = Path(command("new", branch, "--no-start", "--json").json["path"])
    command("new", branch, "--no-start")
    command("new", f"{branch}\udcff", "--no-start", codes=(2,))
    by_hand = project.path.parent / names.text()
    project.git("worktree", "add", "--quiet", "-b", adopted, "--", str(by_hand))
    command("adopt", str(by_hand), "--no-start")
    project.git("worktree", "lock", f"--reason={names.text()}", str(by_hand))
    leave_work(tree, names)

    look(command, branch, tree)
    assert {one["branch"] for one in command("list", "--json").json["worktrees"]} == {branch, adopted}
    command("stop", branch)
    command("remove", branch, codes=(3,))
    command("remove", branch, "--json", codes=(3,))
    command("remove", adopted, codes=(3,))
    command("remove", names.anything(), codes=(2,))
    project.git("worktree", "unlock", str(by_hand))

    before = files(tree)
    command("remove", branch, "--force")
    assert not tree.exists()
    command("trash")
    (point,) = command("trash", "--json").json["restore_points"]
    command("restore", point["name"])
    assert files(tree) == before
    for name in (branch, adopted):
        command("remove", name, "--force", "--json")
    assert not tree.exists()
    assert not by_hand.exists()
    assert project.git("worktree", "list", "--porcelain").count("worktree ") == 1
    assert command("list", "--json").json["worktrees"] == []
    command("doctor")


def test_branches_paths_and_labels_with_separators_confuse_no_command(
    make_project, command, stranger, monkeypatch
):
    project = make_project("a\nb\rc\u2028/shop", compose=COMPOSE)
    monkeypatch.chdir(project.path)
    for name in ("x\u2028y", "x\x85y", "\u202ex"):
        project.git("branch", name)
        project.git("update-ref", f"refs/remotes/origin/{name}", "HEAD")
    for service in ("a\x1fb", "a\nb", "a,b=c", "\x1b]0;x\x07"):
        stranger(com_docker_compose_project="x", com_docker_compose_service=service)
        stranger(com_docker_compose_project=project.path.name, com_docker_compose_service=service)
    tree = Path(command("new", "a", "--no-start", "--json").json["path"])
    look(command, "a", tree)
    (tree / "work").write_text("x")
    command("stop", "a")
    command("remove", "a", codes=(3,))
    command("remove", "a", "--force")


def test_a_project_that_is_not_utf_8_is_left_out_with_a_line(make_project, command, monkeypatch):
    project = make_project("shop\udcff", compose=COMPOSE)
    monkeypatch.chdir(project.path)
    for task in (("list",), ("plan", "a"), ("new", "a", "--no-start")):
        assert "shop\\udcff is not UTF-8" in command(*task, codes=(2,)).err
        assert "is not UTF-8" in command(*task, "--json", codes=(2,)).json["error"]["what"]
