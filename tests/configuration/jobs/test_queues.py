"""Where queues are: which variables move, which servers have to be own, and what nothing separates."""

from __future__ import annotations

import pytest

from worktree_tasks.configuration.env.address_targets import SharedAddress, Surroundings
from worktree_tasks.configuration.jobs.job_recognition import StartedProgram, duties_of
from worktree_tasks.configuration.jobs.queue_address import Worker
from worktree_tasks.configuration.jobs.queues import find_queues

REDIS = SharedAddress("redis", "redis", ((6379, 6380),))
RABBIT = SharedAddress("rabbit", "rabbitmq", ((5672, None),))
KAFKA = SharedAddress("kafka", "kafka", ((9092, None),))
DB = SharedAddress("db", "postgres", ((5432, None),))
CELERY = "celery -A app worker"
RQ = "rq worker"
SIDEKIQ = "bundle exec sidekiq"
N8N = "n8n worker"
LARAVEL = "php artisan queue:work"


def queues(command: str, *shared: SharedAddress, near: tuple[str, ...] = (), **values: str):
    words = tuple(command.split())
    duties = duties_of(StartedProgram("worker", (), words)).workers
    around = Surroundings(shared=shared, virtual_host="own")
    worker = Worker("worker", duties, values, frozenset(near))
    return find_queues([worker], values, around, own={"web": None, "worker": None, "mine": None})


@pytest.mark.parametrize(
    ("command", "values", "moving"),
    [
        (CELERY, {"REDIS_URL": "redis://redis:6379/0"}, {"REDIS_URL"}),
        (
            CELERY,
            {"CELERY_BROKER_URL": "redis://redis/1", "REDIS_URL": "redis://redis/0"},
            {"CELERY_BROKER_URL"},
        ),
        (
            CELERY,
            {"X_CELERY_BROKER_URL": "redis://redis/1", "REDIS_URL": "redis://redis/0"},
            {"X_CELERY_BROKER_URL"},
        ),
        (CELERY, {"APP__CELERY__BROKER_URL": "redis://redis/1"}, {"APP__CELERY__BROKER_URL"}),
        (
            CELERY,
            {"BROKER_URL": "redis://redis/1", "RESULT_BACKEND": "redis://redis/2"},
            {"BROKER_URL", "RESULT_BACKEND"},
        ),
        (RQ, {"RQ_REDIS_URL": "redis://redis/1", "REDIS_URL": "redis://redis/0"}, {"RQ_REDIS_URL"}),
        (RQ, {"REDIS_URL": "redis://localhost:6380/0"}, {"REDIS_URL"}),
        (SIDEKIQ, {"REDIS_URL": "redis://redis/0", "REDIS_CACHE_URL": "redis://redis/1"}, {"REDIS_URL"}),
        (
            SIDEKIQ,
            {"REDIS_URL": "redis://redis/0", "REDIS_QUEUE_URL": "redis://redis/1"},
            {"REDIS_QUEUE_URL"},
        ),
        (SIDEKIQ, {"REDIS_URL": "redis://${HOST}:6379/0", "HOST": "redis"}, {"REDIS_URL"}),
        ("arq app.Settings", {"REDIS_HOST": "redis", "REDIS_DB": "2"}, {"REDIS_DB"}),
        (LARAVEL, {"QUEUE_CONNECTION": "redis", "REDIS_HOST": "redis", "REDIS_DB": "0"}, {"REDIS_DB"}),
        (LARAVEL, {"QUEUE_CONNECTION": "redis", "REDIS_HOST": "redis"}, {"REDIS_DB"}),
        (CELERY, {"AMQP_URL": "amqp://u:p@rabbit:5672//", "REDIS_URL": "redis://redis/0"}, {"AMQP_URL"}),
        (CELERY, {"RABBITMQ_HOST": "rabbit", "RABBITMQ_VHOST": "/"}, {"RABBITMQ_VHOST"}),
        ("./worker.sh", {"REDIS_URL": "redis://redis/0"}, {"REDIS_URL"}),
        (
            CELERY,
            {"REDIS_HOST": "redis", "REDIS_CELERY_DB": "0", "REDIS_RESULTS_DB": "1", "REDIS_CACHE_DB": "2"},
            {"REDIS_CELERY_DB", "REDIS_RESULTS_DB"},
        ),
        (N8N, {"QUEUE_BULL_REDIS_HOST": "redis"}, {"QUEUE_BULL_REDIS_DB"}),
    ],
)
def test_the_variables_by_which_a_worker_reaches_its_queue_move(command, values, moving):
    found = queues(command, REDIS, RABBIT, DB, **values)
    assert found.keys == moving
    assert (found.alone, found.crossing) == ({}, ())


def test_other_things_may_be_behind_a_variable_that_is_no_brokers_by_its_name():
    assert "REDIS_URL" in queues(RQ, REDIS, REDIS_URL="redis://redis/0").mixed
    assert not queues(CELERY, REDIS, CELERY_BROKER_URL="redis://redis/0").mixed
    assert not queues(CELERY, REDIS, CELERY_DB="0", REDIS_RESULTS_DB="1", REDIS_HOST="redis").mixed
    assert not queues("node worker.js", RABBIT, AMQP_URL="amqp://u:p@rabbit").mixed
    assert not queues(N8N, REDIS, QUEUE_BULL_REDIS_HOST="redis").mixed


