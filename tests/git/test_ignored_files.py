from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from worktree_tasks.errors import BadUse
from worktree_tasks.git import (
    Untracked,
    exclude,
    hidden_by_us,
    ignored_matching,
    include_again,
    included,
    tracked,
    untracked,
)
from worktree_tasks.git.ignored_files import with_line


@pytest.fixture
def site(shop):
    shop.commit_file(".gitignore", ".env\n.env.*\n/secrets/\nnode_modules/\n*.pem\n!/public.pem\nlocal\n")
    shop.write("tracked/.env", "x")
    shop.git("add", "--force", "tracked/.env")
    shop.git("commit", "--quiet", "-m", "tracked env")
    for name in (
        ".env", ".env.local", "frontend/.env", "secrets/a/key.json", "secrets/b.txt", "key.pem", "public.pem",
        "node_modules/x/.env", "frontend/node_modules/y/index.js", "notes.txt", "local/ü b\nc.conf",
    ):  # fmt: skip
        shop.write(name, "1")
    return shop


def test_untracked_files_are_told_apart_by_whether_git_ignores_them(site):
    asked = (".env", "tracked/.env", "notes.txt", "README", "frontend/.env", "missing/.env", "secrets/b.txt")
    ignored = frozenset({".env", "frontend/.env", "secrets/b.txt"})
    assert untracked(site.path, asked) == Untracked(ignored, frozenset({"notes.txt"}))
    assert untracked(site.path, ()) == untracked(site.path, ("README", "tracked/.env")) == Untracked()
    assert untracked(site.path, ("local/ü b\nc.conf",)).ignored == {"local/ü b\nc.conf"}


def test_hostile_paths_are_no_options(site):
    assert untracked(site.path, ("--directory", "-x", "*")) == Untracked()
    assert tracked(site.path, ("--others", "-x")) == frozenset()


def test_tracked_files_and_their_directories_are_told(site):
    asked = ("README", ".env", "tracked/.env", "tracked", "tracked/", "*", "nope")
    assert tracked(site.path, asked) == {"README", "tracked/.env", "tracked", "tracked/"}
    assert tracked(site.path, ()) == frozenset()


def test_more_paths_than_a_command_line_takes_at_once(site):
    names = [f"missing/{number}" for number in range(1000)]
    assert tracked(site.path, [*names, "README"]) == {"README"}
    assert untracked(site.path, [*names, ".env"]).ignored == {".env"}


def test_nothing_is_included_without_the_file(site):
    assert included(site.path) == ()
    assert included(site.path, patterns=(".env.local",)) == (".env.local",)


@pytest.mark.parametrize(
    ("patterns", "found"),
    [
        ("/.env\n", (".env",)),
        (".env\n", (".env", "frontend/.env")),
        (".env*\n!.env.local\n", (".env", "frontend/.env")),
        ("# a comment\n\nsecrets/\n", ("secrets/a/key.json", "secrets/b.txt")),
        ("secrets/**/*.json\n", ("secrets/a/key.json",)),
        ("*.pem\n", ("key.pem",)),
        ("notes.txt\nREADME\ntracked/.env\n", ()),
        ("*.conf\r\n".replace("\r", ""), ("local/ü b\nc.conf",)),
        ("/node_modules/\n", ("node_modules/x/.env",)),
        ("frontend/node_modules/y\n", ("frontend/node_modules/y/index.js",)),
        ("\n", ()),
    ],
)
def test_files_that_are_named_and_ignored_are_included(site, patterns, found):
    site.write(".worktreeinclude", patterns)
    assert included(site.path) == found


def test_own_include_file_and_patterns_add_up(site):
    site.write("wanted", "*.pem\n")
    assert included(site.path, "wanted", patterns=("/.env",)) == (".env", "key.pem")
    assert ignored_matching(site.path, ("*.pem",)) == ("key.pem",)


def test_pattern_is_excluded_in_every_worktree_once(shop, tree):
    linked = tree(shop, "x")
    assert exclude(linked.repo, "/compose.override.yaml") is True
    assert exclude(shop.repo, "/compose.override.yaml") is False
    for checkout in (shop, linked):
        checkout.write("compose.override.yaml", "")
        assert checkout.git("status", "--porcelain") == ""


@pytest.mark.parametrize("before", [None, b"", b"a\n", b"a", b"# c\r\nx", b"\xff\n"])
def test_other_lines_stay_as_they_are(shop, before):
    file = shop.path / ".git" / "info" / "exclude"
    file.unlink()
    if before is None:
        file.parent.rmdir()
    else:
        file.write_bytes(before)
    exclude(shop.repo, "/mine")
    text = file.read_bytes()
    assert text.startswith(before or b"")
    assert text.splitlines()[-1] == b"/mine"
    assert text.endswith(b"\n")


def test_line_is_compared_whole():
    assert with_line(b"/mine.yaml\n", b"/mine") == b"/mine\n"
    assert with_line(b"/mine", b"/mine") == b""


@pytest.mark.parametrize("pattern", ["", " ", "a\nb"])
def test_what_is_not_one_pattern_is_refused(shop, pattern):
    with pytest.raises(BadUse):
        exclude(shop.repo, pattern)


def test_many_at_once_lose_no_line(shop):
    repo = shop.repo
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: exclude(repo, f"/f{number % 8}"), range(24)))
    lines = (shop.path / ".git" / "info" / "exclude").read_text().splitlines()
    assert sorted(line for line in lines if line.startswith("/f")) == [f"/f{number}" for number in range(8)]


def test_what_was_excluded_for_worktrees_is_shown_again_and_no_other_line_is_touched(shop):
    file = shop.path / ".git" / "info" / "exclude"
    before = file.read_text() + "/mine"
    file.write_text(before)
    exclude(shop.repo, "/compose.override.yaml")
    exclude(shop.repo, "/mine")
    include_again(shop.repo, unless=lambda: True)
    assert "/compose.override.yaml\n" in file.read_text()
    include_again(shop.repo, unless=lambda: False)
    assert file.read_text() == f"{before}\n"


def test_a_file_in_main_that_only_a_line_for_worktrees_hides_is_named(shop):
    for name in ("compose.override.yaml", ".env", "other.yaml"):
        exclude(shop.repo, f"/{name}")
    assert hidden_by_us(shop.repo) == ()
    shop.commit_file(".gitignore", ".env\n")
    shop.write(".env", "A=1\n")
    shop.write("other.yaml", "")
    shop.git("add", "--force", "other.yaml")
    shop.write("compose.override.yaml", "services: {}\n")
    assert hidden_by_us(shop.repo) == ("compose.override.yaml",)
