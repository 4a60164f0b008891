"""Rewriting: values point into the worktree, and whatever else they hold stays."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worktree_tasks.configuration.env.address_targets import (
    OwnPort,
    PortVariable,
    SharedAddress,
    Surroundings,
)
from worktree_tasks.configuration.env.brokers import redis_brokers, redis_databases, unseparated
from worktree_tasks.configuration.env.rewriting import rewrite

EVERYWHERE = "0.0.0.0"  # noqa: S104 - a value to rewrite, nothing binds to it

SHOP = Surroundings(
    shared=(
        SharedAddress("db", "postgres", ((5432, 54320),)),
        SharedAddress("redis", "redis", ((6379, 6379),)),
        SharedAddress("queue", "rabbitmq", ((5672, 5672), (15672, 15672))),
        SharedAddress("mail-catcher", None, ((1025, 10250),)),
    ),
    own=(
        OwnPort("web", 8000, 8000, 8001),
        OwnPort("vite", 5173, 5173, 5174),
        OwnPort("admin", 80, 8080, 8081),
        OwnPort("debug", 5678, None, 5678),
    ),
    broker_database=3,
)
PLAIN = replace(SHOP, shared=(replace(SHOP.shared[0], ports=((5432, 5432),)), *SHOP.shared[1:]))


def new_values(values: dict[str, str], around: Surroundings = SHOP, inside: str = "all") -> dict[str, str]:
    keys = frozenset(values) if inside == "all" else frozenset(inside.split())
    changed = {change.key: change.new for change in rewrite(values, around, inside=keys)}
    return {key: changed.get(key, value) for key, value in values.items()}


def new_value(key: str, value: str, around: Surroundings = SHOP, inside: str = "all") -> str:
    return new_values({key: value}, around, inside)[key]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("http://localhost:8000", "http://localhost:8001"),
        ("https://127.0.0.1:8000/a?b=c#d", "https://localhost:8001/a?b=c#d"),
        ("ws://[::1]:5173/hmr", "ws://localhost:5174/hmr"),
        ("http://0.0.0.0:8000", "http://localhost:8001"),
        ("http://u:p%40x@localhost:8000/", "http://u:p%40x@localhost:8001/"),
        ("http://localhost:8080", "http://localhost:8081"),
        ("http://a.localhost:8000", "http://a.localhost:8001"),
        ("http://host.docker.internal:8000", "http://host.docker.internal:8001"),
        ("http://localhost:8000,http://localhost:5173", "http://localhost:8001,http://localhost:5174"),
        ("http://localhost:8000 http://x.de:8000", "http://localhost:8001 http://x.de:8000"),
        (
            '["http://localhost:8000", "http://localhost:9"]',
            '["http://localhost:8001", "http://localhost:9"]',
        ),
        (
            "http://localhost:8000/?next=http://localhost:5173/",
            "http://localhost:8001/?next=http://localhost:5174/",
        ),
        ("localhost:8000", "localhost:8001"),
        ("127.0.0.1:8000/api,example.com:8000", "localhost:8001/api,example.com:8000"),
        ("http://localhost:8000,http://127.0.0.1:8000", "http://localhost:8001,http://127.0.0.1:8001"),
        ("http://localhost:5173,http://127.0.0.1:8000", "http://localhost:5174,http://localhost:8001"),
    ],
)
def test_addresses_of_own_services_become_this_worktrees(value, expected):
    assert new_value("ORIGINS", value) == expected
    assert new_value("ORIGINS", value, inside="") == expected


@pytest.mark.parametrize(
    "value",
    [
        "",
        "http://localhost",
        "http://localhost:9000",
        "http://localhost:80001",
        "http://localhost:5678",
        "http://localhost:${WEB_PORT}",
        "http://web:8000",
        "http://notlocalhost:8000",
        "http://localhost.example.com:8000",
        "tcp://0.0.0.0:8000",
        "0.0.0.0:8000",
        "runserver --bind 127.0.0.1:8000",
        "postgres://u:p@db:5432/x",
        "postgresql:///x?host=/var/run/postgresql",
        "unix:///var/run/x.sock",
        "8000",
        "time is 8000:8000",
    ],
)
def test_what_names_nothing_of_main_stays(value):
    assert new_value("SOMETHING", value) == value


@pytest.mark.parametrize("key", ["GUNICORN_BIND", "LISTEN_ADDR", "HEALTHCHECK_URL", "ASPNETCORE_URLS"])
def test_addresses_that_a_container_listens_on_stay(key):
    assert new_value(key, "http://127.0.0.1:8000") == "http://127.0.0.1:8000"


def test_urls_carry_the_configured_host():
    around = replace(SHOP, host="auth.shop.localhost")
    assert new_value("URL", "http://127.0.0.1:8000/", around) == "http://auth.shop.localhost:8001/"


def test_a_list_that_has_both_names_of_this_machine_keeps_both_on_the_usual_port_too():
    around = replace(SHOP, own=(OwnPort("web", 80, 80, 8081),))
    both = "http://localhost,http://127.0.0.1"
    assert new_value("ORIGINS", both, around) == "http://localhost:8081,http://127.0.0.1:8081"


@pytest.mark.parametrize("host", ["localhost", "a.shop.localhost"])
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("localhost,x.de", "localhost,{host}:8081,x.de"),
        ("localhost:3000,127.0.0.1", "localhost:3000,127.0.0.1,{host}:8081"),
        ("x.de", "x.de"),
    ],
)
def test_a_list_of_hosts_with_ports_gets_the_one_that_main_need_not_name(host, value, expected):
    around = replace(SHOP, host=host, own=(OwnPort("web", 80, 80, 8081),))
    assert new_value("SANCTUM_STATEFUL_DOMAINS", value, around) == expected.format(host=host)


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("ALLOWED_HOSTS", "localhost,127.0.0.1", "localhost,a.shop.localhost,127.0.0.1"),
        ("DJANGO_ALLOWED_HOSTS", "web localhost", "web localhost a.shop.localhost"),
        ("TRUSTED_HOSTS", '["web", "localhost"]', '["web", "localhost", "a.shop.localhost"]'),
        ("VITE_ALLOWED_HOSTS", "localhost", "localhost,a.shop.localhost"),
        ("SANCTUM_STATEFUL_DOMAINS", "localhost:8000", "a.shop.localhost:8001"),
        ("SANCTUM_STATEFUL_DOMAINS", "127.0.0.1,x.de", "127.0.0.1,x.de"),
        ("SESSION_COOKIE_DOMAIN", "localhost", "a.shop.localhost"),
        ("SESSION_DOMAIN", "localhost", "a.shop.localhost"),
        ("ALLOWED_HOSTS", "*", "*"),
        ("ALLOWED_HOSTS", "localhost,.localhost", "localhost,.localhost"),
        ("ALLOWED_HOSTS", "localhost,.shop.localhost", "localhost,.shop.localhost"),
        ("ALLOWED_HOSTS", "x.de", "x.de"),
        ("ALLOWED_HOSTS", "", ""),
        ("SESSION_COOKIE_DOMAIN", "x.de", "x.de"),
        ("SERVER_HOST", "localhost", "localhost"),
    ],
)
def test_a_host_name_of_its_own_is_let_in_and_has_the_cookies(key, value, expected):
    around = replace(SHOP, host="a.shop.localhost")
    assert new_value(key, value, around) == expected
    assert new_value(key, expected, around) == expected
    assert "shop" not in new_value(key, "localhost", SHOP)


def test_a_web_url_without_a_port_means_the_default_one():
    around = replace(SHOP, own=(OwnPort("web", 80, 80, 8001),))
    assert new_value("URL", "http://localhost/x", around) == "http://localhost:8001/x"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("postgres://u:p@localhost:54320/x", "postgres://u:p@db:5432/x"),
        ("postgis://u:p%2F%40@127.0.0.1:54320/x?sslmode=off", "postgis://u:p%2F%40@db:5432/x?sslmode=off"),
        ("postgresql+asyncpg://u:p@[::1]:54320/x", "postgresql+asyncpg://u:p@db:5432/x"),
        ("jdbc:postgresql://localhost:54320/x", "jdbc:postgresql://db:5432/x"),
        (
            "postgres://u:a@b/c#d?e'f\"g$h@localhost:54320/x",
            "postgres://u:a@b/c#d?e'f\"g$h@localhost:54320/x",
        ),
        ("postgres://u:b/c#d?e'f\"g$h%@localhost:54320/x", "postgres://u:b/c#d?e'f\"g$h%@db:5432/x"),
        ("rediss://:pw@localhost:6379/2", "rediss://:pw@redis:6379/2"),
        ("redis://localhost/1", "redis://redis/1"),
        ("amqp://g:g@localhost//", "amqp://g:g@queue//"),
        ("smtp://localhost:10250", "smtp://mail-catcher:1025"),
        ("localhost:54320", "db:5432"),
        ("postgres://localhost/x", "postgres://localhost/x"),
        ("postgres://u:p@localhost:5432/x", "postgres://u:p@localhost:5432/x"),
    ],
)
def test_shared_services_on_localhost_are_reached_by_name_inside(value, expected):
    assert new_value("SOME_URL", value) == expected
    assert new_value("SOME_URL", value, inside="") == value


def test_a_default_port_that_main_publishes_otherwise_is_spelled_out():
    around = replace(SHOP, shared=(SharedAddress("db", "postgres", ((5433, 5432),)),))
    assert new_value("URL", "postgres://localhost/x", around) == "postgres://db:5433/x"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"DB_HOST": "localhost", "DB_PORT": "54320"}, {"DB_HOST": "db", "DB_PORT": "5432"}),
        ({"POSTGRES_HOST": "127.0.0.1"}, {"POSTGRES_HOST": "db"}),
        ({"PGHOST": "localhost", "PGPORT": "54320"}, {"PGHOST": "db", "PGPORT": "5432"}),
        ({"pghost": "localhost", "pgport": "54320"}, {"pghost": "db", "pgport": "5432"}),
        (
            {"POSTGRES_SERVER": "::1", "POSTGRES_PORT": "${P}"},
            {"POSTGRES_SERVER": "db", "POSTGRES_PORT": "${P}"},
        ),
        ({"DATABASE_HOST": "localhost", "DATABASE_PORT": ""}, {"DATABASE_HOST": "db", "DATABASE_PORT": ""}),
        ({"APP_REDIS_HOST": "localhost"}, {"APP_REDIS_HOST": "redis"}),
        ({"RABBITMQ_HOST": "localhost"}, {"RABBITMQ_HOST": "queue"}),
        ({"QUEUE_HOST": "localhost"}, {"QUEUE_HOST": "queue"}),
        ({"MAIL_CATCHER_HOST": "localhost"}, {"MAIL_CATCHER_HOST": "mail-catcher"}),
        (
            {"EMAIL_HOST": "localhost", "EMAIL_PORT": "10250"},
            {"EMAIL_HOST": "mail-catcher", "EMAIL_PORT": "1025"},
        ),
        ({"DB_HOST": "localhost:54320"}, {"DB_HOST": "db:5432"}),
        ({"DB_HOST": "localhost", "DB_PORT": "5432"}, {"DB_HOST": "db", "DB_PORT": "5432"}),
    ],
)
def test_host_and_port_pairs_name_the_shared_service_inside(values, expected):
    assert new_values(values) == expected
    assert new_values(values, inside="") == values


@pytest.mark.parametrize(
    "values",
    [
        {"HOST": "localhost"},
        {"DB_HOST": "db"},
        {"DB_HOST": "db.example.com", "DB_PORT": "54320"},
        {"DB_HOST": EVERYWHERE},
        {"DB_HOST": "localhost", "DB_PORT": "7777"},
        {"MYSQL_HOST": "localhost"},
        {"EMAIL_HOST": "localhost"},
        {"ALLOWED_HOSTS": "localhost"},
    ],
)
def test_host_variables_that_name_nothing_shared_stay(values):
    assert new_values(values) == values


def test_two_databases_leave_a_database_host_alone():
    around = replace(SHOP, shared=(SharedAddress("a", "postgres"), SharedAddress("b", "mysql")))
    assert new_value("DB_HOST", "localhost", around) == "localhost"
    assert new_value("MYSQL_HOST", "localhost", around) == "b"


@pytest.mark.parametrize(
    ("values", "inside", "expected"),
    [
        ({"WEB_PORT": "8000"}, "", {"WEB_PORT": "8001"}),
        ({"WEB_PORT": "8000"}, "WEB_PORT", {"WEB_PORT": "8000"}),
        ({"ADMIN_PORT": "8080"}, "ADMIN_PORT", {"ADMIN_PORT": "8081"}),
        ({"VITE_HMR_CLIENT_PORT": "5173"}, "VITE_HMR_CLIENT_PORT", {"VITE_HMR_CLIENT_PORT": "5174"}),
        ({"A_HOST": "localhost", "A_PORT": "8000"}, "A_PORT", {"A_HOST": "localhost", "A_PORT": "8001"}),
        ({"A_HOST": EVERYWHERE, "A_PORT": "8000"}, "A_PORT", {"A_HOST": EVERYWHERE, "A_PORT": "8000"}),
        ({"SMTP_HOST": "x.de", "SMTP_PORT": "8000"}, "", {"SMTP_HOST": "x.de", "SMTP_PORT": "8000"}),
        ({"SIZE": "8000", "X_PORT": "9"}, "", {"SIZE": "8000", "X_PORT": "9"}),
        ({"EXPOSED": "8000", "B": "127.0.0.1:8000", "C": "0.0.0.0:5173"}, "EXPOSED B C",
         {"EXPOSED": "8001", "B": "127.0.0.1:8001", "C": "0.0.0.0:5174"}),
    ],
)  # fmt: skip
def test_port_variables_become_this_worktrees(values, inside, expected):
    feeding = PortVariable(services=frozenset({"web", "vite"}), moves=True)
    around = replace(SHOP, port_variables=dict.fromkeys(("EXPOSED", "B", "C"), feeding))
    assert new_values(values, around, inside) == expected


@pytest.mark.parametrize("moves", [True, False])
def test_an_address_whose_port_is_a_variable_leads_here_whether_that_moves_or_not(moves):
    around = replace(SHOP, port_variables={"PORT": PortVariable(services=frozenset({"web"}), moves=moves)})
    found = new_values(
        {
            "PORT": "8000",
            "URLS": "http://localhost:${PORT}/a,http://127.0.0.1:$PORT http://web:${PORT}",
            "HEALTHCHECK_URL": "http://localhost:${PORT}",
            "OTHER": "http://localhost:${ABSENT}",
        },
        around,
    )
    assert found["PORT"] == ("8001" if moves else "8000")
    assert found["URLS"] == (
        "http://localhost:${PORT}/a,http://127.0.0.1:$PORT http://web:${PORT}"
        if moves
        else "http://localhost:8001/a,http://localhost:8001 http://web:${PORT}"
    )
    assert found["HEALTHCHECK_URL"] == "http://localhost:${PORT}"
    assert found["OTHER"] == "http://localhost:${ABSENT}"


def test_a_port_that_two_own_services_could_mean_stays():
    around = replace(SHOP, own=(OwnPort("a", 1, 8000, 8001), OwnPort("b", 2, 8000, 8002)))
    assert new_value("WEB_PORT", "8000", around, inside="") == "8000"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("redis://redis:6379/0", "redis://redis:6379/3"),
        ("redis://redis:6379", "redis://redis:6379/3"),
        ("redis://redis/", "redis://redis/3"),
        (
            "rediss://:p%40w@redis:6379/1?ssl_cert_reqs=none",
            "rediss://:p%40w@redis:6379/3?ssl_cert_reqs=none",
        ),
        ("redis://redis:6379?db=1", "redis://redis:6379/3?db=3"),
        ("redis://localhost:6379/0", "redis://redis:6379/3"),
        ("redis://redis:6379/0;redis://redis:6379/1", "redis://redis:6379/3;redis://redis:6379/3"),
        ("unix:///run/redis.sock", "unix:///run/redis.sock?db=3"),
        ("redis+socket:///run/redis.sock?virtual_host=1", "redis+socket:///run/redis.sock?virtual_host=3"),
        ("redis+socket:///run/redis.sock?x=1", "redis+socket:///run/redis.sock?x=1&virtual_host=3"),
        ("${REDIS_URL}", "redis://redis:6379/3"),
        ("${REDIS_URL}?a=b", "redis://redis:6379/3?a=b"),
        ("redis://:${PW}@redis/${N:-1}", "redis://:s3cr3t@redis/3"),
        ("redis://:${PW}@redis/1", "redis://:${PW}@redis/3"),
        ("redis://elsewhere:6379/0", "redis://elsewhere:6379/0"),
        ("redis://redis:6379/a", "redis://redis:6379/a"),
        ("sentinel://redis:26379/0", "sentinel://redis:26379/0"),
        ("amqp://queue:5672//", "amqp://queue:5672//"),
        ("memory://", "memory://"),
    ],
)
def test_brokers_get_this_worktrees_redis_database(value, expected):
    values = {"REDIS_URL": "redis://redis:6379", "PW": "s3cr3t", "CELERY_BROKER_URL": value}
    assert new_values(values) == {**values, "CELERY_BROKER_URL": expected}


def test_a_broker_read_on_the_host_is_separated_too():
    assert new_value("CELERY_BROKER_URL", "redis://localhost:6379/0", inside="") == "redis://localhost:6379/3"


def test_configured_brokers_are_separated_and_caches_stay_shared():
    around = replace(SHOP, brokers=frozenset({"RQ_URL"}))
    values = {
        "RQ_URL": "redis://redis/0",
        "REDIS_URL": "redis://redis/0",
        "CELERY_BROKER_URL": "redis://redis/0",
    }
    assert new_values(values, around) == {**values, "RQ_URL": "redis://redis/3"}


def test_without_a_database_of_its_own_a_broker_stays():
    around = replace(SHOP, broker_database=None)
    assert new_value("CELERY_BROKER_URL", "redis://redis/0", around) == "redis://redis/0"
    assert redis_brokers({"CELERY_BROKER_URL": "redis://redis/0"}, around) == ("CELERY_BROKER_URL",)


@pytest.mark.parametrize(
    ("key", "value", "warned"),
    [
        ("CELERY_BROKER_URL", "amqp://queue//", True),
        ("CELERY_BROKER_URL", "pyamqp://g@localhost:5672//", True),
        ("CELERY_BROKER_URL", "sentinel://redis:26379", True),
        ("CELERY_BROKER_URL", "redis://redis/name", True),
        ("CELERY_BROKER_URL", "redis://redis/0", False),
        ("CELERY_BROKER_URL", "${AMQP}", True),
        ("CELERY_BROKER_URL", "amqp://elsewhere//", False),
        ("CELERY_RESULT_BACKEND", "db+postgresql://u@db/x", False),
        ("CELERY_RESULT_BACKEND", "rpc://", False),
        ("OTHER_URL", "amqp://queue//", False),
    ],
)
def test_brokers_that_stay_shared_are_named(key, value, warned):
    values = {"AMQP": "amqp://queue//", key: value}
    assert unseparated(values, SHOP) == ((key,) if warned else ())
    assert not (warned and redis_brokers(values, SHOP))


def test_redis_databases_in_use_are_found():
    values = {
        "A": "redis://redis/4",
        "B": "redis://redis:6379",
        "C": "rediss://x/0?db=5",
        "D": "unix:///s.sock?db=6",
        "E": "redis://a/7,redis://b/8",
        "F": "postgres://db/9",
        "REDIS_CACHE_DB": "10",
        "N": "11",
        "G": "redis://redis/${N}",
        "H": "redis://redis/name",
    }
    assert redis_databases(values) == {0, 4, 5, 6, 7, 8, 10, 11}
    assert redis_databases({"A": "redis://redis/4"}) == {4}


def test_a_change_tells_what_it_was_and_why():
    values = {"CELERY_BROKER_URL": "redis://localhost:6379/0", "WEB": "http://localhost:8000", "X": "1"}
    broker, web = rewrite(values, SHOP, inside=frozenset(values))
    assert (web.key, web.old, web.new) == ("WEB", "http://localhost:8000", "http://localhost:8001")
    assert web.reason == "web is on 8001 here"
    assert broker.reason == ("containers reach redis by name; this worktree's jobs are in Redis database 3")


PASSWORDS = st.text(st.sampled_from("$#'\"%:/\\ab1é&=?!{},;"), max_size=8)


@given(PASSWORDS, st.sampled_from(["", "/x", "/x?a=b%2Fc&d=@"]))
def test_only_host_and_port_of_a_url_change_whatever_the_password(password, tail):
    value = f"postgres://u:{password}@localhost:54320{tail}"
    expected = f"postgres://u:{password}@db:5432{tail}"
    assert new_value("DATABASE_URL", value) in (expected, value)
    if not set(password) & set("/?#"):
        assert new_value("DATABASE_URL", value) == expected


@given(
    st.dictionaries(st.sampled_from(["A_URL", "B_HOST", "B_PORT", "CELERY_BROKER_URL"]), st.text(max_size=20))
)
def test_arbitrary_values_without_addresses_stay(values):
    quiet = {key: value.replace(":", "").replace("0", "") for key, value in values.items()}
    assert new_values(quiet) == quiet


@given(
    st.dictionaries(
        st.sampled_from(["A_URL", "DB_HOST", "DB_PORT", "CELERY_BROKER_URL", "WEB_PORT"]),
        st.lists(
            st.sampled_from(
                [
                    "http://",
                    "redis://",
                    "localhost",
                    ":8000",
                    ":6379",
                    ":54320",
                    "/1",
                    "?db=1",
                    ",",
                    " ",
                    "u:p@",
                    "redis",
                ]
            ),
            max_size=8,
        ).map("".join),
    )
)
def test_rewriting_what_was_rewritten_changes_nothing(values):
    once = new_values(values)
    assert new_values(once) == once


@pytest.mark.parametrize("scheme", ["http", "https", "ws", "wss"])
def test_the_address_of_a_shared_page_stays_on_localhost_wherever_it_is_read(scheme):
    assert new_value("LIVE_URL", f"{scheme}://localhost:10250") == f"{scheme}://localhost:10250"


@pytest.mark.parametrize(
    "key",
    [
        "VITE_DB",
        "NEXT_PUBLIC_DB",
        "REACT_APP_DB",
        "PUBLIC_DB",
        "NUXT_PUBLIC_DB",
        "EXPO_PUBLIC_DB",
        "APP_PUBLIC_DB",
    ],
)
def test_a_value_for_the_browser_names_no_service(key):
    assert new_value(key, "localhost:54320") == "localhost:54320"
    assert new_value(f"{key}_HOST", "localhost") == "localhost"
    assert new_value(key, "localhost:8000") == "localhost:8001"


def test_a_page_of_a_shared_service_stays_on_localhost_and_a_server_beside_it_does_not():
    mail = SharedAddress("mail", None, ((8025, 18025), (1025, 10250)))
    around = replace(SHOP, shared=(mail,))
    assert new_value("MAIL_PAGE", "localhost:18025", around) == "localhost:18025"
    assert new_value("MAIL_SERVER", "localhost:10250", around) == "mail:1025"


def test_values_that_programs_on_the_host_read_too_name_no_service_and_have_this_worktrees_ports():
    given = {
        "DATABASE_URL": "postgres://u:p@localhost:54320/x",
        "REDIS_HOST": "localhost",
        "SITE_URL": "http://localhost:8000",
        "CELERY_BROKER_URL": "redis://localhost:6379/0",
    }
    changed = rewrite(given, SHOP, inside=frozenset(given), on_host=True)
    assert {one.key: one.new for one in changed} == {
        "SITE_URL": "http://localhost:8001",
        "CELERY_BROKER_URL": "redis://localhost:6379/3",
    }


def test_where_a_port_is_forwarded_to_another_number_browsers_get_that_and_compose_its_own():
    web = OwnPort("web", 8000, 8000, 8001, forwarded=9001)
    around = replace(
        SHOP, own=(web,), port_variables={"WEB_PORT": PortVariable("8000", frozenset({"web"}), moves=True)}
    )
    values = {"SITE_URL": "http://localhost:8000", "WEB_PORT": "8000", "HMR_CLIENT_PORT": "8000"}
    assert new_values(values, around) == {
        "SITE_URL": "http://localhost:9001",
        "WEB_PORT": "8001",
        "HMR_CLIENT_PORT": "9001",
    }
