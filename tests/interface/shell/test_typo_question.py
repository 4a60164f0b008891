"""New names that may be typos, as they are asked about."""

from __future__ import annotations

from worktree_tasks.configuration.name_resolution import KnownWorktree
from worktree_tasks.configuration.shell_targets import Home, KnownCheckouts, Target
from worktree_tasks.errors import BadUse
from worktree_tasks.interface.shell import typo_question

TREES = tuple(KnownWorktree(name, name, f"/t/{name}") for name in ("search", "searched", "nice"))
SHOP = Home("shop", "/src/shop", "/src/shop/.git", TREES, branch="main")
KNOWN = KnownCheckouts((SHOP,), SHOP, "/src/shop", lambda word: word)


def settled(name, monkeypatch, key=None):
    """Settle a name with a key that is pressed, or where nobody can be asked."""
    asked = []

    def press(question):
        asked.append(question)
        return key

    monkeypatch.setattr(typo_question, "can_ask", lambda: key is not None)
    monkeypatch.setattr(typo_question, "ask_key", press)
    try:
        return typo_question.settled(
            Target(SHOP, branch=name), [name], KNOWN, called="wt", may_ask=True
        ), asked
    except (BadUse, typo_question.Cancelled) as error:
        return error, asked


def test_each_choice_has_a_letter_of_its_own(monkeypatch):
    assert typo_question.marked(["search", "searched", "nice", "ccc", "s-e"]) == {
        "s": "search", "e": "searched", "i": "nice", "4": "ccc", "5": "s-e",
    }  # fmt: skip
    _, asked = settled("searche", monkeypatch, "n")
    question = "`searche` does not exist. Did you mean `search` or `searched`?"
    assert asked == [f"{question} [s]earch / s[e]arched / [n]ew / cancel "]


def test_a_key_chooses_and_every_other_one_cancels(monkeypatch):
    assert settled("serach", monkeypatch, "S")[0].tree == TREES[0]
    assert settled("serach", monkeypatch, "n")[0].branch == "serach"
    for key in ("c", "\x03", "\x1b", "\r", "y", ""):
        assert isinstance(settled("serach", monkeypatch, key)[0], typo_question.Cancelled), key


def test_a_command_that_may_have_been_meant_is_told_and_not_run(monkeypatch):
    _, asked = settled("lsit", monkeypatch, "n")
    assert asked == ["`lsit` does not exist. Did you mean `inv wt.list`? [n]ew / cancel "]
    error, _ = settled("build", monkeypatch)
    assert error.hint == "did you mean wt NAME --build? wt build --create creates it"


def test_a_name_that_is_a_task_is_told_and_not_asked_about(monkeypatch):
    error, asked = settled("clean", monkeypatch, "n")
    assert (error.what, asked) == ("'clean' is a command, not a name", [])
    assert settled("help", monkeypatch)[0].hint.startswith("wt --help; wt help --create makes")
