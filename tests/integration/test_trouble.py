"""Trouble: each fault ends with one clear line, a hint and the right code, and leaves nothing half-made."""

from __future__ import annotations

import json

import pytest
from harness.toys import docker

pytestmark = pytest.mark.engine

SOON = {"INVOKE_WT_WAIT": "3"}


def told(done) -> str:
    """Return the error as a person reads it: one line, at most some of a container's, and one hint."""
    assert "Traceback" not in done.err
    lines = done.err.splitlines()
    errors = [number for number, line in enumerate(lines) if line.startswith("✗ ")]
    assert len(errors) == 1, done.err
    error = lines[errors[0] :]
    assert error[-1].startswith("  → "), done.err
    assert len(error) <= 12
    assert all(line.startswith("    ") for line in error[1:-1]), done.err
    return "\n".join(error)


def nothing_of(toy, branch: str) -> None:
    assert not (toy.root / branch).exists()
    assert toy.git("branch", "--list", branch) == ""
    assert branch not in toy.listed()
    assert toy.ours(branch) == []
    assert branch not in {row["branch"] for row in toy.rows("worktree")}
    assert branch not in toy.git("worktree", "list", "--porcelain")
    answers = toy.folder.glob("state/worktree-tasks/compose-config/*")
    about = {json.loads(file.read_text().partition("\n")[0]) for file in answers}
    assert str(toy.root / branch) not in about


def changed(toy, old: str, new: str) -> str:
    text = (toy.main / "compose.yaml").read_text()
    assert old in text
    return text.replace(old, new, 1)


WEB = '[python3, /code/server.py, "8000"]'


def test_a_database_that_never_gets_healthy_undoes_everything(make_toy):
    sick = make_toy()
    text = changed(sick, "pg_isready -U toy -h 127.0.0.1", "false")
    (sick.main / "compose.yaml").write_text(text)
    sick.commit("Sicken")
    done = sick.wt("new", "hopeless", env=SOON, code=1)
    error = told(done)
    assert "main's db is not ready after 3 s" in error
    assert f"docker compose -p {sick.name} logs db" in error
    nothing_of(sick, "hopeless")
    assert sick.wt("new", "hopeless", "--json", env=SOON, code=1).json["error"]["code"] == 1
    nothing_of(sick, "hopeless")
    (sick.main / "compose.yaml").write_text(text.replace("; false", "; pg_isready -U toy"))
    sick.commit("Cure")
    sick.compose("up", "--detach", "--wait", "db")
    assert sick.new("hopeless")["state"] == "running"


def test_a_service_that_exits_at_once_keeps_the_worktree_until_it_is_mended(quiet_toy):
    text = changed(quiet_toy, WEB, "[sh, -c, 'echo first line; echo no settings >&2; exit 3']")
    quiet_toy.branch("exits", {"compose.yaml": text})
    done = quiet_toy.wt("new", "exits", code=1)
    error = told(done)
    assert "web exited with code 3" in error
    assert "no settings" in error
    assert "wt.start exits" in error
    path = quiet_toy.root / "exits"
    exits = quiet_toy.listed()["exits"]
    assert (exits["state"], exits["phase"]) == ("partial", "degraded")
    assert exits["services"]["web"]["exit_code"] == 3
    slot = exits["slot"]
    (path / "compose.yaml").write_text((quiet_toy.main / "compose.yaml").read_text())
    tree = quiet_toy.wt("start", "exits", "--json").json
    assert (tree["state"], tree["slot"]) == ("running", slot)
    assert quiet_toy.get(tree["services"]["web"]["ports"][0]["published"])["SITE_URL"] == tree["url"]
    quiet_toy.git("checkout", "--", "compose.yaml", cwd=path)
    quiet_toy.wt("remove", "exits")


def test_a_program_that_a_container_does_not_have_is_told_with_its_service(quiet_toy):
    text = changed(quiet_toy, WEB, "[no-such-program]")
    quiet_toy.branch("missing", {"compose.yaml": text.replace("init: true", "init: false")})
    error = told(quiet_toy.wt("new", "missing", code=1))
    assert "web does not start: there is no program no-such-program in the container" in error
    # Where Docker's own init starts it, the container has the last word.
    (quiet_toy.root / "missing" / "compose.yaml").write_text(text)
    error = told(quiet_toy.wt("start", "missing", code=1))
    assert "web exited with code 127: [FATAL tini" in error
    assert "install no-such-program where web looks for it" in error
    quiet_toy.wt("remove", "missing", "--force")
    nothing_of_its_stack(quiet_toy, "missing")


def test_a_service_that_restarts_for_ever_is_seen(quiet_toy):
    text = changed(quiet_toy, WEB, "[sh, -c, 'echo again; exit 4']\n    restart: always")
    quiet_toy.branch("restarts", {"compose.yaml": text})
    error = told(quiet_toy.wt("new", "restarts", env={"INVOKE_WT_WAIT": "20"}, code=1))
    assert "web" in error
    assert "again" in error
    quiet_toy.wt("remove", "restarts")
    nothing_of_its_stack(quiet_toy, "restarts")


