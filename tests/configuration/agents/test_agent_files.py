"""What goes into the files of coding agents, and comes out of them again."""

from __future__ import annotations

import json
import tomllib

import pytest

from worktree_tasks.configuration.agents.agent_files import RECIPES, Edit
from worktree_tasks.configuration.agents.json_text import NotPlain
from worktree_tasks.configuration.agents.marked_section import with_section, without_section

BY_PATH = {one.path: one for one in RECIPES}
CLAUDE, AGENTS = BY_PATH[".claude/settings.json"], BY_PATH["AGENTS.md"]
CURSOR, CONDUCTOR = BY_PATH[".cursor/worktrees.json"], BY_PATH["conductor.json"]
TOML = [one for one in RECIPES if one.path.endswith(".toml")]
THEIRS = """\
{
    "permissions": { "allow": ["Bash(npm run test:*)"],   "deny": [] },
    "somethingNew": 1.50,
    "hooks": {
        "SessionStart": [
            {"hooks": [{"type": "command", "command": "echo hello"}]}
        ]
    },
    "name": "Gr\\u00f6\\u00dfe"
}"""


def commands(text, event):
    entries = json.loads(text)["hooks"].get(event, [])
    return [hook["command"] for entry in entries for hook in entry["hooks"]]


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda one: one.path)
def test_a_recipe_makes_its_file_once_and_takes_it_away_again(recipe):
    made = recipe.put_in(None)
    assert made.text
    assert made.text.endswith("\n")
    assert made.note == ""
    assert "worktree-tasks" in made.text
    assert recipe.put_in(made.text) == made
    assert recipe.take_out(made.text).text is None
    assert recipe.take_out(None).text is None


@pytest.mark.parametrize("recipe", TOML, ids=lambda one: one.path)
def test_a_file_in_toml_that_somebody_has_stays_and_it_is_said_what_goes_in(recipe):
    assert tomllib.loads(recipe.put_in(None).text)
    theirs = '[setup]\nscript = "npm install"\n'
    edit = recipe.put_in(theirs)
    assert (edit.text, "worktree-tasks adopt" in edit.note) == (theirs, True)
    assert recipe.take_out(theirs).text == theirs
    with_ours = theirs.replace("install", "install && worktree-tasks adopt .")
    assert recipe.put_in(with_ours) == Edit(with_ours)


def test_claudes_settings_keep_every_byte_that_is_not_ours():
    made = CLAUDE.put_in(THEIRS)
    assert commands(made.text, "SessionStart") == ["echo hello", "worktree-tasks claude-hook session"]
    assert commands(made.text, "WorktreeCreate") == ["worktree-tasks claude-hook create"]
    assert commands(made.text, "WorktreeRemove") == ["worktree-tasks claude-hook remove"]
    assert made.note == ""
    left = made.text
    for line in THEIRS.splitlines():
        assert line.rstrip("}],") in left
    assert CLAUDE.put_in(made.text) == made
    assert CLAUDE.take_out(made.text).text == THEIRS


def test_a_hook_of_ours_that_somebody_has_changed_counts_as_ours():
    made = CLAUDE.put_in(None).text.replace('"worktree-tasks claude', '".venv/bin/worktree-tasks claude')
    assert CLAUDE.put_in(made).text == made
    assert CLAUDE.take_out(made).text is None


def test_hooks_of_others_in_the_same_entry_stay():
    ours = {"type": "command", "command": "worktree-tasks claude-hook session"}
    theirs = {"type": "command", "command": "echo hello"}
    text = json.dumps({"hooks": {"SessionStart": [{"matcher": "x", "hooks": [ours, theirs]}]}})
    taken = json.loads(CLAUDE.take_out(text).text)
    assert taken == {"hooks": {"SessionStart": [{"matcher": "x", "hooks": [theirs]}]}}


def test_another_hook_that_makes_worktrees_stays_and_is_told():
    theirs = json.dumps(
        {"hooks": {"WorktreeCreate": [{"hooks": [{"type": "command", "command": "mine.sh"}]}]}}
    )
    made = CLAUDE.put_in(theirs)
    assert commands(made.text, "WorktreeCreate") == ["mine.sh", "worktree-tasks claude-hook create"]
    assert "mine.sh" in made.note
    assert CLAUDE.take_out(made.text).text == theirs


@pytest.mark.parametrize(
    ("hooks", "said"),
    [
        ([], "hooks is not an object"),
        ({"SessionStart": {}}, "hooks.SessionStart is not an array"),
        ({"WorktreeCreate": ["x"]}, r"hooks.WorktreeCreate\[0\] is not an object"),
        ({"WorktreeRemove": [{"hooks": "x"}]}, r"hooks.WorktreeRemove\[0\].hooks is not an array"),
    ],
)
def test_settings_of_another_form_are_refused(hooks, said):
    for edit in (CLAUDE.put_in, CLAUDE.take_out):
        with pytest.raises(NotPlain, match=said):
            edit(json.dumps({"hooks": hooks}))


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_section_is_put_at_the_end_and_renewed_in_its_place(newline):
    theirs = f"# Mine{newline}{newline}text{newline}"
    made = AGENTS.put_in(theirs).text
    assert made.startswith(f"{theirs}{newline}<!--")
    assert AGENTS.put_in(made).text == made
    assert AGENTS.take_out(made).text == theirs
    more = f"{made}{newline}## Below{newline}"
    renewed = with_section(more, "new words")
    assert renewed.startswith(theirs)
    assert f"new words{newline}<!-- worktree-tasks: end -->{newline}{newline}## Below{newline}" in renewed
    assert AGENTS.take_out(renewed).text == f"{theirs}{newline}## Below{newline}"


def test_a_section_of_which_one_line_is_missing_is_refused():
    made = AGENTS.put_in(None).text
    upside_down = "\n".join(reversed(made.split("\n")))
    for torn in (made.replace("<!-- worktree-tasks: end -->", ""), made + made, upside_down):
        with pytest.raises(NotPlain):
            AGENTS.put_in(torn)
        with pytest.raises(NotPlain):
            without_section(torn)


def test_cursors_commands_go_where_cursor_looks_and_a_script_of_somebodys_stays():
    unix = json.dumps({"setup-worktree-unix": ["npm ci"], "setup-worktree-windows": ["npm ci"]})
    made = CURSOR.put_in(unix)
    assert json.loads(made.text)["setup-worktree-unix"][0] == "npm ci"
    assert json.loads(made.text)["setup-worktree-unix"][-1] == "worktree-tasks adopt ."
    assert CURSOR.take_out(made.text).text == unix
    script = json.dumps({"setup-worktree": "setup.sh"})
    edit = CURSOR.put_in(script)
    assert (edit.text, "worktree-tasks adopt" in edit.note) == (script, True)


def test_conductors_scripts_of_somebodys_stay_and_it_is_said_what_goes_in():
    theirs = json.dumps({"scripts": {"setup": "npm ci"}, "runScriptMode": "nonconcurrent"}, indent=4)
    made = CONDUCTOR.put_in(theirs)
    scripts = json.loads(made.text)["scripts"]
    assert scripts["setup"] == "npm ci"
    assert scripts["archive"] == "worktree-tasks stop ."
    assert "scripts.setup" in made.note
    assert CONDUCTOR.take_out(made.text).text == theirs
    with pytest.raises(NotPlain, match="scripts is not an object"):
        CONDUCTOR.put_in('{"scripts": []}')
