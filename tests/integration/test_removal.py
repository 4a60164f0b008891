"""Nothing is ever lost: what is removed comes back byte for byte, and what is work stays."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import pytest
from harness.work import files, leave_work, snapshot

pytestmark = [pytest.mark.engine, pytest.mark.xdist_group("removal")]

AT_ONCE = {"INVOKE_WT_CLEAN_MIN_AGE": "0"}


def point_of(toy, name) -> dict[str, object]:
    return next(one for one in toy.wt("trash", "--json").json["restore_points"] if one["worktree"] == name)


def settled(toy, branch) -> None:
    """See that nothing of a worktree is left in Docker, the store, git and the file system."""
    assert toy.ours(branch) == []
    assert branch not in {row["name"] for row in toy.rows("worktree")}
    assert f"/{branch}\n" not in toy.git("worktree", "list", "--porcelain") + "\n"
    assert [one.name for one in toy.root.glob("*") if branch in one.name] == []


def test_what_force_removes_comes_back_byte_for_byte_and_starts_on_its_old_ports(toy):
    branch = toy.fresh("forced")
    tree = toy.new(branch)
    path = toy.root / branch
    leave_work(path)
    before, mains = snapshot(path), toy.identities()
    error = toy.wt("remove", branch, "--json", code=3).json["error"]
    assert "3 modified, 3 untracked" in error["what"]
    assert "tasks.py" in error["what"]
    assert "--force" in error["hint"]
    assert snapshot(path) == before
    done = toy.wt("remove", branch, "--force")
    point = point_of(toy, branch)
    assert f"wt.restore {point['name']}" in done.out
    settled(toy, branch)
    assert toy.git("branch", "--list", branch) == ""

    back = toy.wt("restore", str(point["name"]), "--json").json
    assert (back["name"], back["branch"], back["path"], back["changed"]) == (branch, branch, str(path), True)
    assert snapshot(path) == before
    assert toy.state_of(branch) == "created"
    assert toy.wt("restore", branch, "--json").json["changed"] is False
    assert snapshot(path) == before
    again = toy.wt("start", branch, "--json").json
    assert {one: again[one] for one in ("slot", "url", "state")} == {
        one: tree[one] for one in ("slot", "url", "state")
    }
    assert toy.get(toy.web + tree["slot"])["SITE_URL"] == tree["url"]
    assert "MY_TOKEN=only-here" in (path / ".env").read_text()
    toy.wt("remove", branch, "--force")
    settled(toy, branch)
    assert toy.identities() == mains


def test_a_clean_worktree_leaves_no_restore_point_and_an_edited_env_does(toy):
    branch = toy.fresh("plain")
    toy.new(branch, "--no-start")
    assert toy.wt("remove", branch, "--json").json["restore_point"] is None
    toy.new(branch, "--no-start")
    with (toy.root / branch / ".env").open("a") as env:
        env.write("EDITED=1\n")
    kept = (toy.root / branch / ".env").read_bytes()
    done = toy.wt("remove", branch)
    point = point_of(toy, branch)
    assert f"restore point {point['name']}: 1 file" in done.err
    assert f"wt.restore {point['name']}" in done.out
    toy.wt("restore", branch)
    assert (toy.root / branch / ".env").read_bytes() == kept
    toy.wt("remove", branch)


def test_a_branch_with_commits_that_are_nowhere_else_stays_and_is_named(toy):
    branch = toy.fresh("ahead")
    toy.new(branch, "--no-start")
    (toy.root / branch / "work.txt").write_text("work\n")
    toy.commit("Work", cwd=toy.root / branch)
    done = toy.wt("remove", branch, "--force")
    assert f"branch {branch} kept: 1 commit on no other branch or remote" in done.err
    assert toy.git("log", "-1", "--format=%s", branch) == "Work"


def test_force_overrides_no_lock_of_others(toy):
    branch = toy.fresh("locked")
    toy.new(branch, "--no-start")
    path = toy.root / branch
    toy.git("worktree", "lock", "--reason", "on a stick", str(path))
    error = toy.wt("remove", branch, "--force", "--json", code=3).json["error"]
    assert "on a stick" in error["what"]
    assert f"git worktree unlock {shlex.quote(str(path))}" in error["hint"]
    toy.git("worktree", "unlock", str(path))
    toy.wt("remove", branch)


def test_what_is_too_large_for_the_trash_is_refused_unless_it_is_discarded_by_name(toy):
    branch = toy.fresh("large")
    toy.new(branch, "--no-start")
    toy.exclude("/data/")
    (toy.root / branch / "data").mkdir()
    (toy.root / branch / "data" / "dump.bin").write_bytes(os.urandom(5000))
    small = {"INVOKE_WT_TRASH_MAX_BYTES": "1000"}
    for flags in ([], ["--force"]):
        error = toy.wt("remove", branch, "--json", *flags, env=small, code=3).json["error"]
        assert "1 file or directory too large" in error["what"]
        assert " ".join(["worktree-tasks remove", branch, *flags, "--discard data/dump.bin"]) in error["hint"]
    done = toy.wt("remove", branch, "--force", "--discard", str(toy.root / branch / "data"), env=small)
    assert "data/dump.bin (too large: 4.9 KiB)" in done.err
    left = [{"path": "data/dump.bin", "size": 5000, "why": "too large"}]
    assert point_of(toy, branch)["left_out"] == left
    settled(toy, branch)


def test_a_branch_that_went_on_meanwhile_is_left_alone_and_another_is_made(toy):
    branch = toy.fresh("went")
    toy.new(branch, "--no-start")
    path = toy.root / branch
    leave_work(path)
    before = files(path)
    toy.wt("remove", branch, "--force")
    toy.branch(branch, {"app/deep/code.py": "answer = 7\n"})
    tip = toy.git("rev-parse", branch)
    done = toy.wt("restore", branch)
    assert f"was restored as {branch}-restored" in done.err
    assert toy.git("rev-parse", branch) == tip
    assert toy.git("branch", "--show-current", cwd=path) == f"{branch}-restored"
    assert files(path) == before
    toy.wt("remove", f"{branch}-restored", "--force")


def test_ports_that_another_has_by_now_are_not_taken_from_it(toy):
    first, second = toy.fresh("first"), toy.fresh("second")
    slot = toy.new(first, "--no-start")["slot"]
    with (toy.root / first / ".env").open("a") as env:
        env.write("# edited\n")
    (toy.root / first / "note.txt").write_text("mine\n")
    toy.wt("remove", first, "--force")
    assert toy.new(second, "--no-start")["slot"] == slot
    done = toy.wt("restore", first)
    assert "belong to another worktree now" in done.err
    assert (toy.root / first / "note.txt").read_text() == "mine\n"
    other = toy.wt("start", first, "--json").json
    env = (toy.root / first / ".env").read_text()
    assert other["slot"] != slot
    assert f"SITE_URL={other['url']}\n" in env
    assert "# edited\n" in env
    assert toy.wt("doctor", "--json").json["findings"] == []
    toy.wt("remove", second)
    toy.wt("remove", first, "--force")


def test_a_queue_that_another_has_by_now_is_not_taken_from_it(toy):
    first, second = toy.fresh("first"), toy.fresh("second")
    slot = toy.new(first, "--no-start")["slot"]
    mine = toy.root / first
    queue = toy.env_of(mine)["CELERY_BROKER_URL"]
    with (mine / ".env").open("a") as env:
        env.write("# edited\n")
    toy.wt("remove", first, "--force")
    toy.new(second, "--no-start", "--slot", str(slot + 5))
    assert toy.env_of(toy.root / second)["CELERY_BROKER_URL"] == queue
    toy.wt("restore", first)
    assert toy.listed()[first]["slot"] == slot
    assert toy.wt("doctor", "--json").json["findings"] == []
    toy.wt("start", first)
    assert toy.env_of(mine)["CELERY_BROKER_URL"] != queue
    assert "# edited\n" in (mine / ".env").read_text()
    assert toy.wt("doctor", "--json").json["findings"] == []
    toy.wt("remove", second)
    toy.wt("remove", first, "--force")


def test_a_teardown_that_fails_keeps_the_record_and_names_what_survives(toy):
    branch = toy.fresh("stuck")
    tree = toy.new(branch)
    network = f"{toy.name}_worktree_{branch}"
    stranger = toy.docker("run", "--detach", "--rm", "--network", network, "redis:7")
    try:
        done = toy.wt("remove", branch, code=1)
        assert f"still there: network {network}" in done.err
        assert Path(tree["path"]).is_dir()
        assert branch in {row["name"] for row in toy.rows("worktree")}
    finally:
        toy.docker("rm", "--force", stranger)
    toy.wt("remove", branch)
    settled(toy, branch)


def test_a_worktree_that_was_moved_is_removed_where_it_is(toy, tmp_path):
    branch = toy.fresh("moved")
    tree = toy.new(branch)
    toy.git("worktree", "move", tree["path"], str(tmp_path / "elsewhere"))
    (tmp_path / "elsewhere" / "mine.txt").write_text("mine\n")
    assert "1 untracked" in toy.wt("remove", branch, code=3).err
    toy.wt("remove", branch, "--force")
    assert not (tmp_path / "elsewhere").exists()
    settled(toy, branch)


def test_files_that_are_written_while_it_is_removed_come_back_to_the_last(toy):
    branch = toy.fresh("written")
    toy.new(branch)
    folder = toy.root / branch / "written"
    toy.exclude("/written/")
    folder.mkdir()
    removing, count = toy.start("remove", branch), 0
    with suppress(FileNotFoundError):
        while removing.poll() is None:
            (folder / str(count)).write_text(f"{count}\n")
            count += 1
            time.sleep(0.001)
    removing.communicate(timeout=60)
    assert removing.returncode == 0
    settled(toy, branch)
    toy.wt("restore", branch)
    assert sorted(map(int, (one.name for one in folder.iterdir()))) == list(range(count))
    toy.wt("remove", branch, "--force")


def test_a_directory_that_git_does_not_know_any_more_is_left_alone(toy, tmp_path):
    branch = toy.fresh("severed")
    tree = toy.new(branch)
    path = Path(tree["path"])
    path.rename(tmp_path / "aside")
    toy.git("worktree", "prune")
    (tmp_path / "aside").rename(path)
    before, files = toy.identities(tree["compose_project"]), toy.files(path)
    for flags in ([], ["--force"]):
        error = toy.wt("remove", branch, *flags, "--json", code=3).json["error"]
        assert "git has no worktree registered" in error["what"]
    assert (toy.identities(tree["compose_project"]), toy.files(path)) == (before, files)
    path.rename(tmp_path / "aside")
    toy.wt("remove", branch)
    assert (tmp_path / "aside" / "server.py").is_file()
    settled(toy, branch)


def test_removing_the_directory_one_stands_in_says_where_to_go(toy):
    branch = toy.fresh("inside")
    toy.new(branch, "--no-start")
    done = toy.wt("remove", ".", cwd=toy.root / branch)
    assert f"cd {shlex.quote(str(toy.main))}" in done.err
    settled(toy, branch)


def squashed(toy, branch) -> None:
    """Do some work on a worktree's branch, and have it squashed into main."""
    path = toy.root / branch
    for number in (1, 2):
        (path / f"{branch}.txt").write_text(f"{number}\n")
        toy.commit(f"Work {number}", cwd=path)
    toy.git("merge", "--quiet", "--squash", branch)
    toy.git("commit", "--quiet", "--message", f"{branch} squashed")


