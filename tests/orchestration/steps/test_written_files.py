"""Which files of a worktree are ours to write, and which of them somebody has edited."""

from __future__ import annotations

from worktree_tasks.orchestration.steps.written_files import not_ours, note_written, untouched

NAMES = (".env", "web/.env", "../outside", "/etc/shop.env")


def test_ignored_files_are_ours_to_write(tree):
    assert not_ours(tree("auth").record, NAMES) == {}


def test_a_file_that_the_branch_tracks_is_not(tree, project):
    made = tree("auth")
    path = made.record.path
    (path / ".env").write_text("MINE=1\n")
    project.git("add", "--force", ".env", cwd=path)
    assert not_ours(made.record, NAMES) == {".env": ".env is tracked by git here"}


def test_a_symbolic_link_and_what_lies_behind_one_are_not(tree, tmp_path):
    made = tree("auth")
    (made.record.path / ".env").symlink_to(tmp_path / "elsewhere")
    (made.record.path / "web").symlink_to(tmp_path)
    assert not_ours(made.record, NAMES) == {
        ".env": ".env is a symbolic link",
        "web/.env": "web is a symbolic link",
    }


def test_a_file_is_untouched_until_it_differs_from_what_was_written(tree):
    made = tree("auth")
    file = made.record.path / ".env"
    assert untouched(made, ".env"), "it is not there yet"
    file.write_text("A=1\n")
    assert not untouched(made, ".env"), "nobody noted that we wrote it"
    note_written(made, [".env"])
    assert untouched(made, ".env")
    file.write_text("A=2\n")
    assert not untouched(made, ".env")


def test_a_link_that_took_a_files_place_is_never_noted_as_ours(tree, tmp_path):
    made = tree("auth")
    (tmp_path / "theirs").write_text("A=1\n")
    (made.record.path / ".env").symlink_to(tmp_path / "theirs")
    note_written(made, [".env"])
    assert not untouched(made, ".env")
