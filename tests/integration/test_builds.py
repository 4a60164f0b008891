"""Images of the project's own: built again once what goes into them changed, and gone with the worktree."""

from __future__ import annotations

import shlex

import pytest

pytestmark = pytest.mark.engine

SERVICE = 'web:\n    image: python:3.11-slim\n    init: true\n    command: [python3, /code/server.py, "8000"]'
BUILT = 'web:\n    build: .\n    init: true\n    command: [python3, /built/server.py, "8000"]'
NEEDS = "redis: {condition: service_started}"
MIGRATED = f"{NEEDS}\n      migrate: {{condition: service_completed_successfully}}"
MIGRATE = """\
  migrate:
    build: {context: ., dockerfile: migrate.Dockerfile}
    command: [python3, /built/migrate.py]
"""


@pytest.fixture(scope="module")
def built(make_toy):
    """A toy whose code is in its images, with a job that others wait for."""
    toy = make_toy()
    file = toy.main / "compose.yaml"
    text = file.read_text()
    for old, new in ((SERVICE, BUILT), (NEEDS, MIGRATED), ("services:\n", f"services:\n{MIGRATE}")):
        assert old in text
        text = text.replace(old, new, 1)
    file.write_text(text)
    # Nothing of it comes from an earlier build's cache: such an image is older than its inputs.
    (toy.main / "stamp").write_text(toy.name)
    (toy.main / "migrate.py").write_text('print("migrated")\n')
    copied = "FROM python:3.11-slim\nCOPY stamp {0} /built/\n"
    (toy.main / "Dockerfile").write_text(copied.format("server.py"))
    (toy.main / "migrate.Dockerfile").write_text(copied.format("migrate.py"))
    toy.commit("Build")
    toy.compose("up", "--detach", "--wait", "db", "redis")
    toy.compose("build")
    return toy


def image(toy, name: str) -> str:
    return toy.docker("image", "inspect", "--format", "{{.Id}}", f"{toy.name}-{name}").strip()


def test_each_start_has_the_images_of_what_lies_there(built):
    path = built.root / "basket"
    built.new("basket")
    names = ("web", "migrate")
    assert all(image(built, f"basket-{name}") == image(built, name) for name in names)
    server = (path / "server.py").read_text()

    # Code that is wrong, and right again as in main.
    (path / "server.py").write_text("basket = = 1\n")
    wrong = built.wt("start", "basket", code=1).err
    assert "building the image of web for this worktree" in wrong
    assert "web exited with code 1: SyntaxError: invalid syntax" in wrong
    built.git("checkout", "--quiet", "server.py", cwd=path)
    done = built.wt("start", "basket", "--json")
    assert (done.json["state"], image(built, "basket-web")) == ("running", image(built, "web"))

    # What is edited is built once, and what is not is not built.
    (path / "server.py").write_text(f"{server}\n")
    assert "building the image of web for" in built.wt("restart", "basket").err
    edited = image(built, "basket-web")
    assert built.containers(f"{built.name}-basket")["web"]["Image"] == edited != image(built, "web")
    for task in ("start", "restart", "new"):
        assert "building" not in built.wt(task, "basket").err
    assert image(built, "basket-web") == edited
    assert image(built, "basket-migrate") == image(built, "migrate")

    # A build that fails leaves nothing behind that lasts.
    (path / "Dockerfile").write_text("FROM python:3.11-slim\nCOPY absent /built/\n")
    for _ in range(2):
        assert "the image of web cannot be built" in built.wt("start", "basket", code=1).err
    built.git("checkout", "--quiet", "Dockerfile", cwd=path)
    assert "building" not in built.wt("start", "basket").err
    assert image(built, "basket-web") == edited

    # A job that is wrong, and right in another way.
    (path / "migrate.py").write_text("raise SystemExit('no such table')\n")
    told = built.wt("start", "basket", code=1).err
    assert "migrate exited with code 1: no such table" in told
    assert 'wt.compose basket "run --rm --no-deps --entrypoint sh migrate"' in told
    looked = built.wt("compose", "basket", "run --rm --no-deps --entrypoint cat migrate /built/migrate.py")
    assert "no such table" in looked.out
    (path / "migrate.py").write_text('print("done")\n')
    assert built.wt("start", "basket", "--json").json["state"] == "running"
    hint = built.wt("run", "basket", "migrate", "echo hi", "--json", code=2).json["error"]["hint"]
    words = shlex.split(hint.partition("worktree-tasks compose ")[2].partition(" runs the command")[0])
    assert built.wt("compose", *words).out.splitlines()[-1] == "hi"

    built.git("checkout", "--quiet", ".", cwd=path)
    mains = [image(built, name) for name in names]
    assert built.replaced_builds() == []
    built.wt("remove", "basket")
    assert built.replaced_builds() == []
    assert built.ours() == []
    assert [image(built, name) for name in names] == mains


def test_a_replaced_build_goes_once_nothing_uses_it_unless_somebody_named_it(built):
    path, kept = built.root / "gone", f"{built.name}/kept"
    built.new("gone")
    for text in ("one", "two"):
        (path / "stamp").write_text(f"{built.name} {text}")
        built.wt("start", "gone")
        replaced = image(built, "gone-migrate")
        if text == "one":
            built.docker("tag", f"{built.name}-gone-web", kept)
    assert built.replaced_builds() == []
    # A container of somebody's own holds the image of the job.
    held = built.docker("create", replaced)
    built.git("checkout", "--quiet", ".", cwd=path)
    built.wt("start", "gone")
    assert replaced.startswith(f"sha256:{built.replaced_builds()[0]}")
    built.docker("rm", held)
    built.wt("remove", "gone")
    assert built.replaced_builds() == []
    assert built.docker("image", "inspect", "--format", "{{.Id}}", kept)
