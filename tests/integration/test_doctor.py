"""Doctor on the real engine: each thing that goes wrong is seen, told with its command, and mended."""

from __future__ import annotations

import json
import os
import shutil
import socket
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.engine

# What a rebuilt record has as the lost one had it.
SAME = (
    "key",
    "branch",
    "path",
    "state",
    "slot",
    "start_commit",
    "compose_project",
    "network",
    "subnet",
    "broker_database",
    "host",
    "database",
    "runtime",
    "opened",
)
KEYS = {"kind", "subject", "what", "fix", "fixed"}


def state_file(toy):
    return toy.folder / "state" / "worktree-tasks" / "state.sqlite3"


def alter(toy, *statements: str) -> None:
    """Change the state file behind our back."""
    with closing(sqlite3.connect(state_file(toy), isolation_level=None)) as db:
        for statement in statements:
            db.execute(statement)


def examined(toy, *words: str, code: int = 0, env: dict[str, str] | None = None) -> list[dict[str, Any]]:
    """Return what doctor finds, which ends with a code."""
    document = toy.wt("doctor", "--json", *words, code=code, env=env).json
    assert set(document) == {"schema", "engine", "findings"}
    assert document["schema"] == 1
    assert all(set(one) == KEYS and one["fix"] and one["what"] for one in document["findings"])
    return document["findings"]


def healthy(toy) -> None:
    assert examined(toy) == []


def sick(toy, kind: str, subject: str | None = None) -> dict[str, Any]:
    """See the one finding, without anything being changed by the look."""
    before = world(toy)
    findings = examined(toy, code=1)
    assert len(findings) == 1, findings
    finding = findings[0]
    assert (finding["kind"], finding["fixed"]) == (kind, False), finding
    assert subject in (None, finding["subject"]), finding
    assert world(toy) == before
    return finding


def mended(toy, kind: str) -> dict[str, Any]:
    """See --fix mend the one finding, and nothing left to do for the next."""
    findings = examined(toy, "--fix")
    assert len(findings) == 1, findings
    finding = findings[0]
    assert (finding["kind"], finding["fixed"]) == (kind, True), finding
    after = world(toy)
    assert examined(toy, "--fix") == []
    assert world(toy) == after
    return finding


def world(toy) -> dict[str, Any]:
    """Return all that a command could change: records, Docker's objects, files, git."""
    trees = [toy.main, *sorted(toy.root.glob("*"))]
    ids = toy.docker("ps", "--all", "--no-trunc", "--quiet", "--filter", f"name={toy.name}").split()
    found = json.loads(toy.docker("inspect", *sorted(ids))) if ids else []
    return {
        "state": state_file(toy).read_bytes() if state_file(toy).is_file() else None,
        "beside": sorted(path.name for path in state_file(toy).parent.glob("state*")),
        "containers": [
            (
                one["Id"],
                one["State"]["StartedAt"],
                one["State"]["Status"],
                sorted(one["NetworkSettings"]["Networks"]),
            )
            for one in found
        ],
        "ours": toy.ours(),
        "files": {str(tree): toy.files(tree) for tree in trees},
        "git": toy.git("worktree", "list", "--porcelain"),
        "refs": toy.git("for-each-ref"),
    }


@pytest.fixture(scope="module")
def patient(quiet_toy) -> Any:
    """A project with a worktree that runs, which every test leaves well."""
    quiet_toy.new("running")
    return quiet_toy


@pytest.fixture
def tree(patient) -> dict[str, Any]:
    return patient.listed()["running"]


def test_a_healthy_project_has_no_findings_and_says_what_is_in_use(patient, tree):
    document = patient.wt("doctor", "--json").json
    assert document["findings"] == []
    engine = document["engine"]
    assert engine["version"] == patient.docker("version", "--format", "{{.Server.Version}}")
    assert engine["compose"] in patient.docker("compose", "version", "--short")
    assert engine["endpoint"].startswith(("unix://", "tcp://", "npipe://", "ssh://", "http"))
    words = patient.wt("doctor").out.splitlines()
    assert all(line.startswith("✓ ") for line in words)
    assert any(engine["endpoint"] in line for line in words)


def test_looking_changes_nothing_and_mending_what_is_well_neither(patient, tree):
    before = world(patient)
    healthy(patient)
    assert world(patient) == before
    assert examined(patient, "--fix") == []
    assert world(patient) == before


