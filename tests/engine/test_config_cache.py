"""Answers of Compose that are kept: they count until anything changes that Compose read."""

from __future__ import annotations

import os
import stat
from functools import partial
from pathlib import Path

import pytest

from worktree_tasks.command import Result
from worktree_tasks.engine import compose_command, config_cache
from worktree_tasks.engine.compose_command import Invocation
from worktree_tasks.engine.compose_plugin import learn_plugin

WORDS = ("config", "--format", "json")
SERVICES = """
services:
  web:
    image: "web:${TAG:-none}"
    environment: [HANDED_ON]
    env_file: [.env, {path: more.env, required: false}]
"""


class Asked:
    """Asks Compose about a project, and counts how often Compose really ran."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.times = 0
        self.call = Invocation(folder, (folder / "compose.yaml",), project="shop")

    def __call__(self, call: Invocation | None = None) -> Result:
        call = call or self.call

        def ask() -> Result:
            self.times += 1
            return compose_command.run(call, *WORDS, check=False, seconds=60)

        return config_cache.answered(call, WORDS, ask)

    def is_kept(self) -> bool:
        """Whether two answers took one run of Compose at most, and were the same."""
        before = self.times
        first, second = self(), self()
        assert (first.code, first.out, first.err) == (second.code, second.out, second.err)
        return self.times - before < 2


@pytest.fixture
def folder(nobodys_home) -> Path:
    made = nobodys_home / "state" / "worktree-tasks"
    made.mkdir(parents=True)
    return made / "compose-config"


@pytest.fixture
def asked(compose_program, folder, tmp_path, monkeypatch) -> Asked:
    # A file of this very moment counts as settled, so that no test waits.
    monkeypatch.setattr(config_cache, "_SETTLED_SECONDS", 0.0)
    learn_plugin()
    (tmp_path / "compose.yaml").write_text(SERVICES)
    (tmp_path / ".env").write_text("KEY=1\nOTHER=${FROM_SHELL:-x}\n")
    return Asked(tmp_path)


def test_an_answer_counts_while_nothing_changes(asked):
    first = asked()
    assert asked().out == first.out
    assert asked.times == 1
    assert '"KEY": "1"' in first.out


CHANGES = {
    "the compose file": lambda at, _: (at / "compose.yaml").write_text(SERVICES.replace("none", "some")),
    "the .env": lambda at, _: (at / ".env").write_text("KEY=2\n"),
    "an env file that was missing": lambda at, _: (at / "more.env").write_text("MORE=1\n"),
    "a .env that goes": lambda at, _: (at / ".env").rename(at / "more.env"),
    "a variable that a compose file interpolates": lambda _, env: env("TAG", "7"),
    "a variable that a service is handed on": lambda _, env: env("HANDED_ON", "7"),
    "a variable that an env file interpolates": lambda _, env: env("FROM_SHELL", "7"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_changes_is_seen_by_the_next_answer(asked, change, monkeypatch, tmp_path):
    assert asked.is_kept()
    before = asked().out
    change(tmp_path, monkeypatch.setenv)
    changed = asked()
    assert changed.out + changed.err != before
    fresh = compose_command.run(asked.call, *WORDS, check=False, seconds=60)
    assert (changed.code, changed.out) == (fresh.code, fresh.out)


def test_a_change_is_seen_though_size_and_time_stay_the_same(asked, tmp_path):
    assert asked.is_kept()
    file = tmp_path / ".env"
    status = file.stat()
    file.write_text(file.read_text().replace("KEY=1", "KEY=2"))
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert '"KEY": "2"' in asked().out


def test_other_profiles_names_and_directories_are_other_questions(asked, tmp_path):
    asked()
    for call in (
        Invocation(tmp_path, asked.call.files, project="shop", profiles=("debug",)),
        Invocation(tmp_path, asked.call.files, project="other"),
        Invocation(tmp_path, asked.call.files, project="shop", pwd=tmp_path / "below"),
    ):
        before = asked.times
        asked(call)
        assert asked.times == before + 1


def test_variables_that_nothing_names_and_a_shell_changes_do_not_matter(asked, monkeypatch):
    asked()
    for name in ("OLDPWD", "SHLVL", "_", "TERM_SESSION_ID"):
        monkeypatch.setenv(name, "changed")
    asked()
    assert asked.times == 1


UNKNOWN = {
    "includes another": "include: [other.yaml]\n" + SERVICES,
    "extends another": SERVICES + "    extends: {file: other.yaml, service: web}\n",
    "names an env file by a variable": SERVICES.replace("more.env", "${STAGE:-dev}.env"),
    "names an env file of a home": SERVICES.replace("more.env", "~/more.env"),
}


@pytest.mark.parametrize("text", UNKNOWN.values(), ids=UNKNOWN)
def test_nothing_is_kept_of_a_file_that(asked, text, tmp_path):
    (tmp_path / "other.yaml").write_text("services: {web: {image: web}, beside: {image: x}}\n")
    (tmp_path / "compose.yaml").write_text(text)
    assert not asked.is_kept()


def test_nothing_is_kept_of_files_that_were_just_written(asked, monkeypatch):
    monkeypatch.setattr(config_cache, "_SETTLED_SECONDS", 3600.0)
    assert not asked.is_kept()


def test_nothing_is_kept_of_a_pipe_which_gives_its_content_once(asked, tmp_path):
    (tmp_path / ".env").unlink()
    os.mkfifo(tmp_path / "more.env")
    call = Invocation(tmp_path, asked.call.files, (Path(os.devnull),), project="shop")
    ask = partial(Result, (), 0, "{}", "")
    config_cache.answered(call, WORDS, ask)
    assert config_cache.answered(call, WORDS, partial(Result, (), 0, "another", "")).out == "another"


def test_nothing_is_kept_of_an_error(asked, tmp_path):
    (tmp_path / "compose.yaml").write_text("services: {web: {image: [1]}}\n")
    assert not asked.is_kept()


def test_warnings_are_kept_with_their_answer(asked, tmp_path):
    (tmp_path / "compose.yaml").write_text("services: {web: {image: 'web:${NOBODY_SETS_IT}'}}\n")
    assert asked.is_kept()
    assert "NOBODY_SETS_IT" in asked().err


def test_a_damaged_answer_is_replaced(asked, folder):
    first = asked()
    (file,) = folder.iterdir()
    for damage in ("", "[]", "{", '["a", 1, 2, 3, 4]'):
        file.write_text(damage)
        assert asked().out == first.out
    assert asked.is_kept()


def test_only_the_user_can_read_what_is_kept_and_it_goes_with_its_directory(asked, folder, tmp_path):
    asked()
    (file,) = folder.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    config_cache.forget(tmp_path / "another")
    assert file.exists()
    config_cache.forget(tmp_path)
    assert not file.exists()


def test_the_oldest_answers_make_room(asked, folder, monkeypatch):
    monkeypatch.setattr(config_cache, "_MOST", 3)
    for number in range(6):
        asked(Invocation(asked.folder, asked.call.files, project=f"shop{number}"))
        assert len(list(folder.iterdir())) == min(number + 1, 3)
    asked(Invocation(asked.folder, asked.call.files, project="shop5"))
    assert asked.times == 6


def test_a_state_directory_that_cannot_be_written_is_no_error(asked, folder):
    folder.write_text("a file in its place")
    assert asked().code == 0
    assert not asked.is_kept()


def test_without_a_state_directory_nothing_is_written(asked, monkeypatch, tmp_path):
    place = tmp_path / "nowhere"
    monkeypatch.setenv("XDG_STATE_HOME", str(place))
    assert not asked.is_kept()
    assert not place.exists()
