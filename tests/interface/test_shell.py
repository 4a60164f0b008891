"""Our functions in real shells at a pseudo-terminal; no engine answers, so that a stack never starts."""

from __future__ import annotations

import shlex
import shutil

import pytest
from harness.programs import PROGRAM
from harness.projects import record_worktrees

DEAD_ENGINE = {"DOCKER_HOST": "unix:///nowhere/docker.sock"}
SHELLS = ("bash", "zsh", "fish")
TAB = "\t"
CTRL_C = "\x03"
CANCELLED = 130

pytestmark = pytest.mark.usefixtures("compose_program")


@pytest.fixture
def shop(project):
    """A project that has two worktrees, neither of which was ever started."""
    return record_worktrees(project, "auth-feature", "pay/card")


@pytest.fixture(params=SHELLS)
def at_shop(request, shop, open_shell):
    return open_shell(request.param, shop.path, env=DEAD_ENGINE)


def test_wt_goes_into_a_worktree_whose_stack_cannot_start_and_tells_by_its_code(shop, at_shop):
    seen = at_shop.run("wt auth-feature")
    assert (seen.code, seen.at) == (4, shop.root / "auth-feature")
    assert "no Docker Engine answers" in seen.said


def test_wt_without_a_name_goes_to_main_from_anywhere_in_the_project(shop, at_shop):
    (shop.root / "auth-feature" / "deep").mkdir()
    at_shop.run(f"cd {shop.root}/auth-feature/deep")
    assert at_shop.run("wt").at == shop.path


def test_a_project_and_its_worktrees_are_reached_by_name_from_elsewhere(shop, at_shop, tmp_path):
    at_shop.run(f"cd {tmp_path}")
    assert at_shop.run("wt shop pay_card").at == shop.root / "pay-card"
    at_shop.run(f"cd {tmp_path}")
    seen = at_shop.run("wt shop")
    assert (seen.code, seen.at) == (0, shop.path)


def test_a_new_worktree_that_cannot_be_made_leaves_the_shell_where_it_is(shop, at_shop, tmp_path):
    at_shop.run(f"cd {tmp_path}")
    seen = at_shop.run("wt shop something-new")
    assert (seen.code, seen.at) == (4, tmp_path)
    assert not (shop.root / "something-new").exists()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("wt shap auth-feature", ["no project is called 'shap'", "did you mean shop"]),
        ("wstart auth-featur", ["no worktree called 'auth-featur'", "did you mean auth-feature"]),
        ("wt shop auth-feature more", ["takes a project and a name"]),
        ("wt --create", ["--create is for a worktree, and no NAME was given"]),
        ("wt auth-feature --bogus", ["--bogus", "worktree-tasks --help"]),
        ("wstop shop", ["shop is a project", "wstop shop NAME"]),
        ("wstart auth-feature --all", ["no project is called 'auth-feature'"]),
        ("wt clean", ["'clean' is a command", "→ wclean; wt clean --create makes"]),
        ("wt stop pay-card", ["'stop' is a command", "→ wstop pay-card"]),
        (
            "wt shop doctor",
            ["'doctor' is a command", "→ worktree-tasks --project shop doctor; wt shop doctor"],
        ),
    ],
)
def test_what_cannot_be_meant_is_told_with_what_is_near_and_moves_nothing(shop, at_shop, line, words):
    seen = at_shop.run(line)
    assert (seen.code, seen.at) == (2, shop.path)
    assert all(word in seen.said for word in words), seen.said
    assert "Traceback" not in seen.said


def test_a_name_that_a_worktree_and_a_project_bear_is_the_worktree_and_the_answer_says_so(
    shop, make_project, open_shell
):
    other = record_worktrees(make_project("auth-feature"), "x")
    shell = open_shell("bash", shop.path, env=DEAD_ENGINE)
    seen = shell.run("wt auth-feature")
    assert seen.at == shop.root / "auth-feature"
    assert f"it is a project too: wt {other.path}" in seen.said
    assert shell.run(f"wt {other.path}").at == other.path
    shell.run("cd /")
    assert shell.run("wt auth-feature").at == other.path


def test_two_projects_of_one_name_are_listed_and_both_reached_by_directory(shop, make_project, open_shell):
    clone = record_worktrees(make_project("copies/shop"), "x")
    shell = open_shell("bash", shop.path.parent, env=DEAD_ENGINE)
    seen = shell.run("wt shop x")
    assert (seen.code, seen.at) == (2, shop.path.parent)
    assert f"{clone.path}, {shop.path}" in seen.said
    assert shell.run(f"wt {clone.path} x").at == clone.root / "x"
    assert shell.run(f"wt {shop.path} auth-feature").at == shop.root / "auth-feature"


