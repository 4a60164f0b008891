"""Services as their compose files write them: sides of ports, and the variables in whatever is written."""

from __future__ import annotations

import json

import pytest

from worktree_tasks.configuration.compose.uninterpolated import (
    RawPort,
    RawSpec,
    default_in,
    parse_raw,
    variable_in,
    variables_in,
)

WRITTEN = """\
services:
  web:
    build: {context: ., args: {MODE: "${MODE}"}}
    entrypoint: [run, "--port"]
    command: ${PORT}
    healthcheck: {test: "curl localhost:${PORT}"}
    environment: {PORT: "${PORT:-8000}", PASSED: }
    ports:
      - "${HOST:-127.0.0.1}:${PORT:-8000}:${INNER:-80}/udp"
      - {target: 90, published: "${OTHER}"}
    env_file: [app.env, {path: more.env, required: false}]
    labels: {port: "${PORT}"}
  db:
    image: postgres
"""


def test_compose_prints_what_is_written_before_it_puts_variables_in(make_project, compose_program):
    project = make_project(compose=WRITTEN)
    project.write("app.env", "")
    printed = project.compose("config", "--no-interpolate", "--format", "json")
    web = parse_raw(json.loads(printed))["web"]
    assert web.ports == (RawPort("${PORT:-8000}", "${INNER:-80}"), RawPort("${OTHER}", "90"))
    assert [path.rpartition("/")[2] for path in web.env_files] == ["app.env", "more.env"]
    assert dict(web.environment) == {"PORT": "${PORT:-8000}"}
    assert {"run", "--port", "${PORT}", "curl localhost:${PORT}"} <= set(web.program)
    assert "${MODE}" in web.rest
    assert not [text for text in web.rest if "PORT" in text]


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ({"env_file": "a.env"}, RawSpec(env_files=("a.env",))),
        ({"env_file": ["a.env", {"path": "b.env"}]}, RawSpec(env_files=("a.env", "b.env"))),
        ({"ports": [{"target": 80}], "env_file": None}, RawSpec(ports=(RawPort("", "80"),))),
        ({"environment": ["A=1", "PASSED"], "labels": {"a": 1}}, RawSpec(environment={"A": "1"})),
        ({"image": "redis", "expose": ["80"]}, RawSpec(rest=("redis",))),
    ],
)
def test_short_and_long_syntax_are_read_alike(given, read):
    assert parse_raw({"services": {"web": given}}) == {"web": read}


@pytest.mark.parametrize(
    ("given", "published", "target"),
    [
        (8000, "", "8000"),
        ("${P}", "", "${P}"),
        ("${P}:80", "${P}", "80"),
        ("${P:-127.0.0.1:80}:${T:-90}/udp", "${P:-127.0.0.1:80}", "${T:-90}"),
        ("127.0.0.1:${P:-${Q:-80}}:80", "${P:-${Q:-80}}", "80"),
        ("[::1]:80:${T}", "80", "${T}"),
        ("3000-3005:3000-3005", "3000-3005", "3000-3005"),
    ],
)
def test_a_port_has_a_side_on_the_host_and_one_in_the_container(given, published, target):
    (read,) = parse_raw({"services": {"web": {"ports": [given]}}})["web"].ports
    assert read == RawPort(published, target)


@pytest.mark.parametrize(
    ("text", "every", "only"),
    [
        ("$P", {"P"}, "P"),
        ("${P}", {"P"}, "P"),
        ("${P:-80}", {"P"}, "P"),
        ("${P:?say which}", {"P"}, "P"),
        ("80${P}", {"P"}, None),
        ("${P}${Q}", {"P", "Q"}, None),
        ("${P:-${Q}}", {"P", "Q"}, None),
        ("$$P", set(), None),
        ("80", set(), None),
    ],
)
def test_a_text_has_variables_and_may_be_one(text, every, only):
    assert variables_in(text) == every
    assert variable_in(text) == only


def test_the_default_of_a_variable_is_read_where_it_has_one():
    assert default_in("${P:-80}", "P") == default_in("${P-80}", "P") == ("80",)
    assert default_in("${P}", "P") == default_in("${P:-${Q}}", "P") == default_in("${Q:-80}", "P") == ()