def test_without_an_engine_it_names_the_endpoint_and_looks_at_what_it_can(patient, tree):
    nowhere = {"DOCKER_HOST": "unix:///nowhere/docker.sock"}
    env_file = patient.root / "running" / ".env"
    kept = env_file.rename(env_file.with_name(".env.away"))
    before = world(patient)
    document = patient.wt("doctor", "--json", code=1, env=nowhere).json
    kinds = {one["kind"]: one for one in document["findings"]}
    assert set(kinds) == {"engine", "env"}
    assert "unix:///nowhere/docker.sock" in kinds["engine"]["what"]
    assert "DOCKER_HOST" in kinds["engine"]["what"]
    assert "DOCKER_HOST" in kinds["engine"]["fix"]
    assert (document["engine"]["version"], document["engine"]["source"]) == (None, "DOCKER_HOST")
    done = patient.wt("doctor", code=1, env=nowhere)
    assert "Traceback" not in done.err
    assert "  → " in done.out or "    → " in done.out
    assert world(patient) == before
    kept.rename(env_file)
    healthy(patient)


def test_it_looks_within_a_hook_and_mends_nothing_there(patient, tree):
    within = {"WT_HELD": f"{os.getpid()}:lock"}
    assert examined(patient, env=within) == []
    assert "in a hook" in patient.wt("doctor", "--fix", env=within, code=2).err


def test_a_lost_link_is_seen_and_mended(patient, tree):
    network = f"{patient.name}_worktree_running"
    mains = patient.identities()
    patient.docker("network", "disconnect", network, f"{patient.name}-db-1")
    finding = sick(patient, "link", "running")
    assert "db" in finding["what"]
    assert finding["fix"] == "inv wt.start running"
    mended(patient, "link")
    assert network in patient.containers()["db"]["NetworkSettings"]["Networks"]
    assert patient.identities() == mains
    patient.wt("run", "running", "worker", "python3 -c 'import socket; socket.gethostbyname(\"db\")'")


def test_a_link_without_its_names_is_seen_and_mended(patient, tree):
    network, db = f"{patient.name}_worktree_running", f"{patient.name}-db-1"
    patient.docker("network", "disconnect", network, db)
    patient.docker("network", "connect", network, db)
    sick(patient, "link", "running")
    mended(patient, "link")
    patient.wt("run", "running", "worker", "python3 -c 'import socket; socket.gethostbyname(\"db\")'")


def test_a_shared_service_that_is_down_is_seen_and_started(patient, tree):
    patient.docker("stop", f"{patient.name}-redis-1")
    finding = sick(patient, "main", "redis")
    assert finding["fix"] == "inv wt.ensure-main"
    mended(patient, "main")
    assert patient.containers()["redis"]["State"]["Running"]


def test_a_network_that_is_gone_no_longer_keeps_main_from_starting(patient, tree):
    db = f"{patient.name}-db-1"
    network = f"{patient.name}_worktree_vanished"
    patient.docker("network", "create", network)
    patient.docker("network", "connect", network, db)
    patient.wt("stop", "running")
    patient.docker("stop", db)
    patient.docker("network", "rm", network)
    assert "not found" in patient.run("docker", "start", db).err
    finding = sick(patient, "dead-link", db)
    assert finding["fix"] == f"docker network disconnect -f {network} {db}"
    mended(patient, "dead-link")
    patient.docker("start", db)
    patient.wt("start", "running")
    healthy(patient)


def test_a_port_that_a_container_took_is_told_with_what_stops_it(patient, tree):
    patient.wt("stop", "running")
    port = tree["services"]["web"]["ports"][0]["published"]
    stranger = f"{patient.name}x-stranger"
    patient.docker("run", "--detach", "--name", stranger, "--publish", f"127.0.0.1:{port}:80", "redis:7")
    try:
        finding = sick(patient, "port", "running")
        assert str(port) in finding["what"]
        assert finding["fix"] == f"docker stop {stranger}"
        (again,) = examined(patient, "--fix", code=1)
        assert again == finding
        assert patient.docker("inspect", "--format", "{{.State.Running}}", stranger) == "true"
        patient.docker(*finding["fix"].split()[1:])
        healthy(patient)
    finally:
        patient.docker("rm", "--force", "--volumes", stranger)
    patient.wt("start", "running")


def test_a_port_that_a_program_took_is_told_with_what_shows_it(patient, tree):
    patient.wt("stop", "running")
    port = tree["services"]["vite"]["ports"][0]["published"]
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", port))
        stranger.listen()
        finding = sick(patient, "port", "running")
        assert str(port) in finding["fix"]
    healthy(patient)
    patient.wt("start", "running")


