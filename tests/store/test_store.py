from __future__ import annotations

import json
import os
import sqlite3
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from harness.programs import environment

from worktree_tasks.configuration.ports import Port, assign, find_slot
from worktree_tasks.errors import Failure, StateDamaged, WorktreeGone
from worktree_tasks.store import Store, open_store, state_directory

if TYPE_CHECKING:
    from collections.abc import Iterator

AT_ONCE = 16
WEB = (Port("web", 8000, main=8000, base=8000), Port("vite", 5173, main=5173, base=5173))


@pytest.fixture
def store(nobodys_home) -> Iterator[Store]:
    del nobodys_home
    opened = open_store()
    yield opened
    opened.close()


@pytest.fixture
def shop(store):
    return store.remember(Path("/w/shop/.git"), name="shop", main=Path("/w/shop"))


def make(store, project, name: str):
    return store.create(
        project,
        branch=name,
        name=lambda taken: name if name not in taken else f"{name}-2",
        path=lambda slug: Path("/w") / f"{project.name}.worktrees" / slug,
        start_commit=None,
        made_branch=True,
        host="localhost",
    )


def lease(store, record, ports=WEB):
    def choose(used, holders):
        slot = find_slot(ports, used_slots=used, holders=holders)
        return slot, assign(ports, slot)

    return store.lease_slot(record, choose)


def test_the_state_lies_where_xdg_says(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "elsewhere"))
    assert state_directory() == tmp_path / "elsewhere" / "worktree-tasks"
    monkeypatch.delenv("XDG_STATE_HOME")
    assert state_directory() == Path.home() / ".local" / "state" / "worktree-tasks"
    monkeypatch.setenv("XDG_STATE_HOME", "")
    assert state_directory() == Path.home() / ".local" / "state" / "worktree-tasks"


def test_the_state_directory_is_the_users_alone_whatever_the_umask():
    before = os.umask(0)
    try:
        opened = open_store()
    finally:
        os.umask(before)
    opened.close()
    assert opened.path.parent == state_directory()
    assert stat.S_IMODE(opened.path.parent.stat().st_mode) == 0o700


def test_a_new_record_is_creating_and_read_back_as_it_is(store, shop):
    made = make(store, shop, "auth")
    assert (made.state, made.slot, made.compose_project, made.made_branch) == ("creating", None, None, True)
    assert made.path == Path("/w/shop.worktrees/auth")
    assert store.record(made.key) == made
    assert store.records(shop) == store.records() == (made,)
    changed = store.update(made, state="ready", path=Path("/moved"), network="n")
    assert (changed.state, changed.path, changed.network) == ("ready", Path("/moved"), "n")
    assert store.record(made.key) == changed


def test_a_project_is_known_by_its_repository_and_keeps_its_number(store, shop):
    again = store.remember(shop.common_dir, name="renamed", main=Path("/moved"))
    assert (again.id, again.name, again.main) == (shop.id, "renamed", Path("/moved"))
    assert again.used >= shop.used
    other = store.remember(Path("/w/other/.git"), name="shop", main=Path("/w/other"))
    assert other.id != shop.id
    assert {one.id for one in store.projects()} == {shop.id, other.id}
    assert store.project(Path("/nowhere")) is None


def test_a_taken_name_is_told_to_who_chooses_and_a_taken_directory_is_refused(store, shop):
    make(store, shop, "auth")
    assert make(store, shop, "auth").name == "auth-2"
    with pytest.raises(Failure, match=r"/w/shop\.worktrees/auth belongs to another worktree") as told:
        store.create(
            shop,
            branch="b",
            name=lambda _: "other",
            path=lambda _: Path("/w/shop.worktrees/auth"),
            start_commit=None,
            made_branch=False,
            host="",
        )
    assert "wt.root" in told.value.hint
    assert len(store.records()) == 2


def test_projects_share_no_port_and_each_has_its_own_slots(store, shop):
    other = store.remember(Path("/w/other/.git"), name="other", main=Path("/w/other"))
    mine, theirs = (lease(store, make(store, one, "auth")) for one in (shop, other))
    assert (mine.slot, theirs.slot) == (1, 2)
    ports = store.ports()
    assert [one.published for one in ports[mine.key]] == [8001, 5174]
    assert [one.published for one in ports[theirs.key]] == [8002, 5175]
    assert set(store.ports(shop)) == {mine.key}


