from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from contextlib import chdir
from dataclasses import replace

import pytest
from harness.projects import Project
from harness.round_trips import back, gone, round_trip, saved, write
from harness.work import files
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from worktree_tasks.configuration.unsavable_files import LeftOut
from worktree_tasks.errors import Failure
from worktree_tasks.git import (
    KnownFiles,
    digest,
    drop_restore_points,
    find_uncommitted,
    git_directory,
    left_out,
    restore_branch,
    restore_points,
    restore_worktree,
)
from worktree_tasks.git.status import status
from worktree_tasks.git.trash.vault_repository import vault_of
from worktree_tasks.machine import completion_names, known_projects

NAMES = st.sampled_from(
    ["a", "b.txt", "c.bin", "d e", "é ü", "line\nbreak", 'quo"te', "back\\slash", "-dash", "*.glob",
     ":(top)x", "sub/f", "sub/deep/g", "\udcff\udcfe", "tab\there", "CON", "x.o", ".hidden"]
)  # fmt: skip
CONTENTS = st.one_of(
    st.sampled_from([b"", b"\n", b"one\ntwo\n", b"one\r\ntwo\r\n", b"one\r\ntwo\n", b"x", b"\x00\r\n\xff"]),
    st.binary(max_size=40),
)


class Doing:
    """What a person may do to a committed file; each method leaves it in another state."""

    def __init__(self, root, name, second, third):
        self.root, self.name, self.second, self.third = root, name, second, third
        self.path = root / name

    def git(self, *words):
        Project(self.root).git(*words)

    def nothing(self):
        pass

    def modify(self):
        write(self.path, self.second)

    def stage(self):
        write(self.path, self.second)
        self.git("add", "--", f":(literal){self.name}")

    def stage_and_modify(self):
        self.stage()
        write(self.path, self.third)

    def delete(self):
        self.path.unlink()

    def delete_staged(self):
        self.git("rm", "-q", "-f", "--", f":(literal){self.name}")

    def delete_staged_and_write_again(self):
        self.delete_staged()
        write(self.path, self.second)

    def rename(self):
        self.git("mv", "--", self.name, f"{self.name}.moved")

    def announce(self):
        write(self.root / f"{self.name}.new", self.second)
        self.git("add", "--intent-to-add", "--", f":(literal){self.name}.new")

    def write_beside(self):
        write(self.root / "more" / self.name, self.second)

    def make_executable(self):
        self.path.chmod(0o755)

    def replace_by_link(self):
        self.path.unlink()
        self.path.symlink_to(self.name + "?")

    def replace_by_directory(self):
        self.path.unlink()
        write(self.path / "inside", self.second)

    def keep_secret(self):
        self.path.chmod(0o600)
        write(self.root / "keys" / self.name, self.second, 0o400)
        (self.root / "keys").chmod(0o700)

    def hide(self):
        self.git("update-index", "--assume-unchanged", "--", self.name)
        write(self.path, self.second)

    def write_ignored(self):
        write(self.root / "ignored" / self.name, self.second)


DOINGS = [name for name in vars(Doing) if not name.startswith("_") and name != "git"]
PLANS = st.lists(
    st.tuples(NAMES, st.sampled_from(DOINGS), CONTENTS, CONTENTS, CONTENTS),
    min_size=1,
    max_size=8,
    unique_by=lambda one: one[0],
)


