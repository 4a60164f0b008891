from __future__ import annotations

import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import worktree_tasks
from worktree_tasks.errors import BadUse, Failure
from worktree_tasks.git import add_worktree, forget_half_made, remove_worktree, worktrees
from worktree_tasks.git.git_hooks import hook_argv
from worktree_tasks.git.program import alone
from worktree_tasks.git.worktree_addition import branch_argv, worktree_argv


def branches(checkout):
    return set(checkout.git("for-each-ref", "--format=%(refname:short)", "refs/heads").split("\n"))


def entries(checkout):
    admin = checkout.path / ".git" / "worktrees"
    return sorted(path.name for path in admin.iterdir()) if admin.is_dir() else []


def test_argv_keeps_names_apart_from_options():
    assert branch_argv("x", "abc") == ("branch", "--no-track", "--", "x", "abc")
    assert worktree_argv(Path("/w"), "x") == ("worktree", "add", "--no-checkout", "--", "/w", "x")
    assert hook_argv("abcd") == ("post-checkout", "--", "0000", "abcd", "1")


def test_files_are_written_without_a_lock_on_the_branch(shop, tmp_path):
    # A git that is killed while it has one leaves it behind, and nobody can commit there any more.
    shop.git("branch", "auth")
    (shop.path / ".git" / "refs" / "heads" / "auth.lock").touch()
    add_worktree(shop.repo, tmp_path / "auth", "auth", start=None, create=False)
    assert (tmp_path / "auth" / "README").exists()


def test_new_branch_starts_at_its_base_with_clean_files(shop, tmp_path, at, capfd):
    first = shop.head
    shop.commit_file("README", "later\n")
    add_worktree(shop.repo, tmp_path / "w" / "auth", "auth", start=first, create=True)
    made = at(tmp_path / "w" / "auth")
    assert (made.head, made.git("branch", "--show-current"), made.git("status", "--porcelain")) == (
        first,
        "auth",
        "",
    )
    assert (made.path / "README").read_text() == "shop\n"
    assert worktrees(shop.repo)[1].locked is None
    assert capfd.readouterr() == ("", "")


def test_new_branch_never_tracks_its_base(shop, clone, tmp_path):
    ours = clone(shop)
    ours.git("config", "branch.autoSetupMerge", "always")
    add_worktree(ours.repo, tmp_path / "w", "x", start="origin/main", create=True)
    assert ours.git("config", "--get-regexp", r"^branch\.x\.", fails=True) == ""


def test_branch_of_a_remote_tracks_it(shop, clone, tmp_path):
    shop.git("branch", "auth")
    ours = clone(shop)
    add_worktree(ours.repo, tmp_path / "w", "auth", start=ours.head, create=True, track="origin/auth")
    assert ours.git("rev-parse", "--abbrev-ref", "auth@{upstream}") == "origin/auth"


def test_existing_branch_is_checked_out_as_it_is(shop, tmp_path, at):
    shop.git("checkout", "--quiet", "-b", "auth")
    tip = shop.commit_file("a", "1")
    shop.git("checkout", "--quiet", "main")
    add_worktree(shop.repo, tmp_path / "w", "auth", start=None, create=False)
    assert at(tmp_path / "w").head == tip


def test_branch_comes_before_a_tag_of_its_name(shop, tmp_path, at):
    shop.git("tag", "v1")
    shop.git("checkout", "--quiet", "-b", "v1")
    tip = shop.commit_file("a", "1")
    shop.git("checkout", "--quiet", "main")
    add_worktree(shop.repo, tmp_path / "w", "v1", start=None, create=False)
    assert (at(tmp_path / "w").head, at(tmp_path / "w").git("branch", "--show-current")) == (tip, "v1")


@pytest.mark.parametrize("name", ["with space", "ünïcode", "new\nline", "-dash", "--force"])
def test_unusual_directories_are_made(shop, tmp_path, name):
    add_worktree(shop.repo, tmp_path / name, "x", start=shop.head, create=True)
    assert worktrees(shop.repo)[1].path == tmp_path / name
    assert (tmp_path / name / "README").exists()


