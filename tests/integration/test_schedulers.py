"""Schedulers: known by what they run, also behind scripts, and not started beside main's."""

from __future__ import annotations

import pytest
from harness.three_worktrees import begun, compose, wt

pytestmark = [pytest.mark.engine, pytest.mark.usefixtures("engine_answers")]

APP = """\
x-app: &app
  image: python:3.11-slim
  command: sleep 100000
  volumes: [".:/app"]
  working_dir: /app
services:
  redis: {image: "redis:7"}
  web: {<<: *app, ports: ["25600:8000"]}
"""


def service(name: str, command: str, more: str = "") -> str:
    return f"  {name}:\n    <<: *app\n    command: {command}\n{more}"


@pytest.fixture
def make(tmp_path):
    """Make a project of services, and files beside its compose file."""

    def make(text: str, **files: str):
        main = tmp_path / "shop"
        main.mkdir()
        for name, content in {"compose.yaml": APP + text, "app.env": "A=1\n", **files}.items():
            (main / name).write_text(content)
        return begun(main)

    return make


def held_back(project, branch: str = "pay") -> tuple[set[str], set[str], set[str]]:
    """Return the services that are not started in a worktree: by `plan`, by `new`, by plain Compose there."""

    def named(lines) -> set[str]:
        return {line.split(" is not started")[0].split()[-1] for line in lines if " is not started" in line}

    planned = named(wt(project, "plan", branch)["notes"])
    done = project.program("new", branch, "--no-start", "--json", code=0)
    here = compose(project.root / branch)
    return (
        planned,
        named(done.err.splitlines()),
        {*compose(project.path)["services"]} - {*here["services"], "redis"},
    )


def test_schedulers_are_known_by_commands_and_names_whoever_runs_them(make):
    project = make(
        service("a", "/start-celerybeat")
        + service("b", '["/app/docker/bootstrap.sh", "beat"]')
        + service("c", "./bin/entrypoint-beat.sh")
        + service("d", "php artisan schedule:work")
        + service("e", "bundle exec clockwork clock.rb")
        + service("f", "airflow scheduler")
        + service("worker", "celery -A project worker")
        + service("known", "celery -A project beat")
    )
    assert held_back(project) == (set("abcdef") | {"known"},) * 3


def test_schedulers_behind_scripts_of_the_project_are_not_started_and_workers_are(make):
    project = make(
        service("first", "./start.sh plan")
        + service("second", "./start.sh work")
        + service("third", "sh -c 'cd /app && exec ./jobs.sh'")
        + service("fourth", "make planner"),
        **{
            "start.sh": "case $1 in plan) exec celery -A p beat;; *) exec celery -A p worker;; esac\n",
            "jobs.sh": "#!/bin/sh\nexec celery -A p worker --beat\n",
            "Makefile": "planner:\n\trqscheduler --host redis\n",
        },
    )
    assert held_back(project) == ({"first", "third", "fourth"},) * 3


def test_scripts_that_the_image_has_from_the_project_are_read_as_well(make):
    project = make(
        "  beat:\n    build: .\n  worker:\n    build: .\n    command: /start-worker\n",
        Dockerfile='FROM python:3.11-slim\nCOPY beat.sh /start\nCOPY work.sh /start-worker\nCMD ["/start"]\n',
        **{"beat.sh": "exec celery -A p beat\n", "work.sh": "exec celery -A p worker\n"},
    )
    assert held_back(project) == ({"beat"},) * 3


def test_a_worker_that_plans_jobs_by_a_flag_starts_without_it(make):
    project = make(service("worker", "celery -A p worker -B -l info"))
    line = "worker schedules no jobs here, because main's does: it runs celery -A p worker -l info"
    assert any(line in one for one in wt(project, "plan", "pay")["notes"])
    assert line in project.program("new", "pay", "--no-start", code=0).err
    assert compose(project.path)["services"]["worker"]["command"] == [
        "celery",
        "-A",
        "p",
        "worker",
        "-B",
        "-l",
        "info",
    ]
    here = compose(project.root / "pay")["services"]["worker"]
    assert here["command"] == ["celery", "-A", "p", "worker", "-l", "info"]


def test_the_setting_names_schedulers_that_start(make):
    project = make(service("beat", "celery -A p beat") + service("both", "celery -A p worker -B"))
    project.commit_file("invoke.yaml", "wt:\n  schedulers: [beat, both]\n")
    assert held_back(project) == (set(), set(), set())
    assert "-B" in compose(project.root / "pay")["services"]["both"]["command"]


def test_a_scheduler_starts_where_all_data_is_the_worktrees_own(make):
    project = make(service("beat", "celery -A p beat"))
    project.commit_file("invoke.yaml", "wt:\n  services:\n    own: [redis]\n")
    assert held_back(project) == (set(), set(), set())


def test_a_scheduler_that_reaches_a_database_elsewhere_does_not_start(make):
    elsewhere = "    environment: {DATABASE_URL: 'postgres://db.example.org/shop'}\n"
    project = make(service("beat", "celery -A p beat", elsewhere))
    project.commit_file("invoke.yaml", "wt:\n  services:\n    own: [redis]\n")
    assert held_back(project) == ({"beat"},) * 3
