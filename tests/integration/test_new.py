"""New: from a branch's name to a stack that answers, whatever the shell exports."""

from __future__ import annotations

import stat

import pytest

pytestmark = pytest.mark.engine

KEYS = {
    "schema", "name", "branch", "path", "slot", "url", "compose_project", "state", "phase", "services",
    "database", "databases", "changes", "merged", "locked", "on",
}  # fmt: skip
CHANGED = {"WEB_PORT", "VITE_PORT", "SITE_URL", "CSRF_TRUSTED_ORIGINS", "CELERY_BROKER_URL"}


def page(target: int, published: int) -> dict[str, object]:
    """Return how a port that serves pages is told."""
    url = f"http://localhost:{published}"
    return {"target": target, "published": published, "url": url, "protocol": "tcp"}


@pytest.fixture(scope="module")
def auth(toy):
    """One worktree that the tests look at and leave as it is."""
    return toy.wt("new", "auth", "--json")


@pytest.fixture
def path(toy, auth):
    assert auth.json["path"] == str(toy.root / "auth")
    return toy.root / "auth"


def test_it_answers_on_base_plus_one_on_loopback_only(toy, auth):
    tree = auth.json
    assert (tree["slot"], tree["url"], tree["state"]) == (1, f"http://localhost:{toy.web + 1}", "running")
    assert toy.get(toy.web + 1)["SITE_URL"] == tree["url"]
    assert toy.get(toy.vite + 1)["SITE_URL"] == tree["url"]
    bindings = [
        binding["HostIp"]
        for one in toy.containers(tree["compose_project"]).values()
        for each in one["HostConfig"]["PortBindings"].values()
        for binding in each
    ]
    assert bindings == ["127.0.0.1", "127.0.0.1"]


def test_the_list_tells_where_main_serves_what_worktrees_have_of_their_own(toy, auth):
    services = toy.wt("list", "--json").json["main"]["services"]
    (port,) = services["web"]["ports"]
    assert port == page(8000, toy.web)
    assert services["db"]["ports"] == []
    assert f"http://localhost:{toy.web} " in toy.wt("list").out.splitlines()[1]


def test_its_document_is_all_of_stdout_and_has_exactly_the_promised_keys(toy, auth):
    tree = auth.json
    assert tree.keys() == KEYS
    assert (tree["schema"], tree["phase"]) == (1, "ready")
    assert tree["changes"] == dict.fromkeys(("modified", "untracked", "ahead", "behind", "unpushed"), 0)
    assert (tree["name"], tree["branch"], tree["compose_project"]) == ("auth", "auth", f"{toy.name}-auth")
    assert (tree["database"], tree["merged"], tree["locked"]) == ("shared", None, None)
    assert tree["services"] == {
        "web": {
            "state": "running",
            "health": None,
            "ports": [page(8000, toy.web + 1)],
            "exit_code": None,
            "done": False,
        },
        "vite": {
            "state": "running",
            "health": None,
            "ports": [page(5173, toy.vite + 1)],
            "exit_code": None,
            "done": False,
        },
        "worker": {"state": "running", "health": None, "ports": [], "exit_code": None, "done": False},
    }
    assert "containers" in auth.err


def test_env_keeps_every_byte_but_the_values_that_would_point_to_main(toy, path):
    main, mine = toy.main / ".env", path / ".env"
    before, after = main.read_text().splitlines(), mine.read_text().splitlines()
    assert len(before) == len(after)
    changed = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    assert {old.removeprefix("export ").partition("=")[0] for old, _ in changed} == CHANGED
    values = toy.env_of(path)
    assert values["WEB_PORT"] == str(toy.web + 1)
    assert values["SITE_URL"] == f"http://localhost:{toy.web + 1}"
    assert values["CSRF_TRUSTED_ORIGINS"] == f"http://localhost:{toy.web + 1},http://localhost:{toy.vite + 1}"
    assert f'export VITE_PORT="{toy.vite + 1}"   # the front end' in after
    assert stat.S_IMODE(mine.stat().st_mode) == stat.S_IMODE(main.stat().st_mode) == 0o640


def test_containers_see_what_main_sees_but_for_the_values_that_would_point_to_main(toy, path):
    main, mine = toy.get(toy.web), toy.get(toy.web + 1)
    different = {key for key in main.keys() | mine.keys() if main.get(key) != mine.get(key)}
    # Behind the published port, a container listens where main's does, and is told so.
    assert different - {"HOSTNAME"} == CHANGED - {"WEB_PORT", "VITE_PORT"}
    assert mine["SECRET_KEY"] == "a$b#c"
    assert (path / "compose.override.yaml").is_file()


def test_the_broker_has_a_redis_database_of_its_own_and_the_cache_is_shared(toy, path):
    mains, mine = toy.env_of(toy.main), toy.env_of(path)
    assert mine["REDIS_URL"] == mains["REDIS_URL"]
    own = mine["CELERY_BROKER_URL"]
    assert own.startswith("redis://redis:6379/")
    assert own != mains["CELERY_BROKER_URL"]
    toy.new("broker", "--no-start")
    assert toy.env_of(toy.root / "broker")["CELERY_BROKER_URL"] not in {own, mains["CELERY_BROKER_URL"]}
    toy.wt("remove", "broker")


