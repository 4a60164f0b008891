"""Tools that take or schedule jobs: how to recognize each, and where its queue can be."""

from __future__ import annotations

import re

from ...quick_dataclasses import dataclass

__all__ = ["CRON", "GENERIC", "TOOLS", "JobTool"]

# Where a queue can be.
_REDIS = ("redis",)
_AMQP = ("rabbitmq",)
_EITHER = ("redis", "rabbitmq")
_DATABASE = ("database",)


@dataclass(frozen=True, slots=True)
class JobTool:
    """One tool.

    Each pattern is matched from every word of a command, with program names stripped of their directory.

    Attributes:
        name: Its name.
        queues: The kinds of servers that its queue can be on, the usual one first.
        worker: A command that takes jobs.
        scheduler: A command that adds scheduled jobs.
        library: Source text of a program that takes jobs.
        planner: Source text of a program that adds scheduled jobs.
        variables: The variables through which it and programs that add jobs find the queue, besides those of
            any tool.
        database: The variable with the number of its Redis database, and its default.
        kind: The variable with the kind of server that its queue is on.
    """

    name: str
    queues: tuple[str, ...]
    worker: str = ""
    scheduler: str = ""
    library: str = ""
    planner: str = ""
    variables: str = ""
    database: tuple[str, str] | None = None
    kind: str = ""

    def works(self, line: str) -> bool:
        """Return whether a command takes jobs."""
        return bool(self.worker) and re.match(self.worker, line) is not None

    def plans(self, line: str) -> bool:
        """Return whether a command adds scheduled jobs."""
        return bool(self.scheduler) and re.match(self.scheduler, line) is not None


_MANAGE = r"(?:\S*manage\.py|django-admin) "
_RAKE = r"(?:rake|rails) (?:\S+ )*?"


def _imports(*names: str) -> str:
    """Return a pattern of JavaScript that imports a package."""
    return rf"(?:from|require\(|import)\s*['\"](?:{'|'.join(names)})['\"]"