def rows(done) -> dict[str, dict[str, object]]:
    return {row["name"]: row for row in done.json["worktrees"]}


def test_clean_removes_what_is_in_the_base_and_says_why_each_other_stays(toy):
    names = ["done", "dirty", "fresh", "open", "locked", "used", "running", "byhand", "stranger"]
    done, dirty, fresh, open_, locked, used, running, byhand, stranger = (toy.fresh(name) for name in names)
    for branch in (done, byhand):
        toy.new(branch)
    for branch in (dirty, fresh, open_, locked, used, running):
        toy.new(branch, "--no-start")
    unknown = str(toy.root / stranger)
    toy.git("worktree", "add", "-q", "-b", stranger, unknown)
    squashed(toy, done)
    squashed(toy, locked)
    squashed(toy, used)
    squashed(toy, running)
    squashed(toy, dirty)
    (toy.root / dirty / "tasks.py").write_text("# mine\n")
    (toy.root / open_ / "more.txt").write_text("more\n")
    toy.commit("More", cwd=toy.root / open_)
    toy.git("worktree", "lock", "--reason", "mine", str(toy.root / locked))
    toy.run("rm", "-rf", str(toy.root / byhand))
    mains, files = toy.identities(), toy.files(toy.main)
    tips = {branch: toy.git("rev-parse", branch) for branch in (done, open_)}

    young = rows(toy.wt("clean", "--dry-run", "--json"))
    assert (young[done]["remove"], young[done]["reason"]) == (False, "younger than 1 hour")

    sitting = subprocess.Popen(["sleep", "600"], cwd=toy.root / used)
    command = toy.start("run", running, "worker", "sleep 600")
    try:
        toy.wait_for(
            lambda: (
                "sleep 600"
                in " ".join(toy.docker("top", f"{toy.name}-{running}-worker-1", check=False).split())
            )
        )
        told = toy.wt("clean", env=AT_ONCE, code=2)
        assert "--yes" in told.err
        seen = rows(toy.wt("clean", "--dry-run", "--json", env=AT_ONCE))
        reasons = {name: row["reason"] for name, row in seen.items()}
        assert reasons == {
            done: "squash-merged into main",
            dirty: "1 modified",
            fresh: "no commits yet",
            open_: "1 commit not in main",
            locked: "locked by git: mine",
            used: f"in use by process {sitting.pid} (sleep)",
            running: "another wt command is working on it",
            byhand: "its directory is gone",
            stranger: f"not made by us; worktree-tasks adopt {shlex.quote(unknown)} takes it over",
        }
        assert {name for name, row in seen.items() if row["remove"]} == {done, byhand}
        assert toy.listed().keys() >= {done, byhand}
        cleaned = rows(toy.wt("clean", "--yes", "--json", env=AT_ONCE))
    finally:
        sitting.kill()
        sitting.wait()
        os.killpg(command.pid, signal.SIGKILL)
        command.communicate()
    assert {name for name, row in cleaned.items() if row["removed"]} == {done, byhand}
    for branch in (done, byhand):
        settled(toy, branch)
    assert toy.git("branch", "--list", done) == ""
    assert (toy.identities(), toy.files(toy.main)) == (mains, files)
    for branch in (dirty, fresh, open_, locked, used, running, stranger):
        assert (toy.root / branch / "server.py").is_file()

    toy.wt("restore", str(cleaned[done]["restore_point"]))
    assert toy.git("rev-parse", "HEAD", cwd=toy.root / done) == tips[done]
    toy.git("worktree", "unlock", str(toy.root / locked))
    toy.git("worktree", "remove", str(toy.root / stranger))
    for branch in (done, dirty, fresh, open_, locked, used, running):
        toy.wt("remove", branch, "--force")