@pytest.mark.parametrize("name", ["a;touch-pwned", "$(id)", "ünïcode/日本", "x" * 250, "feature/a-b"])
def test_unusual_branches_are_taken_literally(shop, tmp_path, name, at):
    add_worktree(shop.repo, tmp_path / "w", name, start=shop.head, create=True)
    assert at(tmp_path / "w").git("branch", "--show-current") == name


@pytest.mark.parametrize("name", ["--upload-pack=x", "../../x", "a b", "-x", "@{-1}", "HEAD", "x" * 300])
def test_hostile_branches_touch_nothing(shop, tmp_path, name):
    with pytest.raises(BadUse):
        add_worktree(shop.repo, tmp_path / "w", name, start=shop.head, create=True)
    assert not (tmp_path / "w").exists()
    assert branches(shop) == {"main"}


def test_new_branch_without_a_start_is_refused(shop, tmp_path):
    with pytest.raises(BadUse, match="no start"):
        add_worktree(shop.repo, tmp_path / "w", "x", start=None, create=True)


def test_directory_in_the_way_stays_as_it_is(shop, tmp_path):
    (tmp_path / "w").mkdir()
    (tmp_path / "w" / "mine").write_text("1")
    with pytest.raises(Failure, match="exists already"):
        add_worktree(shop.repo, tmp_path / "w", "x", start=shop.head, create=True)
    assert (tmp_path / "w" / "mine").read_text() == "1"
    assert (branches(shop), entries(shop)) == ({"main"}, [])


def test_empty_directory_is_used(shop, tmp_path):
    (tmp_path / "w").mkdir()
    add_worktree(shop.repo, tmp_path / "w", "x", start=shop.head, create=True)
    assert (tmp_path / "w" / "README").exists()


def test_existing_branch_is_never_deleted_by_a_failure(shop, tmp_path):
    shop.git("branch", "x")
    with pytest.raises(Failure, match="already exists"):
        add_worktree(shop.repo, tmp_path / "w", "x", start=shop.head, create=True)
    assert branches(shop) == {"main", "x"}
    assert not (tmp_path / "w").exists()


def test_branch_checked_out_elsewhere_leaves_nothing_behind(shop, tmp_path):
    with pytest.raises(Failure, match="already checked out"):
        add_worktree(shop.repo, tmp_path / "w", "main", start=None, create=False)
    assert (branches(shop), entries(shop), (tmp_path / "w").exists()) == ({"main"}, [], False)


@pytest.mark.parametrize("existing", [False, True])
def test_failing_checkout_takes_back_what_was_made(shop, tmp_path, existing):
    shop.commit_file(".gitattributes", "*.bin filter=broken\n")
    shop.commit_file("a.bin", "1")
    shop.git("config", "filter.broken.smudge", "false")
    shop.git("config", "filter.broken.required", "true")
    if existing:
        (tmp_path / "w").mkdir()
    with pytest.raises(Failure):
        add_worktree(shop.repo, tmp_path / "w", "x", start=shop.head, create=True)
    assert (branches(shop), entries(shop)) == ({"main"}, [])
    assert (tmp_path / "w").exists() is existing
    assert not list((tmp_path / "w").glob("*"))


def test_failing_checkout_keeps_a_branch_that_was_there(shop, tmp_path):
    shop.commit_file(".gitattributes", "*.bin filter=broken\n")
    shop.commit_file("a.bin", "1")
    shop.git("branch", "x")
    shop.git("config", "filter.broken.smudge", "false")
    shop.git("config", "filter.broken.required", "true")
    with pytest.raises(Failure):
        add_worktree(shop.repo, tmp_path / "w", "x", start=None, create=False)
    assert (branches(shop), entries(shop)) == ({"main", "x"}, [])


