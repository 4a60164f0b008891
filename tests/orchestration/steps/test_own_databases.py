"""Databases of worktrees' own: leased, made, finished after a crash, brought back and dropped.

The server is played here, as the Protocol of engines has it; PostgreSQL itself is in tests/integration.
"""

from __future__ import annotations

import time
from dataclasses import replace
from types import SimpleNamespace

import pytest

from worktree_tasks.configuration.databases.database_marks import FILLING, READY, TRASHED, DatabaseMark
from worktree_tasks.configuration.env.env_file_text import values
from worktree_tasks.errors import BadUse, Failure, Refused
from worktree_tasks.orchestration.databases.database_engine import Stored
from worktree_tasks.orchestration.flows.doctor import databases as checked
from worktree_tasks.orchestration.runtimes.compose.compose_runtime import ComposeRuntime
from worktree_tasks.orchestration.steps import own_databases
from worktree_tasks.orchestration.steps.database_copies import (
    drop_databases,
    drop_for_reset,
    forget_unmade,
    make_databases,
)
from worktree_tasks.orchestration.steps.database_migration import migrate
from worktree_tasks.orchestration.steps.database_trash import (
    drop_expired_databases,
    expired_databases,
    mark_trashed,
    reinstate_databases,
    retire_databases,
    trash_databases,
    trashed_databases,
)
from worktree_tasks.orchestration.steps.env_file_writing import write_env
from worktree_tasks.orchestration.steps.own_databases import recorded, request_database

pytestmark = pytest.mark.usefixtures("compose_program")

COMPOSE = """\
services:
  web: {build: ., env_file: .env}
  db: {image: "postgres:15"}
  sql: {image: "mcr.microsoft.com/mssql/server:2022"}
  redis: {image: "redis:7"}
"""
ENV = """\
DATABASE_URL=postgres://app:pw@db:5432/shop
JOBS_URL=postgres://app:pw@db:5432/jobs
REDIS_URL=redis://redis:6379/0
LEGACY_URL=sqlserver://sql:1433?database=old
"""


class Server:
    """A server of databases and its engine in one."""

    kind, longest, templates = "postgres", 63, True

    def __init__(self) -> None:
        self.has = {"shop": Stored("shop", 1000), "jobs": Stored("jobs", 10), "postgres": Stored("postgres")}
        self.room: int | None = 1_000_000
        self.done: list[str] = []
        self.fails: str | None = None

    def _do(self, what: str) -> None:
        if self.fails and what.startswith(self.fails):
            raise Failure(f"the server refuses: {what}", kind="database-failed")
        self.done.append(what)

    def version(self, _server):
        return "15.4"

    def stored(self, _server):
        return dict(self.has)

    def free(self, _server):
        return self.room

    def make(self, _server, main, name, mark):
        assert main in self.has
        self._do(f"make {name}")
        self.has[name] = Stored(name, 0, mark)

    def fill(self, _server, main, name, mark, report):
        self.has[name] = Stored(name, 0, replace(mark, state=FILLING))
        report(1, 2)
        self._do(f"fill {name}")
        self.has[name] = Stored(name, self.has[main].size, mark)

    def copy(self, _server, template, _main, name, mark):
        assert self.has[template].mark.state == READY
        self.has[name] = Stored(name, 0, replace(mark, state=FILLING))
        self._do(f"copy {name}")
        self.has[name] = Stored(name, self.has[template].size, mark)

    def note(self, _server, name, mark):
        self.has[name] = replace(self.has[name], mark=mark)

    def end_sessions(self, _server, name):
        self.done.append(f"end {name}")

    def drop(self, _server, name):
        self._do(f"drop {name}")
        self.has.pop(name)


@pytest.fixture
def server(monkeypatch) -> Server:
    played = Server()
    monkeypatch.setattr(own_databases, "load", lambda kind: played if kind == "postgres" else None)
    monkeypatch.setattr(ComposeRuntime, "exec_shared", lambda *_, **__: None)
    return played


