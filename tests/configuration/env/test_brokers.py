"""Which shared Redis a broker's URL names, and which of its databases are taken."""

from __future__ import annotations

from dataclasses import replace

from worktree_tasks.configuration.env.address_targets import SharedAddress, Surroundings
from worktree_tasks.configuration.env.brokers import (
    RedisServer,
    filled_databases,
    redis_servers,
    separate,
)
from worktree_tasks.configuration.env.own_queues import moved_queues

SHOP = Surroundings(
    shared=(
        SharedAddress("redis", "redis", ((6379, 6380),)),
        SharedAddress("jobs", "redis", ((6379, None),)),
        SharedAddress("db", "postgres", ((5432, None),)),
        SharedAddress("queue", "rabbitmq", ((5672, None),)),
    )
)


def servers(**values: str) -> tuple[RedisServer, ...]:
    return redis_servers({f"CELERY_{key}": value for key, value in values.items()}, SHOP)


def test_a_server_is_named_by_service_or_by_mains_published_port():
    redis = (RedisServer("redis"),)
    assert servers(BROKER_URL="redis://redis:6379/0") == redis
    assert servers(BROKER_URL="redis://localhost:6380/0", RESULT_BACKEND="redis://redis/1") == redis
    assert servers(BROKER_URL="redis://elsewhere:6379/0") == ()
    assert servers(BROKER_URL="amqp://redis:5672//") == ()


def test_who_may_use_it_is_decoded_and_never_shown():
    (one,) = servers(BROKER_URL="redis://us%40er:p%2Fw%3A%24@redis:6379/0")
    assert one == RedisServer("redis", "us@er", "p/w:$")
    assert "p/w" not in repr(one)
    assert servers(BROKER_URL="redis://:only@redis/0") == (RedisServer("redis", "", "only"),)


def test_two_servers_are_two():
    both = servers(BROKER_URL="redis://redis/0", RESULT_BACKEND="redis://jobs/0")
    assert {one.service for one in both} == {"redis", "jobs"}


def test_databases_that_hold_something_are_read_from_the_keyspace():
    said = "# Keyspace\r\ndb0:keys=12,expires=0,avg_ttl=0\r\ndb13:keys=1,expires=1,avg_ttl=5\r\n"
    assert filled_databases(said) == {0, 13}
    assert filled_databases("# Keyspace\n") == frozenset()
    assert filled_databases("NOAUTH Authentication required.\n") is None
    assert filled_databases("") is None


def test_databases_that_are_distinct_in_main_stay_distinct_however_often_they_are_written():
    around = replace(SHOP, broker_database=3, queues={("redis", 1): 4}, virtual_host="shop-auth")
    mains = {
        "BROKER_URL": "redis://redis/0",
        "CELERY_RESULT_BACKEND": "redis://redis/1",
        "AMQP_URL": "amqp://queue//",
        "REDIS_HOST": "redis",
        "REDIS_DB": "1",
    }
    here = {key: separate(key, mains, around) for key in mains}
    assert here == {
        "BROKER_URL": "redis://redis/3",
        "CELERY_RESULT_BACKEND": "redis://redis/4",
        "AMQP_URL": "amqp://queue/shop-auth",
        "REDIS_HOST": "redis",
        "REDIS_DB": "4",
    }
    assert {key: separate(key, here, around) for key in here} == here


def test_caches_go_back_to_the_databases_that_each_has_in_main_unless_somebody_chose_another():
    around = replace(SHOP, broker_database=3, queues={("redis", 2): 4}, brokers=frozenset({"BROKER_URL"}))
    mains = {key: (("redis", number),) for key, number in (("A_URL", 0), ("B_URL", 1), ("C_URL", 1))}
    here = {"BROKER_URL": 3, "A_URL": 3, "B_URL": 4, "C_URL": 5}
    moved = moved_queues(
        {key: f"redis://redis/{number}" for key, number in here.items()}, replace(around, main_caches=mains)
    )
    after = {"BROKER_URL": 3, "A_URL": 0, "B_URL": 1, "C_URL": 5}
    assert {key: new for key, (new, _) in moved.items()} == {
        key: f"redis://redis/{number}" for key, number in after.items()
    }
