"""What a worktree lacks, has otherwise than main or shares with it, in one line each."""

from __future__ import annotations

import pytest

from worktree_tasks.configuration.settings import Settings
from worktree_tasks.orchestration.steps.limitations import by_settings, limits
from worktree_tasks.orchestration.steps.worktree_creation import add_worktree

pytestmark = pytest.mark.usefixtures("compose_program")

COMPOSE = """\
services:
  web: {build: ., env_file: [one.env, two.env], volumes: ["./logs:/logs"]}
  worker: {build: ., env_file: [one.env], volumes: ["./logs:/logs", "./logs:/var/log/app"]}
  router: {image: traefik, volumes: ["/var/run/docker.sock:/var/run/docker.sock"]}
"""


@pytest.fixture
def lines(project, shop):
    """Return what is said of a project with a compose file."""

    def of(text: str) -> tuple[str, ...]:
        project.write("compose.yaml", text)
        project.write("Dockerfile", "FROM scratch\n")
        project.write("one.env", "A=1\n")
        project.write("two.env", "B=1\n")
        project.write(".gitignore", "logs\n")
        project.commit("Say what runs")
        project.write("logs/today.log", "")
        return limits(add_worktree(shop, "auth"), env_tracked=False)

    return of


def test_a_folder_that_does_not_come_along_is_told_once_for_all_who_mount_it(lines):
    assert [line for line in lines(COMPOSE) if line.startswith("logs")] == [
        "logs, which web, worker mount, is not copied: add it to .worktreeinclude or wt.files"
    ]


def test_env_files_that_git_tracks_are_told_where_something_runs_by_them(lines):
    assert "one.env, two.env are tracked by git and not changed; the override has the worktree's values" in (
        lines(COMPOSE)
    )


def test_env_files_of_shared_services_alone_are_not_told(lines):
    assert not any("tracked by git" in line for line in lines(COMPOSE.replace("build: .", "image: app")))


@pytest.mark.parametrize(
    ("ports", "way"),
    [
        ("", "and no service of the worktree publishes a port"),
        ('ports: ["8000:80"], ', "and the worktree is reachable on its own ports"),
    ],
)
def test_a_router_on_the_engines_socket_leaves_a_worktree_its_ports(lines, ports, way):
    [line] = [one for one in lines(COMPOSE.replace("{build", f"{{{ports}build", 1)) if "router" in one]
    assert line.endswith(way)


def test_external_volumes_are_told_of_except_those_of_own_servers(lines):
    text = (
        COMPOSE
        + """\
  db: {image: postgres, volumes: ["rows:/var/lib/postgresql/data"]}
  tool: {build: ., volumes: ["uploads:/uploads"], network_mode: "service:db"}
volumes: {rows: {external: true, name: rows}, uploads: {external: true, name: uploads}}
"""
    )
    assert [line for line in lines(text) if "external volume" in line] == [
        "tool writes to the external volume uploads, which main uses too"
    ]


def test_a_volume_that_is_a_directory_outside_of_the_project_is_told_of(lines):
    bind = "driver_opts: {type: none, o: bind, device: "
    text = (
        COMPOSE
        + f"""\
  db: {{image: postgres, volumes: ["rows:/var/lib/postgresql/data"]}}
  tool: {{build: ., volumes: ["media:/m", "inner:/i", "memory:/t"], network_mode: "service:db"}}
volumes:
  rows: {{{bind}/srv/rows}}}}
  media: {{{bind}/srv/media}}}}
  inner: {{{bind}./inner}}}}
  memory: {{driver_opts: {{type: tmpfs, device: tmpfs}}}}
"""
    )
    assert [line for line in lines(text) if "has the volume" in line] == [
        "tool has the volume media in /srv/media, which main uses too"
    ]


def test_a_mount_from_elsewhere_is_told_of_where_something_can_be_written_and_stays(lines):
    mounts = '["/dev/shm:/dev/shm", "/etc/localtime:/etc/localtime:ro", "/srv/media:/media"]'
    said = lines(COMPOSE.replace('["./logs:/logs"]', mounts, 1))
    assert [line for line in said if line.startswith("web mounts")] == [
        "web mounts /srv/media, which main uses too"
    ]


def test_an_address_of_this_machine_in_a_configuration_file_is_told_where_it_is_mains(lines, project):
    project.write(
        "proxy.conf",
        "# proxy_pass http://host.docker.internal:8000;\n"
        "proxy_pass http://host.docker.internal:8000;\n"
        "proxy_pass http://host.docker.internal:9999;\n",
    )
    project.write("env/.env.web", "API=http://host.docker.internal:8000\n")
    text = COMPOSE.replace("{build", '{ports: ["8000:80"], build', 1).replace("./logs:/logs", ".:/app", 1)
    text = text.replace('"./logs:/logs"', '"./env:/env"', 1)
    proxy = '  proxy: {image: nginx, depends_on: [web], volumes: ["./proxy.conf:/etc/nginx/nginx.conf:ro"]}\n'
    [line] = [one for one in lines(text + proxy) if one.startswith("proxy")]
    assert line == (
        "proxy reaches main's web, since proxy.conf has host.docker.internal:8000;"
        " web:80 there leads to the worktree's"
    )


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, ()),
        ({"bind": "0.0.0.0"}, ()),  # noqa: S104 - what somebody may configure
        ({"bind": "::1"}, ()),
        ({"bind": "192.168.7.5", "host": "192.168.7.5"}, ()),
        (
            {"bind": "192.168.7.5"},
            ("pages are shown on localhost, where nothing answers, since wt.bind is ",),
        ),
        ({"bind": "127.0.0.2", "host": "{slug}.localhost"}, ("pages are shown on {slug}.localhost, ",)),
        ({"network": "project"}, ("web leads to that of any worktree in the network that all share ",)),
    ],
)
def test_what_settings_do_together_is_told(lines, shop, given, said):
    lines(COMPOSE.replace("env_file: [one.env, two.env]", 'ports: ["8000:80"]'))
    shop.settings = Settings(**given)
    found = tuple(by_settings(shop, "auth"))
    assert len(found) == len(said)
    assert all(line.startswith(start) for line, start in zip(found, said, strict=True))
