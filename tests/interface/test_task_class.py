from __future__ import annotations

from copy import deepcopy

import pytest
from harness.projects import record_worktrees
from invoke.collection import Collection
from invoke.context import Context
from invoke.tasks import task

import worktree_tasks as wt
from worktree_tasks.errors import BadUse

# What a command has at its end, in a process of its own.
AT_END = """
import atexit, gc, sys
atexit.register(lambda: print("frozen" if gc.get_freeze_count() else "not frozen"))
sys.argv = ["inv", *{words}]
from invoke.main import program
program.run()
"""


def test_a_command_line_of_our_tasks_ends_without_a_last_look_at_all_objects(project):
    record_worktrees(project, "auth").write("tasks.py", "from worktree_tasks import ns\n")
    done = project.python(AT_END.format(words=["path", "auth"]))
    assert done.out.splitlines()[-1] == "frozen"
    done = project.python(AT_END.format(words=["--version"]))
    assert done.out.splitlines()[-1] == "not frozen"


def test_a_copy_of_a_task_can_be_changed_without_the_task():
    @task
    def review(c):
        """Look."""

    before = dict(wt.ns["new"].help)
    made = deepcopy(wt.ns["new"])
    assert (made, made.name, made.body) == (wt.ns["new"], "new", wt.ns["new"].body)
    made.pre.append(review)
    made.post.append(review)
    # Invoke takes entries out of it.
    made.help["branch"] = "theirs"
    assert (wt.ns["new"].pre, wt.ns["new"].post) == ([], [])
    assert wt.ns["new"].help == before


def test_a_call_from_python_may_give_a_path_or_a_number_for_a_text(project, monkeypatch):
    record_worktrees(project, "auth")
    monkeypatch.chdir(project.path)
    place = wt.path(Context(), "auth")
    assert wt.path(Context(), place) == place
    with pytest.raises(BadUse, match=r"slot '2\.5'"):
        wt.new(Context(), "pay", slot=2.5)


@pytest.mark.parametrize(
    ("call", "what"),
    [
        (lambda c: wt.path(c, None), "name None cannot be used"),
        (lambda c: wt.run(c, "auth", "web", ["ls", "-l"]), "command ['ls', '-l'] cannot be used"),
        (lambda c: wt.adopt(c, "/tmp/\0"), "path '/tmp/\\x00' cannot be used"),
        (lambda c: wt.new(c, "pay", base="\ud800"), "base '\\ud800' cannot be used"),
        (lambda c: wt.new(c, "pay", database=True), "database True cannot be used"),
    ],
)
def test_a_call_from_python_with_what_is_no_text_is_wrong_use(call, what):
    with pytest.raises(BadUse) as raised:
        call(Context())
    assert (raised.value.what, raised.value.hint) == (what, "it has to be text")


def test_a_collection_has_tasks_of_its_own():
    first, second = Collection(wt), Collection(wt)
    first["wt.new"].pre.append(second["wt.start"])
    assert second["wt.new"].pre == []
