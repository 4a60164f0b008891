from __future__ import annotations

import pytest

from worktree_tasks.configuration.compose.data_servers import data_kind
from worktree_tasks.configuration.compose.model_parsing import parse
from worktree_tasks.configuration.compose.role_inputs import RoleInputs
from worktree_tasks.configuration.compose.service_roles import decide, own, shared
from worktree_tasks.configuration.settings import Settings
from worktree_tasks.errors import BadUse

ROOT = "/work/shop"
PLAIN = Settings()


def bind(source: str, target: str = "/app") -> dict:
    return {"type": "bind", "source": source, "target": target}


def volume(target: str, source: str = "data") -> dict:
    return {"type": "volume", "source": source, "target": target}


def one(spec: dict, settings: Settings = PLAIN, base: str | None = None, profiles: tuple[str, ...] = ()):
    bases = {"it": base} if base else {}
    model = parse({"services": {"it": spec}})
    (found,) = decide(model, settings, project_dir=ROOT, known=RoleInputs(bases), profiles=profiles)
    return found


BUILT = {"build": {"context": ROOT}}


@pytest.mark.parametrize(
    ("spec", "base", "role", "reason", "kind"),
    [
        ({"image": "postgres:16"}, None, "shared", "image postgres:16 is a data service", "postgres"),
        (
            {"image": "reg.example.org:5000/team/redis:7-alpine"},
            None,
            "shared",
            "image reg.example.org:5000/team/redis:7-alpine is a data service",
            "redis",
        ),
        (
            BUILT,
            "postgis/postgis:16-3.4",
            "shared",
            "its Dockerfile starts from postgis/postgis:16-3.4, a data service",
            "postgres",
        ),
        (
            {**BUILT, "volumes": [volume("/var/lib/postgresql/data")]},
            "debian:12",
            "shared",
            "its volume on /var/lib/postgresql/data holds data",
            "postgres",
        ),
        (BUILT, "python:3.11-slim", "own", "it is built from the project", None),
        (
            {"image": "node:22", "volumes": [bind(ROOT)]},
            None,
            "own",
            "it mounts the project",
            None,
        ),
        (
            {"image": "nginx", "volumes": [bind(f"{ROOT}/pages", "/usr/share/nginx/html")]},
            None,
            "own",
            "it mounts pages of the project",
            None,
        ),
        (
            {"image": "nginx", "volumes": [bind(f"{ROOT}/conf", "/etc/nginx")]},
            None,
            "shared",
            "image nginx contains nothing of the project",
            None,
        ),
        (
            {"image": "axllent/mailpit"},
            None,
            "shared",
            "image axllent/mailpit serves the whole project",
            None,
        ),
        (
            {"image": "grafana", "volumes": [bind("/work/shopping"), bind("/etc/localtime")]},
            None,
            "shared",
            "image grafana serves the whole project",
            None,
        ),
        (
            {"image": "postgres:16", "volumes": [bind(f"{ROOT}/init.sql", "/docker-entrypoint-initdb.d/i")]},
            None,
            "shared",
            "image postgres:16 is a data service",
            "postgres",
        ),
    ],
)
def test_each_rule_decides_and_says_so(spec, base, role, reason, kind):
    found = one(spec, base=base)
    assert (found.role, found.reason, found.kind) == (role, reason, kind)
    assert found.started


def test_configuration_wins_over_every_rule():
    assert one(BUILT, Settings(shared=("it",))).role == "shared"
    database = one({"image": "postgres"}, Settings(own=("it",)))
    assert (database.role, database.reason, database.kind) == ("own", "wt.services.own names it", "postgres")
    assert one(BUILT, Settings(shared=("it",))).reason == "wt.services.shared names it"


@pytest.mark.parametrize(
    ("key", "given"),
    [
        ("services.own", {"own": ("web", "absent")}),
        ("services.shared", {"shared": ("web", "absent")}),
        ("schedulers", {"schedulers": ("web", "absent")}),
        ("databases", {"databases": ("jobs", "db/more", "absent/jobs")}),
        ("migrate.service", {"migrate": {"service": "absent", "command": "make"}}),
        ("ready", {"ready": {"web": 8000, "absent": 0}}),
    ],
)
def test_a_configured_service_that_is_not_there_is_named_with_those_that_are(key, given):
    model = parse({"services": {"web": BUILT, "db": {"image": "postgres"}}})
    with pytest.raises(BadUse, match=f"wt.{key} names 'absent'") as told:
        decide(model, Settings(**given), project_dir=ROOT)
    assert "web, db" in told.value.hint
    assert decide(model, Settings(**given), project_dir=ROOT, elsewhere={"absent"})


def test_services_keep_their_order_and_fall_into_two_groups():
    model = parse({"services": {"web": BUILT, "db": {"image": "postgres"}, "api": BUILT}})
    found = decide(model, PLAIN, project_dir=ROOT)
    assert [service.name for service in found] == ["web", "db", "api"]
    assert [service.name for service in own(found)] == ["web", "api"]
    assert [service.name for service in shared(found)] == ["db"]


