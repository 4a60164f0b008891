"""What is seen of a branch that hides what it asks for: in files that its compose file names, in links."""

from __future__ import annotations

from pathlib import Path

import pytest

from worktree_tasks.orchestration.steps.machine_access import is_described_otherwise, look

pytestmark = pytest.mark.usefixtures("compose_program")

COMPOSE = "services:\n  web:\n    image: web\n    volumes: ['.:/app']\n"
MOUNT = "services:\n  more:\n    image: more\n    volumes: ['../../beside:/in', '/:/host']\n"
REMOTE = "https://127.0.0.1:1/x.git"
READS = "the compose files read"


def including(path: str) -> str:
    return f"include: ['{path}']\n{COMPOSE}"


def asked(shop, project, files: dict[str, str | Path]) -> list[str]:
    """Return what a branch with these files asks for; main has none of them in its checkout."""
    project.write("compose.yaml", COMPOSE)
    project.commit()
    project.git("switch", "--quiet", "--create", "b")
    for name, content in files.items():
        if isinstance(content, Path):
            (project.path / name).unlink(missing_ok=True)
            (project.path / name).symlink_to(content)
        else:
            project.write(name, content)
    project.commit()
    project.git("switch", "--quiet", "main")
    return [one.what for one in look(shop, project.git("rev-parse", "b")).exposures]


def test_a_branch_like_main_asks_for_nothing(shop, project):
    assert asked(shop, project, {"app.py": "print()\n", "inner": Path("app.py")}) == []


def test_what_an_included_file_asks_for_is_named_with_the_place_that_it_has_beside_main(shop, project):
    found = asked(shop, project, {"compose.yaml": including("parts/a.yaml"), "parts/a.yaml": MOUNT})
    assert found == [
        "more runs more",
        f"more mounts {project.path.parent}/beside of this machine on /in",
        "more mounts / of this machine on /host",
    ]


@pytest.mark.parametrize(
    ("files", "what"),
    [
        ({"compose.yaml": including("/etc/hostname")}, f"{READS} /etc/hostname"),
        ({"compose.yaml": including(REMOTE)}, f"{READS} {REMOTE}"),
        ({"compose.yaml": f"{COMPOSE}    env_file: ../../.ssh/id\n"}, f"{READS} ../../.ssh/id"),
        (
            {"compose.yaml": f"{COMPOSE}    extends: {{file: /nowhere/x.yaml, service: x}}\n"},
            f"{READS} /nowhere/x.yaml",
        ),
        ({"data": Path("/etc")}, "data is a symbolic link to /etc"),
        ({"compose.yaml": Path("/etc/hostname")}, "compose.yaml is a symbolic link to /etc/hostname"),
        ({"compose.yaml": "services: ["}, "what it asks for is unknown: "),
    ],
)
def test_what_cannot_be_read_or_leads_out_is_named(shop, project, files, what):
    assert [one for one in asked(shop, project, files) if one.startswith(what)]


def test_variables_of_the_shell_count_when_the_shell_has_them(shop, project, monkeypatch):
    monkeypatch.setenv("CLOUD_TOKEN", "secret")
    text = f"{COMPOSE}    environment: ['A=${{CLOUD_TOKEN}}', 'B=${{ABSENT}}', 'C=$PWD']\n"
    assert asked(shop, project, {"compose.yaml": text}) == [f"{READS} CLOUD_TOKEN of the shell"]


def test_services_stand_as_in_the_compose_file_and_only_the_branchs_own_is_told_as_such(shop, project):
    more = "  able:\n    image: able\n"
    asked(shop, project, {"compose.yaml": COMPOSE + more})
    services = look(shop, project.git("rev-parse", "b")).services
    assert [(one.name, one.reason) for one in services] == [
        ("web", "it mounts the project"),
        ("able", "only this branch has it"),
    ]


def test_of_compose_files_in_folders_the_one_where_one_stands_is_looked_at(shop, project, monkeypatch):
    files = {"api/compose.yaml": COMPOSE, "web/compose.yaml": COMPOSE, "compose.yaml": COMPOSE}
    asked(shop, project, files)
    project.git("rm", "--quiet", "compose.yaml")
    for name in ("api", "web"):
        project.write(f"{name}/compose.yaml", COMPOSE)
    project.commit()
    monkeypatch.chdir(project.path / "api")
    assert look(shop, project.head).input.files.files == ("api/compose.yaml",)


READING = """
include:
  - path: parts/more.yaml
    env_file: parts/more.env
services:
  web:
    image: web
    env_file:
      - web.env
      - path: later.env
        required: false
      - ${STAGE:-dev}.env
    label_file: web.labels
"""
DESCRIBED = {
    "compose.yaml": READING,
    "parts/more.yaml": "services: {more: {image: more}}\n",
    "parts/more.env": "X=1\n",
    "web.env": "Y=1\n",
    "dev.env": "S=1\n",
    "web.labels": "a=b\n",
    ".env": "Z=1\n",
}


@pytest.mark.parametrize(
    ("name", "otherwise"),
    [
        ("", False),
        ("app.py", False),
        ("compose.yaml", True),
        ("compose.override.yaml", True),
        ("parts/more.yaml", True),
        ("parts/more.env", True),
        ("web.env", True),
        ("later.env", True),
        ("dev.env", True),
        ("web.labels", True),
        (".env", True),
    ],
)
def test_a_branch_is_described_otherwise_if_a_file_of_compose_differs(shop, project, tree, name, otherwise):
    for file, text in DESCRIBED.items():
        project.write(file, text)
    project.git("add", "--force", "--all")
    project.commit()
    made = tree("b")
    if name:
        there = made.record.path / name
        there.write_text(f"{DESCRIBED.get(name, 'services: {}')}# more\n")
    assert is_described_otherwise(made) is otherwise


def test_the_env_file_that_is_yet_to_be_copied_is_mains(shop, project, tree):
    project.write(".gitignore", ".env\n")
    project.write("compose.yaml", COMPOSE)
    project.commit()
    project.write(".env", "Z=1\n")
    assert not is_described_otherwise(tree("b"))


def test_a_branch_with_an_env_file_where_main_has_none_is_described_otherwise(shop, project, tree):
    project.git("rm", "--quiet", "--force", "compose.yaml")
    project.write("deploy/compose.yaml", COMPOSE)
    project.commit()
    same, other = tree("same"), tree("other")
    (other.record.path / ".env").write_text("P=90\n")
    assert not is_described_otherwise(same)
    assert is_described_otherwise(other)