@pytest.fixture
def pay(project, tree, server):
    project.write(".env", ENV)
    project.commit_file("compose.yaml", COMPOSE)
    made = tree("pay")
    made.update(state="creating", compose_project="shop-pay")
    request_database(made, "clone")
    made.update(state="ready")
    return made


def written(tree) -> dict[str, str]:
    write_env(tree)
    return values((tree.record.path / ".env").read_text())


def own(tree) -> dict[str, str]:
    return {one.main: one.name for one in recorded(tree)}


def forget_databases(shop) -> None:
    """Lose the records of all databases, as with the state file."""
    for one in shop.store.databases(shop.entry.id):
        shop.store.forget_database(shop.entry.id, one)


def repair(shop) -> None:
    """Repair what the doctor finds wrong with databases."""
    for one in checked.look(shop).troubles:
        one.repair()


def test_each_database_gets_one_of_its_own_and_the_values_name_it(pay, server):
    env = written(pay)
    key = pay.record.key[:6]
    assert own(pay) == {"shop": f"shop_pay_{key}", "jobs": f"jobs_pay_{key}"}
    assert env["DATABASE_URL"] == f"postgres://app:pw@db:5432/shop_pay_{key}"
    assert env["JOBS_URL"] == f"postgres://app:pw@db:5432/jobs_pay_{key}"
    assert env["LEGACY_URL"] == "sqlserver://sql:1433?database=old"
    assert env["REDIS_URL"] == "redis://redis:6379/1"
    assert written(pay) == env
    assert not server.done


def test_redis_stays_shared_where_the_setting_says_so(pay, shop):
    shop.settings = replace(shop.settings, redis="shared")
    assert written(pay)["REDIS_URL"] == "redis://redis:6379/0"


def test_they_are_copied_from_templates_that_are_filled_once(pay, server, told, tree):
    written(pay)
    assert {one.main for one in make_databases(pay)} == {"shop", "jobs"}
    name = own(pay)["shop"]
    assert server.has[name].mark.owner == pay.record.key
    assert {one.state for one in recorded(pay)} == {"ready"}
    assert "database old of sql stays shared: databases of mssql cannot be copied" in told.lines
    assert "fill shop_wt_template" in server.done
    other = tree("other")
    other.update(database="clone")
    written(other)
    make_databases(other)
    assert sum(one.startswith("fill") for one in server.done) == 2
    assert set(own(pay).values()).isdisjoint(own(other).values())


def test_where_a_server_copies_nothing_by_itself_each_is_filled_and_the_last_one_says_how_long_it_takes(
    pay, server, told, monkeypatch
):
    doing: list[str] = []
    monkeypatch.setattr(told, "doing", doing.append)
    server.templates = False
    key = pay.record.key
    server.has["shop_of_old"] = Stored(
        "shop_of_old", 5, DatabaseMark("other", "shop", READY, 5.0, seconds=12.3)
    )
    server.has["jobs_of_old"] = Stored("jobs_of_old", 5, DatabaseMark("other", "jobs"))
    written(pay)
    make_databases(pay)
    assert server.done == [f"fill jobs_pay_{key[:6]}", f"fill shop_pay_{key[:6]}"]
    assert "copying shop: 1 bytes of 2 bytes; the last copy took 12.3 s" in doing
    assert "copying jobs: 1 bytes of 2 bytes" in doing
    assert any(f"shop_pay_{key[:6]} in db, shop's data, in 0." in line for line in told.lines)


def test_old_data_are_told_with_what_refreshes_them(pay, server, told, shop):
    written(pay)
    make_databases(pay)
    mark = DatabaseMark("template", "shop", READY, time.time() - 3 * 86400)
    server.has["shop_wt_template"] = Stored("shop_wt_template", 5, mark)
    drop_for_reset(pay)
    make_databases(pay)
    assert any("3 days ago: wt.database pay --refresh" in line for line in told.lines)


def test_they_are_to_be_migrated_until_they_were(pay, server):
    written(pay)
    made = make_databases(pay)
    assert {one.name for one in make_databases(pay)} == {one.name for one in made}
    migrate(pay, made)
    assert make_databases(pay) == ()
    assert {server.has[one.name].mark.migrated for one in made} == {True}