def test_an_env_file_that_is_gone_is_written_again(patient, tree):
    file = patient.root / "running" / ".env"
    text = file.read_bytes()
    file.unlink()
    finding = sick(patient, "env", "running:.env")
    assert finding["fix"] == "inv wt.write-env running"
    mended(patient, "env")
    assert file.read_bytes() == text


def test_mains_changed_env_file_is_followed_where_nobody_edited(patient, tree):
    mine, main = patient.root / "running" / ".env", patient.main / ".env"
    before = main.read_text()
    main.write_text(before + "FRESH='s3cret value'\n")
    finding = sick(patient, "env", "running:.env")
    assert "FRESH" in finding["what"]
    assert "s3cret" not in json.dumps(finding)
    mended(patient, "env")
    values = patient.env_of(patient.root / "running")
    assert values["FRESH"] == "s3cret value"
    assert values["WEB_PORT"] == str(tree["services"]["web"]["ports"][0]["published"])
    main.write_text(before)
    mended(patient, "env")
    assert "FRESH" not in mine.read_text()


def test_an_edited_env_file_is_told_and_never_overwritten(patient, tree):
    mine, main = patient.root / "running" / ".env", patient.main / ".env"
    written, of_main = mine.read_text(), main.read_text()
    mine.write_text(written.replace("DEBUG=1", "DEBUG=0"))
    finding = sick(patient, "env", "running:.env")
    assert "DEBUG" in finding["what"]
    mended(patient, "env")
    assert "DEBUG=0" in mine.read_text()
    main.write_text(of_main + "FRESH=1\n")
    both = sick(patient, "env", "running:.env")
    assert both["fix"].startswith("diff ")
    (again,) = examined(patient, "--fix", code=1)
    assert again == both
    assert "FRESH" not in mine.read_text()
    main.write_text(of_main)
    mine.write_text(written)
    healthy(patient)


def test_an_override_that_is_gone_is_written_again(patient, tree):
    file = patient.root / "running" / "compose.override.yaml"
    text = file.read_bytes()
    file.unlink()
    finding = sick(patient, "override", "running")
    assert finding["fix"] == "inv wt.write-compose running"
    mended(patient, "override")
    assert file.read_bytes() == text


def test_a_network_that_sorts_before_mains_gets_a_later_name(patient, tree):
    late = f"{patient.name}zz_late"
    patient.docker("network", "create", late)
    patient.docker("network", "connect", late, f"{patient.name}-db-1")
    mains = patient.identities()
    try:
        finding = sick(patient, "order", "running")
        assert late in finding["what"]
        mended(patient, "order")
        (row,) = patient.rows("worktree")
        assert row["network"] > late
        assert f"network {patient.name}_worktree_running" not in patient.ours()
        again = patient.listed()["running"]
        assert (again["state"], again["url"], again["slot"]) == ("running", tree["url"], tree["slot"])
        assert patient.get(tree["services"]["web"]["ports"][0]["published"])
        assert patient.identities() == mains
    finally:
        patient.docker("network", "disconnect", late, f"{patient.name}-db-1")
        patient.docker("network", "rm", late)
    patient.wt("stop", "running")
    patient.wt("start", "running")
    healthy(patient)


def test_what_is_left_of_a_worktree_without_a_record_goes_and_nothing_else_does(patient, tree):
    gone = patient.new("leaky")
    mains = patient.identities()
    siblings = patient.identities(tree["compose_project"])
    alter(patient, "PRAGMA foreign_keys = ON", "DELETE FROM worktree WHERE name = 'leaky'")
    patient.git("worktree", "remove", "--force", str(patient.root / "leaky"))
    patient.docker("tag", "python:3.11-slim", f"{gone['compose_project']}-web")
    finding = sick(patient, "leak", "leaky")
    for what in ("leaky-web-1", "worktree_leaky", "leaky_scratch"):
        assert what in finding["what"]
    mended(patient, "leak")
    assert patient.ours("leaky") == []
    assert patient.identities() == mains
    assert patient.identities(tree["compose_project"]) == siblings
    assert patient.git("branch", "--list", "leaky")
    patient.git("branch", "-D", "leaky")
    healthy(patient)


def test_objects_of_another_checkout_of_the_same_name_are_none_of_ours(patient, tree):
    labels = {"project": patient.name, "key": "elsewhere", "main": "/somewhere/else", "worktree": "theirs"}
    words = [word for key, value in labels.items() for word in ("--label", f"worktree-tasks.{key}={value}")]
    volume = f"{patient.name}-theirs_data"
    patient.docker("volume", "create", *words, volume)
    patient.docker("network", "create", *words, f"{patient.name}_worktree_theirs")
    try:
        healthy(patient)
        assert examined(patient, "--fix") == []
        assert patient.docker("volume", "ls", "--quiet", "--filter", f"name={volume}") == volume
    finally:
        patient.docker("volume", "rm", volume)
        patient.docker("network", "rm", f"{patient.name}_worktree_theirs")


