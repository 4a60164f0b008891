"""Env files of worktrees: main's, changed only where they would point to main. No engine is asked."""

from __future__ import annotations

import stat

import pytest

from worktree_tasks import git
from worktree_tasks.configuration.env.env_file_text import values
from worktree_tasks.configuration.ports import Port
from worktree_tasks.orchestration.flows.doctor import env_files as examined_env_files
from worktree_tasks.orchestration.steps.env_file_writing import text_from_main, write_env
from worktree_tasks.orchestration.steps.needed_files import env_files, new_env_file
from worktree_tasks.quick_dataclasses import replace

pytestmark = pytest.mark.usefixtures("compose_program")

MAIN = "# ours\r\nexport SECRET='a b'\nCOMPOSE_PROJECT_NAME=shop\n"


@pytest.fixture
def env(project):
    project.write(".env", MAIN).chmod(0o640)
    return project.path / ".env"


@pytest.fixture
def auth(env, tree):
    made = tree("auth")
    made.update(compose_project="shop-auth")
    return made


def test_only_what_names_main_differs_byte_for_byte_and_the_mode_is_mains(auth, env):
    write_env(auth)
    mine = auth.record.path / ".env"
    text = mine.read_bytes().decode()
    assert text.startswith(MAIN.replace("=shop\n", "=shop-auth\n"))
    assert stat.S_IMODE(mine.stat().st_mode) == 0o640
    assert env.read_bytes().decode() == MAIN


def test_what_was_edited_stays_and_what_would_point_to_main_is_set_right_again(auth):
    write_env(auth)
    mine = auth.record.path / ".env"
    mine.write_text(mine.read_text().replace("'a b'", "mine").replace("shop-auth", "shop") + "MORE=1\n")
    write_env(auth)
    found = values(mine.read_text())
    assert (found["SECRET"], found["MORE"], found["COMPOSE_PROJECT_NAME"]) == ("mine", "1", "shop-auth")


def test_a_second_time_writes_the_same(auth):
    write_env(auth)
    first = (auth.record.path / ".env").read_bytes()
    write_env(auth)
    assert (auth.record.path / ".env").read_bytes() == first


def test_a_renewed_worktree_gets_mains_values_of_now_unless_its_file_was_edited(auth, env, told):
    write_env(auth)
    mine = auth.record.path / ".env"
    env.write_text(MAIN.replace("a b", "new"))
    write_env(auth)
    assert values(mine.read_text())["SECRET"] == "a b"
    auth.renewing = True
    write_env(auth)
    assert values(mine.read_text())["SECRET"] == "new"
    mine.write_text(mine.read_text().replace("'new'", "mine"))
    write_env(auth)
    assert values(mine.read_text())["SECRET"] == "mine"
    assert ".env was edited in the worktree and keeps its other values" in told.lines


def test_a_file_that_the_branch_tracks_stays_and_is_told(auth, project, told):
    mine = auth.record.path / ".env"
    mine.write_text("COMPOSE_PROJECT_NAME=shop\n")
    project.git("add", "--force", ".env", cwd=auth.record.path)
    write_env(auth)
    assert mine.read_text() == "COMPOSE_PROJECT_NAME=shop\n"
    assert ".env is tracked by git here, and is left as it is" in told.lines


def test_where_plain_compose_needs_one_a_worktree_gets_an_env_file_that_git_ignores(project, shop, tree):
    project.write("compose.override.yaml", "services: {}\n")
    project.write(".gitignore", "")
    project.commit()
    made = tree("auth")
    made.update(compose_project="shop-auth")
    assert new_env_file(made) == ".env"
    write_env(made)
    found = values((made.record.path / ".env").read_text())
    path = made.record.path
    assert found["COMPOSE_PROJECT_NAME"] == "shop-auth"
    assert found["COMPOSE_FILE"].split(":") == [
        str(path / name) for name in ("compose.yaml", "compose.override.yaml", "compose.worktree.yaml")
    ]
    assert project.git("status", "--porcelain", cwd=path) == ""


def test_what_a_worktree_would_get_now_is_told_without_writing_it(auth, env):
    write_env(auth)
    env.write_text(MAIN.replace("a b", "new"))
    before = git.digest(auth.record.path / ".env")
    assert values(text_from_main(auth, ".env"))["SECRET"] == "new"
    assert git.digest(auth.record.path / ".env") == before


def test_the_doctor_names_the_env_files_that_it_compared(shop, auth):
    assert examined_env_files.look(shop).summary == "no worktree to compare"
    write_env(auth)
    auth.update(slot=1)
    assert examined_env_files.look(shop).summary == ".env up to date in 1 worktree"


def test_the_doctor_says_where_main_has_no_env_files(shop):
    assert examined_env_files.look(shop).summary == "main has none"


