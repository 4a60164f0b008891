"""Large ignored directories, such as `node_modules`: skipped unless asked for."""

from __future__ import annotations

import pytest

pytestmark = [pytest.mark.engine, pytest.mark.usefixtures("engine_answers")]

MANY = 2500
# Their paths are more than a pipe holds, and git reads them for more than a moment.
PIPEFULS = 8000


@pytest.fixture
def installed(project):
    """A project in which a tool has installed thousands of files, an env file among them."""
    project.write(".gitignore", ".env\nnode_modules/\ntarget/\n")
    for number in range(MANY):
        project.write(f"node_modules/package{number % 50}/file{number}.js", f"{number}\n")
    project.write("node_modules/package1/.env", "NOT_OURS=1\n")
    (project.path / "node_modules" / ".bin").mkdir()
    (project.path / "node_modules" / ".bin" / "tool").symlink_to("../package1/file1.js")
    project.write("target/debug/app", "built\n").chmod(0o755)
    project.write(".env", "SECRET=1\n")
    project.commit()
    return project


def test_they_are_skipped_and_the_env_file_is_not(installed):
    done = installed.inv("new", "auth", "--no-start")
    assert done.code == 0, done.err
    tree = installed.root / "auth"
    assert (tree / ".env").exists()
    assert not (tree / "node_modules").exists()
    assert not (tree / "target").exists()


def test_one_that_is_asked_for_is_copied_whole(installed):
    installed.write(".worktreeinclude", "node_modules/\n")
    done = installed.inv("new", "auth", "--no-start")
    assert done.code == 0, done.err
    main, tree = (root / "node_modules" for root in (installed.path, installed.root / "auth"))
    assert {path.relative_to(tree) for path in tree.rglob("*")} == {
        path.relative_to(main) for path in main.rglob("*")
    }
    assert (tree / "package7" / "file57.js").read_text() == "57\n"
    assert str((tree / ".bin" / "tool").readlink()) == "../package1/file1.js"
    assert not (installed.root / "auth" / "target").exists()


def test_a_setting_asks_for_one_as_the_file_does(installed):
    done = installed.inv("new", "auth", "--no-start", env={"INVOKE_WT_FILES": "target/"})
    assert done.code == 0, done.err
    assert (installed.root / "auth" / "target" / "debug" / "app").stat().st_mode & 0o777 == 0o755
    assert not (installed.root / "auth" / "node_modules").exists()


def test_a_worktree_with_very_many_files_of_its_own_is_saved_and_removed(installed):
    installed.write(".gitignore", ".env\nnode_modules/\ntarget/\n/data/\n")
    installed.commit()
    assert installed.inv("new", "auth", "--no-start").code == 0
    data = installed.root / "auth" / "data"
    data.mkdir()
    for number in range(PIPEFULS):
        (data / f"{'some-file-name-' * 10}{number}.json").write_text(f"{number}\n")
    done = installed.inv("remove", "auth")
    assert done.code == 0, done.err
    assert not data.exists()
