"""Remove: nothing of the worktree is left, nothing of main is touched, and no work is lost."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def held(toy):
    """A running worktree that holds work in the tests that refuse."""
    return toy.new("held")


def modified(_toy, path) -> tuple[str, ...]:
    (path / "server.py").write_text("# changed\n")
    return ("1 modified", "server.py")


def untracked(_toy, path) -> tuple[str, ...]:
    (path / "notes.txt").write_text("mine\n")
    (path / "sketch.txt").write_text("mine\n")
    return ("2 untracked", "notes.txt", "sketch.txt")


def staged(toy, path) -> tuple[str, ...]:
    (path / "app" / "deep" / "code.py").write_text("answer = 43\n")
    toy.git("add", "app/deep/code.py", cwd=path)
    return ("1 modified", "app/deep/code.py")


def merging(toy, path) -> tuple[str, ...]:
    toy.branch("other-side", {"app/deep/code.py": "answer = 0\n"})
    (path / "app" / "deep" / "code.py").write_text("answer = 1\n")
    toy.git("commit", "--quiet", "--all", "--message", "One", cwd=path)
    assert toy.run("git", "merge", "other-side", cwd=path).code != 0
    toy.git("checkout", "--ours", "app/deep/code.py", cwd=path)
    toy.git("add", "--all", cwd=path)
    assert toy.git("status", "--porcelain", cwd=path) == ""
    return ("a merge in progress",)


def detached(toy, path) -> tuple[str, ...]:
    toy.git("switch", "--quiet", "--detach", cwd=path)
    (path / "lonely.txt").write_text("only here\n")
    toy.commit("Lonely", cwd=path)
    return ("1 commit on no other branch or remote",)


@pytest.mark.parametrize("work", [modified, untracked, staged, merging, detached])
def test_work_is_refused_by_name_with_nothing_stopped(toy, held, work):
    path = toy.root / "held"
    said = work(toy, path)
    before = toy.identities(held["compose_project"]), toy.identities(), toy.ours(), toy.files(path)
    done = toy.wt("remove", "held", code=3)
    for words in said:
        assert words in done.err
    assert done.err.count("\n") == 2
    error = toy.wt("remove", "held", "--json", code=3).json["error"]
    assert error["code"] == 3
    assert (
        toy.identities(held["compose_project"]),
        toy.identities(),
        toy.ours(),
        toy.files(path),
    ) == before
    toy.run("git", "merge", "--abort", cwd=path)
    toy.git("switch", "--quiet", "--force", "held", cwd=path)
    toy.git("reset", "--quiet", "--hard", "main", cwd=path)
    toy.git("clean", "--quiet", "-fd", cwd=path)
    assert toy.listed()["held"]["state"] == "running"


def test_a_worktree_that_git_holds_is_refused_with_the_reason(toy, held):
    toy.git("worktree", "lock", "--reason", "on a stick", held["path"])
    before = toy.identities(held["compose_project"])
    assert "on a stick" in toy.wt("remove", "held", code=3).err
    assert toy.identities(held["compose_project"]) == before
    toy.git("worktree", "unlock", held["path"])


def test_nothing_is_left_and_the_branch_without_commits_goes(toy, held):
    mains, files = toy.identities(), toy.files(toy.main)
    siblings = toy.ours("held"), toy.identities(held["compose_project"])
    toy.new("leaving")
    assert len(toy.ours("leaving")) == 5
    gone = toy.wt("remove", "leaving", "--json").json
    assert gone == {
        "schema": 1,
        "name": "leaving",
        "branch": "leaving",
        "path": str(toy.root / "leaving"),
        "branch_deleted": True,
        "left_out": [],
        "restore_point": None,
    }
    assert toy.ours("leaving") == []
    assert [row["branch"] for row in toy.rows("worktree")] == ["held"]
    assert len(toy.rows("port")) == 2
    assert not (toy.root / "leaving").exists()
    assert toy.git("branch", "--list", "leaving") == ""
    assert "leaving" not in toy.git("worktree", "list", "--porcelain")
    assert (toy.identities(), toy.files(toy.main)) == (mains, files)
    assert (toy.ours("held"), toy.identities(held["compose_project"])) == siblings
    assert set(toy.containers()["db"]["NetworkSettings"]["Networks"]) == {
        f"{toy.name}_default",
        f"{toy.name}_worktree_held",
    }
    assert "leaving" in toy.wt("remove", "leaving", code=2).err


@pytest.mark.usefixtures("held")
def test_what_compose_answered_on_it_goes_with_it(toy):
    path = Path(toy.new("forgotten")["path"])
    answers = toy.folder / "state" / "worktree-tasks" / "compose-config"
    answers.mkdir(exist_ok=True)
    mine, another = answers / "mine", answers / "another"
    mine.write_text(f"{json.dumps(str(path))}\n[]")
    another.write_text(f"{json.dumps(str(toy.main))}\n[]")
    toy.wt("remove", "forgotten")
    assert not mine.exists()
    assert another.exists()


@pytest.mark.usefixtures("held")
def test_commits_that_are_nowhere_else_are_refused_and_kept_with_the_branch_on_request(toy):
    tree = toy.new("committed", "--no-start")
    path = toy.root / "committed"
    (path / "work.txt").write_text("work\n")
    toy.commit("Work", cwd=path)
    tip = toy.git("rev-parse", "committed")
    error = toy.wt("remove", "committed", "--json", code=3).json["error"]
    assert "1 commit on no other branch or remote" in error["what"]
    assert f"{tip[:7]} Work" in error["what"]
    assert "--keep-branch" in error["hint"]
    assert toy.listed()["committed"]["slot"] == tree["slot"]
    assert (path / "work.txt").read_text() == "work\n"
    assert toy.wt("remove", "committed", "--keep-branch", "--json").json["branch_deleted"] is False
    assert toy.git("rev-parse", "committed") == tip


@pytest.mark.usefixtures("held")
def test_commits_that_another_branch_has_are_no_loss(toy):
    toy.new("copied", "--no-start")
    (toy.root / "copied" / "work.txt").write_text("work\n")
    toy.commit("Work", cwd=toy.root / "copied")
    toy.git("branch", "copied-too", "copied")
    assert toy.wt("remove", "copied", "--json").json["branch_deleted"] is True
    toy.git("branch", "-D", "copied-too")


@pytest.mark.usefixtures("held")
def test_keep_branch_keeps_one_without_commits(toy):
    toy.new("wanted", "--no-start")
    toy.wt("remove", "wanted", "--keep-branch")
    assert toy.git("branch", "--list", "wanted").strip() == "wanted"


@pytest.mark.usefixtures("held")
def test_a_branch_that_was_there_before_stays(toy):
    toy.git("branch", "earlier")
    toy.new("earlier", "--no-start")
    toy.wt("remove", "earlier")
    assert toy.git("branch", "--list", "earlier").strip() == "earlier"


@pytest.mark.usefixtures("held")
def test_a_stopped_stack_is_removed_as_wholly(toy):
    toy.new("asleep")
    toy.wt("stop", "asleep")
    toy.wt("remove", "asleep")
    assert toy.ours("asleep") == []


@pytest.mark.usefixtures("held")
def test_one_made_again_after_removal_works(toy):
    first = toy.new("again")
    toy.wt("remove", "again")
    second = toy.new("again")
    assert second == first
    toy.wt("remove", "again")
    assert toy.ours("again") == []


@pytest.mark.usefixtures("held")
def test_a_directory_deleted_by_hand_is_let_go_of(toy):
    for delete in (["rm", "-rf"], ["git", "worktree", "remove", "--force"]):
        tree = toy.new("deleted")
        assert toy.run(*delete, tree["path"]).code == 0
        assert toy.state_of("deleted") == "missing"
        toy.wt("remove", "deleted")
        assert toy.ours("deleted") == []
        assert toy.listed().keys() == {"held"}


@pytest.mark.usefixtures("held")
def test_files_that_containers_made_as_root_do_not_stand_in_the_way(toy):
    text = (toy.main / "compose.yaml").read_text().replace('".:/code:ro", "scratch', '".:/code", "scratch')
    toy.branch("rooted", {"compose.yaml": text, ".gitignore": ".env\n__pycache__/\nmade/\n"})
    toy.new("rooted")
    toy.wt("run", "rooted", "worker", "sh -c 'mkdir -p /code/made/deep && touch /code/made/deep/file'")
    toy.wt("remove", "rooted")
    assert not (toy.root / "rooted").exists()


@pytest.fixture(scope="module")
def pinned(make_toy):
    """A project that pins its compose project's name in every place there is."""
    made = make_toy()
    compose = made.main / "compose.yaml"
    compose.write_text(f"name: {made.name}\n{compose.read_text()}")
    made.commit("Pin the name")
    with (made.main / ".env").open("a") as env:
        env.write(f"COMPOSE_PROJECT_NAME={made.name}\n")
    made.env["COMPOSE_PROJECT_NAME"] = made.name
    made.compose("up", "--detach", "--wait")
    yield made
    made.destroy()


