"""Main's stack is the one that runs from main's directory, whatever it is called and however it came up."""

from __future__ import annotations

import json
import secrets
from pathlib import Path

import pytest

pytestmark = [pytest.mark.engine, pytest.mark.usefixtures("engine_answers")]

TASKS = "from invoke import Collection\nimport worktree_tasks as wt\n\nns = Collection(wt)\n"
COMPOSE = """\
services:
  web:
    image: python:3.11-slim
    command: sleep infinity
    init: true
    volumes: ["${PWD}:/app"]
    depends_on: [cache]
  cache:
    image: redis:7
"""


@pytest.fixture
def shop(make_project):
    """A project whose stacks, main's included, are gone afterwards."""
    made = make_project(f"shop-{secrets.token_hex(3)}", compose=COMPOSE, tasks=TASKS)
    yield made
    if Path(made.env["XDG_STATE_HOME"], "worktree-tasks").is_dir():
        made.remove_all()
    for name in {name for name, _ in containers(made)}:
        made.compose("-p", name, "down", "--volumes", "--timeout", "0")


def containers(project):
    """Return compose project and service of all containers that come from where a project is."""
    labels = ("project.working_dir", "project", "service")
    # Directories of others on this machine may have any name.
    form = ",".join(f'{{{{json (.Label "com.docker.compose.{name}")}}}}' for name in labels)
    lines = project.run("docker", "ps", "--all", "--format", f"[{form}]", code=0).out.splitlines()
    told = [json.loads(line) for line in lines]
    return [(name, service) for place, name, service in told if place.startswith(str(project.path.parent))]


def caches(project):
    return [name for name, service in containers(project) if service == "cache"]


def new(project, branch, *words, **options):
    return json.loads(project.wt("new", branch, "--json", *words, **options).out)


def up(project, name, *words, **options):
    project.compose("-p", name, *words, "up", "--detach", "--quiet-pull", **options)


def test_a_name_from_the_command_line_is_mains_and_there_is_one_cache(shop):
    name = f"acme-{secrets.token_hex(3)}"
    up(shop, name)
    tree = new(shop, "fix")
    assert caches(shop) == [name]
    assert tree["compose_project"] == f"{name}-fix"
    assert json.loads(shop.wt("list", "--json").out)["main"]["state"] == "running"
    shop.compose("-p", name, "stop", "--timeout", "0")
    shop.wt("start", "fix")
    assert caches(shop) == [name]


def test_a_name_that_the_shell_exports_is_mains_before_and_after_it_runs(shop):
    name = f"exported-{secrets.token_hex(3)}"
    new(shop, "fix", env={"COMPOSE_PROJECT_NAME": name})
    assert caches(shop) == [name]
    new(shop, "more", "--no-start")
    shop.wt("start", "fix")
    assert caches(shop) == [name]


def test_main_behind_a_symbolic_link_is_main(shop):
    link = shop.path.with_name(f"link-{secrets.token_hex(3)}")
    link.symlink_to(shop.path)
    # As a shell has it that went there.
    shop.compose("up", "--detach", "--quiet-pull", cwd=link, env={"PWD": str(link)})
    new(shop, "fix")
    assert caches(shop) == [link.name]


def test_what_an_editor_brought_up_in_its_own_folder_with_a_file_of_its_own_is_main(shop, tmp_path):
    shop.git("mv", "compose.yaml", ".devcontainer.yaml")
    shop.write(".devcontainer/compose.yaml", COMPOSE.replace("${PWD}", ".."))
    shop.git("rm", "--quiet", "--force", ".devcontainer.yaml")
    shop.commit()
    extra = tmp_path / "generated.yml"
    extra.write_text("services: {web: {labels: [editor]}}\n")
    name = f"{shop.path.name}_devcontainer"
    up(shop, name, "-f", ".devcontainer/compose.yaml", "-f", str(extra))
    tree = new(shop, "fix")
    assert caches(shop) == [name]
    assert (Path(tree["path"]) / ".devcontainer/compose.override.yaml").is_file()


