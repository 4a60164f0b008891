"""Which images serve a worktree: main's, its own, or one that is built now; and what is left of them."""

from __future__ import annotations

from contextlib import suppress
from itertools import count
from types import SimpleNamespace

import pytest

from worktree_tasks.configuration.compose.model_parsing import parse
from worktree_tasks.errors import CommandFailed
from worktree_tasks.git.program import git
from worktree_tasks.orchestration.runtimes.compose import images

NOW = "2096-01-01T00:00:00Z"
LONG_AGO = "1996-01-01T00:00:00.123456789Z"


class Docker:
    """Images by name, each with an id and what it was made from."""

    def __init__(self) -> None:
        self.named: dict[str, dict[str, object]] = {}
        self.left: dict[str, dict[str, str]] = {}
        self._next = count(1)

    def image(self, name):
        return self.named.get(name)

    def tag(self, image, tag):
        self.named[tag] = self.named[image]

    def build(self, tag, *, layers=None, created=NOW, command="serve"):
        number = next(self._next)
        self.named[tag] = {
            "Id": f"sha256:{number}",
            "Created": created,
            "RootFS": layers or number,
            "Config": {"Cmd": command, "Labels": {"n": str(number)}},
        }

    def untag(self, tag):
        del self.named[tag]

    def untagged(self, label):
        return {one: labels for one, labels in self.left.items() if label in labels.values()}

    def remove_unused(self, image):
        del self.left[image]


class Stack:
    """A worktree's stack with one service `api`, which is built from `api/`, and what is done to it."""

    def __init__(self, shop, *, dockerfile, mounts=()) -> None:
        self.main, self.path = shop.main, shop.main.parent / "auth"
        self._shop, self._docker, self._mounts = shop, shop.engine, mounts
        api = self.main / "api"
        api.mkdir()
        for name, text in (("Dockerfile", dockerfile), ("server.js", "serve\n"), ("package.json", "{}\n")):
            (api / name).write_text(text)
        git(self.main, "add", "--all")
        git(self.main, "commit", "--quiet", "--message", "Api")
        git(self.main, "worktree", "add", "--quiet", "-b", "auth", str(self.path))
        shop.model = self._model(self.main)
        self._stack = SimpleNamespace(images={"api": "shop-auth-api"}, directory=str(self.path), arguments={})

    def _model(self, root):
        build = {"context": f"{root}/api", "dockerfile": "Dockerfile"}
        mounts = [{"type": "bind", "source": f"{root}/api", "target": target} for target in self._mounts]
        return parse({"name": "shop", "services": {"api": {"build": build, "volumes": mounts}}})

    def build_main(self) -> None:
        self._docker.build("shop-api")

    def start(self, *, fails=False, layers=None, command="serve") -> str:
        """Settle the image as a start does, and return what became of it."""
        model = self._model(self.path)
        before = self.image
        names = images.tag_built(self._shop, self._stack, model)
        if names and fails:
            with suppress(CommandFailed), images.noting_builds(self._shop, self._stack, model, names):
                raise CommandFailed("no such image", 1)
            return "failed"
        if names:
            with images.noting_builds(self._shop, self._stack, model, names):
                self._docker.build("shop-auth-api", layers=layers, command=command)
            return "built"
        if self.image == self._docker.named.get("shop-api"):
            return "main's"
        return "kept" if self.image == before else "another"

    @property
    def image(self):
        return self._docker.named.get("shop-auth-api")

    def write(self, name, text) -> None:
        (self.path / "api" / name).write_text(text)


@pytest.fixture
def stack(shop):
    shop.engine = Docker()

    def make(dockerfile="FROM node\nCOPY . /app\n", *, mounts=()):
        return Stack(shop, dockerfile=dockerfile, mounts=mounts)

    return make


@pytest.fixture
def api(stack):
    """A stack that main's image serves."""
    made = stack()
    made.build_main()
    assert made.start() == "main's"
    return made


def test_untouched_inputs_never_build(api):
    assert [api.start(), api.start()] == ["main's", "main's"]
    api.write("server.js", "edited\n")
    assert [api.start(), api.start(), api.start()] == ["built", "kept", "kept"]


def test_each_edit_builds_and_what_is_as_in_main_again_has_mains_image_again(api):
    api.write("server.js", "wrong\n")
    assert api.start() == "built"
    api.write("server.js", "right\n")
    assert [api.start(), api.start()] == ["built", "kept"]
    api.write("server.js", "serve\n")
    assert [api.start(), api.start()] == ["main's", "main's"]
    api.write("server.js", "wrong\n")
    assert api.start() == "built"


def test_a_commit_of_what_was_built_builds_nothing(api):
    api.write("server.js", "edited\n")
    api.write("new.js", "untracked\n")
    assert api.start() == "built"
    git(api.path, "add", "--all")
    assert api.start() == "kept"
    git(api.path, "commit", "--quiet", "--message", "Edit")
    assert api.start() == "kept"