def test_a_worktree_is_told_who_holds_a_port(store, shop):
    lease(store, make(store, shop, "auth"))
    seen = {}

    def choose(used, holders):
        seen.update(holders)
        return 5, ()

    store.lease_slot(make(store, shop, "pay"), choose)
    assert seen == {(8001, "tcp"): "leased by shop/auth", (5174, "tcp"): "leased by shop/auth"}


def test_leasing_again_replaces_a_worktrees_own_ports(store, shop):
    made = lease(store, make(store, shop, "auth"))
    again = lease(store, made, WEB[:1])
    assert again.slot == 1
    assert [one.published for one in store.ports()[made.key]] == [8001]
    assert lease(store, make(store, shop, "pay"), WEB[1:]).slot == 2


@pytest.mark.parametrize(
    "twice",
    [
        (Port("web", 80, base=8000, host_ip="127.0.0.1"), Port("web", 80, base=8000, host_ip="::1")),
        (Port("web", 80, base=8000), Port("web-debug", 80, base=8000)),
    ],
    ids=["two addresses", "two profiles"],
)
def test_a_number_may_stand_twice_in_one_worktree_and_never_in_two(store, shop, twice):
    first = lease(store, make(store, shop, "auth"), twice)
    assert [one.published for one in store.ports()[first.key]] == [8001, 8001]
    assert lease(store, make(store, shop, "pay"), twice).slot == 2
    third = make(store, shop, "third")
    with pytest.raises(sqlite3.IntegrityError):
        store.lease_slot(third, lambda *_: (3, assign(twice[1:], 1)))
    assert store.record(third.key).slot is None
    assert third.key not in store.ports()


def test_a_port_that_docker_chooses_is_leased_by_nobody(store, shop):
    free = (Port("web", 9000),)
    slots = [lease(store, make(store, shop, name), free).slot for name in ("auth", "pay")]
    assert slots == [1, 2]


def test_slots_ports_and_names_come_back_after_deletion(store, shop):
    records = [lease(store, make(store, shop, name)) for name in ("a", "b", "c")]
    store.lease(records[1], "compose_project", lambda _: "shop-b")
    store.note_written(records[1], {".env": "0"})
    assert [one.slot for one in records] == [1, 2, 3]
    store.delete(records[1])
    assert [one.name for one in store.records()] == ["a", "c"]
    with pytest.raises(WorktreeGone, match="removed by another command"):
        store.record(records[1].key)
    fresh = lease(store, make(store, shop, "b"))
    assert fresh.slot == 2
    assert [one.published for one in store.ports()[fresh.key]] == [8002, 5175]
    assert store.written(fresh) == {}
    assert store.lease(fresh, "compose_project", lambda held: str(sorted(held))).compose_project == "[]"
    assert [one.slot for one in store.records()] == [1, 2, 3]


def test_forgetting_a_project_lets_go_of_all_it_had(store, shop):
    lease(store, make(store, shop, "auth"))
    store.forget(shop)
    assert (store.projects(), store.records(), store.ports()) == ((), (), {})
    other = store.remember(Path("/w/other/.git"), name="other", main=Path("/w/other"))
    assert lease(store, make(store, other, "auth")).slot == 1


def test_a_lease_sees_what_others_hold_and_not_its_own(store, shop):
    other = store.remember(Path("/w/other/.git"), name="other", main=Path("/w/other"))
    first, second, third = make(store, shop, "a"), make(store, shop, "b"), make(store, other, "c")
    store.lease(first, "subnet", lambda _: "10.213.0.0/26")
    store.lease(first, "broker_database", lambda _: 1)
    seen = []

    def told(held):
        seen.append(set(held))

    for record, column in (
        (first, "subnet"),
        (second, "subnet"),
        (third, "subnet"),
        (second, "broker_database"),
        (third, "broker_database"),
    ):
        store.lease(record, column, told)
        store.lease(first, "subnet", lambda _: "10.213.0.0/26")
    assert seen == [set(), {"10.213.0.0/26"}, {"10.213.0.0/26"}, {1}, set()]


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE worktree SET slot = 1", "UNIQUE"),
        ("UPDATE worktree SET compose_project = 'shop-x'", "UNIQUE"),
        ("UPDATE worktree SET subnet = '10.213.0.0/26'", "UNIQUE"),
        ("UPDATE worktree SET broker_database = 1", "UNIQUE"),
        ("UPDATE worktree SET name = 'x'", "UNIQUE"),
        ("UPDATE worktree SET path = '/x'", "UNIQUE"),
        ("UPDATE worktree SET state = 'lost'", "CHECK"),
        ("UPDATE worktree SET slot = 'first'", "cannot store TEXT"),
        ("UPDATE worktree SET project_id = 99", "FOREIGN KEY"),
        ("INSERT INTO lease VALUES (1, 'tcp', 1), (1, 'tcp', 2)", "UNIQUE"),
        ("INSERT INTO port VALUES (1, 'web', 'x', 'tcp', 1, 1, 1, '')", "cannot store TEXT"),
    ],
)
def test_the_file_itself_refuses_what_cannot_be(store, shop, statement, told):
    make(store, shop, "a")
    make(store, shop, "b")
    with pytest.raises(sqlite3.IntegrityError, match=told):
        store._db.execute(statement)