def test_one_whose_migration_failed_is_to_be_migrated_again(pay, monkeypatch, shop):
    written(pay)
    made = make_databases(pay)
    shop.settings = replace(shop.settings, migrate={"command": "migrate", "service": "web"})

    def fails(*_, **__):
        raise Failure("web exited with code 1", kind="command-failed")

    monkeypatch.setattr(ComposeRuntime, "run", fails)
    with pytest.raises(Failure, match="is not migrated"):
        migrate(pay, made)
    assert {one.name for one in make_databases(pay)} == {one.name for one in made}


@pytest.mark.parametrize("at", ["fill", "copy"])
def test_what_a_killed_command_left_is_made_anew(pay, server, at):
    written(pay)
    server.fails = at
    with pytest.raises(Failure):
        make_databases(pay)
    server.fails = None
    make_databases(pay)
    assert all(server.has[name].mark.state == READY for name in own(pay).values())
    assert {one.state for one in recorded(pay)} == {"ready"}


def test_one_that_was_dropped_by_hand_is_made_anew(pay, server, told):
    written(pay)
    migrate(pay, make_databases(pay))
    name = own(pay)["shop"]
    del server.has[name]
    assert [one.name for one in make_databases(pay)] == [name]
    assert any(line.startswith(f"database {name} of db was dropped") for line in told.lines)


def test_one_that_is_not_ours_is_left_as_it_is(pay, server):
    written(pay)
    name = own(pay)["shop"]
    server.has[name] = Stored(name, 5)
    with pytest.raises(Failure, match="does not have our mark"):
        make_databases(pay)
    assert server.has[name] == Stored(name, 5)
    drop_databases(pay.project, recorded(pay))
    assert name in server.has


def test_a_disk_that_would_be_full_is_refused_before_anything_is_made(pay, server):
    written(pay)
    server.room = 1050
    with pytest.raises(Refused, match="a copy of shop takes 1000 bytes") as told:
        make_databases(pay)
    assert told.value.exit_code == 3
    assert own(pay)["shop"] not in server.has
    assert "shop_wt_template" not in server.has


def test_an_empty_one_is_made_like_mains(pay, server):
    pay.update(database="empty")
    written(pay)
    make_databases(pay)
    assert {one for one in server.done if one.startswith("make")} == {
        f"make {name}" for name in own(pay).values()
    }


def test_one_that_main_lacks_is_empty(pay, server, told):
    del server.has["jobs"]
    written(pay)
    make_databases(pay)
    assert f"make {own(pay)['jobs']}" in server.done
    assert any("db has no database jobs to copy" in line for line in told.lines)


def test_they_are_trashed_in_a_moment_and_come_back(pay, server):
    written(pay)
    made = make_databases(pay)
    trash_databases(pay)
    assert {one.state for one in recorded(pay)} == {"trashed"}
    assert all(server.has[one.name].mark.state == TRASHED for one in made)
    assert not any(one.startswith("drop") for one in server.done)
    ((one, size), _) = trashed_databases(pay.project)[pay.record.key]
    assert size == server.has[one.name].size
    make_databases(pay)
    assert not any(one.startswith("drop") for one in server.done)
    assert all(server.has[one.name].mark.state == READY for one in made)


@pytest.fixture
def clean_on(shop, monkeypatch):
    """What `wt.clean` finds that many days from now."""
    began = time.time()

    def look(days: float, *, note: bool = True):
        monkeypatch.setattr(time, "time", lambda: began + days * 86400)
        return expired_databases(shop, note=note)

    return look


def test_they_are_dropped_after_their_time_and_only_without_their_worktree(pay, server, shop, clean_on):
    written(pay)
    make_databases(pay)
    trash_databases(pay)
    assert [clean_on(day) for day in (31, 32.5)] == [(), ()]
    names = set(own(pay).values())
    shop.store.delete(pay.record)
    assert clean_on(33) == ()
    due = [one for one in clean_on(34.5) if one.owner == pay.record.key]
    assert {one.name for one in due} == names
    assert drop_expired_databases(shop, due) == ()
    assert names.isdisjoint(server.has)
    assert {"shop", "jobs"} <= server.has.keys()
    assert drop_expired_databases(shop, due) == ()