def test_a_name_pinned_in_compose_env_and_shell_never_leads_to_main(pinned):
    volumes = pinned.docker("volume", "inspect", f"{pinned.name}_data", f"{pinned.name}_scratch")
    mains = pinned.identities()
    assert set(mains) == {"db", "redis", "web", "vite", "worker"}
    tree = pinned.new("pins")
    assert tree["compose_project"] == f"{pinned.name}-pins"
    values = pinned.env_of(pinned.root / "pins")
    assert values["COMPOSE_PROJECT_NAME"] == tree["compose_project"]
    unset = pinned.env.pop("COMPOSE_PROJECT_NAME")
    try:
        for inside in (".", "app/deep"):
            names = pinned.compose("ps", "--format", "{{.Name}}", cwd=pinned.root / "pins" / inside).split()
            assert sorted(names) == [f"{pinned.name}-pins-{s}-1" for s in ("vite", "web", "worker")]
    finally:
        pinned.env["COMPOSE_PROJECT_NAME"] = unset
    for task in ("stop", "start", "compose-down", "remove"):
        pinned.wt(task, "pins")
        assert pinned.identities() == mains
    assert pinned.ours() == []
    assert pinned.docker("volume", "inspect", f"{pinned.name}_data", f"{pinned.name}_scratch") == volumes
    assert pinned.get(pinned.web)["SITE_URL"] == f"http://localhost:{pinned.web}"