TOOLS = (
    JobTool(
        "celery",
        _EITHER,
        worker=rf"(?:{_MANAGE})?celery (?:.* )?(?:worker|multi (?:start|restart))\b|celeryd\b",
        scheduler=rf"(?:{_MANAGE})?celery (?:.* )?(?:beat\b|worker (?:.* )?(?:-B|--beat)(?= |\Z))"
        rf"|(?:{_MANAGE})?celerybeat\b",
        library=r"\.worker_main\(|\.Worker\([^)]*\)\.start\(\)|celery\.bin\.worker",
        variables=r"(?:\w+_)?CELERY_\w*|RESULT_BACKEND(?:_URL)?",
    ),
    JobTool(
        "rq",
        _REDIS,
        worker=rf"(?:flask )?rq worker(?:-pool)?\b|rqworker\b|{_MANAGE}rqworker(?:-pool)?\b",
        scheduler=rf"rqscheduler\b|(?:flask )?rq (?:scheduler|cron)\b|{_MANAGE}rqscheduler\b",
        library=r"from rq\b[^\n]* import [^\n]*\b\w*Worker\b|\brq\.(?:Simple)?Worker\(",
        planner=r"from rq_scheduler\.scheduler import",
        variables=r"RQ_\w*",
    ),
    JobTool(
        "dramatiq",
        _EITHER,
        worker=rf"dramatiq(?:-gevent)? |{_MANAGE}rundramatiq\b",
        scheduler=r"periodiq\b",
        variables=r"DRAMATIQ_\w*",
    ),
    JobTool(
        "arq",
        _REDIS,
        worker=r"arq (?!=)\S",
        library=r"\barq\.run_worker\(|from arq(?:\.worker)? import [^\n]*run_worker",
        variables=r"ARQ_\w*",
    ),
    JobTool(
        "huey",
        _REDIS,
        worker=rf"(?:huey\.bin\.)?huey_consumer(?:\.py)?\b|{_MANAGE}(?:run_huey|djangohuey)\b",
        library=r"\.create_consumer\(|from huey\.consumer import",
        variables=r"HUEY_\w*",
    ),
    JobTool(
        "django-q", ("redis", "database"), worker=rf"{_MANAGE}qcluster\b", variables=r"(?:DJANGO_)?Q_\w*"
    ),
    JobTool("taskiq", _EITHER, worker=r"taskiq worker\b", scheduler=r"taskiq scheduler\b"),
    JobTool(
        "sidekiq",
        _REDIS,
        worker=r"sidekiq(?:swarm)?(?= |\Z)",
        scheduler=r"sidekiq (?:.* )?\S*(?:cron|schedule)\S*",
        variables=r"SIDEKIQ_\w*",
    ),
    JobTool(
        "resque",
        _REDIS,
        worker=rf"resque(?:-pool| work)\b|{_RAKE}resque:(?:work|workers|pool)\b",
        scheduler=rf"resque-scheduler\b|{_RAKE}resque:scheduler\b",
        variables=r"RESQUE_\w*",
    ),
    JobTool("exq", _REDIS, library=r"\{:exq,"),
    JobTool("sneakers", _AMQP, worker=rf"{_RAKE}sneakers:run\b|sneakers work\b|hutch\b"),
    JobTool(
        "solid_queue",
        _DATABASE,
        worker=rf"jobs start\b|bin/jobs\b|{_RAKE}solid_queue:start\b",
        library=r"plugin :solid_queue",
    ),
    JobTool("good_job", _DATABASE, worker=r"good_job(?: start\b|\Z)"),
    JobTool("delayed_job", _DATABASE, worker=rf"delayed_job\b|{_RAKE}jobs:work\b"),
    JobTool("que", _DATABASE, worker=r"que (?=\S)"),
    JobTool("procrastinate", _DATABASE, worker=rf"(?:{_MANAGE})?procrastinate (?:.* )?worker\b"),
    JobTool("django-tasks", _DATABASE, worker=rf"{_MANAGE}(?:db_worker|process_tasks)\b"),
    JobTool("graphile-worker", _DATABASE, worker=r"graphile-worker\b", library=_imports("graphile-worker")),
    JobTool("pg-boss", _DATABASE, library=_imports("pg-boss")),
    JobTool("agenda", _DATABASE, library=_imports("agenda", "@hokify/agenda")),
    JobTool("oban", _DATABASE, library=r"\{:oban(?:_pro)?,"),
    JobTool("bullmq", _REDIS, library=_imports("bullmq", "@nestjs/bullmq"), variables=r"BULL(?:MQ)?_\w*"),
    JobTool(
        "bull",
        _REDIS,
        worker=r"bull\b",
        library=_imports("bull", "@nestjs/bull", "bee-queue", "kue", "node-resque"),
        variables=r"BULL_\w*",
    ),
    JobTool("medusa", _REDIS, worker=r"medusa (?:develop|start)\b"),
    JobTool(
        "n8n",
        _REDIS,
        worker=r"n8n worker\b",
        variables=r"QUEUE_BULL_\w*",
        database=("QUEUE_BULL_REDIS_DB", "0"),
    ),
    JobTool("amqplib", _AMQP, library=_imports("amqplib", "amqplib/callback_api", "amqp-connection-manager")),
    JobTool(
        "pika", _AMQP, library=r"\.(?:basic_consume|start_consuming)\(|from kombu[^\n]* import [^\n]*Consumer"
    ),
    JobTool(
        "laravel queue",
        ("redis", "database", "rabbitmq", "beanstalkd"),
        worker=r"\S*artisan (?:queue:(?:work|listen)|rabbitmq:consume)\b",
        scheduler=r"\S*artisan (?:schedule|short-schedule):(?:work|run)\b",
        database=("REDIS_DB", "0"),
        kind="QUEUE_CONNECTION",
    ),
    JobTool("laravel horizon", _REDIS, worker=r"\S*artisan horizon(?= |\Z)", database=("REDIS_DB", "0")),
    JobTool(
        "symfony messenger",
        ("database", "rabbitmq", "redis"),
        worker=r"\S*console messenger:consume\b",
        scheduler=r"\S*console messenger:consume (?:.* )?scheduler_\S+",
        variables=r"MESSENGER_\w*",
    ),
    JobTool(
        "faktory",
        ("faktory",),
        worker=r"faktory-worker\b",
        library=rf"\bfaktory_worker\b|from faktory import Worker|{_imports('faktory-worker')}",
        variables=r"FAKTORY_\w*",
    ),
    JobTool(
        "airflow",
        _EITHER,
        worker=r"airflow (?:celery )?worker\b",
        scheduler=r"airflow (?:scheduler|standalone|triggerer|dag-processor)\b",
        variables=r"AIRFLOW__CELERY__\w+",
    ),
    JobTool(
        "temporal",
        ("temporal",),
        library=rf"from temporalio\.worker import|{_imports('@temporalio/worker')}"
        r"|go\.temporal\.io/sdk/worker|io\.temporal\.worker",
    ),
    JobTool(
        "kafka",
        ("kafka",),
        worker=r"faust (?:.* )?worker\b|karafka server\b",
        library=rf"\b(?:AIO)?KafkaConsumer\(|{_imports('kafkajs')}|confluent_kafka import [^\n]*Consumer",
    ),
    JobTool("clockwork", (), scheduler=r"clockwork\b"),
    JobTool("apscheduler", (), planner=r"\bBlockingScheduler\("),
)
CRON = JobTool(
    "cron", (), scheduler=r"(?:crond?|busybox crond|dcron|supercronic|yacron|ofelia|go-cron|jobber)(?= |\Z)"
)
# A worker or scheduler that is recognized only by its name.
GENERIC = JobTool("by its name", (*_EITHER, "kafka", "nats", "database"))