@pytest.mark.parametrize(
    ("image", "kind"),
    [
        ("postgres", "postgres"),
        ("postgres:16.2-alpine", "postgres"),
        ("postgres@sha256:" + "0" * 64, "postgres"),
        ("postgres:16@sha256:" + "0" * 64, "postgres"),
        ("docker.io/library/postgres:16", "postgres"),
        ("localhost:5000/postgres", "postgres"),
        ("bitnami/postgresql:16", "postgres"),
        ("postgis/postgis", "postgres"),
        ("pgvector/pgvector:pg16", "postgres"),
        ("timescale/timescaledb-ha:pg16", "postgres"),
        ("MySQL:8", "mysql"),
        ("mariadb", "mysql"),
        ("redis/redis-stack-server", "redis"),
        ("valkey/valkey:8", "redis"),
        ("rabbitmq:3-management", "rabbitmq"),
        ("confluentinc/cp-kafka:7", "kafka"),
        ("opensearchproject/opensearch:2", "elasticsearch"),
        ("minio/minio", "minio"),
        ("clickhouse/clickhouse-server", "clickhouse"),
        ("mongo:7", "mongo"),
        ("getmeili/meilisearch:v1", "meilisearch"),
        ("python:3.11", None),
        ("team/mypostgres", None),
        ("postgres.example.org/app", None),
        ("prometheuscommunity/postgres-exporter", None),
        ("oliver006/redis_exporter", None),
        ("rediscommander/redis-commander", None),
        ("mongo-express", None),
        ("dpage/pgadmin4", None),
        ("phpmyadmin", None),
        ("adminer", None),
        ("redis/redisinsight", None),
        ("supabase/postgres-meta:v0", None),
        ("confluentinc/cp-kafka-connect", None),
        ("provectuslabs/kafka-ui", None),
        ("prodrigestivill/postgres-backup-local", None),
        ("", None),
    ],
)
def test_a_data_service_is_known_by_its_image_and_what_looks_at_one_is_none(image, kind):
    assert data_kind(image) == kind


@pytest.mark.parametrize(
    ("target", "kind"),
    [
        ("/var/lib/postgresql", "postgres"),
        ("/var/lib/postgresql/data/", "postgres"),
        ("/var/lib/mysql", "mysql"),
        ("/data/db", "mongo"),
        ("/var/lib/mysqlx", None),
        ("/data", None),
        ("/var/lib", None),
        ("/app/var/lib/mysql", None),
    ],
)
def test_data_directories_are_known_with_what_lies_below_them(target, kind):
    assert one({"image": "custom", "volumes": [volume(target)]}).kind == kind


@pytest.mark.parametrize(
    ("active", "started"), [((), False), (("tools",), False), (("debug",), True), (("*",), True)]
)
def test_a_service_of_an_inactive_profile_is_not_started(active, started):
    found = one({**BUILT, "profiles": ["debug", "e2e"]}, profiles=active)
    assert found.started is started
    assert found.idle == ("" if started else "profile debug, e2e is not active")


@pytest.mark.parametrize(
    ("image", "command", "serves"),
    [
        ("postgres:15", ["psql", "-h", "db", "-f", "/seed.sql"], False),
        ("mongo:7", ["sh", "-c", "sleep 1; mongosh --host mongo --eval 'rs.initiate()'"], False),
        (
            "confluentinc/cp-kafka",
            ["sh", "-c", "kafka-topics --create --topic a --bootstrap-server k"],
            False,
        ),
        ("mysql:8", ["mysqldump", "-h", "db"], False),
        ("mongo:7", ["sh", "-c", "mongod --replSet a & mongosh --eval 'rs.initiate()'; wait"], True),
        ("redis:7", ["sh", "-c", "redis-server & redis-cli ping; wait"], True),
        ("postgres:15", ["postgres", "-c", "log_statement=all"], True),
        ("mysql:8", ["--default-authentication-plugin=mysql_native_password"], True),
        ("nats:2", ["-js"], True),
        ("redis:7", None, True),
    ],
)
def test_a_client_in_the_image_of_a_data_service_is_none(image, command, serves):
    assert (one({"image": image, "command": command}).kind is not None) is serves


def test_the_profile_without_a_name_is_active_while_no_other_is():
    spec = {**BUILT, "profiles": ["", "search"]}
    assert one(spec).idle == ""
    assert one(spec, profiles=("debug",)).idle == "profile search is not active"


@pytest.mark.parametrize(
    "spec",
    [
        {"command": ["celery", "-A", "shop", "beat", "-l", "info"]},
        {"command": "celery -A shop beat"},
        {"command": ["sh", "-c", "exec celery --app shop beat --scheduler x"]},
        {"entrypoint": ["celery", "-A", "shop"], "command": ["beat"]},
        {"entrypoint": ["celery", "-A", "shop", "beat"], "command": None},
        {"command": ["rqscheduler", "--host", "redis"]},
        {"command": ["supercronic", "/crontab"]},
        {"command": "crond -f"},
        {"command": ["cron", "-f"]},
    ],
)
def test_a_scheduler_is_not_started_unless_the_configuration_names_it(spec):
    found = one({**BUILT, **spec})
    assert not found.started
    assert "is a scheduler, and would add every job twice" in found.idle
    assert one({**BUILT, **spec}, Settings(schedulers=("it",))).started
    assert one({**BUILT, **spec}, Settings(own=("it",))).started


@pytest.mark.parametrize(
    "command",
    [
        None,
        [],
        "python manage.py runserver",
        ["celery", "-A", "shop", "worker", "--without-heartbeat"],
        ["celery", "-A", "heartbeat", "worker"],
        "python drumbeat.py",
        "syncrond",
    ],
)
def test_other_commands_are_started(command):
    assert one({**BUILT, "command": command, "entrypoint": None}).started


@pytest.mark.parametrize("spec", [{"deploy": {"replicas": 0}}, {"scale": 0}])
def test_a_service_without_replicas_is_not_started(spec):
    assert one({**BUILT, **spec}).idle == "the compose file sets its replicas to 0"
    assert one({**BUILT, "deploy": {"replicas": 2}}).started