def test_what_was_written_verdicts_and_builds_are_remembered(store, shop):
    made = make(store, shop, "auth")
    store.note_written(made, {".env": "1", "b": "2"})
    store.note_written(made, {".env": "3"})
    assert store.written(made) == {".env": "3", "b": "2"}
    verdicts = store.verdicts()
    verdicts["tip", "base"] = "squash"
    verdicts["tip", "other"] = None
    del verdicts["tip", "other"]
    assert dict(store.verdicts()) == {("tip", "base"): "squash"}
    assert store.builds("sha256:a") == frozenset()
    store.remember_build("sha256:a", "i")
    store.remember_build("sha256:a", "i")
    assert store.builds("sha256:a") == {"i"}


def test_distances_and_times_of_commits_are_remembered_many_at_once(store):
    distances = {(f"tip{number}", "base"): (number, 1) for number in range(500)}
    times = {f"tip{number}": number for number in range(500)}
    store.distances().update(distances)
    store.commit_times().update(times)
    store.commit_times().update({})
    assert dict(store.distances()) == distances
    assert dict(store.commit_times()) == times
    known = store.distances()
    known["tip1", "base"] = (7, 8)
    del known["tip2", "base"]
    distances["tip1", "base"] = (7, 8)
    del distances["tip2", "base"]
    assert dict(store.distances()) == dict(known) == distances


def test_verdicts_do_not_grow_for_ever(store):
    verdicts, most = store.verdicts(), 2000
    verdicts.update({(f"tip{number}", "base"): "squash" for number in range(most)})
    assert len(store.verdicts()) == most
    verdicts["tip", "base"] = None
    assert dict(store.verdicts()) == {}
    assert store._db.execute("SELECT count(*) FROM verdict").fetchone()[0] == 0


def test_what_images_were_built_from_is_forgotten_by_their_ids(store):
    for image in ("sha256:a", "sha256:b", "sha256:c"):
        store.remember_build(image, "i")
    store.forget_images(["sha256:a", "sha256:c", "sha256:unknown"])
    assert store.noted_images() == {"sha256:b"}


def test_an_empty_file_becomes_a_store_and_a_second_opening_keeps_it(tmp_path):
    (tmp_path / "state.sqlite3").touch()
    first = open_store(tmp_path)
    project = first.remember(Path("/w/.git"), name="shop", main=Path("/w"))
    first.close()
    second = open_store(tmp_path)
    assert second.projects() == (project,)
    assert second._db.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    assert second._db.execute("PRAGMA foreign_keys").fetchone()[0] == 1
    second.close()


def test_a_file_of_a_later_version_is_left_alone(tmp_path):
    with sqlite3.connect(tmp_path / "state.sqlite3") as later:
        later.execute("PRAGMA user_version = 99")
    later.close()
    before = (tmp_path / "state.sqlite3").read_bytes()
    with pytest.raises(Failure, match="later version") as told:
        open_store(tmp_path)
    assert "upgrade" in told.value.hint
    assert (tmp_path / "state.sqlite3").read_bytes() == before


def test_a_file_of_an_earlier_version_gets_what_came_later_and_keeps_its_records(tmp_path):
    store = open_store(tmp_path)
    record = make(store, store.remember(Path("/w/.git"), name="shop", main=Path("/w")), "auth")
    for table in ("removal", "decision", "scheme", "queue", "virtual_host"):
        store._db.execute(f"DROP TABLE {table}")
    store._db.execute("PRAGMA user_version = 1")
    store.close()
    again = open_store(tmp_path)
    assert again.records() == (record,)
    assert again.begin_removal(record, {"force": True}).state == "removing"
    assert again.removal_terms(record) == {"force": True}
    assert again.end_removal(record).state == "ready"
    assert again.removal_terms(record) == {}
    again.close()


