"""Which services take jobs and which plan them, by what they run."""

from __future__ import annotations

import shlex

import pytest

from worktree_tasks.configuration.jobs.job_duties import Duties
from worktree_tasks.configuration.jobs.job_recognition import StartedProgram, duties_of


def duties(command: str, service: str = "service", published: bool = False, **files: str) -> Duties:
    texts = {f"/app/{path}": text for path, text in files.items()}
    words = tuple(shlex.split(command))
    return duties_of(
        StartedProgram(service, (), words, directory="/app", read=texts.get, published=published)
    )


def workers(found: Duties) -> list[str]:
    return [one.tool.name for one in found.workers]


def schedulers(found: Duties) -> list[str]:
    return [one.tool.name for one in found.schedulers]


@pytest.mark.parametrize(
    ("command", "tool"),
    [
        ("celery -A project worker -l info", "celery"),
        ("celery --app=project.celery:app worker --concurrency=4 -Q default,mail", "celery"),
        ("python -m celery -A project worker", "celery"),
        ("python manage.py celery worker", "celery"),
        ("sh -c 'python manage.py migrate && exec celery -A project worker'", "celery"),
        ("bash -lc 'poetry run celery -A project worker'", "celery"),
        ("watchmedo auto-restart -d . -p '*.py' -R -- celery -A project worker", "celery"),
        ("watchfiles --filter python celery.__main__.main --args '-A config worker'", "celery"),
        ("watchfiles 'celery -A project worker'", "celery"),
        ("./wait-for-it.sh redis:6379 -- celery -A project worker", "celery"),
        ("dumb-init -- newrelic-admin run-program celery -A project worker", "celery"),
        ("rq worker high default low --url redis://redis:6379/1", "rq"),
        ("rqworker", "rq"),
        ("flask rq worker", "rq"),
        ("python manage.py rqworker default", "rq"),
        ("rq worker-pool -n 4", "rq"),
        ("dramatiq app.tasks --processes 2", "dramatiq"),
        ("python manage.py rundramatiq", "dramatiq"),
        ("arq app.worker.WorkerSettings", "arq"),
        ("uv run arq app.worker.WorkerSettings --watch app", "arq"),
        ("huey_consumer.py app.huey -w 2", "huey"),
        ("python manage.py run_huey", "huey"),
        ("python manage.py qcluster", "django-q"),
        ("taskiq worker app.tkq:broker", "taskiq"),
        ("bundle exec sidekiq -C config/sidekiq.yml", "sidekiq"),
        ("bin/bundle exec sidekiq", "sidekiq"),
        ("bundle exec rake environment resque:work QUEUE=*", "resque"),
        ("bundle exec rake resque:workers", "resque"),
        ("bin/rails solid_queue:start", "solid_queue"),
        ("bin/jobs", "solid_queue"),
        ("./bin/jobs start", "solid_queue"),
        ("bundle exec good_job start", "good_job"),
        ("bundle exec rake jobs:work", "delayed_job"),
        ("bin/delayed_job run", "delayed_job"),
        ("python manage.py procrastinate worker", "procrastinate"),
        ("npx graphile-worker -c postgres://db/app", "graphile-worker"),
        ("php artisan queue:work redis --tries=3", "laravel queue"),
        ("php /var/www/html/artisan queue:listen", "laravel queue"),
        ("php artisan horizon", "laravel horizon"),
        ("php bin/console messenger:consume async", "symfony messenger"),
        ("bundle exec faktory-worker", "faktory"),
        ("airflow celery worker", "airflow"),
        ("n8n worker --concurrency=5", "n8n"),
        ("npx medusa develop", "medusa"),
        ("faust -A app worker -l info", "kafka"),
    ],
)
def test_a_worker_is_told_by_its_command(command, tool):
    found = duties(command)
    assert workers(found) == [tool]
    assert not found.schedulers


