from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from worktree_tasks.errors import BadUse
from worktree_tasks.git import exclude, hidden_by_us, include_again
from worktree_tasks.git.exclude_file import with_line


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