def test_a_deleted_directory_lets_go_of_its_stack_and_ports(patient, tree):
    patient.new("deleted", "--no-start")
    patient.wt("start", "deleted")
    shutil.rmtree(patient.root / "deleted")
    finding = sick(patient, "directory", "deleted")
    assert finding["fix"] == "inv wt.remove deleted"
    mended(patient, "directory")
    assert patient.ours("deleted") == []
    assert "deleted" not in patient.listed()


def test_a_moved_worktree_is_found_again(patient, tree):
    patient.new("wanderer", "--no-start")
    elsewhere = patient.folder / "elsewhere"
    patient.git("worktree", "move", str(patient.root / "wanderer"), str(elsewhere))
    sick(patient, "moved", "wanderer")
    mended(patient, "moved")
    assert patient.listed()["wanderer"]["path"] == str(elsewhere)
    by_hand = patient.root / "by-hand"
    elsewhere.rename(by_hand)
    sick(patient, "moved", "wanderer")
    mended(patient, "moved")
    assert patient.listed()["wanderer"]["path"] == str(by_hand)
    assert patient.git("status", "--porcelain", cwd=by_hand) == ""
    patient.wt("remove", "wanderer")


def test_what_was_half_made_is_finished(patient, tree):
    made = patient.new("half", "--no-start")
    alter(patient, "UPDATE worktree SET state = 'creating' WHERE name = 'half'")
    finding = sick(patient, "unfinished", "half")
    assert finding["fix"] == "inv wt.new half"
    mended(patient, "unfinished")
    assert patient.listed()["half"]["slot"] == made["slot"]
    alter(patient, "UPDATE worktree SET state = 'removing' WHERE name = 'half'")
    assert sick(patient, "unfinished", "half")["fix"] == "inv wt.remove half"
    mended(patient, "unfinished")
    assert "half" not in patient.listed()
    assert patient.ours("half") == []


def test_a_half_made_worktree_without_a_directory_is_undone(patient, tree):
    patient.new("nowhere", "--no-start")
    patient.git("worktree", "remove", "--force", str(patient.root / "nowhere"))
    alter(patient, "UPDATE worktree SET state = 'creating' WHERE name = 'nowhere'")
    sick(patient, "unfinished", "nowhere")
    mended(patient, "unfinished")
    assert "nowhere" not in {row["name"] for row in patient.rows("worktree")}
    assert patient.ours("nowhere") == []


def test_a_removal_that_would_lose_work_stays_a_finding(patient, tree):
    patient.new("precious", "--no-start")
    (patient.root / "precious" / "thesis.txt").write_text("years\n")
    alter(patient, "UPDATE worktree SET state = 'removing' WHERE name = 'precious'")
    (finding,) = examined(patient, "--fix", code=1)
    assert finding["fixed"] is False
    assert "thesis.txt" in finding["what"]
    assert (patient.root / "precious" / "thesis.txt").read_text() == "years\n"
    (patient.root / "precious" / "thesis.txt").unlink()
    mended(patient, "unfinished")


def test_a_worktree_without_leases_gets_back_those_it_had(patient, tree):
    ports, before = patient.rows("port"), patient.listed()["running"]
    alter(patient, "UPDATE worktree SET slot = NULL", "DELETE FROM port", "DELETE FROM lease")
    finding = sick(patient, "lease", "running")
    assert finding["fix"] == "inv wt.start running"
    mended(patient, "lease")
    assert patient.rows("port") == ports
    assert patient.listed()["running"] == before


def test_leases_without_a_worktree_go(patient, tree):
    alter(patient, "PRAGMA foreign_keys = OFF", "INSERT INTO lease VALUES (9, 'tcp', 4711)")
    sick(patient, "lease")
    mended(patient, "lease")
    assert 4711 not in {row["worktree_id"] for row in patient.rows("lease")}


@pytest.fixture(scope="module")
def ward(make_toy) -> Iterator[Any]:
    """A project with a worktree that runs, one that was stopped, and one that was never started."""
    made = make_toy()
    made.compose("up", "--detach", "--wait", "--quiet-pull", "db", "redis")
    made.new("running")
    made.new("stopped")
    made.new("idle", "--no-start")
    made.wt("stop", "stopped")
    # One that a person made, who did not ask for ours.
    made.git("worktree", "add", "--quiet", "-b", "own", str(made.folder / "own"))
    yield made
    made.destroy()