def test_wr_leaves_the_directory_first_and_is_back_when_the_worktree_stays(shop, at_shop):
    at_shop.run(f"cd {shop.root}/auth-feature")
    seen = at_shop.run("wr")
    assert (seen.code, seen.at) == (4, shop.root / "auth-feature")


def test_wr_in_main_says_that_this_is_no_worktree(shop, at_shop):
    seen = at_shop.run("wr")
    assert (seen.code, seen.at) == (2, shop.path)
    assert "not in a managed worktree" in seen.said


def test_a_project_whose_directory_is_gone_is_told_and_forgotten_by_projects(shop, at_shop, tmp_path):
    at_shop.run(f"cd {tmp_path}")
    shutil.move(shop.path, tmp_path / "moved")
    seen = at_shop.run("wt shop auth-feature")
    assert (seen.code, seen.at) == (2, tmp_path)
    assert str(shop.path) in seen.said
    assert "worktree-tasks projects" in seen.said


def test_from_a_directory_that_was_deleted_a_project_is_reached_by_name(shop, at_shop, tmp_path):
    (tmp_path / "gone").mkdir()
    at_shop.run(f"cd {tmp_path}/gone")
    (tmp_path / "gone").rmdir()
    assert "Traceback" not in at_shop.run("wt").said
    assert at_shop.run("wt shop").at == shop.path


def test_a_closed_stdin_changes_nothing(shop, at_shop):
    closed = "< /dev/null" if at_shop.name == "fish" else "<&-"
    seen = at_shop.run(f"wt auth-feature {closed}")
    assert (seen.code, seen.at) == (4, shop.root / "auth-feature")
    assert "Traceback" not in seen.said


def test_help_tells_of_a_function_and_goes_nowhere(shop, at_shop, tmp_path):
    at_shop.run(f"cd {tmp_path}")
    seen = at_shop.run("wt --help")
    assert (seen.code, seen.at) == (0, tmp_path)
    assert "wt [PROJECT] [NAME]" in seen.said
    for sibling in ("wl", "wstart", "wstop", "wr", "wclean", "wt -", "--create"):
        assert f"  {sibling}  " in seen.said


def test_a_new_name_that_is_close_to_a_known_one_is_asked_about_with_single_keys(shop, at_shop):
    answers = r"`auth-feature`\? \[a\]uth-feature / \[n\]ew / cancel"
    question = rf"`auth-featrue` does not exist\. Did you mean {answers}"
    keys = {"a": (4, shop.root / "auth-feature"), CTRL_C: (CANCELLED, shop.path), "n": (4, shop.path)}
    for key, (code, place) in keys.items():
        at_shop.type(f"cd {shop.path}; wt auth-featrue; report\r")
        at_shop.expect(question)
        at_shop.type(key)
        seen = at_shop.report()
        assert (seen.code, seen.at) == (code, place), seen.said
        assert at_shop.run(f"cd {shop.path}; stty -a | grep --count ' echo '").said.count("1") >= 1
    at_shop.type("wt shop pay/crad --build; report\r")
    at_shop.expect("Did you mean")
    at_shop.type("p")
    assert at_shop.report().at == shop.root / "pay-card"


def test_without_a_terminal_a_name_that_is_close_to_a_known_one_needs_a_flag(shop, at_shop):
    seen = at_shop.run("wt auth-featrue < /dev/null")
    assert (seen.code, seen.at) == (2, shop.path)
    assert "did you mean auth-feature? wt auth-featrue --create creates it" in seen.said
    seen = at_shop.run("wt auth-featrue --create")
    assert (seen.code, seen.at) == (4, shop.path)
    assert "no Docker Engine answers" in seen.said


def test_a_dash_goes_to_where_this_shell_was_before_and_back(shop, at_shop, open_shell, tmp_path):
    at_shop.run("wt auth-feature; wt pay-card")
    for place in ("auth-feature", "pay-card"):
        assert at_shop.run("wt -").at == shop.root / place
    assert at_shop.run("wt; wt -").at == shop.root / "pay-card"
    assert at_shop.run("wt -").at == shop.path
    assert at_shop.run(f"cd {tmp_path}; wt -").at == shop.path
    other = open_shell(at_shop.name, shop.path, env=DEAD_ENGINE)
    seen = other.run("wt -")
    assert (seen.code, seen.at) == (2, shop.path)
    assert "has not been in another worktree" in seen.said


