"""The text that a shell evaluates."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import worktree_tasks
from worktree_tasks.interface.shell.shell_functions import fill

PACKAGE = Path(worktree_tasks.__file__).parent
SHELLS = ("bash", "zsh", "fish")
HOSTILE = "/a b/it's $HOME/back\\slash\"/x"


@pytest.mark.parametrize("shell", SHELLS)
def test_the_programs_path_is_one_word_in_each_shell_whatever_is_in_it(shell):
    if not shutil.which(shell):
        pytest.skip(f"no {shell}")
    line = fill("printf '%s\\n' @program@", shell, "", [HOSTILE, "-P"])
    done = subprocess.run([shell, "-c", line], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [HOSTILE, "-P"]


def test_the_prefix_is_in_all_names():
    assert fill("@prefix@wt @prefix@wl", "bash", "g", ["x"]) == "gwt gwl"


@pytest.mark.parametrize("shell", [*SHELLS, "/usr/bin/zsh"])
def test_shell_init_prints_the_same_as_a_program_and_as_a_task(project, shell):
    quick = project.run(sys.executable, "-m", "worktree_tasks", "shell-init", shell)
    task = project.inv("shell-init", shell)
    assert (quick.code, task.code) == (0, 0), task.err
    assert quick.out == task.out
    document = project.inv("shell-init", shell, "--json").json
    assert document["text"].strip() == quick.out.strip()
    assert document["shell"] == shell.rpartition("/")[2]


@pytest.mark.parametrize(
    ("words", "named"), [(["tcsh"], "bash, zsh, fish"), (["bash", "--prefix", "a b"], "letters")]
)
def test_a_shell_that_is_not_known_and_a_prefix_that_is_no_name_are_wrong_use(project, words, named):
    done = project.run(sys.executable, "-m", "worktree_tasks", "shell-init", *words)
    assert (done.code, done.out) == (2, "")
    assert named in done.err


def test_a_copy_vendored_under_another_name_is_called_from_anywhere(project):
    shutil.copytree(PACKAGE, project.path / "vendored", ignore=shutil.ignore_patterns("__pycache__"))
    code = (
        "from vendored.interface.shell import shell_functions;"
        " import sys; sys.executable = sys.executable + 'x';"
        "print(shell_functions.functions('bash'))"
    )
    text = project.python(code).out.replace(f"{sys.executable}x", sys.executable)
    done = project.run("bash", "-c", text + "\nwt --help", cwd=Path("/"))
    assert done.code == 0, done.err
    assert "wt [PROJECT] [NAME]" in done.out


def test_evaluating_the_text_starts_no_program(project, tmp_path):
    text = project.run(sys.executable, "-m", "worktree_tasks", "shell-init", "bash").out
    done = project.run(
        shutil.which("bash") or "bash", "-c", f"enable -n echo; PATH=; {text}\ntype -t wt", env={"PATH": ""}
    )
    assert (done.code, done.out, done.err) == (0, "function\n", "")