def test_unknown_upstream_takes_everything_back(shop, tmp_path):
    with pytest.raises(Failure):
        add_worktree(shop.repo, tmp_path / "w", "x", start=shop.head, create=True, track="origin/x")
    assert (branches(shop), entries(shop), (tmp_path / "w").exists()) == ({"main"}, [], False)


def test_the_same_again_changes_nothing(shop, tmp_path, at):
    add_worktree(shop.repo, tmp_path / "w", "x", start=shop.head, create=True)
    at(tmp_path / "w").write("README", "edited\n")
    add_worktree(shop.repo, tmp_path / "w", "x", start=None, create=False)
    assert (tmp_path / "w" / "README").read_text() == "edited\n"


def test_interrupted_checkout_is_finished(shop, tmp_path, at):
    shop.git("branch", "x")
    shop.git(*worktree_argv(tmp_path / "w", "x"))
    (shop.path / ".git" / "worktrees" / "w" / "index.lock").touch()
    add_worktree(shop.repo, tmp_path / "w", "x", start=None, create=False)
    assert at(tmp_path / "w").git("status", "--porcelain") == ""
    assert (tmp_path / "w" / "README").exists()


def test_git_s_own_lock_on_what_it_was_making_when_it_was_killed_goes_and_a_person_s_stays(shop, tmp_path):
    shop.git("branch", "x")
    shop.git(*worktree_argv(tmp_path / "w", "x"))
    (shop.path / ".git" / "worktrees" / "w" / "locked").write_text("wird initialisiert")
    add_worktree(shop.repo, tmp_path / "w", "x", start=None, create=False)
    assert [tree.locked for tree in worktrees(shop.repo)] == [None, None]
    shop.git("worktree", "lock", "--reason", "mine", str(tmp_path / "w"))
    add_worktree(shop.repo, tmp_path / "w", "x", start=None, create=False)
    assert [tree.locked for tree in worktrees(shop.repo)] == [None, "mine"]


@pytest.mark.parametrize("missing", ["HEAD", "commondir"])
def test_entry_of_a_git_killed_half_way_is_replaced(shop, tmp_path, missing):
    shop.git("branch", "x")
    shop.git(*worktree_argv(tmp_path / "w", "x"))
    (shop.path / ".git" / "worktrees" / "w" / missing).write_text("")
    (shop.path / ".git" / "worktrees" / "w" / "locked").write_text("initializing")
    add_worktree(shop.repo, tmp_path / "w", "x", start=None, create=False)
    assert [(tree.branch, tree.locked) for tree in worktrees(shop.repo)] == [("main", None), ("x", None)]


# What `git worktree add` writes, in its order: it may be killed after each.
STEPS = {"locked": "initializing\n", "gitdir": "{path}/.git\n", "link": "gitdir: {admin}\n",
         "HEAD": "0" * 40 + "\n", "commondir": "../..\n"}  # fmt: skip


@pytest.mark.parametrize("count", range(1, len(STEPS) + 1))
def test_what_a_killed_git_began_is_finished_or_forgotten(shop, tmp_path, count):
    shop.git("branch", "x")
    path, admin = tmp_path / "w", shop.path / ".git" / "worktrees" / "w"

    def begin():
        admin.mkdir(parents=True)
        path.mkdir()
        for name, text in list(STEPS.items())[:count]:
            file = path / ".git" if name == "link" else admin / name
            file.write_text(text.format(path=path, admin=admin))

    begin()
    add_worktree(shop.repo, path, "x", start=None, create=False)
    assert [(tree.branch, tree.locked) for tree in worktrees(shop.repo)] == [("main", None), ("x", None)]
    assert (path / "README").read_text() == "shop\n"

    remove_worktree(shop.repo, path, force=False)
    shutil.rmtree(admin, ignore_errors=True)
    begin()
    forget_half_made(shop.repo, path)
    assert len(worktrees(shop.repo)) == 1
    assert list(path.iterdir()) == []