@pytest.mark.parametrize(
    ("command", "tool"),
    [
        ("celery -A project beat -l info", "celery"),
        ("celery --app project beat --scheduler django_celery_beat.schedulers:DatabaseScheduler", "celery"),
        ("sh -c 'rm -f celerybeat.pid && celery -A project beat'", "celery"),
        ("python manage.py celerybeat", "celery"),
        ("rqscheduler --host redis", "rq"),
        ("python manage.py rqscheduler", "rq"),
        ("taskiq scheduler app.tkq:scheduler", "taskiq"),
        ("periodiq app.tasks", "dramatiq"),
        ("bundle exec rake resque:scheduler", "resque"),
        ("bundle exec clockwork clock.rb", "clockwork"),
        ("php artisan schedule:work", "laravel queue"),
        ("sh -c 'while true; do php artisan schedule:run; sleep 60; done'", "laravel queue"),
        ("airflow scheduler", "airflow"),
        ("airflow triggerer", "airflow"),
        ("airflow dag-processor", "airflow"),
        ("cron -f", "cron"),
        ("crond -f -l 8", "cron"),
        ("busybox crond -f", "cron"),
        ("supercronic /etc/crontab", "cron"),
        ("sh -c 'printenv > /etc/environment && cron -f'", "cron"),
    ],
)
def test_a_scheduler_is_told_by_its_command(command, tool):
    found = duties(command)
    assert schedulers(found) == [tool]
    assert not found.workers


@pytest.mark.parametrize(
    "command",
    [
        "gunicorn app:app --workers 4 -k uvicorn.workers.UvicornWorker",
        "uvicorn main:app --workers 2",
        "python manage.py runserver 0.0.0.0:8000",
        "celery -A project flower --port=5555",
        "celery -A project inspect ping",
        "sh -c 'pip install celery && apt-get install -y cron && exec gunicorn app:app'",
        "sh -c 'echo celery worker; npm start'",
        "sleep 100000",
        "python heartbeat.py",
        "",
    ],
)
def test_other_commands_are_neither(command):
    found = duties(command)
    assert (found.workers, found.schedulers) == ((), ())


def test_what_scripts_run_is_told_through_all_of_them():
    found = duties(
        "/app/entrypoint /app/start-worker",
        **{
            "entrypoint": '#!/bin/bash\nset -e\nexec "$@"\n',
            "start-worker": "#!/bin/sh\nexec celery -A config worker\n",
        },
    )
    assert workers(found) == ["celery"]
    assert str(found.workers[0]) == "celery -A config worker in start-worker"


def test_the_role_that_a_script_is_given_decides():
    script = {"boot.sh": "case $1 in worker) rq worker;; clock) rqscheduler;; *) gunicorn app;; esac"}
    assert workers(duties("./boot.sh worker", **script)) == ["rq"]
    assert schedulers(duties("./boot.sh clock", **script)) == ["rq"]
    assert duties("./boot.sh web", service="worker", **script) == Duties(serves=True)


@pytest.mark.parametrize(
    ("command", "files", "tool"),
    [
        ("python worker.py", {"worker.py": "from rq import Queue, Worker\n"}, "rq"),
        ("python -m app.worker", {"app/worker.py": "from temporalio.worker import Worker\n"}, "temporal"),
        ("node dist/worker.js", {"src/worker.ts": 'import { Worker } from "bullmq"\n'}, "bullmq"),
        ("node worker", {"worker.js": "const Queue = require('bull')\n"}, "bull"),
        ("tsx watch src/jobs.ts", {"src/jobs.ts": "import Agenda from '@hokify/agenda'\n"}, "agenda"),
        ("python consume.py", {"consume.py": "channel.basic_consume(queue='a')\n"}, "pika"),
        ("mix phx.server", {"mix.exs": '{:oban, "~> 2.17"},\n'}, "oban"),
        ("bin/rails server", {"config/puma.rb": "plugin :solid_queue\n"}, "solid_queue"),
    ],
)
def test_a_worker_is_told_by_the_library_that_its_source_names(command, files, tool):
    assert workers(duties(command, **files)) == [tool]


PROCFILE = "web: gunicorn app\nworker: celery -A app worker\nclock: celery -A app beat\n"


