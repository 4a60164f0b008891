from __future__ import annotations

import pytest

from worktree_tasks.git import (
    Untracked,
    ignored_matching,
    included,
    tracked,
    untracked,
)


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
