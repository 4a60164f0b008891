"""A machine is set up, used and forgotten: nothing of work is lost, and nothing of ours stays."""

from __future__ import annotations

import urllib.request

import pytest
from harness.projects import Project

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def own(make_laptop, box):
    """A laptop of this file's own, which forgets the box in the end."""
    return make_laptop(box)


def laptop_that_fetched(branch: str, make_laptop, box):
    """Return another laptop, which has fetched a commit that was made in a worktree on the box."""
    laptop = make_laptop(box)
    laptop.wt("host-init", box.name, "--yes")
    laptop.wt("new", branch, "--on", box.name, "--no-start")
    there = laptop.worktree_there(box, branch)
    box.run("git", "-C", f"/root/{there.relative_to(box.home)}", "commit", "-qm", "There", "--allow-empty")
    laptop.git("fetch", "--quiet", f"wt-{box.name}")
    return laptop


def test_a_machine_is_set_up_once_and_has_the_ignored_files_with_their_modes(own, box):
    first = own.wt("host-init", box.name, "--yes", "--json").json
    env = own.main_there(box) / ".env"
    assert first["put"] == [".env"]
    assert first["changed"]
    assert env.read_text() == (own.path / ".env").read_text()
    assert env.stat().st_mode & 0o777 == 0o640
    again = own.wt("host-init", box.name, "--yes", "--json").json
    assert again == {**first, "put": [], "changed": False}


def test_a_file_that_was_changed_there_stays_and_is_named(own, box):
    env = own.main_there(box) / ".env"
    before = env.read_text()
    env.write_text(before + "MINE=1\n")
    done = own.wt("host-init", box.name, "--yes")
    assert f".env on {box.name} differs" in done.err
    assert env.read_text().endswith("MINE=1\n")
    env.write_text(before)


def test_work_there_comes_back_by_git_and_a_later_worktree_here_starts_from_it(own, box):
    own.wt("new", "away", "--on", box.name, "--no-start")
    tree = own.listed_there()["away"]
    assert tree["branch"] == "away"
    box.run("git", "-C", tree["path"], "commit", "--quiet", "--allow-empty", "--message", "There")
    own.git("fetch", "--quiet", f"wt-{box.name}")
    assert own.git("log", "-1", "--format=%s", f"wt-{box.name}/away") == "There"
    own.wt("new", "away", "--no-start", "--trust")
    assert own.git("log", "-1", "--format=%s", "away") == "There"
    error = own.wt("path", "away", "--json", code=2).json["error"]
    assert error["kind"] == "ambiguous-name"
    own.wt("remove", str(own.root / "away"), "--keep-branch")


def test_steps_make_a_worktree_there_which_is_known_here_from_the_first_one_on(own, box):
    own.git("branch", "stepwise")
    made = own.wt("add-worktree", "stepwise", "--on", box.name, "--json").json
    assert (made["name"], made["branch"]) == ("stepwise", "stepwise")
    assert own.wt("path", "stepwise").out.strip() == f"{box.name}:{made['path']}"
    assert own.wt("allocate-port", "stepwise", "--json").json["slot"] >= 1
    assert own.worktree_there(box, "stepwise").is_dir()
    assert not own.root.exists()
    own.wt("remove", "stepwise")


@pytest.mark.parametrize("words", [("plan",), ("new", "--dry"), ("add-worktree", "--dry")])
def test_what_would_be_done_there_is_shown_and_nothing_is_pushed(own, box, words):
    own.wt("host-init", box.name, "--yes")
    commit = own.git("commit-tree", "-p", "HEAD", "-m", "Later", "HEAD^{tree}")
    own.git("branch", "--force", "later", commit)
    told = own.run("worktree-tasks", *words, "later", "--on", box.name, "--json")
    assert told.json["branch"] == "later"
    assert {one["name"] for one in told.json["services"]} == {"web", "redis"}
    assert (
        f"later ({commit[:7]}) is not on {box.name} yet: worktree-tasks new pushes it there first" in told.err
    )
    assert (
        "later"
        not in box.run("git", "-C", f"/root/{own.main_there(box).relative_to(box.home)}", "branch").out
    )
    assert "later" not in own.listed_there()


