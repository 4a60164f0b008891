"""Settings are the same whether Invoke reads them or not, and what is unusual is left to it."""

from __future__ import annotations

import json
import os

import pytest
from invoke.config import Config
from invoke.context import Context

from worktree_tasks.interface.quick.settings_from_files import Unusual, settings_in
from worktree_tasks.interface.settings import ns, settings_of

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