def nothing_of_its_stack(toy, branch: str) -> None:
    assert not (toy.root / branch).exists()
    assert toy.ours(branch) == []


def test_a_service_that_accepts_and_never_answers_is_not_ready(quiet_toy):
    text = changed(quiet_toy, WEB, "[sh, -c, 'echo thinking; python3 -c \"import time; time.sleep(3600)\"']")
    quiet_toy.branch("silent", {"compose.yaml": text})
    error = told(quiet_toy.wt("new", "silent", env=SOON, code=1))
    tree = quiet_toy.listed()["silent"]
    port = quiet_toy.web + tree["slot"]
    assert f"web does not answer on port {port}, 8000 in the container after 3 s" in error
    assert "make it listen on 0.0.0.0" in error
    assert "thinking" in error
    assert tree["state"] == "running"
    quiet_toy.wt("remove", "silent")
    nothing_of_its_stack(quiet_toy, "silent")


def test_an_own_service_that_stays_unhealthy_is_not_ready(quiet_toy):
    check = '\n    healthcheck: {test: [CMD, "false"], interval: 500ms, retries: 1}'
    quiet_toy.branch("unwell", {"compose.yaml": changed(quiet_toy, WEB, WEB + check)})
    error = told(quiet_toy.wt("new", "unwell", env=SOON, code=1))
    assert "web is not ready (running, unhealthy)" in error
    tree = quiet_toy.listed()["unwell"]
    assert (tree["phase"], tree["services"]["web"]["health"]) == ("degraded", "unhealthy")
    quiet_toy.wt("remove", "unwell")


def test_the_list_says_which_of_mains_data_services_a_running_stack_cannot_reach(quiet_toy):
    def detach() -> None:
        network = next(row["network"] for row in quiet_toy.rows("worktree") if row["branch"] == "apart")
        docker("network", "disconnect", network, quiet_toy.containers()["redis"]["Id"])

    assert quiet_toy.new("apart")["phase"] == "ready"
    for harm, state in ((detach, "running"), (lambda: quiet_toy.compose("stop", "redis"), "partial")):
        harm()
        main = quiet_toy.wt("list", "--json").json["main"]
        # A server that was stopped exits with code 0, as a job does that is done.
        assert (main["state"], main["services"]["redis"]["done"]) == (state, False)
        row = next(line for line in quiet_toy.wt("list").out.splitlines() if line.startswith("apart "))
        assert " degraded: no redis  " in row
        assert quiet_toy.listed()["apart"]["phase"] == "degraded"
        assert quiet_toy.wt("start", "apart", "--json").json["phase"] == "ready"
    quiet_toy.wt("remove", "apart")


def test_a_service_that_only_this_branch_has_runs_here_alone(quiet_toy):
    mains = quiet_toy.identities()
    text = (quiet_toy.main / "compose.yaml").read_text()
    extra = '  cache:\n    image: redis:7\n    expose: ["6379"]\nvolumes:\n  data:'
    quiet_toy.branch("extra", {"compose.yaml": text.replace("volumes:\n  data:", extra)})
    tree = quiet_toy.new("extra")
    assert set(quiet_toy.containers(tree["compose_project"])) == {"web", "vite", "worker", "cache"}
    assert quiet_toy.identities() == mains
    quiet_toy.wt("remove", "extra")
    nothing_of_its_stack(quiet_toy, "extra")


def test_a_broken_compose_file_in_the_branch_is_named(quiet_toy):
    quiet_toy.branch("broken", {"compose.yaml": "services: [\n"})
    error = told(quiet_toy.wt("new", "broken", code=2))
    assert "compose.yaml" in error
    assert not (quiet_toy.root / "broken").exists()
    assert quiet_toy.git("branch", "--list", "broken").strip() == "broken"
    assert quiet_toy.ours("broken") == []


def test_a_branch_that_is_checked_out_elsewhere_is_refused(quiet_toy):
    elsewhere = quiet_toy.folder / "elsewhere"
    quiet_toy.git("worktree", "add", "--quiet", "-b", "busy", str(elsewhere))
    error = told(quiet_toy.wt("new", "busy", code=2))
    assert str(elsewhere) in error
    assert quiet_toy.ours("busy") == []
    assert "busy" not in {row["branch"] for row in quiet_toy.rows("worktree")}
    error = told(quiet_toy.wt("new", "main", code=2))
    assert "main checkout" in error
    quiet_toy.git("worktree", "remove", str(elsewhere))


def test_a_directory_in_the_way_is_refused_and_kept(quiet_toy):
    target = quiet_toy.root / "occupied"
    target.mkdir(parents=True)
    (target / "thesis.txt").write_text("years\n")
    error = told(quiet_toy.wt("new", "occupied", code=3))
    assert str(target) in error
    assert (target / "thesis.txt").read_text() == "years\n"
    assert quiet_toy.git("branch", "--list", "occupied") == ""
    assert quiet_toy.ours("occupied") == []
    (target / "thesis.txt").unlink()
    target.rmdir()