def test_of_several_the_one_with_our_files_is_main_and_two_such_are_refused_in_one_line(shop):
    main, other = f"m-{secrets.token_hex(3)}", f"t-{secrets.token_hex(3)}"
    shop.write("compose.test.yaml", "services: {cache: {labels: [test]}}\n")
    shop.commit()
    up(shop, other, "-f", "compose.yaml", "-f", "compose.test.yaml")
    up(shop, main)
    assert json.loads(shop.wt("plan", "fix", "--json").out)["compose_project"] == f"{main}-fix"
    shop.compose("-p", other, "down", "--timeout", "0")
    up(shop, other)
    for task in ("plan", "new"):
        said = shop.wt(task, "fix", code=1).err
        assert f"main's stack runs as {main} and as {other}, all from {shop.path}" in said
    assert len(caches(shop)) == 2


def test_what_runs_other_files_of_the_directory_is_not_main(shop):
    shop.write("other.yaml", COMPOSE)
    shop.commit()
    up(shop, f"other-{secrets.token_hex(3)}", "-f", "other.yaml")
    assert new(shop, "fix", "--no-start")["compose_project"] == f"{shop.path.name}-fix"


def test_the_directory_that_main_was_run_in_is_told_by_its_mounts(shop):
    shop.write("docker/dev/compose.yaml", COMPOSE)
    shop.write("docker/app.py", "print()\n")
    shop.git("rm", "--quiet", "compose.yaml")
    shop.write("invoke.yaml", "wt: {compose: docker/dev/compose.yaml}\n")
    shop.commit()
    line = "${PWD} in the compose files is assumed to be the root"
    assert line in shop.wt("plan", "fix").err
    # As a shell has it that went there.
    shop.compose("up", "--detach", cwd=shop.path / "docker", env={"PWD": str(shop.path / "docker"),
        "COMPOSE_FILE": "dev/compose.yaml"})  # fmt: skip
    done = shop.wt("new", "fix", "--no-start", "--json")
    assert line not in done.err
    override = Path(json.loads(done.out)["path"]) / "docker/dev/compose.override.yaml"
    assert f"source: {override.parent.parent}\n" in override.read_text()


def test_env_files_and_profiles_that_main_came_up_with_are_told_by_settings_or_by_the_shell(shop):
    shop.write("compose.yaml", COMPOSE.replace("command:", 'ports: ["${WEB_PORT}:8000"]\n    command:')
        + "  mail:\n    image: redis:7\n    profiles: [mail]\n")  # fmt: skip
    shop.write(".gitignore", "dev.env\n")
    shop.write("dev.env", "WEB_PORT=26100\n")
    shop.commit()

    def planned(**options):
        told = json.loads(shop.wt("plan", "fix", "--json", **options).out)
        return [port["main"] for port in told["ports"]]

    assert planned() == [None]
    assert planned(env={"COMPOSE_ENV_FILES": "dev.env"}) == [26100]
    shop.write("invoke.yaml", "wt: {env_files: dev.env, profiles: [mail]}\n")
    assert planned() == [26100]
    shop.wt("new", "fix", "--no-start")
    assert "WEB_PORT=26101" in (shop.root / "fix" / "dev.env").read_text()
    assert "mail running" in shop.wt("ensure-main").err


def test_what_compose_warns_of_is_told_once(shop):
    shop.write("compose.yaml", COMPOSE.replace("command:", 'user: "${ABSENT_ID}"\n    command:'))
    shop.commit()
    for words in (["plan", "fix"], ["new", "fix", "--no-start"]):
        said = shop.wt(*words).err
        assert said.count('The "ABSENT_ID" variable is not set') == 1
    said = shop.wt("remove", "fix").err
    assert "ABSENT_ID" not in said
    assert "✓ containers  nothing to remove\n✓ network     nothing to remove\n" in said