@pytest.mark.parametrize("name", SHELLS)
def test_with_a_prefix_the_functions_bear_it_and_others_of_their_names_stay(shop, open_shell, name):
    shell = open_shell(name, shop.path, env=DEAD_ENGINE, prefix="g")
    assert shell.run("gwt auth-feature").at == shop.root / "auth-feature"
    assert shell.run("wt").code == 127
    assert shell.run(f"cd {shop.path}; gwt pay{TAB}").at == shop.root / "pay-card"


@pytest.mark.parametrize(
    ("typed", "to"),
    [
        (f"wt au{TAB}", "auth-feature"),
        (f"wt sh{TAB} pay{TAB}", "pay-card"),
        (f"wt shop au{TAB} --bu{TAB}", "auth-feature"),
    ],
)
def test_tab_completes_projects_worktrees_and_flags(shop, at_shop, typed, to):
    seen = at_shop.run(typed)
    assert (seen.code, seen.at) == (4, shop.root / to)


def test_tab_completes_the_programs_tasks_and_names(shop, at_shop, tmp_path):
    words = f"worktree-tasks --proj{TAB} sh{TAB} pat{TAB} au{TAB} > {tmp_path}/found"
    assert at_shop.run(f"cd /; {words}").code == 0
    assert (tmp_path / "found").read_text().strip() == str(shop.root / "auth-feature")


def test_tab_lists_what_a_word_could_become(shop, at_shop):
    if at_shop.name == "fish":  # its list needs a terminal that moves the cursor
        seen = at_shop.run("complete --do-complete 'wstart '").said
        assert "worktree of shop, branch pay/card" in seen
        return
    # Bash lists at the second.
    at_shop.type(f"wstart {TAB if at_shop.name == 'zsh' else TAB * 2}")
    at_shop.expect("pay-card")


# How Invoke's own completion is set up in each shell, with a task of the project's.
INVOKE = {
    "bash": "_complete_invoke() { COMPREPLY=(build); }; complete -F _complete_invoke -o default invoke inv",
    "zsh": "_complete_invoke() { reply=(build) }; compctl -K _complete_invoke + -f invoke inv",
    "fish": "complete --command inv --no-files --arguments build",
}
RECORD = dict.fromkeys(("bash", "zsh"), 'inv() {{ echo "$*" > {0}; }}')
RECORD["fish"] = "function inv; echo $argv > {0}; end"


@pytest.mark.parametrize("own", [True, False], ids=["beside Invoke's", "alone"])
@pytest.mark.parametrize("name", SHELLS)
def test_tab_completes_our_tasks_in_invoke_beside_its_own(shop, open_shell, tmp_path, name, own):
    shell = open_shell(name, shop.path, env=DEAD_ENGINE)
    shell.run(RECORD[name].format(tmp_path / "typed"))
    first = ""
    if own:
        text = f"{shlex.join([PROGRAM, 'shell-init', name])}"
        again = f"{text} | source" if name == "fish" else f'eval "$({text})"'
        shell.run(f"{INVOKE[name]}; {again}; {again}")
        first = f"bu{TAB} "
    shell.run(f"inv {first}wt.pla{TAB} au{TAB}")
    assert (tmp_path / "typed").read_text().split() == [
        *(["build"] if own else []),
        "wt.plan",
        "auth-feature",
    ]


@pytest.mark.parametrize("name", SHELLS)
def test_tab_completes_bases_also_behind_an_equals_sign(shop, open_shell, tmp_path, name):
    shell = open_shell(name, shop.path, env=DEAD_ENGINE)
    shop.git("branch", "fix-login")
    shell.run(RECORD[name].format(tmp_path / "typed"))
    shell.run(f"inv wt.new x --base fix{TAB} --base=fix{TAB}")
    assert (tmp_path / "typed").read_text().split() == [
        "wt.new",
        "x",
        "--base",
        "fix-login",
        "--base=fix-login",
    ]


def test_zsh_completes_also_when_its_completion_is_set_up_after_ours(shop, open_shell):
    shell = open_shell("zsh", shop.path, env=DEAD_ENGINE)
    text = shell.run('unfunction compdef; eval "$(worktree-tasks shell-init zsh)"').said
    assert "compdef" not in text.replace("unfunction compdef", "")
    shell.run("autoload -Uz compinit; compinit -u -D")
    assert shell.run(f"wt au{TAB}").at == shop.root / "auth-feature"
