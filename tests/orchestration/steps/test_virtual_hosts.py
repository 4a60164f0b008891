"""Virtual hosts of worktrees on the shared RabbitMQ, whose own program is played here."""

from __future__ import annotations

import json

import pytest

from worktree_tasks.configuration.record_traces import Trace
from worktree_tasks.orchestration.flows.doctor.record_rebuilding import rebuild
from worktree_tasks.orchestration.runtimes.compose.checks import leaks
from worktree_tasks.orchestration.runtimes.compose.compose_runtime import ComposeRuntime
from worktree_tasks.orchestration.steps.env_file_writing import write_env
from worktree_tasks.orchestration.steps.virtual_hosts import delete_virtual_hosts, make_virtual_hosts

pytestmark = pytest.mark.usefixtures("compose_program")

COMPOSE = """\
services:
  worker: {build: ., command: celery -A app worker, env_file: .env}
  queue: {image: "rabbitmq:3"}
"""
POLICY = {
    "vhost": "/", "name": "short", "pattern": ".*", "apply-to": "queues", "priority": 1,
    "definition": '{"a":1}',
}  # fmt: skip


class Rabbit:
    """What `rabbitmqctl` does in the container of a RabbitMQ that runs."""

    def __init__(self) -> None:
        self.hosts: dict[str, str] = {"/": "Default virtual host"}
        self.granted: set[tuple[str, str]] = set()
        self.policies: list[tuple[str, str]] = []
        self.named: set[tuple[str, str]] = {("/", "short")}
        self.running = True
        self.asked: list[str] = []

    def __call__(self, _project, service, argv, *, env=None):
        if not self.running or service != "queue":
            return None
        assert argv[:2] == ("rabbitmqctl", "--quiet")
        assert not env
        verb, *words = argv[2:]
        self.asked.append(verb)
        return getattr(self, verb)(*words)

    def await_startup(self, *_words):
        return ""

    def list_vhosts(self, *_words):
        return json.dumps([{"name": name, "description": told} for name, told in self.hosts.items()])

    def add_vhost(self, name, option, description):
        assert (option, name in self.hosts) == ("--description", False)
        self.hosts[name] = description
        return ""

    def set_permissions(self, _option, name, user, *rights):
        assert (name in self.hosts, rights) == (True, (".*",) * 3)
        self.granted.add((name, user))
        return ""

    def list_permissions(self, _option, name, *_words):
        return json.dumps([{"user": user, "read": ".*"} for host, user in self.granted if host == name])

    def list_policies(self, _option, name, *_words):
        return json.dumps([POLICY] if (name, "short") in self.named else [])

    def set_policy(self, _option, name, *words):
        assert name in self.hosts
        self.policies.append((name, " ".join(words)))
        self.named.add((name, words[-3]))
        return ""

    def delete_vhost(self, name):
        del self.hosts[name]
        return ""


@pytest.fixture
def rabbit(monkeypatch) -> Rabbit:
    played = Rabbit()
    monkeypatch.setattr(ComposeRuntime, "exec_shared", lambda _, *args, **more: played(*args, **more))
    return played


@pytest.fixture
def auth(project, tree, rabbit):
    project.write("compose.yaml", COMPOSE)
    project.write(".env", "AMQP_URL=amqp://me:secret@queue:5672//\n")
    project.commit_file("compose.yaml", COMPOSE)
    made = tree("auth")
    made.update(compose_project="shop-auth")
    return made


def test_a_worktree_gets_a_virtual_host_with_mains_policies_and_its_user_may_use_it(auth, rabbit):
    write_env(auth)
    write_env(auth)
    make_virtual_hosts(auth)
    assert "AMQP_URL=amqp://me:secret@queue:5672/shop-auth\n" in (auth.record.path / ".env").read_text()
    assert rabbit.hosts["shop-auth"] == f"worktree-tasks {auth.record.key}"
    assert rabbit.granted == {("shop-auth", "me")}
    assert rabbit.policies == [("shop-auth", '--priority 1 --apply-to queues short .* {"a":1}')]


