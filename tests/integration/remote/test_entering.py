"""Worktrees on two other machines: one list, names that find them, and ways into them."""

from __future__ import annotations

import json
import os
import shlex
import urllib.request

import pexpect
import pytest
from harness.terminals import hang_up


@pytest.fixture(scope="module")
def both(make_laptop, box, other_box):
    """A project on two machines, each with worktrees, of which one is of the same name."""
    laptop = make_laptop(box, other_box)
    laptop.wt("host-init", box.name, "--yes")
    laptop.wt("host-init", other_box.name, "--yes")
    laptop.wt("new", "first", "--on", box.name)
    laptop.wt("new", "second", "--on", other_box.name)
    laptop.wt("new", "twin", "--no-start")
    laptop.wt("new", "twin", "--on", other_box.name, "--no-start")
    return laptop


def url_of(laptop, name: str) -> str:
    return laptop.listed_there()[name]["url"]


def test_a_list_has_what_is_here_and_on_both_machines_each_url_with_its_own_code(both, box, other_box):
    there = both.listed_there()
    assert {name: one["on"] for name, one in there.items()} == {
        "first": box.name,
        "second": other_box.name,
        "twin": other_box.name,
    }
    for name, machine in (("first", box), ("second", other_box)):
        file = both.worktree_there(machine, name) / "who.txt"
        file.write_text(name)
        with urllib.request.urlopen(f"{there[name]['url']}/who.txt", timeout=30) as answer:  # noqa: S310
            assert answer.read().decode() == name
    rows = both.wt("list").out.splitlines()
    assert rows[0].split()[:2] == ["name", "on"]
    # What is here comes first.
    assert [row.split()[:2] for row in rows[1:3]] == [["main", "-"], ["twin", "-"]]


def test_three_stacks_at_once_answer_here_each_with_its_own_code_as_it_is_edited(both, box, other_box):
    here = both.wt("new", "third", "--json").json
    folders = {
        "first": both.worktree_there(box, "first"),
        "second": both.worktree_there(other_box, "second"),
        "third": both.root / "third",
    }
    urls = {name: url_of(both, name) for name in ("first", "second")} | {"third": here["url"]}
    assert len(set(urls.values())) == 3
    for edit in ("one", "another"):
        for name, folder in folders.items():
            (folder / "page.txt").write_text(f"{edit} of {name}")
        for name, url in urls.items():
            with urllib.request.urlopen(f"{url}/page.txt", timeout=30) as answer:  # noqa: S310
                assert answer.read().decode() == f"{edit} of {name}"
    both.wt("remove", "third", "--force")


def test_a_name_finds_its_machine_and_one_that_is_here_and_there_is_ambiguous(both, box, other_box):
    assert both.wt("path", "first").out.strip().startswith(f"{box.name}:/root/")
    assert both.wt("run", "second", "web", "hostname", "--json").json["code"] == 0
    error = both.wt("stop", "twin", "--json", code=2).json["error"]
    assert error["kind"] == "ambiguous-name"
    assert other_box.name in error["what"]
    assert both.wt("path", f"{other_box.name}:twin").out.startswith(f"{other_box.name}:")
    assert both.wt("path", "twin", "--on", other_box.name, "--json").json["on"] == other_box.name


def test_a_page_there_is_opened_by_the_browser_here(both, tmp_path):
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" >{shlex.quote(str(tmp_path / "seen"))}\n')
    browser.chmod(0o755)
    opened = both.wt("open", "first", "--json", env={"BROWSER": str(browser)}).json
    assert opened["url"] == url_of(both, "first")
    assert (tmp_path / "seen").read_text().strip() == opened["url"]


def test_an_editor_is_opened_on_the_directory_there_in_its_remote_form(both, box, tmp_path):
    code = tmp_path / "code"
    code.write_text(f'#!/bin/sh\necho "$@" >{shlex.quote(str(tmp_path / "seen"))}\n')
    code.chmod(0o755)
    path = os.pathsep.join((str(tmp_path), both.env["PATH"]))
    both.wt("open", "first", "--editor", env={"PATH": path, "EDITOR": "code"})
    there = f"vscode-remote://ssh-remote+{box.name}/root/worktree-tasks/{both.path.name}.worktrees/first"
    assert (tmp_path / "seen").read_text().split() == ["--folder-uri", there]
    both.wt("open", "main", "--editor", env={"PATH": path, "EDITOR": "code --wait"})
    assert (tmp_path / "seen").read_text().split() == ["--wait", str(both.path)]


@pytest.mark.parametrize("words", ["first", "BOX:first"])
def test_the_shell_function_opens_a_login_shell_in_the_directory_there(both, box, words):
    program = shlex.quote(str(both.home / "init"))
    text = both.run("worktree-tasks", "shell-init", "bash").out
    (both.home / "init").write_text(text)
    shell = pexpect.spawn(
        "bash", ["--norc", "--noprofile"], cwd=str(both.path), env={**both.env, "PS1": "$ "}, encoding="utf-8"
    )
    shell.sendline(f". {program}; wt {words.replace('BOX', box.name)}; echo back in $PWD")
    shell.sendline('echo "at $(hostname):$PWD"; exit 3')
    shell.expect(f"at {box.name}:/root/worktree-tasks/{both.path.name}.worktrees/first\r", timeout=60)
    shell.expect(f"back in {both.path}\r", timeout=60)
    hang_up(shell)


def test_tabs_offer_what_is_on_other_machines_without_asking_them(both):
    offered = both.run("worktree-tasks", "--candidates", "wt", "fir").out
    assert offered.splitlines()[0].split("\t")[0] == "first"


def test_a_machine_that_is_not_there_costs_a_line_and_no_local_row(both, box, other_box):
    other_box.kill()
    try:
        listed = both.wt("list", "--json")
        assert [one["on"] for one in listed.json["absent"]] == [other_box.name]
        assert {one["name"] for one in listed.json["worktrees"] if not one["on"]} == {"twin"}
        assert {one["name"] for one in listed.json["worktrees"] if one["on"]} == {"first"}
        assert json.loads(listed.out)["worktrees"][0]["on"] is None
        # What was known of it stays known.
        assert both.wt("path", "second").out.startswith(f"{other_box.name}:")
    finally:
        other_box.boot()
    assert both.wt("list", "--json").json["absent"] == []