def test_what_a_killed_git_left_of_a_former_entry_does_not_take_its_name(shop, tmp_path):
    add_worktree(shop.repo, tmp_path / "w", "x", start=shop.head, create=True)
    admin = shop.path / ".git" / "worktrees" / "w"
    (admin / "gitdir").unlink()
    shutil.rmtree(tmp_path / "w")
    add_worktree(shop.repo, tmp_path / "w", "x", start=None, create=False)
    assert entries(shop) == ["w"]


def test_a_worktree_that_was_made_keeps_its_entry_whatever_became_of_its_head(shop, tmp_path):
    add_worktree(shop.repo, tmp_path / "w", "x", start=shop.head, create=True)
    admin = shop.path / ".git" / "worktrees" / "w"
    (admin / "HEAD").write_text("0" * 40 + "\n")
    forget_half_made(shop.repo, tmp_path / "w")
    assert (admin / "index").is_file()
    assert (tmp_path / "w" / ".git").is_file()


def test_directory_deleted_by_hand_is_made_again(shop, tmp_path, at):
    add_worktree(shop.repo, tmp_path / "w", "x", start=shop.head, create=True)
    tip = at(tmp_path / "w").commit_file("a", "1")
    shutil.rmtree(tmp_path / "w")
    add_worktree(shop.repo, tmp_path / "w", "x", start=None, create=False)
    assert at(tmp_path / "w").head == tip
    assert len(entries(shop)) == 1


def test_other_branch_at_the_same_directory_is_an_error(shop, tmp_path):
    add_worktree(shop.repo, tmp_path / "w", "x", start=shop.head, create=True)
    with pytest.raises(Failure, match="has x checked out"):
        add_worktree(shop.repo, tmp_path / "w", "y", start=shop.head, create=True)
    assert branches(shop) == {"main", "x"}


def test_lock_is_free_while_files_are_checked_out(shop, tmp_path):
    """A filter that takes the lock itself would wait for ever if the checkout held it."""
    package = Path(worktree_tasks.__path__[0]).parent
    code = (
        "import sys; from pathlib import Path; from worktree_tasks.git.program import alone\n"
        f"with alone(Path({str(shop.path / '.git')!r}), seconds=20): sys.stdout.write(sys.stdin.read())"
    )
    script = shop.write(
        "../smudge", f"#!{sys.executable}\nimport sys; sys.path.insert(0, {str(package)!r})\n{code}\n"
    )
    script.chmod(0o755)
    shop.commit_file(".gitattributes", "*.bin filter=slow\n")
    shop.commit_file("a.bin", "1")
    shop.git("config", "filter.slow.smudge", str(script))
    shop.git("config", "filter.slow.required", "true")
    add_worktree(shop.repo, tmp_path / "w", "x", start=shop.head, create=True)
    assert (tmp_path / "w" / "a.bin").read_text() == "1"


def test_sixteen_threads_at_once_all_succeed(shop, clone, tmp_path):
    for number in range(16):
        shop.git("branch", f"b{number}")
    ours = clone(shop)
    repo, head = ours.repo, ours.head

    def add(number):
        add_worktree(
            repo, tmp_path / f"w{number}", f"b{number}", start=head, create=True, track=f"origin/b{number}"
        )

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(add, range(16)))
    found = worktrees(repo)
    assert {tree.branch for tree in found} == {"main", *(f"b{number}" for number in range(16))}
    assert all(ours.git("-C", str(tree.path), "status", "--porcelain") == "" for tree in found)


def test_sixteen_processes_at_once_all_succeed(shop, tmp_path):
    package = Path(worktree_tasks.__path__[0]).parent
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); from pathlib import Path\n"
        "from worktree_tasks.git import add_worktree, find_repository, worktrees\n"
        "repo = find_repository(Path(sys.argv[2]))\n"
        "add_worktree(repo, Path(sys.argv[3]), sys.argv[4], start=sys.argv[5], create=True)\n"
        "worktrees(repo)\n"
    )
    running = [
        subprocess.Popen(
            [
                sys.executable,
                "-c",
                code,
                str(package),
                str(shop.path),
                str(tmp_path / f"w{n}"),
                f"b{n}",
                shop.head,
            ],
            stderr=subprocess.PIPE,
        )
        for n in range(16)
    ]
    said = [process.communicate()[1] for process in running]
    assert [process.returncode for process in running] == [0] * 16, said
    assert len(worktrees(shop.repo)) == 17