def delete(file) -> None:
    for one in file.parent.glob("state.sqlite3*"):
        one.unlink()


def garble(file) -> None:
    file.write_bytes(b"no database at all, not even nearly" * 50)


def truncate(file) -> None:
    file.write_bytes(file.read_bytes()[:5000])


def of_another_version(file) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as db:
        db.execute("ALTER TABLE worktree DROP COLUMN restored")


@pytest.mark.parametrize("lose", [delete, garble, truncate, of_another_version])
def test_a_lost_state_file_is_rebuilt_as_it_was(ward, lose):
    before = ward.listed()
    records = {row["name"]: row for row in ward.rows("worktree")}
    ports = {(row["service"], row["published"]) for row in ward.rows("port")}
    stacks = {name: ward.identities(row["compose_project"]) for name, row in records.items()}
    mains = ward.identities()
    lose(state_file(ward))
    damaged = lose is not delete
    if damaged:
        for words in (["list"], ["start", "stopped"], ["path", "idle"], ["new", "another"]):
            done = ward.wt(*words, code=1)
            assert "Traceback" not in done.err
            assert "state file" in done.err
            assert "wt.doctor --fix" in done.err
    lost = world(ward)
    found = examined(ward, code=1)
    assert {one["kind"] for one in found} == ({"state", "record"} if damaged else {"record"})
    assert {one["subject"] for one in found if one["kind"] == "record"} == {"running", "stopped", "idle"}
    assert world(ward) == lost
    assert all(one["fixed"] for one in examined(ward, "--fix"))
    again = world(ward)
    assert examined(ward, "--fix") == []
    assert world(ward) == again
    kept = {one.name for one in state_file(ward).parent.glob("state.sqlite3.damaged-*")} - set(lost["beside"])
    assert len({name.removesuffix("-wal").removesuffix("-shm") for name in kept}) == damaged
    assert ward.listed() == before
    for row in ward.rows("worktree"):
        kept = records[row["name"]]
        assert {key: row[key] for key in SAME} == {key: kept[key] for key in SAME}
        assert not row["made_branch"]
    assert {(row["service"], row["published"]) for row in ward.rows("port")} == ports
    assert {name: ward.identities(row["compose_project"]) for name, row in records.items()} == stacks
    assert ward.identities() == mains


def test_after_a_rebuild_every_stack_starts_on_its_ports_and_goes_whole(ward):
    before = ward.listed()
    delete(state_file(ward))
    examined(ward, "--fix")
    for name in ("stopped", "idle", "running"):
        tree = ward.wt("start", name, "--json").json
        assert tree["state"] == "running"
        assert tree["url"] == before[name]["url"]
        port = tree["services"]["web"]["ports"][0]["published"]
        assert ward.get(port)["SITE_URL"] == before[name]["url"]
    assert examined(ward) == []
    for name in ("stopped", "idle", "running"):
        ward.wt("remove", name)
        assert ward.git("branch", "--list", name)
    assert ward.ours() == []


def test_a_record_is_rebuilt_from_containers_alone_where_the_override_is_gone_too(make_toy):
    toy = make_toy()
    toy.compose("up", "--detach", "--wait", "--quiet-pull", "db", "redis")
    tree = toy.new("bare")
    toy.wt("stop", "bare")
    before = toy.listed()
    (toy.root / "bare" / "compose.override.yaml").unlink()
    delete(state_file(toy))
    found = examined(toy, "--fix")
    assert {one["kind"]: one["fixed"] for one in found} == {"record": True, "override": True}
    assert toy.listed() == before
    assert toy.wt("start", "bare", "--json").json["url"] == tree["url"]
    toy.destroy()


def test_two_projects_that_share_the_state_file_are_rebuilt_one_after_the_other(make_toy):
    one, other = make_toy(), make_toy()
    other.env["XDG_STATE_HOME"] = one.env["XDG_STATE_HOME"]
    for toy in (one, other):
        toy.compose("up", "--detach", "--wait", "--quiet-pull", "db", "redis")
        toy.new("auth")
    before = {toy.name: toy.listed() for toy in (one, other)}
    garble(state_file(one))
    theirs = other.ours()
    assert all(finding["fixed"] for finding in examined(one, "--fix"))
    assert other.ours() == theirs
    assert all(finding["fixed"] for finding in examined(other, "--fix"))
    assert {toy.name: toy.listed() for toy in (one, other)} == before
    for toy in (one, other):
        assert examined(toy) == []
        toy.destroy()