def test_only_files_are_env_files_whatever_a_directory_is_called(shop, project):
    for name in (".env/bin/python", ".env/lib/a.env", "prod.env/settings", "conf/real.env"):
        project.write(name, "SITE_URL=http://localhost:8000\n")
    project.write(".gitignore", ".env\n*.env\n")
    assert env_files(shop) == ("conf/real.env",)


def test_what_a_hook_made_in_a_new_worktree_is_replaced_by_mains(env, project, tree):
    project.write(".git/hooks/post-checkout", "#!/bin/sh\necho SECRET=example > .env\n").chmod(0o755)
    made = tree("auth")
    mine = made.record.path / ".env"
    assert mine.read_text() == "SECRET=example\n"
    write_env(made)
    assert values(mine.read_text())["SECRET"] == "a b"
    mine.write_text(mine.read_text().replace("'a b'", "mine"))
    write_env(made)
    assert values(mine.read_text())["SECRET"] == "mine"


def test_what_somebody_wrote_where_a_hook_would_have_stays(env, project, tree):
    project.write(".git/hooks/post-checkout", "#!/bin/sh\necho SECRET=example > .env\n").chmod(0o755)
    made = tree("auth")
    mine = made.record.path / ".env"
    mine.write_text("SECRET=mine\n")
    write_env(made)
    assert values(mine.read_text())["SECRET"] == "mine"


def test_each_assignment_of_a_name_is_judged_by_its_own_value(project, tree):
    project.write(".gitignore", ".envrc\n")
    project.write(
        ".envrc", 'export U=http://localhost:8000\nif [ "$CI" ]; then\n  export U=http://ci:8000\nfi\n'
    )
    auth = tree("auth")
    auth.lease_slot(lambda _used, _ports: (1, [Port("web", 8000, main=8000, base=8000, published=8001)]))
    write_env(auth)
    lines = (auth.record.path / ".envrc").read_text().splitlines()
    assert lines[0] == "export U=http://localhost:8001"
    assert lines[2] == "  export U=http://ci:8000"


def test_variables_of_the_shell_that_the_files_set_are_named(auth, monkeypatch, told):
    monkeypatch.setenv("SECRET", "from the shell")
    write_env(auth)
    (line,) = [line for line in told.lines if line.startswith("the shell exports")]
    assert "SECRET" in line
    assert "from the shell" not in line


def test_what_a_branch_does_not_ignore_is_no_new_file_there(auth, project):
    project.git("rm", "--quiet", ".gitignore", cwd=auth.record.path)
    project.git("commit", "--quiet", "--message", "Ignore nothing", cwd=auth.record.path)
    write_env(auth)
    assert (auth.record.path / ".env").is_file()
    assert project.git("status", "--porcelain", cwd=auth.record.path) == ""


def written_in_a_folder(project, shop, tree):
    """Write the env files of a worktree whose compose file is in a folder, with a value of the setting."""
    (project.path / ".devcontainer").mkdir()
    project.git("mv", "compose.yaml", ".devcontainer/compose.yaml")
    project.commit()
    shop.settings = replace(shop.settings, env={"TEST_DATABASE": "test_{slug}"})
    made = tree("auth")
    made.update(compose_project="shop-auth")
    write_env(made)
    return made


def test_values_of_the_setting_are_in_the_env_file_beside_the_compose_files_if_the_root_has_none(
    project, shop, tree
):
    made = written_in_a_folder(project, shop, tree)
    found = {path.relative_to(made.record.path) for path in made.record.path.rglob(".env")}
    assert {str(path) for path in found} == {".devcontainer/.env"}
    assert values((made.record.path / ".devcontainer" / ".env").read_text())["TEST_DATABASE"] == "test_auth"


def test_values_of_the_setting_are_in_the_roots_env_file_alone_if_it_has_one(project, shop, tree):
    project.write(".env", "SECRET=a\n")
    made = written_in_a_folder(project, shop, tree)
    assert [str(path.relative_to(made.record.path)) for path in made.record.path.rglob(".env")] == [".env"]
    found = values((made.record.path / ".env").read_text())
    assert found == {"SECRET": "a", "TEST_DATABASE": "test_auth"}


def test_a_compose_file_variable_of_mains_is_updated_after_a_move(project, tree):
    project.git("mv", "compose.yaml", "base.yaml")
    project.commit()
    project.write(".env", "COMPOSE_FILE=base.yaml\n")
    made = tree("auth")
    made.update(compose_project="shop-auth")
    write_env(made)
    place = project.path.with_name("elsewhere")
    project.git("worktree", "move", str(made.record.path), str(place))
    made.update(path=place)
    assert made.input.files.files == ("base.yaml",)
    write_env(made)
    found = values((place / ".env").read_text())
    assert found["COMPOSE_FILE"] == f"{place}/base.yaml:{place}/compose.worktree.yaml"