def test_sixteen_at_once_for_one_branch_make_one_worktree(shop, tmp_path):
    repo, head = shop.repo, shop.head

    def add(number):
        try:
            add_worktree(repo, tmp_path / f"w{number}", "same", start=head, create=True)
        except Failure:
            return False
        return True

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(add, range(16))) == 1
    assert len(worktrees(repo)) == 2
    assert len(list(tmp_path.glob("w*"))) == 1
    assert "same" in branches(shop)


def test_lock_that_is_held_too_long_is_an_error_that_says_so(shop):
    with ThreadPoolExecutor(1) as pool, alone(shop.repo.common_dir):

        def wait():
            with alone(shop.repo.common_dir, seconds=0.05):
                pass

        with pytest.raises(Failure, match="is in use: waited"):
            pool.submit(wait).result()


def test_added_worktree_is_removed_again(shop, tmp_path):
    add_worktree(shop.repo, tmp_path / "w", "x", start=shop.head, create=True)
    remove_worktree(shop.repo, tmp_path / "w", force=False)
    assert not (tmp_path / "w").exists()
    assert (entries(shop), branches(shop)) == ([], {"main", "x"})


@pytest.fixture
def encrypted(shop):
    """A repository with a file that a filter like git-crypt's encrypts, with its key in git's directory."""
    crypt = shop.path.parent / "crypt"
    crypt.write_text(
        "#!/bin/sh\n"
        'test -f "$(git rev-parse --git-dir)/git-crypt/keys/default" || { echo "no key" >&2; exit 1; }\n'
        "exec tr A-Za-z N-ZA-Mn-za-m\n"
    )
    crypt.chmod(0o700)
    keys = shop.path / ".git" / "git-crypt" / "keys"
    keys.mkdir(parents=True)
    (keys / "default").write_text("key")
    for key in ("clean", "smudge"):
        shop.git("config", f"filter.git-crypt.{key}", str(crypt))
    shop.git("config", "filter.git-crypt.required", "true")
    (shop.path / ".gitattributes").write_text("secrets filter=git-crypt\n")
    (shop.path / "secrets").write_text("password\n")
    shop.git("add", "--all")
    shop.git("commit", "--quiet", "--message", "Encrypt")
    return shop


def test_the_keys_of_git_crypt_are_those_of_the_repository_in_each_worktree(encrypted, tmp_path, at):
    add_worktree(encrypted.repo, tmp_path / "w", "x", start=encrypted.head, create=True)
    assert (tmp_path / "w" / "secrets").read_text() == "password\n"
    assert at(tmp_path / "w").git("status", "--porcelain") == ""
    remove_worktree(encrypted.repo, tmp_path / "w", force=False)
    assert (encrypted.path / ".git" / "git-crypt" / "keys" / "default").is_file()


@pytest.mark.parametrize("kind", ["smudge", "process"])
def test_a_filter_that_fails_is_named_with_its_program_and_what_it_said(shop, tmp_path, kind):
    (shop.path / ".gitattributes").write_text("*.bin filter=large\n")
    (shop.path / "a.bin").write_text("pointer\n")
    shop.git("add", "--all")
    shop.git("commit", "--quiet", "--message", "Large")
    shop.git("config", f"filter.large.{kind}", "no-such-program-here --fetch")
    shop.git("config", "filter.large.required", "true")
    with pytest.raises(Failure) as told:
        add_worktree(shop.repo, tmp_path / "w", "x", start=shop.head, create=True)
    assert told.value.kind == "filter-failed"
    assert told.value.what.startswith("git's filter large (no-such-program-here --fetch) failed: ")
    assert told.value.what.endswith("not found")
    assert not (tmp_path / "w").exists()
