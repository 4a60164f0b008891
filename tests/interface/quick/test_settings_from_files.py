"""Settings are the same whether Invoke reads them or not, and what is unusual is left to it."""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress

import pytest
from invoke.config import Config
from invoke.context import Context

from worktree_tasks.interface.quick.settings_from_files import Unusual, settings_in
from worktree_tasks.interface.settings_from_invoke import ns, settings_of

FILES = [
    {},
    {"shop/invoke.yaml": "wt:\n  base: develop\n  services: {own: [mail], shared: ''}\n  wait: 5\n"},
    {"shop/invoke.yaml": "run: {echo: true}\n"},
    {"shop/invoke.yaml": ""},
    {"shop/invoke.yml": "wt: {plain: yes, env: {A: '{slug}', B: 1}}\n"},
    {"shop/invoke.json": json.dumps({"wt": {"profiles": ["dev"], "hooks": {"after_new": "make seed"}}})},
    {"shop/invoke.yaml": "wt: {root: ../trees}\n", "shop/invoke.json": json.dumps({"wt": {"root": "no"}})},
    {"home/.invoke.yaml": "wt: {root: ~/trees, env: {A: mine}}\n", "shop/invoke.yaml": "wt: {env: {B: 2}}\n"},
]
UNUSUAL = [
    {"shop/invoke.yaml": "wt: [broken\n"},
    {"shop/invoke.yaml": "wt: text\n"},
    {"shop/invoke.yaml": "- wt\n"},
    {"shop/invoke.yaml": "run: {dry: true}\n"},
    {"shop/invoke.yaml": "wt: {unknown: 1}\n"},
    {"shop/invoke.yaml": "wt: {wait: soon}\n"},
    {"shop/invoke.yaml": "wt: {env: text}\n"},
    {"shop/invoke.yaml": "wt: {root: {a: b}}\n"},
    {"shop/invoke.yaml": "a: &a [1]\nwt: {files: *a}\n"},
    {"shop/invoke.yaml": "# long\n" * (1 << 14)},
    {"shop/invoke.json": "{"},
]


@pytest.fixture
def main(tmp_path, nobodys_home):
    def write(files):
        for name, text in files.items():
            place = nobodys_home if name.startswith("home/") else tmp_path / "shop"
            place.mkdir(exist_ok=True)
            (place / name.partition("/")[2]).write_text(text)
        return tmp_path / "shop"

    return write


@pytest.mark.parametrize("files", FILES)
def test_plain_settings_are_those_that_invoke_reads(main, files):
    place = main(files)
    config = Config(project_location=place, lazy=True)
    config.load_system()
    config.load_user()
    config.load_project()
    assert settings_in(place, os.environ) == settings_of(Context(config), ns)


@pytest.mark.parametrize("files", UNUSUAL)
def test_what_is_unusual_or_wrong_is_left_to_invoke(main, files):
    with pytest.raises(Unusual):
        settings_in(main(files), os.environ)


def test_settings_in_the_environment_are_left_to_invoke(main):
    with pytest.raises(Unusual):
        settings_in(main({}), {"INVOKE_WT_BASE": "develop"})


def test_what_is_no_file_is_not_waited_for(main):
    place = main({"shop/a": ""})
    os.mkfifo(place / "invoke.yaml")
    with pytest.raises(Unusual):
        settings_in(place, {})


def yaml_is_not_needed(monkeypatch):
    monkeypatch.setitem(sys.modules, "yaml", None)


@pytest.fixture
def state(tmp_path, monkeypatch):
    folder = tmp_path / "state" / "worktree-tasks"
    folder.mkdir(parents=True)
    monkeypatch.setenv("XDG_STATE_HOME", str(folder.parent))
    return folder


def test_a_file_that_did_not_change_is_not_parsed_again(main, state, monkeypatch):
    place = main({"shop/invoke.yaml": "wt: {base: develop, wait: 5, fetch: yes, env: {A: 1.0}}\n"})
    first = settings_in(place, os.environ)
    assert (state / "settings.json").stat().st_mode & 0o777 == 0o600
    yaml_is_not_needed(monkeypatch)
    assert settings_in(place, os.environ) == first


def test_a_change_of_one_character_counts_even_if_the_file_looks_the_same(main, state):
    place = main({"shop/invoke.yaml": "wt: {wait: 5}\n"})
    assert settings_in(place, os.environ).wait == 5
    before = (place / "invoke.yaml").stat()
    (place / "invoke.yaml").write_text("wt: {wait: 6}\n")
    os.utime(place / "invoke.yaml", ns=(before.st_atime_ns, before.st_mtime_ns))
    assert settings_in(place, os.environ).wait == 6


@pytest.mark.parametrize(
    "text",
    [
        "wt: {wait: 5}\nsudo: {password: secret}\n",
        "wt: {on: box}\n",
        "wt: {wait: 5}\n" + "# long\n" * 1000,
        "wt: [broken\n",
    ],
)
def test_what_may_hold_passwords_or_does_not_survive_json_is_not_kept(main, state, text):
    place = main({"shop/invoke.yaml": text})
    with suppress(Unusual):
        settings_in(place, os.environ)
    assert not (state / "settings.json").exists()


@pytest.mark.parametrize("text", ["", "[]", "{", '{"PATH": 1}', '{"PATH": ["wt: {wait: 6}"]}'])
def test_what_is_kept_may_be_damaged(main, state, text):
    place = main({"shop/invoke.yaml": "wt: {wait: 6}\n"})
    (state / "settings.json").write_text(text.replace("PATH", str(place / "invoke.yaml")))
    assert settings_in(place, os.environ).wait == 6


def test_without_a_state_directory_nothing_is_written(main, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "none"))
    settings_in(main({"shop/invoke.yaml": "wt: {wait: 6}\n"}), os.environ)
    assert not (tmp_path / "none").exists()
