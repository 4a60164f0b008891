"""What stands for the content of files: the same for the same, and nothing where git cannot tell."""

from __future__ import annotations

import pytest

from worktree_tasks.command import CommandError
from worktree_tasks.git import fingerprint, had, mentioning

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


def test_no_paths_stand_for_no_files(work):
    assert fingerprint(work.path, []) == fingerprint(work.path, ["absent"])


def test_files_that_mention_a_word_are_found_committed_or_not(work):
    work.write("a/migrations/1.py", 'CreateModel(name="Refund")\n')
    work.git("add", "a")
    work.git("commit", "--quiet", "--message", "Refund")
    work.write("b/migrations/2.py", "refund\n")
    work.write("b/migrations/3.py", "refunds, not the word\n")
    work.write("elsewhere.py", "refund\n")
    assert mentioning(work.path, "refund", ["**/migrations/**"]) == ("a/migrations/1.py", "b/migrations/2.py")
    assert mentioning(work.path, "-e", ["**/migrations/**"]) == ()
    with pytest.raises(CommandError):
        mentioning(work.path.parent, "refund", ["**/migrations/**"])


def test_what_a_branch_had_once_is_known_by_its_path_and_what_others_have_is_not(shop, work):
    first, second = "app/migrations/0001_initial.py", "app/migrations/0002_[paid].py"
    for path in (first, second):
        work.write(path, "")
    work.commit("Add migrations")
    work.git("mv", first, "app/migrations/0001_renamed.py")
    work.git("rm", "--quiet", second)
    work.commit("Squash")
    work.git("config", "log.showRoot", "false")
    asked = ("a.txt", first, second, "app/migrations/0003_never.py", "app/migrations/0002_p.py")
    assert had(work.path, asked) == {"a.txt", first, second}
    assert had(shop.path, asked) == {"a.txt"}
    assert had(work.path, ()) == frozenset()
