"""What stands for the content of files: the same for the same, and nothing where git cannot tell."""

from __future__ import annotations

import os
import sys

import pytest

from worktree_tasks.git import content_fingerprints, fingerprint

PATHS = ["a.txt", "code"]


def edit(work):
    # The same size, within the second of the checkout: only the content tells.
    (work.path / "a.txt").write_text("ONE\n")


def delete(work):
    (work.path / "a.txt").unlink()


def add_file(work):
    work.write("code/new.txt", "new\n")


def stage_and_edit(work):
    edit(work)
    work.git("add", "a.txt")
    (work.path / "a.txt").write_text("two\n")


@pytest.mark.parametrize("change", [edit, delete, add_file, stage_and_edit])
def test_files_that_git_does_not_have_stand_for_nothing(work, change):
    change(work)
    assert fingerprint(work.path, PATHS) is None


def test_the_same_files_stand_for_the_same_in_each_checkout(shop, work):
    assert fingerprint(work.path, PATHS) == fingerprint(shop.path, PATHS) is not None
    assert fingerprint(work.path, ["b.txt"]) != fingerprint(work.path, PATHS)
    work.write("data/upload", "ignored\n")
    (work.path / "b.txt").write_text("elsewhere\n")
    assert fingerprint(work.path, [*PATHS, "data"]) == fingerprint(shop.path, PATHS)
    edit(work)
    work.git("commit", "--quiet", "--all", "--message", "Edit")
    assert fingerprint(work.path, PATHS) not in (None, fingerprint(shop.path, PATHS))


def test_a_conflict_stands_for_nothing(shop, work):
    for checkout, text in ((shop, "main\n"), (work, "work\n")):
        (checkout.path / "a.txt").write_text(text)
        checkout.git("commit", "--quiet", "--all", "--message", "Edit")
    assert work.run("git", "merge", "--quiet", "main").code == 1
    assert fingerprint(work.path, PATHS) is None


def test_an_edit_in_a_submodule_stands_for_nothing(make, shop):
    make("lib")
    shop.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", "../lib", "code/lib")
    shop.commit("Add a library")
    assert fingerprint(shop.path, ["code"]) is not None
    (shop.path / "code" / "lib" / "README").write_text("edited\n")
    assert fingerprint(shop.path, ["code"]) is None


def test_files_count_as_they_are_where_that_is_asked_and_a_commit_makes_no_difference(shop, work):
    clean = fingerprint(work.path, ["."], edited=True)
    assert clean == fingerprint(work.path, ["."]) == fingerprint(shop.path, ["."])
    edit(work)
    delete_b = work.path / "b.txt"
    kept = delete_b.read_text()
    delete_b.unlink()
    work.write('code/a "new"\n\\one', "new\n")
    (work.path / "code" / "run").write_text("#!/bin/sh\n")
    (work.path / "code" / "run").chmod(0o755)
    seen = {fingerprint(work.path, ["."], edited=True)}
    work.git("add", "--all")
    seen.add(fingerprint(work.path, ["."], edited=True))
    work.git("commit", "--quiet", "--message", "Edit")
    seen |= {fingerprint(work.path, ["."], edited=True), fingerprint(work.path, ["."])}
    assert len(seen) == 1
    assert clean not in seen
    delete_b.write_text(kept)
    for name in ('code/a "new"\n\\one', "code/run"):
        (work.path / name).unlink()
    (work.path / "a.txt").write_text((shop.path / "a.txt").read_text())
    assert fingerprint(work.path, ["."], edited=True) == clean


def test_what_is_no_plain_file_counts_too(work, monkeypatch):
    seen = [fingerprint(work.path, PATHS, edited=True)]

    def changed() -> bool:
        seen.append(fingerprint(work.path, PATHS, edited=True))
        return seen[-1] not in seen[:-1] and seen[-1] == fingerprint(work.path, PATHS, edited=True)

    link = work.path / "code" / "link"
    link.symlink_to("a")
    assert changed()
    link.unlink()
    link.symlink_to("b")
    assert changed()
    monkeypatch.setattr(content_fingerprints, "_LARGEST", 3)
    work.write("code/large", "large\n")
    assert changed()
    os.utime(work.path / "code" / "large", ns=(1, 1))
    assert changed()


def test_a_conflict_counts_as_it_lies_there(shop, work):
    for checkout, text in ((shop, "main\n"), (work, "work\n")):
        (checkout.path / "a.txt").write_text(text)
        checkout.git("commit", "--quiet", "--all", "--message", "Edit")
    assert work.run("git", "merge", "--quiet", "main").code == 1
    merging = fingerprint(work.path, PATHS, edited=True)
    (work.path / "a.txt").write_text("main\n")
    assert fingerprint(work.path, PATHS, edited=True) == fingerprint(shop.path, PATHS) != merging


def test_a_submodule_counts_by_its_files(make, shop):
    make("lib")
    shop.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", "../lib", "code/lib")
    shop.commit("Add a library")
    clean = fingerprint(shop.path, ["code"], edited=True)
    (shop.path / "code" / "lib" / "README").write_text("edited\n")
    edited = fingerprint(shop.path, ["code"], edited=True)
    assert edited not in (None, clean)
    (shop.path / "code" / "lib" / "README").write_text("edited again\n")
    assert fingerprint(shop.path, ["code"], edited=True) not in (edited, clean)
    shop.git("checkout", "--quiet", ".", cwd=shop.path / "code" / "lib")
    shop.git("submodule", "--quiet", "deinit", "--force", "code/lib")
    work = shop.path / "code" / "new"
    work.write_text("new\n")
    assert fingerprint(shop.path, ["code"], edited=True) not in (edited, clean)


def test_no_paths_stand_for_no_files(work):
    assert fingerprint(work.path, []) == fingerprint(work.path, ["absent"])


def test_a_file_that_may_not_be_read_counts_by_its_time(work, unprivileged):
    work.write("code/secret", "secret\n").chmod(0)
    script = f"""
from pathlib import Path
from worktree_tasks.git import fingerprint
print(fingerprint(Path({str(work.path)!r}), ["code"], edited=True))
"""
    seen = [work.run(*unprivileged, sys.executable, "-c", script, code=0).out for _ in range(2)]
    assert seen[0] == seen[1] != "None\n"