def test_a_clock_that_is_wrong_once_drops_none(pay, shop, clean_on):
    written(pay)
    make_databases(pay)
    trash_databases(pay)
    shop.store.delete(pay.record)
    years = 5 * 365
    assert [clean_on(day) for day in (years, 1, years, 2, years)] == [()] * 5


def test_a_dry_run_is_no_look_that_counts(pay, shop, clean_on):
    written(pay)
    make_databases(pay)
    trash_databases(pay)
    shop.store.delete(pay.record)
    assert [clean_on(day, note=False) for day in (31, 40, 50)] == [()] * 3


def test_what_was_seen_before_a_database_was_restored_does_not_count_when_it_is_trashed_again(
    pay, shop, tree, clean_on
):
    written(pay)
    make_databases(pay)
    trash_databases(pay)
    shop.store.delete(pay.record)
    assert clean_on(31) == ()
    back = tree("back")
    shop.store.inherit_databases(back.record, pay.record.key)
    trash_databases(back)
    shop.store.delete(back.record)
    assert [one.owner for one in clean_on(80)] == ["template", "template"]
    assert {one.owner for one in clean_on(81.5)} == {"template", back.record.key}


def test_what_was_restored_after_the_list_was_made_is_not_dropped(pay, server, shop, tree, clean_on):
    written(pay)
    make_databases(pay)
    trash_databases(pay)
    shop.store.delete(pay.record)
    assert clean_on(31) == ()
    due = clean_on(32.5)
    assert due
    shop.store.inherit_databases(tree("back").record, pay.record.key)
    assert drop_expired_databases(shop, due) == ()
    assert all(one.name in server.has for one in due)


def test_a_template_goes_after_its_time_when_nothing_was_copied_from_it_any_more(pay, server, shop, clean_on):
    written(pay)
    make_databases(pay)
    assert [clean_on(day) for day in (31, 32.5)] == [(), ()]
    trash_databases(pay)
    shop.store.delete(pay.record)
    assert clean_on(63) == ()
    drop_expired_databases(shop, clean_on(64.5))
    assert server.has.keys() == {"shop", "jobs", "postgres"}
    assert shop.store.databases(shop.entry.id) == ()


def test_back_to_mains_the_values_are_as_they_were(pay, server):
    before = written(pay)
    make_databases(pay)
    pay.update(database="shared")
    assert written(pay)["DATABASE_URL"] == "postgres://app:pw@db:5432/shop"
    pay.update(database="clone")
    assert written(pay)["DATABASE_URL"] == before["DATABASE_URL"]


def test_another_mode_gets_others_and_the_former_go_to_the_trash(pay, server):
    written(pay)
    make_databases(pay)
    former = own(pay)
    retire_databases(pay, "empty")
    pay.update(database="empty")
    env = written(pay)
    make_databases(pay)
    assert set(own(pay).values()).isdisjoint(former.values())
    assert env["DATABASE_URL"].endswith(f"/{own(pay)['shop']}")
    assert {one.name for one, _ in trashed_databases(pay.project)[pay.record.key]} == set(former.values())


def switched(tree, mode: str) -> None:
    """Switch a worktree whose stack is down."""
    retire_databases(tree, mode)
    tree.update(database=mode)
    written(tree)
    make_databases(tree)
    mark_trashed(tree)


def test_the_server_knows_which_are_former_ones_also_when_the_state_file_is_lost(pay, server, shop):
    written(pay)
    make_databases(pay)
    switched(pay, "empty")
    pay.update(database="shared")
    trash_databases(pay)
    assert [
        one.mark.state for one in server.has.values() if one.mark and one.mark.owner == pay.record.key
    ] == [TRASHED] * 4
    forget_databases(shop)
    repair(shop)
    assert checked.look(shop).troubles == ()
    pay.refresh()
    assert pay.record.database == "shared"


