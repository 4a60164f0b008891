"""A compose file as it is written: the files that it names, and the variables that it takes."""

from __future__ import annotations

import pytest

from worktree_tasks.configuration.compose.compose_file_text import (
    Mentions,
    mentions,
    places_of,
    variables_of_env_file,
)


def test_every_file_that_compose_reads_for_it_is_named():
    found = mentions(
        "include:\n  - a.yaml\n  - {path: [b.yaml, c.yaml], env_file: d.env}\n"
        "services:\n"
        "  web: {extends: {file: e.yaml, service: x}, env_file: f.env}\n"
        "  job: {extends: web, env_file: [g.env, {path: h.env, required: false}], label_file: i.labels}\n"
    )
    files = dict(found.files)
    assert {name for name, like_it in files.items() if like_it} == {"a.yaml", "b.yaml", "c.yaml", "e.yaml"}
    assert {name for name, like_it in files.items() if not like_it} == {
        "d.env", "f.env", "g.env", "h.env", "i.labels"
    }  # fmt: skip


def test_tags_documents_and_what_is_no_mapping_are_no_obstacle():
    text = "services: !reset {web: !override {image: $X}}\n---\n- 1\n---\ninclude: [a.yaml]\n"
    assert mentions(text) == Mentions(files=(("a.yaml", True),), variables=frozenset("X"))


@pytest.mark.parametrize("text", ["a: [", "\0", "a: *b", "", "- x", "{" * 5000, "? {a: b}\n: c\n"])
def test_what_is_no_compose_file_has_nothing(text):
    assert mentions(text).files == ()


@pytest.mark.parametrize(
    "text",
    ["include: 5", "include: [[a]]", "services: [a]", "services: {web: 5}", "services: {web: {env_file: 5}}"],
)
def test_whatever_stands_in_it_is_read_without_complaint(text):
    assert mentions(text).variables == frozenset()


def test_aliases_that_repeat_each_other_are_read_once():
    bomb = "x0: &x0 [$A, $B]\n" + "".join(
        f"x{number}: &x{number} [{', '.join([f'*x{number - 1}'] * 9)}]\n" for number in range(1, 30)
    )
    assert mentions(bomb).variables == {"A", "B"}


def test_variables_are_those_that_are_put_in_and_those_that_are_handed_on():
    found = mentions(
        "services:\n"
        "  web:\n"
        '    image: "x:${A:-${B}}$C$$D"\n'
        "    environment: [E, F=1, G=$H]\n"
        "    build: {context: ., args: {I: , J: 1}}\n"
        "  job: {environment: {K: null, L: x}}\n"
        "  # ${M}\n"
        "secrets: {s: {environment: N}}\n"
        "configs: {c: {content: $O}}\n"
    )
    assert found.variables == {*"ABCEHIKNO"}


def test_an_env_file_takes_what_it_names_alone_and_what_it_refers_to():
    assert variables_of_env_file("A=1\nB\nexport C\nD=${E}-$F-$$G\n# H I\n") == {*"BCEF"}


def test_an_env_file_may_come_from_windows_and_name_a_variable_behind_a_value():
    assert variables_of_env_file("\ufeffA\r\nB.b \r\nX='1' C\r\n\n\nexport\tD\u00a0\r\n") == {
        "A",
        "B.b",
        "C",
        "D",
    }


def test_a_named_path_lies_in_the_checkout_or_nowhere():
    assert places_of("./b.yml", ("", "deploy")) == ["b.yml", "deploy/b.yml"]
    assert places_of("../b.yml", ("deploy", "")) == ["b.yml"]
    assert places_of("/b.yml", ("",)) == places_of("https://x/b.yml", ("",)) == []