def test_a_branch_that_moved_on_both_sides_is_not_overwritten(own, box):
    own.wt("new", "both", "--on", box.name, "--no-start")
    there = own.listed_there()["both"]["path"]
    box.run("git", "-C", there, "commit", "--quiet", "--allow-empty", "--message", "There")
    own.git("branch", "both", "main")
    own.git("worktree", "add", "--quiet", str(own.home / "both"), "both")
    own.git("commit", "--quiet", "--allow-empty", "--message", "Here", cwd=own.home / "both")
    refused = own.wt("new", "both", "--on", box.name, "--json", code=3)
    assert refused.json["error"]["kind"] == "branch-diverged"
    assert "Error lines" not in refused.err
    hint = own.wt("host-forget", box.name, "--json", code=3).json["error"]["hint"]
    assert hint.startswith(f"git branch both-{box.name} wt-{box.name}/both;")
    assert box.run("git", "-C", there, "log", "-1", "--format=%s").out.strip() == "There"
    own.git("merge", "--quiet", "--no-edit", f"wt-{box.name}/both", cwd=own.home / "both")
    own.wt("new", "both", "--on", box.name, "--no-start")
    assert box.run("git", "-C", there, "log", "--format=%s", "-3").out.count("Here") == 1


def test_a_command_there_has_our_input_and_its_code_is_ours(own, box):
    own.wt("new", "talk", "--on", box.name)
    done = own.program("run", "talk", "web", "sh", "-c", "cat; exit 3", stdin="heard\n", code=3)
    assert done.out == "heard\n"
    assert own.wt("logs", "talk", "--no-follow", "--json").json["lines"] is not None
    # Whatever the code, it is the command's, which is run once.
    for code in (97, 98, 255):
        done = own.program("run", "talk", "web", "sh", "-c", f"echo once; exit {code}", code=code)
        assert done.out == "once\n"
        assert done.err.count("✗") == 1
    own.wt("remove", "talk")


def test_cleaning_keeps_commits_that_are_only_there(own, box):
    there = own.listed_there()["both"]["path"]
    box.run("git", "-C", there, "commit", "--quiet", "--allow-empty", "--message", "Only there")
    rows = own.wt("clean", "--on", box.name, "--yes", "--json").json["worktrees"]
    assert {row["name"]: row["remove"] for row in rows} == {"away": False, "both": False}


def test_a_machine_is_forgotten_when_all_of_its_commits_are_here_and_nothing_of_ours_stays(own, box):
    error = own.wt("host-forget", box.name, "--json", code=3).json["error"]
    assert error["kind"] == "host-has-work"
    assert "both" in error["what"]
    own.git("pull", "--quiet", f"wt-{box.name}", "both", cwd=own.home / "both")
    gone = own.wt("host-forget", box.name, "--json").json
    assert gone["worktrees"] == ["away", "both"]
    assert not own.main_there(box).exists()
    assert f"wt-{box.name}" not in own.git("remote").split()
    assert own.wt("hosts", "--json").json["hosts"] == []
    label = f"label=com.docker.compose.project={own.name}"
    assert box.run("docker", "ps", "--all", "--quiet", "--filter", label).out == ""


def test_a_machine_that_is_gone_for_good_is_forgotten_by_force_when_its_known_commits_are_here(
    make_laptop, box
):
    laptop = laptop_that_fetched("cloudy", make_laptop, box)
    box.kill()
    try:
        error = laptop.wt("host-forget", box.name, "--json", code=4).json["error"]
        assert error["hint"].endswith(
            f"if it is gone for good: worktree-tasks host-forget {box.name} --force"
        )
        error = laptop.wt("host-forget", box.name, "--force", "--json", code=3).json["error"]
        assert (error["kind"], "cloudy" in error["what"]) == ("host-has-work", True)
        laptop.git("branch", "cloudy", f"wt-{box.name}/cloudy")
        gone = laptop.wt("host-forget", box.name, "--force", "--json").json
        assert (gone["host"], gone["worktrees"]) == (box.name, [])
        assert laptop.wt("hosts", "--json").json["hosts"] == []
        listed = laptop.wt("list", "--json").json
        assert (listed["worktrees"], listed["absent"]) == ([], [])
        assert f"wt-{box.name}" not in laptop.git("remote").split()
    finally:
        box.boot()
    # If it comes back, it is set up as before, and can be cleaned.
    laptop.wt("host-init", box.name, "--yes")
    assert laptop.wt("host-forget", box.name, "--json").json["worktrees"] == ["cloudy"]