def test_restore_points_go_with_clean_after_their_time_was_seen_to_be_over_twice_and_never_otherwise(toy):
    branch = toy.fresh("expiring")
    for _ in range(2):
        toy.new(branch, "--no-start")
        (toy.root / branch / "notes").write_text("mine\n")
        toy.wt("remove", branch, "--force")
    points = toy.wt("trash", "--json").json["restore_points"]
    newest, older = (one["name"] for one in points if one["worktree"] == branch)
    now = {"INVOKE_WT_TRASH_DAYS": "0"}
    toy.git("gc", "--quiet", "--prune=now")

    def cleaned(*flags):
        rows = toy.wt("clean", "--json", *flags, env=now).json["expired"]
        return [one["name"] for one in rows if one["worktree"] == branch]

    assert cleaned("--yes") == []
    vault = ("--git-dir", str(toy.main / ".git" / "worktree-tasks" / "vault"))
    who = ("-c", "user.name=A", "-c", "user.email=a@b")
    note = f"refs/expired/{older}"
    tree = toy.git(*vault, "rev-parse", f"{note}^{{tree}}")
    commit, seen = json.loads(toy.git(*vault, "log", "-1", "--format=%b", note))
    yesterday = ("-m", "Seen expired", "-m", json.dumps([commit, seen - 86400]))
    toy.git(*vault, "update-ref", note, toy.git(*vault, *who, "commit-tree", tree, *yesterday))
    assert cleaned("--dry-run") == [older]
    assert older in toy.wt("trash").out
    assert cleaned("--yes") == [older]
    assert "no restore point" in toy.wt("restore", older, code=2).err
    assert f"restore point {newest}" not in toy.wt("restore", branch).err
    toy.wt("remove", branch, "--force")


def test_installed_files_are_neither_read_nor_saved(toy):
    branch = toy.fresh("installed")
    toy.new(branch, "--no-start")
    toy.exclude("node_modules/")
    modules = toy.root / branch / "node_modules"
    for number in range(100):
        (modules / f"package{number}").mkdir(parents=True)
        for file in range(100):
            (modules / f"package{number}" / f"{file}.js").write_text("x")
    started = time.monotonic()
    assert toy.wt("remove", branch, "--json").json["restore_point"] is None
    assert time.monotonic() - started < 30