def test_a_second_time_changes_nothing_and_grants_again(auth, rabbit):
    make_virtual_hosts(auth)
    rabbit.granted.clear()
    make_virtual_hosts(auth)
    assert (len(rabbit.hosts), len(rabbit.named), rabbit.granted) == (2, 2, {("shop-auth", "me")})


def test_a_finished_one_is_only_looked_at_and_policies_that_somebody_deleted_stay_deleted(auth, rabbit):
    make_virtual_hosts(auth)
    rabbit.named.remove(("shop-auth", "short"))
    rabbit.asked.clear()
    make_virtual_hosts(auth)
    assert rabbit.asked == ["await_startup", "list_vhosts", "list_permissions"]
    assert rabbit.named == {("/", "short")}


def test_a_further_user_of_a_finished_one_is_granted_it_and_its_policies_stay(auth, rabbit):
    make_virtual_hosts(auth)
    rabbit.named.remove(("shop-auth", "short"))
    rabbit.granted = {("shop-auth", "her")}
    make_virtual_hosts(auth)
    assert rabbit.granted == {("shop-auth", "her"), ("shop-auth", "me")}
    assert rabbit.named == {("/", "short")}


def test_one_that_a_killed_command_only_made_gets_its_policies_and_its_user(auth, rabbit):
    rabbit.hosts["shop-auth"] = f"worktree-tasks {auth.record.key}"
    make_virtual_hosts(auth)
    assert [name for name, _ in rabbit.policies] == ["shop-auth"]
    assert rabbit.granted == {("shop-auth", "me")}


def test_it_goes_with_the_worktree_and_others_stay(auth, rabbit):
    make_virtual_hosts(auth)
    rabbit.hosts["theirs"] = "worktree-tasks other"
    assert delete_virtual_hosts(auth) == "virtual host shop-auth of queue deleted"
    assert rabbit.hosts.keys() == {"/", "theirs"}
    assert delete_virtual_hosts(auth) is None


def test_somebody_elses_of_that_name_is_neither_used_silently_nor_deleted(auth, rabbit, told):
    rabbit.hosts["shop-auth"] = "theirs"
    make_virtual_hosts(auth)
    assert any("already exists and is not ours" in line for line in told.lines)
    assert delete_virtual_hosts(auth) is None
    assert rabbit.hosts["shop-auth"] == "theirs"


def test_where_the_server_is_down_it_is_said_what_stays(auth, rabbit):
    make_virtual_hosts(auth)
    rabbit.running = False
    assert "was not deleted: queue is not running" in delete_virtual_hosts(auth)


def test_one_that_no_record_names_is_found_with_the_command_that_deletes_it(auth, shop, rabbit):
    make_virtual_hosts(auth)
    assert [one.finding.subject for one in leaks.virtual_hosts(shop)] == []
    rabbit.hosts["shop-gone"] = "worktree-tasks gone"
    (trouble,) = leaks.virtual_hosts(shop)
    assert trouble.finding.subject == "shop-gone"
    fix = "docker compose -p shop exec queue rabbitmqctl --quiet delete_vhost shop-gone"
    assert trouble.finding.fix == fix


def test_after_the_state_file_was_lost_it_still_goes_with_its_worktree(auth, rabbit, shop):
    write_env(auth)
    make_virtual_hosts(auth)
    rabbit.hosts["theirs"] = "worktree-tasks of another"
    entry, key = auth.entry, auth.record.key
    shop.store.delete(auth.record)
    again = rebuild(shop, entry, Trace(key=key, name="auth", compose_project="shop-auth"))
    assert "shop-auth" in rabbit.hosts
    delete_virtual_hosts(again)
    assert rabbit.hosts.keys() == {"/", "theirs"}