def test_what_a_port_answered_is_kept_with_its_lease(tmp_path):
    store = open_store(tmp_path)
    project = store.remember(Path("/w/.git"), name="shop", main=Path("/w"))
    record = make(store, project, "auth")
    leased = (Port("web", 8443, published=8444), Port("web", 5678, published=5679))
    store.lease_slot(record, lambda *_: (1, leased))
    store.note_schemes(record, {8444: "other"})
    store.note_schemes(record, {8444: "https"})
    assert [port.scheme for port in store.ports(project)[record.key]] == ["https", None]
    assert [port.url("localhost") for port in store.ports()[record.key]] == [
        "https://localhost:8444",
        "http://localhost:5679",
    ]
    store.close()


def test_a_file_of_an_earlier_version_that_lacks_more_is_damaged(tmp_path):
    store = open_store(tmp_path)
    for table in ("removal", "decision", "scheme", "queue", "virtual_host", "lease"):
        store._db.execute(f"DROP TABLE {table}")
    store._db.execute("PRAGMA user_version = 1")
    store.close()
    with pytest.raises(StateDamaged, match="its table lease is missing"):
        open_store(tmp_path)


def test_a_broken_file_is_one_failure_with_a_hint_and_is_kept(tmp_path):
    (tmp_path / "state.sqlite3").write_bytes(b"not a database, not even nearly " * 100)
    with pytest.raises(StateDamaged, match=f"state file {tmp_path}/state.sqlite3 is damaged") as told:
        open_store(tmp_path)
    assert "wt.doctor --fix" in told.value.hint
    assert (tmp_path / "state.sqlite3").read_bytes().startswith(b"not a database")


