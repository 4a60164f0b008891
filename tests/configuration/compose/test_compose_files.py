from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from worktree_tasks.configuration.compose.compose_files import choose, in_file_order
from worktree_tasks.errors import BadUse

if TYPE_CHECKING:
    from worktree_tasks.configuration.compose.compose_files import ComposeFiles


def chosen(*present: str, configured: tuple[str, ...] = (), **dotenv: str) -> ComposeFiles:
    return choose(present, configured=configured, dotenv=dotenv)


def of_branch(*present: str, configured: tuple[str, ...] = (), **dotenv: str) -> ComposeFiles:
    return choose(present, configured=configured, dotenv=dotenv, root="/src/shop", may_lack=True)


@pytest.mark.parametrize(
    ("present", "files"),
    [
        (["compose.yaml"], ("compose.yaml",)),
        (["docker-compose.yml"], ("docker-compose.yml",)),
        (["docker-compose.yml", "compose.yml"], ("compose.yml",)),
        (["compose.yml", "compose.yaml"], ("compose.yaml",)),
        (["docker-compose.yaml", "docker-compose.yml"], ("docker-compose.yml",)),
        (["compose.yaml", "compose.override.yml"], ("compose.yaml", "compose.override.yml")),
        (
            ["docker-compose.yml", "docker-compose.override.yml", "docker-compose.prod.yml"],
            ("docker-compose.yml", "docker-compose.override.yml"),
        ),
    ],
)
def test_the_default_files_are_those_that_compose_takes(present, files):
    found = chosen(*present)
    assert (found.directory, found.files) == ("", files)


@pytest.mark.engine
@pytest.mark.usefixtures("compose_program")
@pytest.mark.parametrize(
    "present",
    [
        ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"],
        ["compose.yml", "docker-compose.yml", "docker-compose.yaml"],
        ["docker-compose.yml", "docker-compose.yaml"],
        ["docker-compose.yaml"],
        ["docker-compose.yml", "compose.override.yaml"],
        ["compose.yaml", "docker-compose.override.yml"],
        ["compose.yaml", "compose.override.yaml", "compose.override.yml"],
        ["docker-compose.yml", "docker-compose.override.yml", "compose.override.yml"],
    ],
)
def test_compose_itself_takes_these_files_in_this_order(make_project, present):
    made = make_project(compose=None)
    for number, name in enumerate(present):
        made.write(name, f"services: {{s{number}: {{image: x, labels: {{last: '{name}'}}}}}}\n")
    done = made.run("docker", "compose", "config", "--format", "json")
    assert done.code == 0, done.err
    expected = sorted(f"s{present.index(name)}" for name in chosen(*present).files)
    assert sorted(json.loads(done.out)["services"]) == expected


def test_our_override_stands_where_plain_compose_finds_it():
    found = chosen("compose.yaml", ".env")
    assert (found.override, found.implicit, found.env_files) == ("compose.override.yaml", True, (".env",))
    assert chosen("docker-compose.yml").override == "compose.override.yaml"


@pytest.mark.parametrize(
    ("present", "dotenv"),
    [
        (["compose.yaml", "compose.override.yaml"], {}),
        (["compose.yaml", "docker-compose.override.yml"], {}),
        (["compose.yaml"], {"COMPOSE_PROJECT_NAME": "shop"}),
        (["compose.yaml"], {"COMPOSE_FILE": "compose.yaml"}),
    ],
)
def test_where_that_place_is_taken_it_stands_beside_and_has_to_be_named(present, dotenv):
    found = chosen(*present, **dotenv)
    assert (found.override, found.implicit) == ("compose.worktree.yaml", False)
    assert found.override not in present


def test_files_in_the_env_file_win_over_the_defaults_and_switch_overrides_off():
    found = chosen(
        "compose.yaml",
        "compose.override.yaml",
        "deploy/dev.yml",
        "deploy/extra.yml",
        "deploy/.env",
        ".env",
        COMPOSE_FILE="deploy/dev.yml:./deploy/extra.yml",
    )
    assert found.files == ("deploy/dev.yml", "deploy/extra.yml")
    assert found.directory == "deploy"
    assert found.override == "deploy/compose.worktree.yaml"
    assert found.env_files == ("deploy/.env", ".env")


def test_the_env_files_separator_is_its_own():
    found = chosen("a.yml", "b.yml", COMPOSE_FILE="a.yml;b.yml", COMPOSE_PATH_SEPARATOR=";")
    assert found.files == ("a.yml", "b.yml")


def test_the_setting_wins_over_everything():
    found = chosen("compose.yaml", "a.yml", "b.yml", configured=("./a.yml",), COMPOSE_FILE="b.yml")
    assert (found.files, found.implicit) == (("a.yml",), False)


