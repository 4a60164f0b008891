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
def asked(compose_program, folder, tmp_path) -> Asked:
    learn_plugin()
    (tmp_path / "compose.yaml").write_text(SERVICES)
    (tmp_path / ".env").write_text("KEY=1\nOTHER=${FROM_SHELL:-x}\n")
    return Asked(tmp_path)


def test_an_answer_counts_while_nothing_changes(asked):
    first = asked()
    assert asked().out == first.out
    assert asked.times == 1
    assert '"KEY": "1"' in first.out


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


def test_nothing_is_kept_of_a_file_that_includes_another(asked, tmp_path):
    (tmp_path / "other.yaml").write_text("services: {beside: {image: x}}\n")
    (tmp_path / "compose.yaml").write_text("include: [other.yaml]\n" + SERVICES)
    assert not asked.is_kept()


def _written(folder: Path) -> None:
    (folder / "more.env").write_text("KEY=2\n")


def _written_and_back(folder: Path) -> None:
    before = (folder / ".env").read_text()
    (folder / ".env").write_text("KEY=2\n")
    (folder / ".env").write_text(before)


def _led_elsewhere(folder: Path) -> None:
    (folder / "link").unlink()
    (folder / "link").symlink_to(".")


@pytest.mark.parametrize("change", [_written, _written_and_back, _led_elsewhere])
def test_nothing_is_kept_if_a_file_changes_while_compose_runs(asked, change, tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "link").symlink_to("sub")
    (tmp_path / "compose.yaml").write_text(SERVICES + "    label_file: [link/../compose.yaml, link]\n")

    def ask() -> Result:
        change(tmp_path)
        return Result((), 0, "{}", "")

    config_cache.answered(asked.call, WORDS, ask)
    assert config_cache.answered(asked.call, WORDS, partial(Result, (), 0, "new", "")).out == "new"


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
    for damage in ("", "[]", "{", '"/"\n["a", 1, 2, 3, 4]', '"/"\n[]'):
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


@pytest.mark.parametrize(
    "then", [lambda asked: config_cache.forget(asked.folder / "x"), lambda asked: asked()]
)
def test_what_is_kept_on_a_directory_that_is_gone_or_was_moved_goes_too(asked, folder, then, tmp_path):
    gone = tmp_path / "gone"
    gone.mkdir()
    (gone / "compose.yaml").write_text(SERVICES)
    (gone / ".env").write_text("KEY=secret\n")
    asked(Invocation(gone, (gone / "compose.yaml",), project="shop"))
    (file,) = folder.iterdir()
    gone.rename(tmp_path / "moved")
    then(asked)
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