def test_a_checkout_that_was_deleted_there_is_made_again_with_the_branches_as_they_are_known_here(
    make_laptop, box
):
    laptop = laptop_that_fetched("deleted", make_laptop, box)
    main = f"/root/{laptop.main_there(box).relative_to(box.home)}"
    box.run("rm", "-rf", main, f"{main}.worktrees/deleted")
    error = laptop.wt("host-forget", box.name, "--json", code=1).json["error"]
    assert (error["kind"], error["hint"]) == (
        "host-checkout-gone",
        f"worktree-tasks host-init {box.name} makes it again",
    )
    laptop.wt("host-init", box.name, "--yes")
    assert box.run("git", "-C", main, "log", "-1", "--format=%s").out == "The shop\n"
    laptop.wt("new", "deleted", "--on", box.name, "--no-start")
    assert box.run("git", "-C", f"{main}.worktrees/deleted", "log", "-1", "--format=%s").out == "There\n"
    laptop.wt("remove", "deleted", "--force")


def test_submodules_that_a_machine_lacks_are_named_until_they_are_there(make_laptop, box):
    own = make_laptop(box)
    part = Project(own.home / "part")
    part.init()
    part.commit_file("part.txt", "part\n")
    own.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(part.path), "my lib")
    own.commit("Add a part")
    own.wt("host-init", box.name, "--yes")
    main = f"/root/worktree-tasks/{own.path.name}"
    told = own.wt("new", "parted", "--on", box.name, "--no-start").err
    assert f"{box.name} lacks the submodules my lib" in told
    assert f"`git submodule update --init` in {main}" in told
    box.run("git", "init", "--quiet", "--bare", f"{main}/.git/modules/my lib")
    assert "lacks" not in own.wt("new", "whole", "--on", box.name, "--no-start").err


def test_two_laptops_on_one_machine_have_checkouts_and_ports_of_their_own(laptop, make_laptop, box):
    other = make_laptop(box, directory=laptop.path.name)
    other.wt("host-init", box.name, "--yes")
    mine = laptop.wt("new", "shared-machine", "--on", box.name, "--json").json
    theirs = other.wt("new", "shared-machine", "--on", box.name, "--json").json
    assert mine["path"] != theirs["path"]
    assert mine["url"] != theirs["url"]
    for one in (laptop, other):
        one.wt("remove", "shared-machine")
    other.wt("host-forget", box.name)
    assert laptop.wt("doctor", "--on", box.name, "--json").json["findings"] == []


def test_an_older_program_there_is_replaced_when_it_is_needed(laptop, box):
    programs = box.home / ".local" / "share" / "worktree-tasks" / "programs"
    for one in list(programs.iterdir()):
        one.rename(programs / f"older-{one.name}")
    assert laptop.wt("trash", "--on", box.name, "--json").json["restore_points"] == []
    assert any(not one.name.startswith("older-") for one in programs.iterdir())


def test_a_machine_whose_key_is_known_by_an_alias_is_set_up(make_laptop, box):
    own = make_laptop(box)
    config, known = own.home / ".ssh" / "config", own.home / ".ssh" / "known by alias"
    # Another machine had the address before.
    other = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKI3Cpv7rSzH8lJj7fNn5W0m1wNQdbYQO7cTTvX2wqyB"
    key = (box.folder / "host_key.pub").read_text()
    known.write_text(f"compute.1 {key}\n{box.address} {other}\n")
    own_part = (box.folder / "config").read_text().partition("\n")[2]
    alias = f'Host cloud\n  HostKeyAlias compute.1\n  UserKnownHostsFile "{known}"\n'
    config.write_text(f"{config.read_text()}\n{alias}{own_part}")
    assert own.wt("host-init", "cloud", "--yes", "--json").json["host"] == "cloud"
    own.wt("host-forget", "cloud")


def test_a_machine_behind_another_one_is_reached_through_it(make_laptop, box):
    far = make_laptop(box)
    config = far.home / ".ssh" / "config"
    inner = f"Host inner\n  ProxyJump {box.name}\n"
    own = (box.folder / "config").read_text().partition("\n")[2]
    config.write_text(f"{config.read_text()}\n{inner}{own}")
    far.wt("host-init", "inner", "--yes")
    made = far.wt("new", "behind", "--on", "inner", "--json").json
    assert made["on"] == "inner"
    with urllib.request.urlopen(f"{made['url']}/tasks.py", timeout=30) as answer:  # noqa: S310 - a URL of ours
        assert "worktree_tasks" in answer.read().decode()
    far.wt("remove", "behind")
    far.wt("host-forget", "inner")