@pytest.mark.parametrize(
    ("command", "files", "found"),
    [
        ("npm run worker", {"package.json": '{"scripts": {"worker": "sidekiq"}}'}, (["sidekiq"], [])),
        (
            "yarn worker",
            {"package.json": '{"scripts": {"worker": "npm run w", "w": "sidekiq"}}'},
            (["sidekiq"], []),
        ),
        ("npm --prefix api start", {"api/package.json": '{"scripts": {"start": "rq worker"}}'}, (["rq"], [])),
        ("honcho start", {"Procfile": PROCFILE}, (["celery"], ["celery"])),
        ("honcho start worker", {"Procfile": PROCFILE}, (["celery"], [])),
        ("foreman start -f Procfile.dev clock", {"Procfile.dev": PROCFILE}, ([], ["celery"])),
        ("make worker", {"Makefile": "web:\n\tflask run\nworker: deps\n\t@rq worker\n"}, (["rq"], [])),
        (
            "supervisord -c /app/supervisor.conf",
            {"supervisor.conf": "[program:a]\ncommand=php artisan queue:work\n"},
            (["laravel queue"], []),
        ),
    ],
)
def test_what_stands_behind_a_name_in_a_manifest_is_told(command, files, found):
    told = duties(command, **files)
    assert (workers(told), schedulers(told)) == found


def test_a_server_may_take_jobs_by_a_library_that_its_manifest_asks_for():
    manifest = """{"scripts": {"start": "nest start"}, "dependencies": {"@nestjs/bullmq": "^11", "a": "1"}}"""
    found = duties("npm start", **{"package.json": manifest})
    assert [(str(one), one.named) for one in found.workers] == [("@nestjs/bullmq in package.json", True)]
    assert not duties("npm start", **{"package.json": manifest.replace("dep", "devDep")}).workers
    assert not duties("sleep infinity", **{"package.json": manifest}).workers
    assert workers(duties("rq worker", **{"package.json": manifest})) == ["rq"]


@pytest.mark.parametrize("text", ["", "[]", "{", """{"dependencies": ["bull"]}""", "[" * 100_000])
def test_a_manifest_that_is_none_tells_nothing(text):
    assert duties("npm start", **{"package.json": text}) == Duties()


def test_a_name_tells_where_nothing_else_does():
    assert schedulers(duties("/start-celerybeat")) == ["by its name"]
    assert schedulers(duties("/app/docker/bootstrap.sh beat")) == ["by its name"]
    assert schedulers(duties("./bin/entrypoint-beat.sh")) == ["by its name"]
    assert schedulers(duties("", service="scheduler")) == ["by its name"]
    assert workers(duties("/start-worker")) == ["by its name"]
    assert workers(duties("dotnet Worker.dll")) == ["by its name"]
    assert workers(duties("./run", service="queue-worker")) == ["by its name"]


@pytest.mark.parametrize(
    "command", ["sleep infinity", "tail -f /dev/null", "sh -c 'while :; do sleep 1; done'"]
)
def test_a_name_tells_nothing_of_what_only_sleeps(command):
    assert duties(command, service="worker") == Duties()


def test_a_name_tells_nothing_of_what_serves_or_is_recognised():
    assert duties("node server.js", service="scheduler", published=True) == Duties()
    assert duties("node server.js", service="queue-dashboard", published=True) == Duties()
    assert duties("wrangler dev", service="worker", published=True) == Duties(serves=True)
    assert duties("gunicorn app", service="cron") == Duties(serves=True)
    assert schedulers(duties("celery -A app worker", service="scheduler")) == []


@pytest.mark.parametrize("service", ["worker", "shop-worker", "Email_Workers"])
def test_a_worker_by_name_may_publish_a_port_for_a_debugger(service):
    assert workers(duties("node dist/main.js", service=service, published=True)) == ["by its name"]


def test_a_worker_that_plans_jobs_by_a_flag_can_do_without():
    assert duties("celery -A app worker -B -l info").command == (
        "celery",
        "-A",
        "app",
        "worker",
        "-l",
        "info",
    )
    assert duties("celery -A app worker --beat").command == ("celery", "-A", "app", "worker")
    told = duties("sh -c 'migrate && celery -A app worker -l info -B'")
    assert told.command == ("sh", "-c", "migrate && celery -A app worker -l info")
    assert duties("celery -A app worker -l info").command is None


def test_a_flag_goes_from_the_command_that_an_entry_point_of_the_project_runs():
    words = ("celery", "-A", "app", "worker")
    read = {"/start": 'migrate\nexec "$@"'}.get
    assert duties_of(StartedProgram("worker", ("/start",), (*words, "-B"), read=read)).command == words


def test_a_flag_that_stands_in_a_script_stays_there():
    found = duties("./start", start="exec celery -A app worker -B")
    assert (workers(found), schedulers(found), found.command) == (["celery"], ["celery"], None)


def test_scripts_that_call_each_other_come_to_an_end():
    assert duties("./a", a="./b", b="./a") == Duties()