def test_a_file_outside_of_the_checkout_is_taken_at_its_word():
    assert chosen("compose.yaml", configured=("compose.yaml", "/etc/extra.yml")).files == (
        "compose.yaml",
        "/etc/extra.yml",
    )


@pytest.mark.parametrize(
    ("configured", "dotenv", "source"),
    [
        (("absent.yml",), {}, "setting wt.compose"),
        ((), {"COMPOSE_FILE": "absent.yml"}, "COMPOSE_FILE in .env"),
    ],
)
def test_a_named_file_that_is_not_there_is_told_with_who_names_it(configured, dotenv, source):
    with pytest.raises(BadUse, match=f"{source} names 'absent.yml'") as told:
        chosen("compose.yaml", configured=configured, **dotenv)
    assert told.value.hint


def test_no_compose_file_at_all_is_wrong_use_and_names_the_setting():
    with pytest.raises(BadUse, match="no compose file here") as told:
        chosen(".env", "compose.override.yaml")
    assert "wt.compose" in told.value.hint


def test_a_branch_does_without_a_named_file_that_it_lacks_and_says_so():
    found = of_branch("a.yml", configured=("a.yml", "late.yml"))
    assert (found.files, found.implicit) == (("a.yml",), False)
    assert found.notes == ("late.yml, named by setting wt.compose, is not on this branch and is left out",)
    assert of_branch("compose.yml", COMPOSE_FILE="a.yml:b.yml").files == ("compose.yml",)


def test_the_override_stands_where_the_project_has_no_file():
    names = ["compose.yaml", "compose.override.yaml"]
    assert of_branch(*names).override == "compose.worktree.yaml"
    assert of_branch(*names, "compose.worktree.yaml").override == "compose.worktree-tasks.yaml"


def test_a_file_beside_main_is_mains_and_one_in_main_is_each_checkouts_own():
    found = of_branch("a.yml", configured=("/src/shop/a.yml", "../common.yml"))
    assert found.files == ("a.yml", "/src/common.yml")
    above = of_branch(configured=("../compose.yml",))
    assert (above.files, above.directory) == (("/src/compose.yml",), "/src")
    assert (above.override, above.env_file) == ("compose.worktree.yaml", ".env")


def test_env_files_that_are_named_take_the_place_of_the_one_that_compose_finds():
    found = choose(["compose.yaml", ".env", "dev.env"], configured=(), dotenv={}, env_files=("dev.env",))
    assert (found.env_files, found.implicit) == (("dev.env",), True)
    with pytest.raises(BadUse, match=r"names 'absent.env', which does not exist"):
        choose(["compose.yaml"], configured=(), dotenv={}, env_files=("absent.env",))


def elsewhere(*tracked: str, standing: str = "") -> ComposeFiles:
    return choose([], configured=(), dotenv={}, elsewhere=lambda: tracked, standing=standing)


def test_without_one_at_the_root_the_only_one_that_git_tracks_is_taken_and_said():
    found = elsewhere("docker/compose.yml", "docker/compose.override.yml", "docker/compose.ci.yml")
    assert found.files == ("docker/compose.yml", "docker/compose.override.yml")
    assert found.directory == "docker"
    assert "using docker/compose.yml, since no compose file is at the root" in found.notes[0]
    # `wt.compose` without the word before it would be printed as the task of that name.
    assert "the setting wt.compose can name another" in found.notes[0]
    assert elsewhere("ops/docker-compose.dev.yml").files == ("ops/docker-compose.dev.yml",)


def test_several_are_listed_with_the_setting_unless_one_stands_in_the_folder_of_one():
    tracked = ("api/compose.yaml", "web/docker-compose.yml")
    with pytest.raises(BadUse, match=r"git has api/compose.yaml, web/docker-compose.yml") as told:
        elsewhere(*tracked)
    assert "`compose: [api/compose.yaml]`" in told.value.hint
    assert elsewhere(*tracked, standing="web/src").files == ("web/docker-compose.yml",)
    with pytest.raises(BadUse, match=r"git has compose.dev.yml, compose.prod.yml"):
        elsewhere("compose.prod.yml", "compose.dev.yml", standing=".")


def test_services_come_in_the_order_of_the_files():
    first = "services:\n  web:\n    image: x\n  'db':\n    image: y\n"
    second = 'services:\n    "api" : {image: z}\n'
    assert in_file_order(["api", "db", "web"], [first, second]) == ("web", "db", "api")
    assert in_file_order(["zeta", "web", "alpha"], [first]) == ("web", "alpha", "zeta")
    assert in_file_order([], [first]) == ()