def test_a_file_that_comes_or_goes_builds(api):
    api.write("new.js", "untracked\n")
    assert api.start() == "built"
    (api.path / "api" / "new.js").unlink()
    assert api.start() == "main's"
    (api.path / "api" / "package.json").unlink()
    assert [api.start(), api.start()] == ["built", "kept"]
    (api.path / "api" / "Dockerfile").unlink()
    assert api.start(fails=True) == "failed"


def test_after_a_build_that_failed_it_is_built_until_the_inputs_are_right(api):
    for wrong in ('"', "../../x /app"):
        api.write("Dockerfile", f"FROM node\nCOPY {wrong}\n")
        assert [api.start(fails=True), api.start(fails=True)] == ["failed", "failed"]
    api.write("Dockerfile", "FROM node\nCOPY . /app\n")
    assert api.start() == "main's"
    api.write("server.js", "edited\n")
    assert api.start() == "built"
    api.write("Dockerfile", "FROM wrong\n")
    assert api.start(fails=True) == "failed"
    api.write("Dockerfile", "FROM node\nCOPY . /app\n")
    assert api.start() == "kept"


def test_an_image_that_others_built_stays_until_a_file_is_touched_after_it(stack, shop):
    made = stack()
    shop.engine.build("shop-auth-api")
    assert made.start() == "kept"
    shop.engine.build("shop-auth-api", created=LONG_AGO)
    assert made.start() == "built"


def test_an_image_without_a_date_that_others_built_is_built_again(stack, shop):
    # The engine leaves out what the image's own configuration does not have, from version 1.44 of its API on.
    made = stack()
    shop.engine.build("shop-auth-api")
    del shop.engine.named["shop-auth-api"]["Created"]
    assert made.start() == "built"


def test_a_plan_says_which_of_the_inputs_in_main_is_newer_than_its_image(api, shop, tree):
    planned = tree("planned")
    planned.update(compose_project="shop-planned")

    def origin():
        (found,) = images.origins(planned, "main", ())
        return found.built, found.reason

    assert origin() == (False, "main's shop-api, which has the same inputs")
    # A build from the builder's cache keeps the date of the first one, whatever main looks like since.
    shop.engine.build("shop-api", created=LONG_AGO)
    assert origin() == (True, "its input api/Dockerfile in main is newer than main's image")


def test_an_edit_during_a_build_builds_again(api, shop, monkeypatch):
    api.write("server.js", "early\n")
    build = shop.engine.build

    def edited_meanwhile(*given, **options):
        api.write("server.js", "late\n")
        build(*given, **options)

    monkeypatch.setattr(shop.engine, "build", edited_meanwhile)
    assert api.start() == "built"
    monkeypatch.undo()
    assert [api.start(), api.start()] == ["built", "kept"]


def test_what_a_mount_covers_builds_nothing_but_lists_of_dependencies_do(stack):
    made = stack("FROM node\nWORKDIR /app\nCOPY . .\nRUN npm ci\n", mounts=("/app",))
    made.build_main()
    assert made.start() == "main's"
    made.write("server.js", "edited\n")
    assert made.start() == "main's"
    made.write("package.json", '{"name": "api"}\n')
    assert [made.start(), made.start()] == ["built", "kept"]
    made.write("server.js", "edited again\n")
    assert made.start() == "kept"


def test_a_dockerfile_that_does_not_tell_may_read_everything(stack):
    made = stack("FROM node\nRUN --mount=target=/src make\n")
    made.build_main()
    assert made.start() == "main's"
    made.write("server.js", "edited\n")
    assert [made.start(), made.start()] == ["built", "kept"]


@pytest.mark.parametrize(("command", "serves"), [("serve", True), ("debug", False)])
def test_a_build_with_mains_layers_tells_of_mains_image_where_it_starts_the_same(api, shop, command, serves):
    mains = shop.engine.named["shop-api"]
    api.write("README", "not in the image\n")
    assert api.start(layers=mains["RootFS"], command=command) == "built"
    assert len(shop.store.builds(mains["Id"])) == (2 if serves else 1)


def removable(shop, tree, monkeypatch, docker):
    made = tree("auth")
    made.update(compose_project="shop-auth")
    shop.engine = docker
    shop.services = ()
    monkeypatch.setattr(images, "keys_in", lambda *_: {made.record.key})
    return made


def test_images_that_later_builds_replaced_go_with_the_worktree_and_only_its(shop, tree, monkeypatch):
    docker = Docker()
    made = removable(shop, tree, monkeypatch, docker)
    docker.left = {"mine": {images.KEY: f"{images.KEY}={made.record.key}"}, "other": {images.KEY: "other"}}
    images.untag_built(made, ())
    assert set(docker.left) == {"other"}


@pytest.mark.parametrize(("noted", "left"), [(100, 100), (101, 50)])
def test_of_many_noted_images_those_that_are_gone_are_forgotten(shop, tree, monkeypatch, noted, left):
    docker = Docker()
    made = removable(shop, tree, monkeypatch, docker)
    there = {f"sha256:{number}" for number in range(50)}
    docker.named = {name: {"Id": name} for name in there}
    for number in range(noted):
        shop.store.remember_build(f"sha256:{number}", "inputs")
    images.untag_built(made, ())
    assert len(shop.store.noted_images()) == left
    assert there <= shop.store.noted_images()
