"""Restore points of former versions: moved into the vault by the next command, whatever happens to it."""

from __future__ import annotations

import json
import shutil
import subprocess

import pytest
from harness.round_trips import back, gone, has, saved
from harness.work import snapshot

from worktree_tasks.git import drop_restore_points, program, restore_points
from worktree_tasks.git.trash import old_restore_points, vault_repository
from worktree_tasks.git.trash.vault_repository import vault_of


@pytest.fixture
def work(work):
    work.write("notes.txt", "a secret\n")
    work.write("a.txt", "changed\n")
    return work


def as_formerly(shop, point):
    """Have a restore point as former versions wrote it: under a reference, with private files apart."""
    store = vault_of(shop.repo)
    shop.git("fetch", "--quiet", "--no-write-fetch-head", str(store), f"refs/points/{point.name}")
    listing = json.loads(shop.git("cat-file", "blob", f"{point.commit}:files.json"))
    private = [entry["blob"] for entry in listing["files"] if entry["path"] in {".env", "notes.txt"}]
    public = [entry["blob"] for entry in listing["files"] if entry["blob"] not in private]
    for entry in listing["files"]:
        entry["private"] = entry["blob"] in private
    shutil.rmtree(store)
    shop.git("init", "--quiet", "--bare", str(store))
    for name in (".env", "notes.txt"):
        shop.git(
            "--git-dir", str(store), "hash-object", "-w", str(shop.path.parent / "shop.worktrees/work" / name)
        )
    kept = made_commit(shop, store, made_tree(shop, store, private), "Files of a restore point")
    shop.git("--git-dir", str(store), "update-ref", f"refs/kept/{kept}", kept)
    files = made_tree(shop, shop.path / ".git", public)
    shop.write("files.json", json.dumps(listing))
    rows = {
        name: f"{mode} {kind} {oid}"
        for mode, kind, oid, name in (row.split() for row in shop.git("ls-tree", point.commit).splitlines())
    }
    rows["files"] = f"040000 tree {files}"
    rows["files.json"] = f"100644 blob {shop.git('hash-object', '-w', 'files.json')}"
    (shop.path / "files.json").unlink()
    tree = fed(
        shop, shop.path / ".git", "mktree", text="".join(f"{row}\t{name}\n" for name, row in rows.items())
    )
    details = {
        "worktree": "work", "created": 5.0, "head": point.head, "branch": point.branch, "operation": None,
        "files": point.files, "size": point.size, "vault": kept, "left_out": [], "notes": {"key": "k"},
    }  # fmt: skip
    text = f"Restore point of worktree work\n\n{json.dumps(details)}"
    commit = made_commit(shop, shop.path / ".git", tree, text, "-p", point.head)
    shop.git("update-ref", "refs/worktree-tasks/trash/work-19700101-000005", commit)
    return commit, private


def fed(shop, store, *words, text):
    argv = ["git", "--git-dir", str(store), *words]
    done = subprocess.run(argv, input=text, cwd=shop.path, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def made_tree(shop, store, blobs):
    rows = "".join(f"100644 blob {oid}\t{number:08}\n" for number, oid in enumerate(dict.fromkeys(blobs)))
    return fed(shop, store, "mktree", text=rows)


def made_commit(shop, store, tree, text, *parents):
    who = ("-c", "user.name=A", "-c", "user.email=a@b")
    return fed(shop, store, *who, "commit-tree", tree, *parents, text=text)


def collect(shop):
    shop.git("reflog", "expire", "--expire=now", "--all")
    shop.git("gc", "--quiet", "--prune=now")


@pytest.fixture
def former(shop, work):
    work.write(".env", "another secret\n")
    before = snapshot(work.path)
    commit, private = as_formerly(shop, saved(shop.repo, work.path))
    gone(shop, work.path)
    shop.git("branch", "--quiet", "-D", "work")
    return before, commit, private


def test_a_restore_point_of_a_former_version_moves_into_the_vault_and_comes_back(shop, work, former):
    before, commit, _ = former
    (point,) = restore_points(shop.repo)
    assert (point.name, point.created, point.notes) == ("work-19700101-000005", 5.0, {"key": "k"})
    assert shop.git("for-each-ref", "refs/worktree-tasks") == ""
    collect(shop)
    assert not has(shop.path / ".git", commit)
    later = saved(shop.repo, shop.path)
    assert restore_points(shop.repo) == (later, point)
    drop_restore_points(shop.repo, [later])
    assert shop.git("--git-dir", str(vault_of(shop.repo)), "for-each-ref", "refs/kept") == ""
    back(shop.repo, point, work.path)
    assert snapshot(work.path) == before
    drop_restore_points(shop.repo, [point])
    assert not vault_of(shop.repo).exists()


class Killed(BaseException):
    """The process is gone."""


@pytest.mark.parametrize(
    "words",
    [
        ("update-ref", "refs/points/"),
        ("update-ref", "-d", "refs/worktree-tasks/"),
        ("update-ref", "-d", "refs/kept/"),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_move_that_was_killed_is_finished_by_the_next_command(shop, work, former, words, when, monkeypatch):
    before, _, _ = former

    def deadly(cwd, *arguments, **options):
        strikes = all(any(word in one for one in arguments) for word in words)
        if strikes and when == "before":
            raise Killed
        done = program.git(cwd, *arguments, **options)
        if strikes:
            raise Killed
        return done

    with monkeypatch.context() as patched:
        patched.setattr(old_restore_points, "git", deadly)
        patched.setattr(vault_repository, "git", deadly)
        with pytest.raises(Killed):
            restore_points(shop.repo)
    (point,) = restore_points(shop.repo)
    assert shop.git("for-each-ref", "refs/worktree-tasks") == ""
    collect(shop)
    back(shop.repo, point, work.path)
    assert snapshot(work.path) == before


def test_references_of_strangers_stay_where_they_are_and_nothing_that_they_may_need_is_deleted(
    shop, work, former
):
    _, _, private = former
    shop.git("update-ref", "refs/worktree-tasks/trash/strange", shop.head)
    (point,) = restore_points(shop.repo)
    assert shop.git("for-each-ref", "--format=%(refname)", "refs/worktree-tasks/") == (
        "refs/worktree-tasks/trash/strange"
    )
    store = vault_of(shop.repo)
    kept = shop.git("--git-dir", str(store), "hash-object", "-w", str(shop.path / "README"))
    commit = made_commit(shop, store, made_tree(shop, store, [kept]), "Files of a restore point")
    shop.git("--git-dir", str(store), "update-ref", f"refs/kept/{commit}", commit)
    drop_restore_points(shop.repo, [point])
    assert [has(store, oid) for oid in (kept, *private)] == [True, False, False]
    shop.git("update-ref", "-d", "refs/worktree-tasks/trash/strange")
    drop_restore_points(shop.repo, [saved(shop.repo, shop.path)])
    assert not store.exists()