def test_whoever_knows_the_same_queue_by_another_name_moves_along():
    values = {"REDIS_URL": "redis://redis/0", "JOBS": "redis://redis/0", "OTHER": "redis://redis/1"}
    worker = Worker(
        "worker",
        duties_of(StartedProgram("worker", (), (*RQ.split(),))).workers,
        {"REDIS_URL": values["REDIS_URL"]},
    )
    found = find_queues([worker], values, Surroundings(shared=(REDIS,)))
    assert found.keys == {"REDIS_URL", "JOBS"}


@pytest.mark.parametrize(
    ("command", "near", "values", "servers"),
    [
        (RQ, (), {}, {"redis"}),
        (RQ, (), {"REDIS_HOST": "redis"}, {"redis"}),
        (SIDEKIQ, ("redis",), {"REDIS_URL": "redis://redis/name"}, {"redis"}),
        (CELERY, ("rabbit",), {"RABBITMQ_HOST": "rabbit"}, {"rabbit"}),
        ("./worker", ("redis", "db"), {}, {"redis"}),
        ("./worker", (), {"REDIS_HOST": "redis"}, {"redis"}),
        ("./worker", (), {"REDIS_ADDRESS": "redis:6379"}, {"redis"}),
    ],
)
def test_a_server_that_no_variable_separates_is_own(command, near, values, servers):
    found = queues(command, REDIS, RABBIT, DB, near=near, **values)
    assert found.alone.keys() == servers
    assert not found.crossing


@pytest.mark.parametrize(
    ("command", "values", "named"),
    [
        ("bin/jobs", {}, "wt.services.own: db"),
        ("php artisan queue:work", {"QUEUE_CONNECTION": "database"}, "wt.services.own: db"),
        ("python manage.py procrastinate worker", {}, "from the shared db"),
        (
            CELERY,
            {"CELERY_BROKER_URL": "redis://cloud.example.org/0"},
            "through CELERY_BROKER_URL from cloud.example.org",
        ),
    ],
)
def test_what_nothing_separates_is_told_with_the_setting(command, values, named):
    found = queues(command, DB, **values)
    (line,) = found.crossing
    assert line.startswith("worker takes jobs (")
    assert named in line
    assert not found.alone


@pytest.mark.parametrize(
    ("command", "values"),
    [
        (CELERY, {"CELERY_BROKER_URL": "redis://mine:6379/0"}),
        (LARAVEL, {"QUEUE_CONNECTION": "sync"}),
        ("gunicorn app", {"REDIS_URL": "redis://redis/0"}),
    ],
)
def test_nothing_is_done_about_what_is_apart_already(command, values):
    found = queues(command, REDIS, DB, **values)
    assert (found.alone, found.crossing, found.mixed, found.added) == ({}, (), {}, {})


def test_configured_keys_are_brokers_without_a_worker():
    found = find_queues(
        [], {"JOBS_AT": "redis://redis/0"}, Surroundings(shared=(REDIS,)), configured=["JOBS_AT"]
    )
    assert found.keys == {"JOBS_AT"}


def test_a_worker_whose_server_is_own_has_its_queue_there():
    duties = duties_of(StartedProgram("worker", (), ("./worker",))).workers
    around = Surroundings(shared=(DB,))
    found = find_queues([Worker("worker", duties, {})], {}, around, own={"worker": None, "redis": "redis"})
    assert (found.alone, found.crossing) == ({}, ())


def test_of_a_worker_by_name_alone_the_servers_that_it_may_use_are_told():
    found = queues("./worker", REDIS, DB)
    (line,) = found.crossing
    assert "wt.services.own: redis, db" in line
    assert not found.alone


@pytest.mark.parametrize(
    "values",
    [
        {"BROKERS": "kafka:9092,other:9092"},
        {"BROKERS": "kafka:9092", "REDIS_HOST": "redis"},
        {"BROKERS": "kafka:9092", "REDIS_URL": "redis://redis/0"},
    ],
)
def test_a_stream_that_a_worker_by_its_name_is_told_of_crosses_besides_its_queue(values):
    found = queues("./consumer", REDIS, KAFKA, DB, **values)
    (line,) = found.crossing
    assert "wt.services.own: kafka gives" in line
    assert not queues(RQ, REDIS, KAFKA, REDIS_URL="redis://redis/0", BROKERS="kafka:9092").crossing


def test_a_host_in_a_url_of_another_scheme_is_no_address():
    assert not queues("./worker", REDIS, CLOUD="redis://elsewhere:6379/0").alone


def test_the_page_of_a_server_is_no_queue():
    temporal, page = SharedAddress("temporal", None, ((7233, None),)), SharedAddress("temporal-ui", None, ())
    program = StartedProgram(
        "w", (), ("python", "w.py"), read=lambda _: "from temporalio.worker import Worker"
    )
    worker = Worker("w", duties_of(program).workers, {})
    (line,) = find_queues([worker], {}, Surroundings(shared=(temporal, page))).crossing
    assert "wt.services.own: temporal gives" in line