def test_what_a_server_that_was_down_does_not_know_the_doctor_tells_it(pay, server, shop):
    written(pay)
    make_databases(pay)
    retire_databases(pay, "empty")
    former = trashed_databases(shop)[pay.record.key]
    first, second = checked.look(shop).troubles
    assert "is in the trash, but marked there as in use" in first.finding.what
    first.repair()
    second.repair()
    assert {server.has[one.name].mark.state for one, _ in former} == {TRASHED}
    assert checked.look(shop).troubles == ()


def test_a_mode_that_it_had_before_brings_its_data_back(pay, server, told, clean_on):
    written(pay)
    make_databases(pay)
    former = own(pay)
    switched(pay, "empty")
    server.done.clear()
    assert [clean_on(day) for day in (31, 32.5)] == [(), ()]
    switched(pay, "clone")
    assert own(pay) == former
    assert all(server.has[name].mark.state == READY for name in former.values())
    assert not any(one.startswith(("copy", "drop")) for one in server.done)
    assert any(f"{former['shop']} in db, back from the trash" in line for line in told.lines)


def test_of_several_that_it_had_the_last_one_comes_back(pay, server, shop):
    written(pay)
    make_databases(pay)
    switched(pay, "empty")
    last = own(pay)
    wanted = next(one for one in recorded(pay) if one.main == "shop")
    older = replace(wanted, owner=f"{wanted.owner}/a", state="trashed")
    shop.store.lease_database(shop.entry.id, older, lambda _: "a")
    switched(pay, "clone")
    switched(pay, "empty")
    assert own(pay) == last


@pytest.mark.parametrize("mode", ["clone", "shared"])
def test_a_mode_that_cannot_be_had_leaves_the_databases_as_they_were(pay, server, shop, mode):
    written(pay)
    if mode == "clone":
        make_databases(pay)
    else:
        for one in recorded(pay):
            shop.store.forget_database(shop.entry.id, one)
        pay.update(database="shared")
    before, there = own(pay), dict(server.has)
    server.fails = "make shop"
    retire_databases(pay, "empty")
    pay.update(database="empty")
    written(pay)
    with pytest.raises(Failure):
        make_databases(pay)
    reinstate_databases(pay, mode)
    # What was complete before the failure is not dropped either.
    assert {one.main: one.name for one in recorded(pay) if one.state != "trashed"} == before
    assert {name: server.has[name] for name in there} == there
    assert pay.record.database == mode


def test_a_removed_worktree_gets_those_of_its_other_mode_back_too(pay, shop, tree):
    written(pay)
    make_databases(pay)
    former = own(pay)
    switched(pay, "empty")
    trash_databases(pay)
    shop.store.delete(pay.record)
    back = tree("back")
    shop.store.inherit_databases(back.record, pay.record.key)
    back.update(compose_project="shop-back", database="empty")
    switched(back, "clone")
    assert own(back) == former


def test_a_reset_drops_and_makes_them_afresh_also_after_a_crash(pay, server):
    written(pay)
    make_databases(pay)
    names = own(pay)
    drop_for_reset(pay)
    assert set(names.values()).isdisjoint(server.has)
    assert len(make_databases(pay)) == 2
    assert own(pay) == names


@pytest.mark.usefixtures("server")
def test_nothing_to_copy_is_wrong_use(project, tree):
    project.write(".env", "LEGACY_URL=sqlserver://sql:1433?database=old\n")
    project.commit_file("compose.yaml", COMPOSE)
    pay = tree("pay")
    pay.update(compose_project="shop-pay", database="clone")
    with pytest.raises(BadUse, match=r"✗ database clone: .*, only old of sql") as told:
        write_env(pay)
    assert told.value.kind == "no-database"


def test_a_worktree_that_is_there_keeps_its_mode(pay):
    pay.update(state="ready")
    request_database(pay, None)
    request_database(pay, "clone")
    with pytest.raises(BadUse, match="is clone, not shared"):
        request_database(pay, "shared")