def test_images_that_a_worktree_has_go_with_it_and_mains_stays(make_toy):
    built = make_toy()
    text = (built.main / "compose.yaml").read_text()
    (built.main / "compose.yaml").write_text(text.replace("image: python:3.11-slim", "build: .", 1))
    # Nothing of it may come from an earlier build's cache: such an image is older than its inputs.
    (built.main / "stamp").write_text(built.name)
    (built.main / "Dockerfile").write_text("FROM python:3.11-slim\nCOPY stamp server.py /built/\n")
    (built.main / ".dockerignore").write_text("*\n!server.py\n!stamp\n")
    built.commit("Build the web service")
    built.compose("up", "--detach", "--build", "--wait")
    mains = built.identities()

    def image(name: str) -> str:
        return built.docker("image", "inspect", "--format", "{{.Id}}", name, check=False)

    same = built.new("same")
    assert image(f"{built.name}-same-web") == image(f"{built.name}-web") == mains["web"][1]
    built.branch("other", {"server.py": (built.main / "server.py").read_text() + "\n"})
    other = built.new("other")
    assert image(f"{built.name}-other-web") not in {"", mains["web"][1]}
    assert built.identities(same["compose_project"])["web"][1] == mains["web"][1]
    assert built.identities(other["compose_project"])["web"][1] == image(f"{built.name}-other-web")
    for branch in ("same", "other"):
        built.wt("remove", branch)
        assert image(f"{built.name}-{branch}-web") == ""
    assert built.ours() == []
    assert built.identities() == mains
    assert image(f"{built.name}-web") == mains["web"][1]


def test_without_the_docker_program_no_removal_begins(toy, tmp_path):
    branch = toy.fresh("composeless")
    path = Path(toy.new(branch, "--no-start")["path"])
    (tmp_path / "git").symlink_to(shutil.which("git"))
    for task in ("remove", "stop"):
        done = toy.wt(task, branch, env={"PATH": str(tmp_path)}, code=4)
        assert "the docker program is missing" in done.err
    (row,) = (row for row in toy.rows("worktree") if row["branch"] == branch)
    assert (row["state"], path.is_dir()) == ("ready", True)
    toy.wt("remove", branch)
