"""Restore points leave no repository, need no object of it, and go whole."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace

import pytest
from harness.round_trips import back, gone, has, round_trip, saved, write
from harness.work import snapshot

from worktree_tasks.errors import Failure
from worktree_tasks.git import (
    bring_back_commits,
    drop_restore_points,
    find_repository,
    note_expired,
    restore_points,
)
from worktree_tasks.git.program import git
from worktree_tasks.git.trash import linked_objects, vault_repository
from worktree_tasks.git.trash.vault_repository import in_vault, open_vault, vault_of
from worktree_tasks.git.trash.vault_tidying import tidy_vault
from worktree_tasks.machine.locks import InUse, hold

SECRET = "a secret of nobody else's\n"


@pytest.fixture
def work(work):
    work.write("notes.txt", SECRET)
    work.write("a.txt", SECRET)
    work.write(".env", SECRET)
    return work


def objects_of(point, store):
    listed = subprocess.run(
        ["git", "--git-dir", str(store), "ls-tree", "-r", "--format=%(objectname)", f"{point.commit}:files"],
        capture_output=True,
        text=True,
        check=True,
    )
    return listed.stdout.split()


def mirror_push(shop, place):
    shop.git("init", "--quiet", "--bare", str(place))
    shop.git("push", "--quiet", "--mirror", str(place))


def push_of_all_references(shop, place):
    shop.git("init", "--quiet", "--bare", str(place))
    shop.git("push", "--quiet", str(place), "refs/*:refs/*")


def mirror_clone(shop, place):
    shop.git("clone", "--quiet", "--mirror", "--no-local", str(shop.path), str(place))


def local_mirror_clone(shop, place):
    shop.git("clone", "--quiet", "--mirror", str(shop.path), str(place))


def fetch(shop, place):
    shop.git("init", "--quiet", "--bare", str(place))
    shop.git("--git-dir", str(place), "fetch", "--quiet", str(shop.path), "refs/*:refs/*")


def bundle(shop, place):
    shop.git("bundle", "create", "--quiet", str(place) + ".bundle", "--all")
    shop.git("clone", "--quiet", "--mirror", str(place) + ".bundle", str(place))


WAYS = [mirror_push, push_of_all_references, mirror_clone, local_mirror_clone, fetch, bundle]


@pytest.mark.parametrize("leave", WAYS)
def test_restore_points_leave_the_machine_in_no_way(shop, work, tmp_path, leave):
    point = saved(shop.repo, work.path)
    files = objects_of(point, vault_of(shop.repo))
    gone(shop, work.path, collect=False)
    back(shop.repo, point, work.path)
    leave(shop, tmp_path / "elsewhere")
    assert len(files) == 3
    assert not [oid for oid in (*files, point.commit) if has(tmp_path / "elsewhere", oid)]
    assert "worktree-tasks" not in shop.git("--git-dir", str(tmp_path / "elsewhere"), "for-each-ref")


def test_nobody_but_the_owner_may_enter_the_vault_whatever_is_configured(shop, work):
    shop.git("config", "core.sharedRepository", "group")
    saved(shop.repo, work.path)
    assert stat.S_IMODE(vault_of(shop.repo).stat().st_mode) == 0o700


def test_no_hook_of_the_user_runs_in_the_vault(shop, work, tmp_path, monkeypatch):
    hooks = tmp_path / "hooks"
    write(hooks / "reference-transaction", f"#!/bin/sh\necho >> {tmp_path}/ran\n".encode(), 0o755)
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".gitconfig").write_text(f"[core]\nhooksPath = {hooks}\n[safe]\nbareRepository = explicit\n")
    monkeypatch.delenv("GIT_CONFIG_GLOBAL")
    drop_restore_points(shop.repo, [saved(shop.repo, work.path)])
    assert not (tmp_path / "ran").exists()


def test_nothing_that_goes_from_the_repository_breaks_a_restore_point(shop, work):
    shop.commit_file("b.txt", "the base\n")
    work.git("commit", "--quiet", "-am", "Mine")
    work.write("a.txt", "more\n")
    before = snapshot(work.path)
    log = work.git("log", "--format=%H")
    point = saved(shop.repo, work.path)
    gone(shop, work.path, collect=False)
    shop.git("branch", "--quiet", "-D", "work")
    # A base that was written anew: nothing of the history is left.
    shop.git("switch", "--quiet", "--orphan", "other")
    shop.commit_file("c.txt", "other\n")
    shop.git("branch", "--quiet", "-D", "main")
    shop.git("reflog", "expire", "--expire=now", "--all")
    shop.git("gc", "--quiet", "--prune=now")
    assert not has(shop.path / ".git", log.split()[-1])
    assert back(shop.repo, point, work.path) == ()
    assert snapshot(work.path) == before
    assert work.git("log", "--format=%H") == log
    shop.git("fsck", "--strict", "--no-dangling")


def test_no_file_that_was_saved_becomes_an_object_of_the_repository(shop, work):
    point = saved(shop.repo, work.path)
    files = objects_of(point, vault_of(shop.repo))
    gone(shop, work.path)
    back(shop.repo, point, work.path)
    assert not [oid for oid in files if has(shop.path / ".git", oid)]
    assert not (shop.path / ".git" / "FETCH_HEAD").exists()
    assert shop.git("for-each-ref", "--format=%(refname)").split() == ["refs/heads/main", "refs/heads/work"]


def test_what_is_there_already_is_not_packed_again(shop, work):
    point = saved(shop.repo, work.path)
    shop.git("gc", "--quiet")
    objects = shop.path / ".git" / "objects"
    before = linked_objects.packs(objects)
    back(shop.repo, point, work.path.with_name("again"))
    for name in linked_objects.packs(objects).keys() - before.keys():
        listed = shop.git("verify-pack", "-v", str(objects / "pack" / f"{name}.idx"))
        assert " tree " in listed
        assert " blob " not in listed
        assert " commit " not in listed


def test_objects_are_linked_not_copied(shop, work):
    shop.git("gc", "--quiet")
    shop.commit_file("b.txt", "loose\n")
    saved(shop.repo, work.path)
    objects, kept = shop.path / ".git" / "objects", vault_of(shop.repo) / "objects"
    shared = [one for one in kept.rglob("*") if one.is_file() and one.stat().st_nlink == 2]
    names = {one.relative_to(kept) for one in shared}
    assert {one.relative_to(objects) for one in objects.glob("pack/*.pack")} <= names
    assert {one.relative_to(objects) for one in objects.glob("[0-9a-f][0-9a-f]/*")} <= names


def test_where_no_link_can_be_made_objects_are_copied(shop, work, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    shop.git("gc", "--quiet")
    shop.commit_file("b.txt", "loose\n")
    round_trip(shop, work.path)


def test_a_repack_while_objects_are_linked_loses_none(shop, work, monkeypatch):
    for number in range(5):
        shop.commit_file(f"{number}.txt", f"{number}\n")
    real, done = linked_objects._loose, []

    def repacking(objects):
        yield from real(objects)
        if not done:
            done.append(shop.git("gc", "--quiet", "--prune=now"))

    monkeypatch.setattr(linked_objects, "_loose", repacking)
    # The loose objects of the first look would be all there are.
    monkeypatch.setattr(linked_objects, "_link", _losing(linked_objects._link, done))
    point = saved(shop.repo, work.path)
    shop.git("--git-dir", str(vault_of(shop.repo)), "fsck", "--full", "--strict", point.commit)


def _losing(link, done):
    def linked(source, target, *, copy):
        return link(source, target, copy=copy) if done else True

    return linked


@pytest.mark.parametrize("kind", ["sha1", "sha256"])
def test_repositories_of_either_object_format_have_a_vault(make, tree, kind):
    shop = make("formatted", f"--object-format={kind}")
    work = tree(shop, "work")
    work.write("notes.txt", SECRET)
    work.commit_file("mine.txt", "mine\n")
    round_trip(shop, work.path)


def test_a_vault_of_another_object_format_is_put_aside(make, tree):
    shop = make("formatted", "--object-format=sha256")
    work = tree(shop, "work")
    vault = vault_of(shop.repo)
    shop.git("init", "--quiet", "--bare", str(vault))
    round_trip(shop, work.path)
    assert [one.name.partition("-")[0] for one in sorted(vault.parent.iterdir()) if one.is_dir()] == [
        "vault",
        "vault",
    ]


def test_many_who_need_the_vault_at_once_all_find_it_whole(shop):
    vault = vault_of(shop.repo)

    def written(number):
        with open_vault(shop.repo):
            return in_vault(vault, "hash-object", "-w", "--stdin", stdin=f"{number}\n").out.strip()

    with ThreadPoolExecutor(16) as pool:
        written_ids = list(pool.map(written, range(16)))
    assert all(has(vault, oid) for oid in written_ids)
    assert in_vault(vault, "config", "gc.auto").out.strip() == "0"


def test_a_vault_whose_making_was_cut_off_is_made_again(shop, work):
    vault = vault_of(shop.repo)
    shop.git("init", "--quiet", "--bare", str(vault))
    shutil.rmtree(vault / "objects")
    round_trip(shop, work.path)
    assert [one for one in vault.parent.iterdir() if one.is_dir()] == [vault]


def test_a_clone_that_borrows_objects_has_its_own_in_the_vault(shop, clone, tree, make, tmp_path):
    shop.commit_file("a.txt", "one\n")
    shop.git("gc", "--quiet")
    copied = clone(shop, "copied", "--shared")
    assert (copied.path / ".git" / "objects" / "info" / "alternates").exists()
    work = tree(copied, "work")
    work.write("notes.txt", SECRET)
    work.commit_file("mine.txt", "mine\n")
    before = snapshot(work.path)
    point = saved(copied.repo, work.path)
    gone(copied, work.path, collect=False)
    copied.git("repack", "--quiet", "-a")
    (copied.path / ".git" / "objects" / "info" / "alternates").unlink()
    shutil.rmtree(shop.path)
    back(copied.repo, point, work.path)
    assert snapshot(work.path) == before
    vault = vault_of(copied.repo)
    copied.git("--git-dir", str(vault), "fsck", "--full", "--strict")


def test_where_borrowed_objects_cannot_be_linked_the_vault_borrows_them_too(shop, clone, tree, monkeypatch):
    shop.commit_file("a.txt", "one\n")
    copied = clone(shop, "copied", "--shared")
    work = tree(copied, "work")
    work.write("notes.txt", SECRET)
    real = os.link

    def refusing(source, target, **options):
        if str(source).startswith(str(shop.path)):
            raise PermissionError(1, "Operation not permitted")
        real(source, target, **options)

    monkeypatch.setattr(os, "link", refusing)
    round_trip(copied, work.path)
    tidy_vault(copied.repo)
    borrowed = (vault_of(copied.repo) / "objects" / "info" / "alternates").read_text()
    assert borrowed == f"{shop.path}/.git/objects\n"


def origin_with_history(shop):
    for number in range(5):
        shop.commit_file("a.txt", f"{number}\n")
    shop.git("config", "uploadpack.allowFilter", "true")
    shop.git("config", "uploadpack.allowAnySHA1InWant", "true")


def test_a_shallow_clone_gets_its_history_back_where_it_ended(shop, clone, tree):
    origin_with_history(shop)
    shallow = clone(shop, "shallow", "--no-local", "--depth=2")
    shallow.git("remote", "set-url", "origin", f"file://{shop.path}")
    work = tree(shallow, "work")
    mine = work.commit_file("mine.txt", "mine\n")
    work.write("notes.txt", SECRET)
    before = snapshot(work.path)
    point = saved(shallow.repo, work.path)
    gone(shallow, work.path, collect=False)
    shallow.git("branch", "--quiet", "-D", "work")
    shop.commit_file("a.txt", "far on\n")
    shallow.git("fetch", "--quiet", "--depth=1", "origin")
    shallow.git("reset", "--quiet", "--hard", "origin/main")
    shallow.git("reflog", "expire", "--expire=now", "--all")
    shallow.git("gc", "--quiet", "--prune=now")
    assert not has(shallow.path / ".git", mine)
    later = tree(shallow, "later")
    saved(shallow.repo, later.path)
    tidy_vault(shallow.repo)
    back(shallow.repo, point, work.path)
    assert snapshot(work.path) == before
    assert work.git("log", "--format=%s").splitlines() == ["Change mine.txt", "Change a.txt", "Change a.txt"]
    shallow.git("fsck", "--no-dangling")
    shallow.git("fetch", "--quiet", "--unshallow", "origin")
    assert len(work.git("log", "--format=%s").splitlines()) > 3


def test_a_partial_clone_fetches_nothing_and_comes_back(shop, clone, tree, tmp_path):
    origin_with_history(shop)
    partial = clone(shop, "partial", "--no-local", "--filter=blob:none")
    work = tree(partial, "work")
    work.commit_file("mine.txt", "mine\n")
    work.write("notes.txt", SECRET)
    before = snapshot(work.path)
    partial.git("remote", "set-url", "origin", str(tmp_path / "nowhere"))
    points = [saved(partial.repo, work.path) for _ in range(2)]
    gone(partial, work.path, collect=False)
    partial.git("branch", "--quiet", "-D", "work")
    partial.git("reflog", "expire", "--expire=now", "--all")
    partial.git("gc", "--quiet", "--prune=now")
    drop_restore_points(partial.repo, points[:1])
    back(partial.repo, points[1], work.path)
    assert snapshot(work.path) == before
    partial.git("fsck", "--no-dangling")


def test_what_no_restore_point_holds_any_more_is_deleted_at_once_and_nothing_else(shop, work):
    points, ids = {}, {}
    for name in ("first", "second"):
        work.write(".env", f"{name}\n")
        ids[name] = work.git("hash-object", ".env")
        points[name] = saved(shop.repo, work.path)
    before = snapshot(work.path)
    drop_restore_points(shop.repo, [points["first"]])
    vault = vault_of(shop.repo)
    assert [has(vault, ids[name]) for name in ("first", "second")] == [False, True]
    gone(shop, work.path)
    back(shop.repo, points["second"], work.path)
    assert snapshot(work.path) == before
    drop_restore_points(shop.repo, [points["second"]])
    assert not vault.exists()
    assert restore_points(shop.repo) == ()
    round_trip(shop, work.path)


def test_old_packs_of_the_repository_do_not_pile_up(shop, work):
    points = []
    for number in range(3):
        shop.commit_file(f"{number}.txt", f"{number}\n")
        shop.git("repack", "--quiet", "-a", "-d")
        points.append(saved(shop.repo, work.path))
    store = vault_of(shop.repo) / "objects"
    assert len(linked_objects.packs(store)) == 3
    drop_restore_points(shop.repo, points[:1])
    mains = linked_objects.packs(shop.path / ".git" / "objects")
    kept = linked_objects.packs(store)
    assert mains.keys() <= kept.keys()
    assert len(kept.keys() - mains.keys()) <= 1
    shop.git("--git-dir", str(vault_of(shop.repo)), "fsck", "--full", "--strict")


def test_saving_tidies_a_vault_that_is_mostly_packs_of_former_times(shop, work, monkeypatch):
    monkeypatch.setattr("worktree_tasks.git.trash.vault_tidying._SPARE_BYTES", 0)
    points = []
    for number in range(5):
        shop.commit_file(f"{number}.txt", f"{number}\n")
        shop.git("repack", "--quiet", "-a", "-d")
        points.append(saved(shop.repo, work.path))
    assert len(linked_objects.packs(vault_of(shop.repo) / "objects")) <= 3
    assert restore_points(shop.repo) == tuple(points[::-1])
    shop.git("--git-dir", str(vault_of(shop.repo)), "fsck", "--full", "--strict")


def test_what_another_command_is_saving_is_not_tidied_away(shop, work):
    point = saved(shop.repo, work.path)
    vault = vault_of(shop.repo)
    lone = shop.git("--git-dir", str(vault), "hash-object", "-w", str(work.path / "notes.txt"))
    with open_vault(shop.repo):
        drop_restore_points(shop.repo, [point])
        assert has(vault, lone)
    tidy_vault(shop.repo)
    assert not vault.exists()


def test_nothing_is_saved_into_a_vault_while_it_is_tidied(shop, work, monkeypatch):
    monkeypatch.setattr(vault_repository, "_WAIT_SECONDS", 0.1)
    saved(shop.repo, work.path)
    place = vault_of(shop.repo)
    with hold(place.parent, place.name), pytest.raises(InUse, match=f"{place} is in use: waited 0.1 s"):
        saved(shop.repo, work.path)


def test_a_restore_point_that_a_later_version_has_written_is_kept_and_what_is_known_of_it_shown(shop, work):
    point, other = saved(shop.repo, work.path), saved(shop.repo, work.path)
    files = objects_of(point, vault_of(shop.repo))
    for more in ({"mood": "sunny"}, {"format": 99}, {"left_out": [["a", 1, "why"]]}):
        point = rewritten(shop, point, more)
        (seen,) = (one for one in restore_points(shop.repo) if one.name == point.name)
        assert (seen.worktree, seen.files) == (point.worktree, point.files)
    point = rewritten(shop, point, {"left_out": "all"})
    assert point.name not in {one.name for one in restore_points(shop.repo)}
    drop_restore_points(shop.repo, [other])
    assert all(has(vault_of(shop.repo), oid) for oid in (point.commit, *files))


def rewritten(shop, point, more):
    git = ("--git-dir", str(vault_of(shop.repo)))
    head, _, text = shop.git(*git, "log", "-1", "--format=%s%x00%b", point.commit).partition("\0")
    body = json.dumps({**json.loads(text), **more})
    tree = f"{point.commit}^{{tree}}"
    commit = shop.git(
        *git, "-c", "user.name=A", "-c", "user.email=a@b", "commit-tree", tree, "-m", head, "-m", body
    )
    shop.git(*git, "update-ref", f"refs/points/{point.name}", commit)
    return replace(point, commit=commit)


def test_a_restore_point_in_a_later_format_is_not_restored_by_half(shop, work):
    point = replace(saved(shop.repo, work.path), format=2)
    with pytest.raises(Failure, match="later version"):
        bring_back_commits(shop.repo, point)


def test_restore_points_are_in_the_order_they_were_saved_in_whatever_the_clock_says(shop, work, monkeypatch):
    names = []
    for now in (2e9, 1e9, 1.5e9):
        monkeypatch.setattr("time.time", lambda now=now: now)
        names.append(saved(shop.repo, work.path).name)
    assert [one.name for one in restore_points(shop.repo)] == names[::-1]


def test_when_a_restore_point_was_seen_expired_is_noted_and_goes_with_it(shop, work):
    point, other = saved(shop.repo, work.path), saved(shop.repo, work.path)
    note_expired(shop.repo, point, 123.5)
    assert {one.name: one.seen_expired for one in restore_points(shop.repo)} == {
        point.name: 123.5,
        other.name: None,
    }
    work.write("notes.txt", "changed\n")
    again = saved(shop.repo, work.path, name=point.name)
    assert again.seen_expired is None
    note_expired(shop.repo, other, 5.0)
    note_expired(shop.repo, other, None)
    drop_restore_points(shop.repo, [again])
    assert [one.seen_expired for one in restore_points(shop.repo)] == [None]
    assert shop.git("--git-dir", str(vault_of(shop.repo)), "for-each-ref", "refs/expired") == ""


def test_saving_in_a_repository_that_is_found_by_a_linked_worktree_uses_the_same_vault(shop, work):
    point = saved(find_repository(work.path), work.path)
    assert restore_points(shop.repo) == (point,)


def test_two_that_save_from_a_partial_clone_at_once_do_not_fail(shop, clone, tree, monkeypatch):
    origin_with_history(shop)
    partial = clone(shop, "partial", "--no-local", "--filter=blob:none")
    works = [tree(partial, name) for name in ("one", "two")]
    for work in works:
        work.write("notes.txt", SECRET)
    writing, meeting = threading.Lock(), threading.Barrier(2)

    def alone_only(*arguments, **options):
        if "config" in arguments and "--get" not in arguments and linked_objects._PROMISOR in arguments:
            assert writing.acquire(blocking=False), "two write the configuration at once"
            with suppress(threading.BrokenBarrierError):
                meeting.wait(0.3)
            writing.release()
        return git(*arguments, **options)

    monkeypatch.setattr(linked_objects, "git", alone_only)
    with ThreadPoolExecutor(2) as pool:
        points = list(pool.map(lambda work: saved(partial.repo, work.path), works))
    assert len({one.name for one in points}) == 2
