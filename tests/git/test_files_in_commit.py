from __future__ import annotations

import pytest

from worktree_tasks.git import files_of_commit


def link(shop, path, aim):
    place = shop.path / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to(aim)


def commit(shop):
    shop.git("add", "--all")
    shop.git("commit", "--quiet", "--message", "Change")
    return files_of_commit(shop.repo, "HEAD")


def test_files_are_read_from_the_commit_and_not_from_the_disk(shop):
    shop.write("a/ünï\ncode", "1\r\n")
    found = commit(shop)
    shop.write("a/ünï\ncode", "2")
    shop.write("more", "3")
    assert found.text("a/ünï\ncode") == "1\r\n"
    assert found.text("more") is None
    assert found.text("a") is None


def test_links_are_followed_inside_the_commit_only(shop, tmp_path):
    (tmp_path / "secret").write_text("secret")
    shop.write("a/file", "1")
    links = {"b/one": "../a/file", "two": "b/one", "out": tmp_path / "secret", "loop": "loop"}
    for path, aim in links.items():
        link(shop, path, aim)
    found = commit(shop)
    assert [found.text(path) for path in links] == ["1", "1", None, None]


def test_a_huge_file_is_not_read(shop):
    shop.write("large", "x" * (2 << 20))
    assert commit(shop).text("large") is None


@pytest.mark.parametrize("aim", ["a", "./a", "../a/b", "../../deep", "a/b/c", "nowhere"])
def test_links_that_stay_inside_are_no_way_out(shop, aim):
    link(shop, "deep/er/link", aim)
    assert commit(shop).leading_out() == {}


# The last goes up after a name that may be a link itself: `deep/er/up` to `..` makes it a way out.
@pytest.mark.parametrize("aim", ["/", "/etc/passwd", "../../../x", "../../..", "a/../b", "up/../../../x"])
def test_links_that_may_lead_out_are_named(shop, aim):
    link(shop, "deep/er/link", aim)
    assert commit(shop).leading_out() == {"deep/er/link": aim}


def test_a_path_in_a_submodule_is_told_with_its_commit(shop, make):
    inner = make("inner")
    shop.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner.path), "lib/inner")
    found = commit(shop)
    assert found.submodule("lib/inner/compose.yaml") == ("lib/inner", inner.head)
    assert found.submodule("lib/other") is None
    assert found.text("lib/inner/README") is None