@pytest.mark.parametrize("branch", ["", "-x", "a..b", "with space", "x.lock"])
def test_what_cannot_be_a_branch_is_wrong_use(quiet_toy, branch):
    done = quiet_toy.wt("new", f"--branch={branch}", code=2)
    assert told(done)
    assert not (quiet_toy.root / branch.strip("-")).is_dir() or branch == ""


def test_an_unknown_base_is_wrong_use_and_makes_nothing(quiet_toy):
    error = told(quiet_toy.wt("new", "based", "--base", "nowhere", code=2))
    assert "nowhere" in error
    nothing_of(quiet_toy, "based")


def test_a_database_mode_that_is_unknown_is_wrong_use(quiet_toy):
    error = told(quiet_toy.wt("new", "cloned", "--database", "copied", code=2))
    assert "shared, clone or empty" in error
    nothing_of(quiet_toy, "cloned")


def test_outside_of_a_repository_and_without_a_compose_file_it_says_so(quiet_toy, tmp_path):
    (tmp_path / "tasks.py").write_text("from worktree_tasks import ns\n")
    done = quiet_toy.run(*quiet_toy.inv_argv("list"), cwd=tmp_path)
    assert done.code in (1, 2)
    assert "git" in told(done)
    quiet_toy.git("init", "--quiet", "--initial-branch=main", cwd=tmp_path)
    quiet_toy.git("-c", "user.name=T", "-c", "user.email=t@example.invalid", "commit", "--quiet",
                  "--allow-empty", "-m", "Empty", cwd=tmp_path)  # fmt: skip
    done = quiet_toy.run(*quiet_toy.inv_argv("new", "x"), cwd=tmp_path)
    assert done.code == 2
    assert "no compose file" in told(done)


def test_without_an_engine_the_code_is_four(quiet_toy):
    nowhere = {"DOCKER_HOST": "unix:///nowhere/docker.sock"}
    for words in (["new", "unplugged"], ["list"], ["ensure-main"]):
        done = quiet_toy.wt(*words, env=nowhere, code=4)
        assert "no Docker Engine answers" in told(done)
    nothing_of(quiet_toy, "unplugged")


def test_a_project_without_env_gets_its_ports_all_the_same(make_toy):
    bare = make_toy()
    (bare.main / ".env").unlink()
    ports = {"${WEB_PORT:-8000}": str(bare.web), "${VITE_PORT:-5173}": str(bare.vite)}
    text = (bare.main / "compose.yaml").read_text()
    for variable, number in ports.items():
        text = text.replace(variable, number)
    (bare.main / "compose.yaml").write_text(text)
    bare.commit("Fixed ports")
    bare.compose("up", "--detach", "--wait", "db", "redis")
    tree = bare.new("envless")
    assert tree["url"] == f"http://localhost:{bare.web + 1}"
    assert "HOSTNAME" in bare.get(bare.web + 1)
    assert not (bare.root / "envless" / ".env").exists()
    path = bare.root / "envless"
    names = bare.compose("ps", "--format", "{{.Name}}", cwd=path / "app").split()
    assert sorted(names) == [f"{bare.name}-envless-{service}-1" for service in ("vite", "web", "worker")]
    assert bare.git("status", "--porcelain", "--untracked-files=all", cwd=path) == ""
    bare.wt("remove", "envless")
    assert bare.ours() == []


def test_an_env_file_that_git_tracks_stays_and_the_override_carries_the_values(make_toy):
    tracked = make_toy()
    (tracked.main / ".gitignore").write_text("__pycache__/\n")
    tracked.commit("Track the env file")
    tracked.compose("up", "--detach", "--wait", "db", "redis")
    before = (tracked.main / ".env").read_bytes()
    tree = tracked.new("tracking")
    path = tracked.root / "tracking"
    assert tree["url"] == f"http://localhost:{tracked.web + 1}"
    seen = tracked.get(tracked.web + 1)
    assert seen["SITE_URL"] == tree["url"]
    assert seen["CELERY_BROKER_URL"] != tracked.env_of(tracked.main)["CELERY_BROKER_URL"]
    assert seen["REDIS_URL"] == tracked.env_of(tracked.main)["REDIS_URL"]
    assert seen["SECRET_KEY"] == "a$b#c"
    assert (path / ".env").read_bytes() == (tracked.main / ".env").read_bytes() == before
    for checkout in (tracked.main, path):
        assert tracked.git("status", "--porcelain", "--untracked-files=all", cwd=checkout) == ""
    names = tracked.compose("ps", "--format", "{{.Name}}", cwd=path).split()
    assert sorted(names) == [f"{tracked.name}-tracking-{service}-1" for service in ("vite", "web", "worker")]
    tracked.wt("remove", "tracking")
    assert tracked.ours() == []


def test_a_service_that_exits_without_a_word_promises_no_lines(quiet_toy):
    quiet_toy.branch("wordless", {"compose.yaml": changed(quiet_toy, WEB, "[sh, -c, 'exit 3']")})
    assert "web exited with code 3; it printed nothing" in told(quiet_toy.wt("new", "wordless", code=1))
    # Written by `new` already: to say that no value points here would be wrong.
    assert "(nothing to change)" in quiet_toy.wt("start", "wordless", code=1).err
