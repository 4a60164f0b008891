"""What is asked of RabbitMQ's own program, and what URLs say of virtual hosts."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from worktree_tasks.configuration.env.address_targets import SharedAddress, Surroundings
from worktree_tasks.configuration.env.brokers import separate, users_of, virtual_hosts
from worktree_tasks.configuration.env.own_queues import moved_queues
from worktree_tasks.configuration.env.rabbitmq import VirtualHost, add_host, hosts_in, set_policies
from worktree_tasks.configuration.env.virtual_hosts import virtual_host_name

AROUND = Surroundings(
    shared=(
        SharedAddress("queue", "rabbitmq", ((5672, 5673),)),
        SharedAddress("redis", "redis", ((6379, None),)),
    ),
    virtual_host="shop-auth",
)


@pytest.mark.parametrize(
    ("value", "moved"),
    [
        ("amqp://queue", "amqp://queue/shop-auth"),
        ("amqp://queue:5672/", "amqp://queue:5672/shop-auth"),
        ("amqp://u:p%40w@queue:5672//", "amqp://u:p%40w@queue:5672/shop-auth"),
        ("pyamqp://u:p@queue/%2F?heartbeat=5", "pyamqp://u:p@queue/shop-auth?heartbeat=5"),
        ("amqps://u:p@localhost:5673/jobs", "amqps://u:p@localhost:5673/shop-auth-jobs"),
        ("amqp://queue/%2f/messages?a=b", "amqp://queue/shop-auth/messages?a=b"),
        ("amqp://queue/a/b", "amqp://queue/shop-auth-a-b"),
        ("amqp://${U}:${P}@queue//", "amqp://${U}:${P}@queue/shop-auth"),
        ("amqp://elsewhere//", "amqp://elsewhere//"),
    ],
)
def test_urls_get_this_worktrees_virtual_host(value, moved):
    assert separate("BROKER_URL", {"BROKER_URL": value, "U": "me", "P": "secret"}, AROUND) == moved


def test_variables_that_name_the_virtual_host_alone_follow():
    values = {"RABBITMQ_HOST": "queue", "RABBITMQ_VHOST": "/", "RABBITMQ_USER": "me", "OTHER_VHOST": "x"}
    assert separate("RABBITMQ_VHOST", values, AROUND) == "shop-auth"
    assert virtual_hosts("RABBITMQ_VHOST", values, AROUND) == (("queue", "/"),)
    assert users_of("RABBITMQ_VHOST", values, AROUND) == ("me",)
    assert separate("OTHER_VHOST", values, AROUND) == "x"


def test_the_reason_names_the_virtual_host_that_replaces_mains():
    values = {"RABBITMQ_HOST": "queue", "RABBITMQ_VHOST": "shop"}
    around = replace(AROUND, brokers=frozenset({"RABBITMQ_VHOST"}))
    assert moved_queues(values, around) == {
        "RABBITMQ_VHOST": ("shop-auth-shop", "this worktree's jobs are in virtual host shop-auth-shop")
    }


def test_the_exchange_in_a_url_of_symfony_is_no_part_of_the_virtual_host():
    values = {"MESSENGER_TRANSPORT_DSN": "amqp://guest:guest@queue:5672/%2f/messages"}
    assert virtual_hosts("MESSENGER_TRANSPORT_DSN", values, AROUND) == (("queue", "/"),)


def test_without_a_virtual_host_of_its_own_a_url_stays():
    around = Surroundings(shared=AROUND.shared)
    assert separate("BROKER_URL", {"BROKER_URL": "amqp://queue//"}, around) == "amqp://queue//"


def test_hosts_that_are_distinct_in_main_stay_distinct():
    names = {virtual_host_name("shop-auth", main) for main in ("/", "jobs", "mail", "a/b")}
    assert names == {"shop-auth", "shop-auth-jobs", "shop-auth-mail", "shop-auth-a-b"}


def test_hosts_tell_by_their_description_whose_they_are():
    told = [
        {"name": "/", "description": "Default"},
        {"name": "a", "description": "worktree-tasks k"},
        {"name": "b"},
    ]
    assert hosts_in(json.dumps(told)) == (VirtualHost("/"), VirtualHost("a", "k"), VirtualHost("b"))
    assert hosts_in("Error: no node") == ()
    assert add_host("a", "k")[-3:] == ("a", "--description", "worktree-tasks k")


def test_policies_are_given_as_they_were_told():
    told = [{
        "vhost": "/", "name": "ha", "pattern": "^a", "apply-to": "queues", "priority": 3,
        "definition": '{"max-length":5}',
    }]  # fmt: skip
    (command,) = set_policies("a", json.dumps(told))
    assert command[2:] == (
        "set_policy", "--vhost", "a", "--priority", "3", "--apply-to", "queues", "ha", "^a",
        '{"max-length":5}',
    )  # fmt: skip
    assert list(set_policies("a", "[]")) == []