def test_git_sees_nothing_of_ours_in_main_and_in_the_worktree(toy, path):
    for checkout in (toy.main, path):
        assert toy.git("status", "--porcelain", "--untracked-files=all", cwd=checkout) == ""
    assert toy.git("branch", "--show-current", cwd=path) == "auth"
    assert toy.run("git", "rev-parse", "--abbrev-ref", "auth@{upstream}").code != 0


@pytest.mark.parametrize("inside", [".", "app/deep"])
def test_plain_compose_in_the_worktree_is_about_its_own_containers(toy, auth, path, inside):
    names = toy.compose("ps", "--all", "--format", "{{.Name}}", cwd=path / inside).split()
    assert sorted(names) == [f"{toy.name}-auth-{service}-1" for service in ("vite", "web", "worker")]
    before = toy.identities(auth.json["compose_project"])
    toy.compose("up", "--detach", cwd=path / inside)
    assert toy.identities(auth.json["compose_project"]) == before
    mains = toy.compose("ps", "--all", "--format", "{{.Name}}").split()
    assert sorted(mains) == [f"{toy.name}-{s}-1" for s in ("db", "redis", "vite", "web", "worker")]


def test_every_mount_and_volume_of_its_containers_is_the_worktrees(toy, auth, path):
    mounts = [m for one in toy.containers(auth.json["compose_project"]).values() for m in one["Mounts"]]
    assert {m["Source"] for m in mounts if m["Type"] == "bind"} == {str(path)}
    assert {m["Name"] for m in mounts if m["Type"] == "volume"} == {f"{toy.name}-auth_scratch"}


def test_again_it_changes_nothing_and_says_the_same(toy, auth, path):
    before = toy.identities(auth.json["compose_project"]), toy.files(path), toy.rows("worktree"), toy.ours()
    again = toy.wt("new", "auth", "--json")
    assert again.json == auth.json
    assert (
        toy.identities(auth.json["compose_project"]),
        toy.files(path),
        toy.rows("worktree"),
        toy.ours(),
    ) == before


@pytest.mark.usefixtures("path")
def test_words_go_to_stderr_and_the_url_to_stdout(toy, auth):
    done = toy.wt("new", "auth")
    assert done.out == f"→ {auth.json['url']}\n"
    assert [line.split()[1] for line in done.err.splitlines()][-1] == "containers"


@pytest.mark.usefixtures("auth")
def test_an_exported_shell_does_not_reach_the_stack_and_is_named(toy):
    stranger = toy.folder / "stranger"
    stranger.mkdir()
    toy.git("init", "--quiet", cwd=stranger)
    exported = {
        "DATABASE_URL": "postgres://wrong@wrong/wrong",
        "WEB_PORT": "1",
        "COMPOSE_PROJECT_NAME": toy.name,
        "COMPOSE_FILE": "/nowhere/compose.yaml",
        "GIT_DIR": str(stranger / ".git"),
        "GIT_WORK_TREE": str(stranger),
    }
    mains = toy.identities()
    done = toy.wt("new", "exported", "--json", env=exported)
    tree = done.json
    seen = toy.get(tree["services"]["web"]["ports"][0]["published"])
    assert seen["DATABASE_URL"] == toy.env_of(toy.main)["DATABASE_URL"]
    assert seen["WEB_PORT"] == str(toy.web)
    assert tree["compose_project"] == f"{toy.name}-exported"
    note = next(line for line in done.err.splitlines() if "shell exports" in line)
    for key in ("COMPOSE_FILE", "COMPOSE_PROJECT_NAME", "DATABASE_URL", "WEB_PORT"):
        assert key in note
    assert "wrong" not in done.err
    for task in ("stop", "start", "remove"):
        toy.wt(task, "exported", env=exported)
    assert toy.identities() == mains
    assert toy.git("branch", "--list", "exported") == ""
    assert toy.run("git", "-C", str(stranger), "branch", "--list").out == ""


def test_an_existing_branch_is_checked_out_with_its_commits(toy):
    toy.branch("existing", {"app/new.py": "new = 1\n"})
    tree = toy.new("existing", "--no-start")
    assert (toy.root / "existing" / "app" / "new.py").read_text() == "new = 1\n"
    assert (tree["state"], tree["changes"]["ahead"]) == ("created", 1)
    assert toy.containers(tree["compose_project"]) == {}
    toy.wt("remove", "existing")
    assert toy.git("branch", "--list", "existing").strip() == "existing"


@pytest.mark.usefixtures("auth")
def test_smoke_leaves_nothing_behind(toy):
    before = toy.ours(), toy.rows("worktree"), toy.rows("port"), toy.git("branch"), toy.identities()
    assert toy.wt("smoke", "--json").json["services"] == 3
    assert (
        toy.ours(),
        toy.rows("worktree"),
        toy.rows("port"),
        toy.git("branch"),
        toy.identities(),
    ) == before
    assert sorted(one.name for one in toy.root.iterdir()) == ["auth"]