def test_a_directory_that_cannot_be_made_is_one_failure(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(Failure, match="cannot use the state file"):
        open_store(tmp_path / "file" / "below")


def test_a_full_disk_is_one_failure_and_nothing_of_it_stays(store, shop):
    pages = store._db.execute("PRAGMA page_count").fetchone()[0]
    store._db.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(Failure, match="full"):
        make(store, shop, "x" * 100_000)
    assert store.records() == ()
    store._db.execute("PRAGMA max_page_count = 100000")
    assert make(store, shop, "auth").name == "auth"


def test_what_fails_inside_a_lease_leaves_nothing(store, shop):
    made = make(store, shop, "auth")
    with pytest.raises(ZeroDivisionError):
        store.lease_slot(made, lambda *_: 1 // 0)
    assert store.record(made.key).slot is None
    assert lease(store, made).slot == 1


def test_many_threads_at_once_get_a_slot_each(store, shop):
    with ThreadPoolExecutor(AT_ONCE) as pool:
        records = list(pool.map(lambda number: lease(store, make(store, shop, f"b{number}")), range(AT_ONCE)))
    assert sorted(one.slot for one in records) == list(range(1, AT_ONCE + 1))


OPEN_AND_LEASE = """
import json, sys
from pathlib import Path
from worktree_tasks.configuration.ports import Port, assign, find_slot
from worktree_tasks.store import open_store

number = int(sys.argv[1])
sys.stdin.readline()
store = open_store()
main = Path(f"/w/p{number % 2}")
project = store.remember(main / ".git", name=main.name, main=main)
record = store.create(
    project, branch=f"b{number}", name=lambda taken: f"s{len(taken)}",
    path=lambda slug: Path("/w", project.name, slug), start_commit=None, made_branch=True, host="",
)
ports = [Port("web", 80, main=8000, base=8000)]

def choose(used, holders):
    slot = find_slot(ports, used_slots=used, holders=holders)
    return slot, assign(ports, slot)

record = store.lease_slot(record, choose)
record = store.lease(record, "subnet", lambda held: f"10.213.0.{len(held)}")
record = store.lease(record, "broker_database", lambda held: min(set(range(1, 99)) - set(held)))
published = store.ports()[record.key][0].published
print(json.dumps([project.name, record.name, record.slot, published, record.subnet, record.broker_database]))
"""


def test_many_processes_at_once_on_a_file_that_is_not_there_yet_share_nothing(project):
    running = [
        subprocess.Popen(
            [sys.executable, "-c", OPEN_AND_LEASE, str(number)],
            cwd=project.path,
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(AT_ONCE)
    ]
    for one in running:
        one.stdin.write("go\n")
        one.stdin.flush()
    ended = [one.communicate() for one in running]
    assert [err for _, err in ended if err] == []
    rows = [json.loads(out) for out, _ in ended]
    assert len({(name, slug) for name, slug, *_ in rows}) == AT_ONCE
    assert len({(name, slot) for name, _, slot, *_ in rows}) == AT_ONCE
    assert len({row[3] for row in rows}) == AT_ONCE
    assert len({row[4] for row in rows}) == AT_ONCE
    assert len({(row[0], row[5]) for row in rows}) == AT_ONCE


def test_a_log_that_was_made_while_the_file_was_read_only_is_written_again(store, shop):
    beside = [store.path.with_name(store.path.name + end) for end in ("-wal", "-shm")]
    for file in beside:
        file.chmod(0o444)
    again = open_store()
    again.remember(shop.common_dir, name="shop", main=shop.main)
    again.close()
    assert {stat.S_IMODE(file.stat().st_mode) for file in beside} == {stat.S_IMODE(store.path.stat().st_mode)}


class Refusing(sqlite3.Connection):
    """Refuses the first wish for a log, as where another process makes the file at the same instant."""

    refused = 0

    def execute(self, statement: str, *arguments: Any) -> sqlite3.Cursor:
        if "journal_mode" in statement and not self.refused:
            self.refused = 1
            error = sqlite3.OperationalError("database is locked")
            error.sqlite_errorcode = sqlite3.SQLITE_BUSY
            raise error
        return super().execute(statement, *arguments)


def test_a_file_that_another_process_makes_at_the_same_instant_is_waited_for(tmp_path, shop):
    db = sqlite3.connect(tmp_path / "state", isolation_level=None, factory=Refusing)
    made = Store(tmp_path / "state", db)
    assert db.refused
    assert made.remember(shop.common_dir, name="shop", main=shop.main).name == "shop"
    made.close()


def test_a_thread_that_reads_is_not_in_the_way_of_one_that_writes_beside_another_process(store, shop):
    theirs = open_store(store.path.parent)
    rounds = 200

    def read() -> None:
        for _ in range(rounds):
            store.projects()

    def write(to: Store) -> None:
        for _ in range(rounds):
            to.remember(shop.common_dir, name="shop", main=shop.main)

    with ThreadPoolExecutor(4) as pool:
        writers = [pool.submit(write, each) for each in (store, theirs)]
        for running in (pool.submit(read), pool.submit(read), *writers):
            running.result()
    theirs.close()


def test_further_databases_of_queues_are_held_by_one_worktree_of_a_project(tmp_path):
    store = open_store(tmp_path)
    project = store.remember(Path("/w/.git"), name="shop", main=Path("/w"))
    one, two = make(store, project, "one"), make(store, project, "two")
    store.lease(one, "broker_database", lambda _: 1)
    held: list[object] = []
    store.lease_queue(one, "redis", 2, lambda taken: held.append(taken) or 3)
    store.lease_queue(two, "redis", 2, lambda taken: held.append(taken) or None)
    assert held == [{1}, {1, 3}]
    assert store.held(two, "broker_database") == {1, 3}
    assert [(queue.main, queue.own, queue.claimed) for queue in store.queues(one)] == [(2, 3, False)]
    assert store.queues(two) == ()
    store.claim_queue(one, store.queues(one)[0])
    assert store.queues(one)[0].claimed
    store.note_virtual_host(one, "queue", "shop-one")
    store.note_virtual_host(one, "queue", "shop-one")
    assert store.virtual_hosts(one) == (("queue", "shop-one"),)
    store.drop_queues(one)
    assert store.queues(one) == ()
    store.delete(one)
    assert store.orphans() == 0
    store.close()


@pytest.mark.parametrize(
    "use",
    [
        lambda store, _: store.verdicts(),
        lambda store, _: store.distances().update({("a", "b"): (1, 2)}),
        lambda store, _: store.commit_times().update({"a": 1}),
        lambda store, record: store.held(record, "network"),
        lambda store, record: store.held(record, "broker_database"),
        lambda store, record: store.update(record, state="ready"),
        lambda store, _: store.records(),
    ],
    ids=["verdicts", "distances", "times", "networks", "brokers", "update", "records"],
)
def test_lanes_take_turns_with_the_state_file_since_sqlite_refuses_to_write_beside_a_read(store, shop, use):
    record = make(store, shop, "auth")
    with ThreadPoolExecutor(1) as pool:
        with store._transaction():
            began = pool.submit(use, store, record)
            assert not wait([began], timeout=0.2).done
        began.result()