@settings(
    max_examples=int(os.environ.get("WT_EXAMPLES", "25")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    plan=PLANS,
    autocrlf=st.sampled_from([None, "true", "input"]),
    attributes=st.sampled_from(
        [None, "* text=auto\n", "*.txt text eol=crlf\n*.bin -text\n", "* text eol=lf\n"]
    ),
)
def test_everything_comes_back_byte_for_byte(make, tree, tmp_path, plan, autocrlf, attributes):
    shop = make(f"shop{len(list(tmp_path.iterdir()))}")
    work = tree(shop, "work")
    work.write(".gitignore", "/ignored/\n")
    if attributes:
        work.write(".gitattributes", attributes)
    if autocrlf:
        shop.git("config", "core.autocrlf", autocrlf)
    shop.git("config", "core.safecrlf", "false")
    doings = [(what, Doing(work.path, name, *rest), first) for name, what, first, *rest in plan]
    for _, doing, first in doings:
        write(doing.path, first)
    work.git("add", "--all")
    work.git("commit", "--quiet", "-m", "Start")
    for what, doing, _ in doings:
        getattr(doing, what)()
    round_trip(shop, work.path, collect=False)


def test_garbage_collection_takes_nothing_of_it(shop, work):
    work.write("a.txt", "staged\n")
    work.git("add", "a.txt")
    work.write("a.txt", "unstaged\n")
    work.write("new.txt", "untracked\n")
    work.write("data/x", "ignored\n")
    round_trip(shop, work.path)
    shop.git("fsck", "--strict", "--no-dangling")


def test_saving_touches_no_index_stash_head_or_reflog(shop, work):
    work.write("b.txt", "stashed\n")
    work.git("stash", "--quiet")
    work.write("a.txt", "changed\n")
    work.git("add", "a.txt")
    admin = git_directory(work.path)

    def seen():
        logs = sorted((shop.path / ".git").rglob("logs/**/*"))
        return (
            (admin / "index").read_bytes(),
            (admin / "HEAD").read_bytes(),
            work.git("stash", "list"),
            [(path, path.read_bytes()) for path in logs if path.is_file()],
            sorted(path.name for path in admin.iterdir()),
        )

    before = seen()
    saved(shop.repo, work.path)
    assert seen() == before


def test_a_conflict_comes_back_with_all_its_stages_and_the_merge_goes_on(shop, work):
    work.commit_file("a.txt", "theirs\n")
    work.git("switch", "--quiet", "--create", "ours", "main")
    work.commit_file("a.txt", "ours\n")
    work.git("merge", "--quiet", "work", fails=True)
    point = round_trip(shop, work.path)
    assert point.operation == "merge"
    assert work.git("ls-files", "--unmerged").count("a.txt") == 3
    work.commit_file("a.txt", "both\n", "Merge")
    assert len(work.git("rev-list", "--parents", "-1", "HEAD").split()) == 3


def test_a_rebase_is_in_progress_again_and_can_be_finished(shop, work):
    shop.commit_file("a.txt", "main's\n")
    work.commit_file("a.txt", "mine\n", "Mine")
    work.commit_file("c.txt", "more\n", "More")
    work.git("-c", "rebase.autoStash=true", "rebase", "--quiet", "main", fails=True)
    point = round_trip(shop, work.path)
    assert (point.operation, point.branch) == ("rebase", None)
    work.write("a.txt", "solved\n")
    work.git("add", "a.txt")
    work.git("-c", "core.editor=true", "rebase", "--continue")
    assert work.git("log", "--format=%s", "-2") == "More\nMine"
    assert work.git("branch", "--show-current") == "work"


def test_commits_that_only_the_worktrees_own_reflog_has_are_kept(shop, work):
    work.git("switch", "--quiet", "--detach")
    lost = work.commit_file("lost.txt", "experiment\n", "Experiment")
    work.git("switch", "--quiet", "work")
    round_trip(shop, work.path)
    assert work.git("log", "-1", "--format=%s", lost) == "Experiment"
    assert work.git("rev-parse", "HEAD@{1}") == lost


def edit_in_place(file, text):
    """Write in place as many bytes as there were, and leave the file's time as it was."""
    was = file.stat()
    assert was.st_size == len(text)
    with file.open("r+") as opened:
        opened.write(text)
    os.utime(file, ns=(was.st_atime_ns, was.st_mtime_ns))


@pytest.fixture
def trusting(work):
    """A worktree in which git looks at no more than the length and time of `a.txt`, which is a minute old."""
    work.git("config", "core.trustctime", "false")
    work.git("config", "core.checkStat", "minimal")
    moment = int(time.time()) - 60
    os.utime(work.path / "a.txt", (moment, moment))
    work.git("update-index", "--refresh")
    return work


def test_an_edit_of_the_same_length_in_the_second_of_the_checkout_is_saved(shop, trusting):
    file = trusting.path / "a.txt"
    edit_in_place(file, "two\n")
    os.utime(git_directory(trusting.path) / "index", (file.stat().st_mtime, file.stat().st_mtime))
    assert trusting.git("diff", "--name-only") == "a.txt"
    point = saved(shop.repo, trusting.path)
    gone(shop, trusting.path)
    back(shop.repo, point, trusting.path)
    assert file.read_text() == "two\n"


def test_an_edit_that_git_is_told_not_to_notice_is_saved(shop, trusting, tmp_path):
    file, clock = trusting.path / "a.txt", tmp_path / "clock"
    clock.touch()
    while int(clock.stat().st_ctime) == int(file.stat().st_ctime):
        time.sleep(0.02)
        clock.touch()
    edit_in_place(file, "two\n")
    assert trusting.git("diff", "--name-only") == ""
    found = find_uncommitted(trusting.path, KnownFiles(shop.path))
    assert (found.tracked, found.hidden) == (("a.txt",), ("a.txt",))


@pytest.fixture
def clone_in(shop, work, at):
    """Put a repository with commits, a branch, a stash and changes into the worktree."""

    def put(path):
        work.git("init", "--quiet", path)
        inner = at(work.path / path)
        inner.identify()
        inner.commit_file("x", "1\n", "Only here")
        inner.git("branch", "venv/wip")
        inner.write("x", "stashed\n")
        inner.git("stash", "--quiet")
        inner.write(".gitignore", "*.db\n")
        inner.write("rows.db", "rows\n")
        inner.write("x", "changed\n")
        return inner

    return put


def repository(root):
    """All of a repository, in the order of its names."""
    return {key: held for key, held in files(root).items() if not key.endswith(b".lock")} | files(
        root / ".git"
    )


@pytest.mark.parametrize(
    "place", ["lib", "data/deep/lib", "new/lib", "node_modules/lib", "data/venv/src/lib"]
)
@pytest.mark.parametrize("linked", [False, True])
def test_a_repository_inside_comes_back_with_all_that_it_has(shop, work, clone_in, at, place, linked):
    inner = clone_in(place)
    if linked:
        work.git("add", "--force", place)
        work.git("commit", "--quiet", "-m", "lib")
    before, told = repository(inner.path), inner.git("status", "--porcelain", "--ignored", "--branch")
    point = saved(shop.repo, work.path)
    assert repository(inner.path) == before
    gone(shop, work.path)
    assert back(shop.repo, point, work.path) == ()
    assert repository(inner.path) == before
    assert inner.git("status", "--porcelain", "--ignored", "--branch") == told
    assert inner.git("stash", "show", "-p").endswith("+stashed")
    inner.git("fsck", "--strict")


def test_a_repository_whose_files_the_worktree_tracks_comes_back(shop, work, clone_in):
    work.commit_file("lib/x", "1\n")
    inner = clone_in("lib")
    before = repository(inner.path)
    assert find_uncommitted(work.path, KnownFiles(shop.path)).repositories == ("lib",)
    point = saved(shop.repo, work.path)
    gone(shop, work.path)
    back(shop.repo, point, work.path)
    assert repository(inner.path) == before


@pytest.mark.parametrize("inside", ["", "deep/"])
@pytest.mark.parametrize("link", [False, True])
def test_what_is_in_the_place_of_a_submodule_comes_back(shop, work, inside, link):
    work.git("update-index", "--add", "--cacheinfo", f"160000,{shop.head},{inside}lib")
    work.git("commit", "--quiet", "-m", "Submodule")
    if link:
        work.write("real/lib", "mine\n")
        (work.path / (inside or "lib").rstrip("/")).symlink_to("real")
    else:
        work.write(f"{inside}lib", "mine\n")
    before, point = files(work.path), saved(shop.repo, work.path)
    gone(shop, work.path)
    assert back(shop.repo, point, work.path) == ()
    assert files(work.path) == before


def test_a_clone_in_an_installed_directory_is_saved_only_when_somebody_worked_in_it(work, make, clone):
    origin = make("origin")
    origin.commit_file("x", "1\n")
    theirs = clone(origin, "shop.worktrees/work/node_modules/theirs")
    assert find_uncommitted(work.path, KnownFiles(work.path.parent)).ignored == ()
    theirs.commit_file("x", "2\n")
    assert (
        "node_modules/theirs/.git/HEAD" in find_uncommitted(work.path, KnownFiles(work.path.parent)).ignored
    )


def test_what_is_no_file_is_named_and_not_saved(shop, work):
    work.write("data/x", "1\n")
    work.write("node_modules/m/index.js", "1\n")
    work.write("data/cache/CACHEDIR.TAG", "Signature: 8a477f597d28d172789f06886806bc55\n")
    os.mkfifo(work.path / "data" / "pipe")
    os.mkfifo(work.path / "node_modules" / "pipe")
    (work.path / "a.txt").unlink()
    # The path of a socket may have 107 bytes.
    with chdir(work.path), socket.socket(socket.AF_UNIX) as server:
        server.bind("a.txt")
        point = saved(shop.repo, work.path)
    assert point.left_out == (
        LeftOut("a.txt", -1, "socket"),
        LeftOut("data/pipe", -1, "named pipe"),
        LeftOut("data/cache", -1, "cache"),
        LeftOut("node_modules", -1, "cache"),
    )
    gone(shop, work.path)
    back(shop.repo, point, work.path)
    assert not (work.path / "a.txt").exists()
    assert (work.path / "data" / "x").read_text() == "1\n"


def test_a_detached_head_comes_back_detached(shop, work):
    work.git("switch", "--quiet", "--detach")
    work.commit_file("only.txt", "here\n")
    assert round_trip(shop, work.path).branch is None


def test_a_branch_without_commits_comes_back_unborn(shop, work):
    work.git("switch", "--quiet", "--orphan", "empty")
    work.write("first.txt", "first\n")
    work.git("add", "first.txt")
    point = round_trip(shop, work.path)
    assert (point.head, point.branch) == (None, "empty")


def test_a_sparse_checkout_stays_sparse(shop, work):
    shop.commit_file("docs/guide.md", "guide\n")
    shop.commit_file("code/main.py", "main\n")
    work.git("merge", "--quiet", "--ff-only", "main")
    work.git("sparse-checkout", "set", "code")
    work.write("code/main.py", "changed\n")
    round_trip(shop, work.path)
    assert not (work.path / "docs").exists()
    assert work.git("sparse-checkout", "list") == "code"


def test_a_split_index_comes_back(shop, work):
    work.git("update-index", "--split-index")
    work.write("a.txt", "staged\n")
    work.git("add", "a.txt")
    round_trip(shop, work.path)


def test_edits_that_git_was_told_not_to_look_at_are_seen(shop, work):
    work.git("update-index", "--assume-unchanged", "a.txt")
    work.git("update-index", "--skip-worktree", "b.txt")
    assert find_uncommitted(work.path, KnownFiles(shop.path)).hidden == ()
    work.write("a.txt", "local\n")
    (work.path / "b.txt").write_text("local too\n")
    assert work.git("status", "--porcelain") == ""
    assert find_uncommitted(work.path, KnownFiles(shop.path)).hidden == ("a.txt", "b.txt")
    round_trip(shop, work.path)


def test_what_a_filter_keeps_out_of_git_is_seen_and_comes_back(shop, work):
    shop.git("config", "filter.results.clean", "sed /^result/d")
    shop.git("config", "filter.broken.smudge", "false")
    shop.git("config", "filter.broken.required", "true")
    shop.git("config", "filter.coded.clean", "tr a-z n-za-m")
    shop.git("config", "filter.coded.smudge", "tr a-z n-za-m")
    work.write(".gitattributes", "*.nb filter=results\n*.enc filter=coded\n*.bad filter=broken\n")
    work.write("empty.nb", "code\n")
    work.write("0:full.nb", "code\nresult 42\n")
    work.write("same.enc", "secret\n")
    work.write("never.bad", "x\n")
    shop.git("config", "filter.broken.clean", "cat")
    work.git("add", ".")
    work.git("commit", "--quiet", "-m", "Notebooks")
    assert work.git("status", "--porcelain") == ""
    assert find_uncommitted(work.path, KnownFiles(shop.path)).hidden == ("0:full.nb", "never.bad")
    shop.git("config", "--remove-section", "filter.broken")
    round_trip(shop, work.path)


def test_a_new_file_is_seen_where_git_is_told_that_case_does_not_matter(shop, work):
    shop.git("config", "core.ignoreCase", "true")
    work.write("A.TXT", "mine\n")
    assert "A.TXT" not in work.git("status", "--porcelain")
    assert find_uncommitted(work.path, KnownFiles(shop.path)).untracked == ("A.TXT",)
    assert status(work.path).untracked == ("A.TXT",)


def test_repositories_inside_and_names_that_git_refuses_come_back(shop, work):
    subprocess.run(["git", "init", "--quiet", work.path / "inner" / "repo"], check=True)
    work.write("inner/repo/file", "x\n")
    work.write("git~1/file", "x\n")
    work.write("data/.git/config", "x\n")
    (work.path / "empty" / "deep").mkdir(parents=True)
    round_trip(shop, work.path)


def test_large_files_come_back_without_being_held_in_memory(shop, work, monkeypatch):
    monkeypatch.setattr("worktree_tasks.git.trash.file_restoring.BATCH_BYTES", 1000)
    data = os.urandom(5000) + b"\r\n"
    shop.git("config", "core.autocrlf", "true")
    for name in ("large", "data/large", "again/large"):
        write(work.path / name, data, 0o640)
    round_trip(shop, work.path)


def test_ignored_files_count_when_they_are_neither_mains_nor_ours(shop, work):
    for checkout in (shop, work):
        checkout.write("data/same", "same\n")
        checkout.write("data/edited", "main's\n")
    work.write("data/edited", "edited\n")
    work.write("data/new", "new\n")
    work.write(".env", "written by us\n")
    work.write("data/override", "ours\n")
    work.write("node_modules/x/index.js", "installed\n")
    work.write("data/cache/CACHEDIR.TAG", "Signature: 8a477f597d28d172789f06886806bc55\n")
    written = {".env": digest(work.path / ".env")}
    found = find_uncommitted(work.path, KnownFiles(shop.path, written, frozenset({"data/override"})))
    assert found.ignored == ("data/edited", "data/new")
    assert found.spare == (".env", "data/same")
    assert found.untracked == ()
    work.write(".env", "edited by a person\n")
    assert ".env" in find_uncommitted(work.path, KnownFiles(shop.path, written)).ignored


def test_ignored_files_beyond_the_limit_are_named_the_smallest_are_saved(shop, work):
    for name, size in (("small", 10), ("middle", 50), ("huge", 500)):
        write(work.path / "data" / name, b"x" * size)
    write(work.path / "untracked", b"x" * 1000)
    huge = (LeftOut("data/huge", 500, "too large"),)
    assert left_out(work.path, find_uncommitted(work.path, KnownFiles(shop.path)), 100) == huge
    point = saved(shop.repo, work.path, limit=100)
    assert point.left_out == huge
    assert (point.files, point.size) == (3, 1060)
    gone(shop, work.path)
    back(shop.repo, point, work.path)
    assert sorted(path.name for path in (work.path / "data").iterdir()) == ["middle", "small"]
    assert (work.path / "untracked").stat().st_size == 1000


def test_an_ignored_file_that_vanishes_while_it_is_looked_at_is_in_nobodys_way(shop, work):
    for name in ("kept", "journal"):
        write(work.path / "data" / name, b"x")
    found = find_uncommitted(work.path, KnownFiles(shop.path))
    (work.path / "data/journal").unlink()
    assert left_out(work.path, found, 100) == ()


def everybody_can_read(root):
    """Return the ids of loose objects that others may read, through directories that they may enter."""
    found = set()
    for path in (path for path in root.iterdir() if not path.is_symlink()):
        if path.is_dir() and path.stat().st_mode & 0o011:
            found |= everybody_can_read(path)
        elif path.is_file() and path.stat().st_mode & 0o044:
            found.add(root.name + path.name)
    return found


def test_what_not_everybody_may_read_is_readable_to_nobody_else_in_the_trash(shop, work):
    secret = {".env": 0o600, "data/dump.sql": 0o644, "untracked.key": 0o600, "a.txt": 0o640}
    for name, mode in secret.items():
        write(work.path / name, f"secret of {name}\n".encode(), mode)
    write(work.path / "notes.txt", b"public\n", 0o644)
    ids = {name: work.git("hash-object", "--no-filters", name) for name in (*secret, "notes.txt")}
    before = files(work.path)
    point = saved(shop.repo, work.path)
    assert not set(ids.values()) & everybody_can_read(shop.path / ".git")
    gone(shop, work.path)
    back(shop.repo, point, work.path)
    assert files(work.path) == before


def test_a_worktree_that_only_its_owner_may_enter_comes_back_like_that(shop, work):
    work.write(".env", "TOKEN=1\n")
    work.path.chmod(0o710)
    round_trip(shop, work.path)
    assert work.path.stat().st_mode & 0o777 == 0o710


def test_saving_again_replaces_the_restore_point_and_another_worktree_gets_its_own(shop, work):
    first = saved(shop.repo, work.path)
    work.write("more.txt", "more\n")
    second = saved(shop.repo, work.path, name=first.name)
    assert (second.name, second.created) == (first.name, first.created)
    assert second.commit != first.commit
    third = saved(shop.repo, work.path)
    assert third.name not in {first.name, None}
    assert {one.name for one in restore_points(shop.repo)} == {second.name, third.name}
    drop_restore_points(shop.repo, [third])
    assert restore_points(shop.repo) == (second,)


@pytest.mark.parametrize("damage", [b"bad", b"", None], ids=["overwritten", "emptied", "missing"])
def test_a_damaged_restore_point_is_told_and_does_not_take_the_others_with_it(shop, work, damage):
    good, bad = (saved(shop.repo, work.path) for _ in range(2))
    vault = vault_of(shop.repo)
    file = vault / "objects" / bad.commit[:2] / bad.commit[2:]
    file.unlink()
    if damage is not None:
        file.write_bytes(damage)
    told = []
    assert restore_points(shop.repo, damaged=lambda *one: told.append(one)) == (good,)
    assert told == [(bad.name, vault)]
    third = saved(shop.repo, work.path)
    drop_restore_points(shop.repo, [good])
    assert restore_points(shop.repo) == (third,)


def test_a_branch_that_is_elsewhere_by_now_comes_back_under_another_name(shop, work, tmp_path):
    tip = work.commit_file("mine.txt", "mine\n")
    there = tmp_path / "there"
    assert restore_branch(shop.repo, "work", tip, path=work.path) == "work"
    assert restore_branch(shop.repo, "work", tip, path=there) == "work-restored"
    assert restore_branch(shop.repo, "work", tip, path=there) == "work-restored"
    assert restore_branch(shop.repo, "work", shop.head, path=there) == "work-restored-2"
    assert shop.git("rev-parse", "work") == tip


def test_a_restore_point_cannot_write_outside_of_its_worktree(shop, work, at):
    work.write("x", "y\n")
    point = saved(shop.repo, work.path)
    vault = at(vault_of(shop.repo))
    blob = vault.git("rev-parse", f"{point.commit}:files.json")
    listing = json.loads(vault.git("cat-file", "blob", blob))
    listing["files"][0]["path"] = "../outside"
    evil = shop.write("evil.json", json.dumps(listing))
    rows = vault.git("ls-tree", point.commit).replace(blob, vault.git("hash-object", "-w", str(evil)))
    made = subprocess.run(
        ["git", "mktree"], cwd=vault.path, input=rows + "\n", capture_output=True, text=True, check=True
    )
    commit = vault.git(
        "-c", "user.name=A", "-c", "user.email=a@b", "commit-tree", made.stdout.strip(), "-m", "x"
    )
    gone(shop, work.path, collect=False)
    with pytest.raises(Failure, match="outside"):
        restore_worktree(shop.repo, replace(point, commit=commit), work.path, branch="work", renamed={})
    assert not (work.path.parent / "outside").exists()


def test_a_file_in_the_way_is_not_written_over(shop, work):
    point = saved(shop.repo, work.path)
    gone(shop, work.path, collect=False)
    work.write("somebody.txt", "else's\n")
    with pytest.raises(Failure, match="exists already"):
        back(shop.repo, point, work.path)
    assert (work.path / "somebody.txt").read_text() == "else's\n"


def test_the_completion_knows_their_names_by_files_alone(shop, work):
    points = [saved(shop.repo, work.path), saved(shop.repo, work.path)]
    home = known_projects.known(str(shop.path)).here
    assert completion_names.restore_points(home) == sorted(one.name for one in points)
    shop.git("--git-dir", str(vault_of(shop.repo)), "pack-refs", "--all")
    assert completion_names.restore_points(home) == sorted(one.name for one in points)


_KILLED = """
case "$*" in
  *"update-index -q --refresh") touch "$(git rev-parse --git-path index.lock)"; kill -9 $$;;
esac
"""


def test_an_index_is_unlocked_that_a_killed_git_left_locked(shop, work, before_git):
    point = saved(shop.repo, work.path)
    gone(shop, work.path, collect=False)
    before_git(_KILLED)
    assert back(shop.repo, point, work.path) == ()
    assert not (git_directory(work.path) / "index.lock").exists()


def test_an_index_is_unlocked_that_a_killed_command_left_locked(shop, work):
    point = saved(shop.repo, work.path)
    gone(shop, work.path, collect=False)
    for _ in range(2):
        assert back(shop.repo, point, work.path) == ()
        lock = git_directory(work.path) / "index.lock"
        assert not lock.exists()
        lock.touch()


def test_a_killed_git_is_not_taken_for_files_that_could_not_be_checked_out(shop, work, before_git):
    point = saved(shop.repo, work.path)
    gone(shop, work.path, collect=False)
    before_git('case "$*" in *checkout-index*) [ -e ../killed ] || { touch ../killed; kill -9 $$; };; esac')
    with pytest.raises(Failure, match="git checkout-index: killed by SIGKILL"):
        back(shop.repo, point, work.path)
    assert back(shop.repo, point, work.path) == ()
    assert (work.path / "a.txt").read_text() == "one\n"