def test_the_doctor_finds_databases_without_worktree_and_worktrees_without_database(pay, server, shop):
    written(pay)
    make_databases(pay)
    assert checked.look(shop).troubles == ()
    name = own(pay)["shop"]
    kept = server.has.pop(name)
    (missing,) = checked.look(shop).troubles
    assert (missing.finding.subject, missing.finding.fix) == ("pay", "wt.start pay")
    server.has[name] = kept
    shop.store.delete(pay.record)
    unowned = checked.look(shop).troubles
    assert len(unowned) == 2
    for one in unowned:
        one.repair()
    assert checked.look(shop).troubles == ()
    assert {one.state for one in shop.store.databases(shop.entry.id, pay.record.key)} == {"trashed"}


def test_what_the_state_file_lost_is_recorded_again_by_its_mark(pay, server, shop):
    written(pay)
    make_databases(pay)
    before = recorded(pay)
    pay.update(database="shared")
    forget_databases(shop)
    server.has["stranger"] = Stored("stranger", 1, DatabaseMark("nobody", "shop"))
    troubles = checked.look(shop).troubles
    assert len(troubles) == 5
    for one in troubles:
        if one.repair:
            one.repair()
    assert [replace(one, changed=0) for one in recorded(pay)] == [replace(one, changed=0) for one in before]
    pay.refresh()
    assert pay.record.database == "clone"
    (left,) = checked.look(shop).troubles
    assert left.repair is None
    assert left.finding.subject == "db:stranger"


@pytest.mark.parametrize("mode", ["clone", "empty"])
def test_if_the_server_takes_several_for_used_the_values_tell_which_one_is(pay, server, shop, mode):
    other = "clone" if mode == "empty" else "empty"
    pay.update(database=other)
    written(pay)
    make_databases(pay)
    retire_databases(pay, mode)
    pay.update(database=mode)
    written(pay)
    make_databases(pay)
    used = own(pay)
    forget_databases(shop)
    repair(shop)
    assert checked.look(shop).troubles == ()
    pay.refresh()
    assert (own(pay), pay.record.database) == (used, mode)


def test_those_of_a_restore_point_are_recorded_again_as_trashed(pay, server, shop, monkeypatch):
    written(pay)
    made = make_databases(pay)
    trash_databases(pay)
    shop.store.delete(pay.record)
    forget_databases(shop)
    point = SimpleNamespace(worktree="pay", notes={"key": pay.record.key})
    monkeypatch.setattr(checked, "listed", lambda _: (point,))
    repair(shop)
    assert checked.look(shop).troubles == ()
    kept = trashed_databases(shop)[pay.record.key]
    assert {(one.name, one.worktree, one.state) for one, _ in kept} == {
        (one.name, "pay", "trashed") for one in made
    }


def test_a_clone_of_what_main_lacks_is_a_clone_also_when_it_is_recorded_again(pay, server, shop):
    del server.has["jobs"]
    written(pay)
    make_databases(pay)
    forget_databases(shop)
    pay.update(database="shared")
    repair(shop)
    pay.refresh()
    assert {one.mode for one in recorded(pay)} == {"clone"} == {pay.record.database}


def test_a_former_database_is_recorded_as_trashed_beside_the_one_in_use(pay, server, shop):
    written(pay)
    make_databases(pay)
    former = own(pay)
    trash_databases(pay)
    retire_databases(pay, "empty")
    pay.update(database="empty")
    written(pay)
    make_databases(pay)
    used = own(pay)
    forget_databases(shop)
    repair(shop)
    assert checked.look(shop).troubles == ()
    assert own(pay) == used
    assert {one.name for one, _ in trashed_databases(shop)[pay.record.key]} == set(former.values())
    pay.refresh()
    assert pay.record.database == "empty"


def test_those_of_a_worktree_that_is_undone_are_in_the_trash_if_their_server_cannot_drop_them(
    pay, server, shop, told
):
    written(pay)
    server.fails = "copy"
    with pytest.raises(Failure):
        make_databases(pay)
    server.fails = "drop"
    forget_unmade(pay)
    shop.store.delete(pay.record)
    left = [one for one in shop.store.databases(shop.entry.id) if one.worktree == "pay"]
    assert [one.state for one in left] == ["trashed"]
    assert any(left[0].name in line and "wt.clean" in line for line in told.lines)
    assert checked.look(shop).troubles == ()
    server.fails = None
    assert drop_databases(shop, left) == ()
    assert left[0].name not in server.has
