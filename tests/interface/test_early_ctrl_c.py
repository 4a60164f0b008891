"""Signals before a task has begun: nothing is said, nothing is half made, and the code is the usual one."""

from __future__ import annotations

import json
import signal
import sys

import pytest
from harness.contract import validator

from worktree_tasks.errors import Interrupted
from worktree_tasks.interface.output import documents

# Presses Ctrl-C once, when a module is asked for or a function of Invoke's is reached.
PRESSING = """
import json, os, runpy, signal, sys

how, where, number = json.loads(sys.argv[1])
left = [1]

def press():
    if left:
        left.pop()
        os.kill(os.getpid(), number)

if how == "import":
    sys.addaudithook(lambda event, args: event == "import" and args[0] == where and press())
else:
    def trace(frame, event, _):
        if frame.f_code.co_qualname == where and frame.f_globals["__name__"].startswith("invoke"):
            press()
    sys.setprofile(trace)
sys.argv[:2] = ["worktree-tasks"]
sys.path.insert(0, "")
runpy.run_module("worktree_tasks", run_name="__main__")
assert not left
"""
# With a slot, Invoke reads the words.
SLOT = ("--slot", "1")
MOMENTS = [
    ("import", "worktree_tasks.interface.program", ()),
    ("import", "worktree_tasks.interface.command_spelling", ()),
    ("import", "worktree_tasks.interface.quick.plain_words", ()),
    ("import", "worktree_tasks.interface.quick.quick_session", ()),
    ("import", "invoke.program", SLOT),
    ("import", "worktree_tasks.interface.collection", SLOT),
    ("call", "Config.load_user", SLOT),
    ("call", "Parser.parse_argv", SLOT),
    ("call", "Executor.execute", SLOT),
]


@pytest.mark.parametrize("moment", MOMENTS, ids=lambda moment: moment[1])
def test_ctrl_c_at_the_start_ends_the_program_in_silence(project, moment):
    how, where, flags = moment
    words = json.dumps((how, where, signal.SIGINT))
    done = project.run(sys.executable, "-c", PRESSING, words, "new", "auth", "--no-start", *flags)
    assert (done.code, done.out, done.err) == (130, "", "")
    assert not project.root.exists()
    assert project.git("for-each-ref", "--format=%(refname)") == "refs/heads/main"


@pytest.mark.parametrize("module", ["interface.output", "machine.remote_caller"])
def test_ctrl_c_while_the_installed_program_is_imported_gives_a_document_too(project, module):
    installed = PRESSING.replace(
        'runpy.run_module("worktree_tasks", run_name="__main__")',
        "from worktree_tasks.interface.program import main; main()",
    )
    words = json.dumps(("import", f"worktree_tasks.{module}", signal.SIGINT))
    done = project.run(sys.executable, "-c", installed, words, "new", "auth", "--no-start", "--json")
    assert (done.code, done.err, done.json["error"]["kind"]) == (130, "", "interrupted")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("moment", MOMENTS[1:], ids=lambda moment: moment[1])
def test_whoever_wants_a_document_gets_one_of_a_signal_at_the_start_too(project, moment, number):
    how, where, flags = moment
    words = json.dumps((how, where, number))
    done = project.run(sys.executable, "-c", PRESSING, words, "new", "auth", "--no-start", "--json", *flags)
    code = 128 + number
    assert (done.code, done.err) == (code, "")
    assert done.json["error"] | {"code": 0} == documents.error(Interrupted())["error"] | {"code": 0}
    assert done.json["error"]["code"] == code
    validator("new").validate(done.json)
    assert not project.root.exists()
