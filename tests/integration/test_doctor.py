"""Doctor on the real engine: each thing that goes wrong is seen, told with its command, and fixed."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import socket
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
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
    assert set(document) - {"error"} == {"schema", "engine", "findings"}
    assert ("error" in document) == bool(code)
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


def fixed(toy, kind: str) -> dict[str, Any]:
    """See --fix repair the one finding, and nothing left to do for the next."""
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
    """A project with a worktree that runs and one that does not, which every test leaves well."""
    quiet_toy.new("running")
    quiet_toy.new("idle", "--no-start")
    return quiet_toy


@pytest.fixture
def tree(patient) -> dict[str, Any]:
    return patient.listed()["running"]


def test_a_healthy_project_has_no_findings_and_says_what_is_in_use(patient):
    document = patient.wt("doctor", "--json").json
    assert document["findings"] == []
    engine = document["engine"]
    assert engine["version"] == patient.docker("version", "--format", "{{.Server.Version}}")
    assert engine["compose"] in patient.docker("compose", "version", "--short")
    assert engine["endpoint"].startswith(("unix://", "tcp://", "npipe://", "ssh://", "http"))
    words = patient.wt("doctor").out.splitlines()
    assert all(line.startswith("✓ ") for line in words)
    assert any(engine["endpoint"] in line for line in words)


def test_looking_changes_nothing_and_mending_what_is_well_neither(patient):
    before = world(patient)
    healthy(patient)
    assert world(patient) == before
    assert examined(patient, "--fix") == []
    assert world(patient) == before


def test_without_an_engine_it_names_the_endpoint_and_looks_at_what_it_can(patient):
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


def test_it_looks_within_a_hook_and_mends_nothing_there(patient):
    within = {"WT_HELD": f"{os.getpid()}:lock"}
    assert examined(patient, env=within) == []
    assert "in a hook" in patient.wt("doctor", "--fix", env=within, code=2).err


def test_another_mending_is_waited_for_aloud(patient):
    locks = state_file(patient).parent / "locks"
    with (locks / "doctor.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        waiting = patient.start("doctor", "--fix", "--json")
        try:
            assert "waiting for another inv wt.doctor --fix" in waiting.stderr.readline()
        finally:
            fcntl.flock(file, fcntl.LOCK_UN)
            out, _ = waiting.communicate(timeout=60)
    assert json.loads(out)["findings"] == []


def test_a_shared_service_that_is_down_is_seen_and_started(patient):
    patient.docker("stop", f"{patient.name}-redis-1")
    finding = sick(patient, "main", "redis")
    assert finding["fix"] == "worktree-tasks ensure-main"
    fixed(patient, "main")
    assert patient.containers()["redis"]["State"]["Running"]


@dataclass(frozen=True)
class Visit:
    """A visit to a project in which everything is wrong at once.

    Attributes:
        listed: The worktrees by branch as long as all was well.
        found: What was found, by kind and subject.
        fixed: What became of it.
        again: What the next repair found.
        cured: What was found once a person had taken away what of that no record has.
        left: What was in Docker, after all repair, of a worktree that no record has.
        after: The worktrees by branch in the end.
    """

    listed: dict[str, dict[str, Any]]
    found: dict[tuple[str, str], dict[str, Any]]
    fixed: dict[tuple[str, str], dict[str, Any]]
    again: list[dict[str, Any]]
    cured: list[dict[str, Any]]
    left: list[str]
    after: dict[str, dict[str, Any]]

    def sees(self, kind: str, subject: str) -> dict[str, Any]:
        """Return a finding that the look told of, and that was fixed."""
        finding = self.found[kind, subject]
        assert not finding["fixed"]
        assert self.fixed[kind, subject] == {**finding, "fixed": True}
        return finding


def by_subject(findings: list[dict[str, Any]]) -> dict[tuple[str, str], dict[str, Any]]:
    found = {(one["kind"], one["subject"]): one for one in findings}
    assert len(found) == len(findings)
    return found


def damage_records(patient) -> None:
    """Forget, half make and half remove worktrees; lose leases, and leave one without its worktree."""
    alter(
        patient,
        "PRAGMA foreign_keys = ON",
        "DELETE FROM worktree WHERE name = 'leaky'",
        "UPDATE worktree SET state = 'creating', opened = 0 WHERE name IN ('half', 'nowhere')",
        "UPDATE worktree SET state = 'removing' WHERE name IN ('going', 'precious')",
        "UPDATE worktree SET slot = NULL WHERE name = 'running'",
        *(
            f"DELETE FROM {table} WHERE worktree_id = (SELECT id FROM worktree WHERE name = 'running')"  # noqa: S608 - constants
            for table in ("port", "lease")
        ),
        "PRAGMA foreign_keys = OFF",
        "INSERT INTO lease VALUES (9, 'tcp', 4711)",
    )


def make_namesakes(patient) -> None:
    """Make what another checkout of the same name has in Docker."""
    labels = {"project": patient.name, "key": "elsewhere", "main": "/somewhere/else", "worktree": "theirs"}
    words = [word for key, value in labels.items() for word in ("--label", f"worktree-tasks.{key}={value}")]
    patient.docker("volume", "create", *words, f"{patient.name}-theirs_data")
    patient.docker("network", "create", *words, f"{patient.name}_worktree_theirs")


@pytest.fixture(scope="module")
def visit(patient) -> Iterator[Visit]:
    """Break everything that can be wrong side by side, look, repair, and repair again."""
    stacks = ["leaky", "deleted"]
    names = ["edited", "half", "nowhere", "going", "precious", "wanderer", "strayed"]
    with ThreadPoolExecutor(2) as lanes:
        list(lanes.map(patient.new, stacks))
        list(lanes.map(lambda name: patient.new(name, "--no-start"), names))
    trees = {name: patient.root / name for name in (*stacks, *names, "running", "idle")}
    listed = patient.listed()
    db, redis = f"{patient.name}-db-1", f"{patient.name}-redis-1"
    (network,) = (row["network"] for row in patient.rows("worktree") if row["name"] == "running")

    # One shared service is out of reach, the other is reached under none of its names.
    for service in (db, redis):
        patient.docker("network", "disconnect", network, service)
    patient.docker("network", "connect", network, redis)
    # A container of main's that was in a network which is gone.
    vanished, vite = f"{patient.name}_worktree_vanished", f"{patient.name}-vite-1"
    patient.compose("create", "vite")
    patient.docker("network", "create", vanished)
    patient.docker("network", "connect", vanished, vite)
    patient.docker("network", "rm", vanished)
    assert "not found" in patient.run("docker", "start", vite).err
    # Files.
    (trees["idle"] / ".env").unlink()
    (trees["idle"] / "compose.override.yaml").unlink()
    edited = trees["edited"] / ".env"
    edited.write_text(edited.read_text().replace("DEBUG=1", "DEBUG=0"))
    (trees["precious"] / "thesis.txt").write_text("years\n")
    # Directories.
    patient.git("worktree", "remove", "--force", str(trees["leaky"]))
    patient.git("worktree", "remove", "--force", str(trees["nowhere"]))
    patient.git("worktree", "move", str(trees["wanderer"]), str(patient.folder / "elsewhere"))
    trees["strayed"].rename(patient.root / "by-hand")
    shutil.rmtree(trees["deleted"])
    # A worktree of a person's with the override of another, and one with what it would be without services.
    for name in ("copied", "pointing"):
        patient.git("worktree", "add", "--quiet", "-b", name, str(patient.folder / name))
    override = (trees["running"] / "compose.override.yaml").read_text()
    (patient.folder / "copied" / "compose.override.yaml").write_text(override)
    (patient.folder / "pointing" / "compose.override.yaml").write_text(
        f"name: {listed['running']['compose_project']}\n"
        f"networks: {{default: {{name: {network}, external: true}}}}\n"
    )
    make_namesakes(patient)
    patient.docker("tag", "python:3.11-slim", f"{listed['leaky']['compose_project']}-web")
    damage_records(patient)

    sick_world = world(patient)
    found = examined(patient, code=1)
    assert world(patient) == sick_world
    fixed = examined(patient, "--fix", code=1)
    after = world(patient)
    again = examined(patient, "--fix", code=1)
    assert world(patient) == after
    left = patient.ours("leaky")
    assert patient.run("sh", "-c", by_subject(again)["leak", "leaky"]["fix"]).code == 0
    assert (trees["precious"] / "thesis.txt").read_text() == "years\n"
    cured = examined(patient, "--fix")
    yield Visit(listed, by_subject(found), by_subject(fixed), again, cured, left, patient.listed())

    patient.docker("volume", "rm", f"{patient.name}-theirs_data")
    patient.docker("network", "rm", f"{patient.name}_worktree_theirs")
    for name in ("copied", "pointing"):
        patient.git("worktree", "remove", "--force", str(patient.folder / name))


def test_all_that_is_wrong_is_found_and_told_once(visit, patient):
    assert set(visit.found) == {
        ("lease", str(state_file(patient))), ("lease", "running"), ("link", "running"), ("leak", "leaky"),
        ("dead-link", f"{patient.name}-vite-1"), ("env", "idle:.env"), ("env", "edited:.env"),
        ("override", "idle"), ("directory", "deleted"), ("moved", "wanderer"), ("moved", "strayed"),
        ("unfinished", "half"), ("unfinished", "nowhere"), ("unfinished", "going"),
        ("unfinished", "precious"),
    }  # fmt: skip
    assert set(visit.fixed) == set(visit.found)


def test_a_link_that_is_lost_or_without_its_names_is_mended(visit, patient):
    finding = visit.sees("link", "running")
    assert "db" in finding["what"]
    assert "redis" in finding["what"]
    assert finding["fix"] == "worktree-tasks start running"
    for service in ("db", "redis"):
        script = f"import socket; socket.gethostbyname({service!r})"
        patient.wt("run", "running", "worker", f'python3 -c "{script}"')


def test_a_network_that_is_gone_no_longer_keeps_main_from_starting(visit, patient):
    vite = f"{patient.name}-vite-1"
    finding = visit.sees("dead-link", vite)
    assert finding["fix"] == f"docker network disconnect -f {patient.name}_worktree_vanished {vite}"
    patient.docker("start", vite)
    patient.docker("rm", "--force", vite)


def test_files_that_are_gone_are_written_again(visit, patient):
    assert visit.sees("env", "idle:.env")["fix"] == "worktree-tasks write-env idle"
    assert visit.sees("override", "idle")["fix"] == "worktree-tasks write-compose idle"
    patient.compose("config", "--quiet", cwd=patient.root / "idle")
    assert visit.after["idle"] == visit.listed["idle"]


def test_a_worktree_without_leases_gets_back_those_it_had(visit, patient):
    assert visit.sees("lease", "running")["fix"] == "worktree-tasks start running"
    assert visit.after["running"] == visit.listed["running"]


def test_leases_without_a_worktree_go(visit, patient):
    visit.sees("lease", str(state_file(patient)))
    assert 4711 not in {row["worktree_id"] for row in patient.rows("lease")}


def test_what_is_left_of_a_worktree_without_a_record_goes_by_a_persons_command_only(visit, patient):
    finding = visit.found["leak", "leaky"]
    for what in ("leaky-web-1", "worktree_leaky", "leaky_scratch", "-leaky-web"):
        assert what in finding["what"]
    assert visit.fixed["leak", "leaky"] == finding
    assert visit.left
    assert patient.ours("leaky") == []
    assert patient.git("branch", "--list", "leaky")


def test_objects_of_another_checkout_of_the_same_name_are_none_of_ours(visit, patient):
    assert len(patient.ours("theirs")) == 2
    assert not any("theirs" in one["what"] for one in visit.fixed.values())


def test_a_worktree_with_a_copied_override_takes_nobodys_place(visit, patient):
    assert not {"copied", "pointing"} & {row["branch"] for row in patient.rows("worktree")}
    assert visit.after["running"]["path"] == str(patient.root / "running")


def test_a_deleted_directory_lets_go_of_its_stack_and_ports(visit, patient):
    assert visit.sees("directory", "deleted")["fix"] == "worktree-tasks remove deleted"
    assert patient.ours("deleted") == []
    assert "deleted" not in visit.after


def test_a_moved_worktree_is_found_again_also_without_gits_knowledge(visit, patient):
    visit.sees("moved", "wanderer")
    visit.sees("moved", "strayed")
    assert visit.after["wanderer"]["path"] == str(patient.folder / "elsewhere")
    assert visit.after["strayed"]["path"] == str(patient.root / "by-hand")
    assert patient.git("status", "--porcelain", cwd=patient.root / "by-hand") == ""


def test_what_was_half_made_is_finished_and_its_hook_left_to_who_opens_it(visit, patient):
    assert visit.sees("unfinished", "half")["fix"] == "worktree-tasks new half"
    assert visit.after["half"]["slot"] == visit.listed["half"]["slot"]
    hooks = patient.main / "invoke.yaml"
    hooks.write_text('wt: {hooks: {after_new: "touch opened"}}\n')
    patient.new("half", "--no-start")
    hooks.unlink()
    opened = patient.root / "half" / "opened"
    assert opened.exists()
    opened.unlink()


def test_a_half_made_worktree_without_a_directory_is_undone(visit, patient):
    visit.sees("unfinished", "nowhere")
    assert "nowhere" not in {row["name"] for row in patient.rows("worktree")}
    assert patient.ours("nowhere") == []


def test_a_removal_that_was_begun_is_finished(visit, patient):
    assert visit.sees("unfinished", "going")["fix"] == "worktree-tasks remove going"
    assert "going" not in visit.after
    assert patient.ours("going") == []


def test_a_removal_that_would_lose_work_is_given_up_and_the_worktree_stays(visit):
    finding = visit.fixed["unfinished", "precious"]
    assert finding["fixed"] is False
    assert "thesis.txt" in finding["what"]
    assert by_subject(visit.again).keys() == {("leak", "leaky")}
    assert visit.cured == []
    assert "precious" in visit.after


def test_an_edited_env_file_is_kept_and_another_follows_main(visit, patient):
    assert "DEBUG" in visit.sees("env", "edited:.env")["what"]
    mine, main = patient.root / "running" / ".env", patient.main / ".env"
    edited, before = patient.root / "edited" / ".env", main.read_text()
    main.write_text(before + "FRESH='s3cret value'\n")
    found = by_subject(examined(patient, code=1))
    followed, both = found.pop(("env", "running:.env")), found.pop(("env", "edited:.env"))
    assert "FRESH" in followed["what"]
    assert "s3cret" not in json.dumps([followed, both])
    assert both["fix"].startswith("diff ")
    again = by_subject(examined(patient, "--fix", code=1))
    assert again.pop(("env", "edited:.env")) == both
    assert all(one["fixed"] for one in again.values())
    values = patient.env_of(mine.parent)
    assert values["FRESH"] == "s3cret value"
    assert values["WEB_PORT"] == str(visit.listed["running"]["services"]["web"]["ports"][0]["published"])
    assert "DEBUG=0" in edited.read_text()
    assert "FRESH" not in edited.read_text()
    main.write_text(before)
    assert all(one["fixed"] for one in examined(patient, "--fix"))
    assert "FRESH" not in mine.read_text()


def test_a_service_that_is_paused_still_has_its_ports(patient, tree):
    container = patient.containers(tree["compose_project"])["web"]["Id"]
    patient.docker("pause", container)
    try:
        assert [one for one in examined(patient) if one["kind"] == "port"] == []
    finally:
        patient.docker("unpause", container)


def test_a_port_that_another_took_is_told_with_what_stops_or_shows_it(patient):
    idle = patient.listed()["idle"]["services"]
    of_container, of_program = (idle[name]["ports"][0]["published"] for name in ("web", "vite"))
    stranger = f"{patient.name}x-stranger"
    published = f"127.0.0.1:{of_container}:80"
    patient.docker("run", "--detach", "--name", stranger, "--publish", published, "redis:7")
    try:
        with socket.socket() as program:
            program.bind(("127.0.0.1", of_program))
            program.listen()
            found = [one for one in examined(patient, code=1) if one["kind"] == "port"]
            fixes = {
                port: one for one in found for port in (of_container, of_program) if str(port) in one["what"]
            }
            assert {one["subject"] for one in found} == {"idle"}
            assert fixes[of_container]["fix"] == f"docker stop {stranger}"
            assert fixes[of_program]["fix"] == f"kill {os.getpid()}"
            again = [one for one in examined(patient, "--fix", code=1) if one["kind"] == "port"]
            assert again == found
        assert patient.docker("inspect", "--format", "{{.State.Running}}", stranger) == "true"
        patient.docker(*fixes[of_container]["fix"].split()[1:])
        healthy(patient)
    finally:
        patient.docker("rm", "--force", "--volumes", stranger)


@pytest.fixture(scope="module")
def second_toy(make_toy) -> Iterator[Any]:
    made = make_toy()
    made.compose("up", "--detach", "--wait", "--quiet-pull", "db", "redis")
    # A worktree that a person made, who did not ask for ours.
    made.git("worktree", "add", "--quiet", "-b", "own", str(made.folder / "own"))
    yield made
    made.destroy()


@pytest.fixture
def ward(second_toy) -> Any:
    """A project with a worktree that runs, one that was stopped, and one that was never started."""
    if second_toy.state_of("running") is None:
        with ThreadPoolExecutor(2) as lanes:
            list(lanes.map(second_toy.new, ("running", "stopped")))
        second_toy.new("idle", "--no-start")
        second_toy.wt("stop", "stopped")
    return second_toy


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
        others = (["start", "stopped"], ["path", "idle"], ["new", "another"]) if lose is garble else ()
        for words in (["list"], *others):
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


def test_two_projects_that_share_the_state_file_are_rebuilt_one_after_the_other(ward, patient, monkeypatch):
    before = {toy.name: toy.listed() for toy in (ward, patient)}
    monkeypatch.setitem(patient.env, "XDG_STATE_HOME", ward.env["XDG_STATE_HOME"])
    garble(state_file(ward))
    theirs = patient.ours()
    for toy in (ward, patient):
        assert all(finding["fixed"] for finding in examined(toy, "--fix"))
        assert patient.ours() == theirs
    assert {toy.name: toy.listed() for toy in (ward, patient)} == before
    for toy in (ward, patient):
        assert examined(toy) == []


def test_after_a_rebuild_every_stack_starts_on_its_ports_and_goes_whole(ward):
    before = ward.listed()
    # Of the one that was stopped, its containers alone tell.
    (ward.root / "stopped" / "compose.override.yaml").unlink()
    delete(state_file(ward))
    found = by_subject(examined(ward, "--fix"))
    assert {kind for kind, _ in found} == {"record", "override"}
    assert all(one["fixed"] for one in found.values())
    assert ward.listed() == before
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


def test_a_network_that_sorts_before_mains_gets_a_later_name(patient, tree):
    late = f"{patient.name}zz_late"
    patient.docker("network", "create", late)
    patient.docker("network", "connect", late, f"{patient.name}-db-1")
    mains = patient.identities()
    try:
        finding = by_subject(examined(patient, code=1))["order", "running"]
        assert late in finding["what"]
        assert all(one["fixed"] for one in examined(patient, "--fix"))
        (row,) = (one for one in patient.rows("worktree") if one["name"] == "running")
        assert row["network"] > late
        assert f"network {patient.name}_worktree_running" not in patient.ours()
        again = patient.listed()["running"]
        assert (again["state"], again["url"], again["slot"]) == ("running", tree["url"], tree["slot"])
        assert patient.get(tree["services"]["web"]["ports"][0]["published"])
        assert patient.identities() == mains
        healthy(patient)
    finally:
        patient.docker("network", "disconnect", late, f"{patient.name}-db-1")
        patient.docker("network", "rm", late)
