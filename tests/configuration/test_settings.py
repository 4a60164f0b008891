from __future__ import annotations

import ipaddress
from dataclasses import fields

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worktree_tasks.configuration.drift.custom_tool import Described
from worktree_tasks.configuration.hosts import Host
from worktree_tasks.configuration.settings import DEFAULTS, Settings, parse
from worktree_tasks.errors import BadUse


def hook() -> None:
    """A hook."""


def source(key: str) -> str:
    return f"the file of {key}"


def read(**values) -> Settings:
    return parse({**DEFAULTS, **values}, source)


def field_of(key: str) -> str:
    return key.rpartition(".")[2]


def given_as(key: str, value) -> dict:
    outer, _, inner = key.partition(".")
    return {outer: {**DEFAULTS[outer], inner: value}} if inner else {key: value}


def test_nothing_configured_gives_the_documented_defaults():
    assert parse({}, source) == parse(DEFAULTS, source) == Settings()


def test_every_default_is_a_setting_and_every_setting_has_a_default():
    flat = {name for key in DEFAULTS for name in (DEFAULTS[key] if key == "services" else (key,))}
    assert flat == {field.name for field in fields(Settings)}


TOOL = {"table": "app.SequelizeMeta", "column": "name", "files": "migrations/*.js, more/*.js"}
GOOD = [
    ("root", "/elsewhere/{project}", "/elsewhere/{project}"),
    ("root", "~/trees", "~/trees"),
    ("main", "/srv/shop", "/srv/shop"),
    ("host", "{slug}.{project}.localhost", "{slug}.{project}.localhost"),
    ("host", "dev.example.com", "dev.example.com"),
    ("host", "192.168.7.5", "192.168.7.5"),
    ("base", "develop", "develop"),
    ("compose", "a.yml, b.yml,", ("a.yml", "b.yml")),
    ("compose", ["a.yml"], ("a.yml",)),
    ("services.own", "web,vite", ("web", "vite")),
    ("services.own", ("web",), ("web",)),
    ("services.shared", ["db"], ("db",)),
    ("services.shared", "", ()),
    ("files", "*.pem, keys/", ("*.pem", "keys/")),
    ("env", {"SITE": "{url.web}"}, {"SITE": "{url.web}"}),
    ("env", {"N": 5}, {"N": "5"}),
    ("brokers", "QUEUE_URL", ("QUEUE_URL",)),
    ("queues", "own", "own"),
    ("schedulers", "beat, cron", ("beat", "cron")),
    ("env_files", "dev.env, ../all.env", ("dev.env", "../all.env")),
    ("profiles", ["debug"], ("debug",)),
    ("bind", "0.0.0.0", "0.0.0.0"),  # noqa: S104 - what somebody may configure
    ("bind", "::1", "::1"),
    ("network", "project", "project"),
    ("subnets", "10.1.0.0/20", ipaddress.IPv4Network("10.1.0.0/20")),
    ("subnets", "192.168.7.64/26", ipaddress.IPv4Network("192.168.7.64/26")),
    ("database", "clone", "clone"),
    ("databases", "shop_cache, db/jobs", ("shop_cache", "db/jobs")),
    ("redis", "shared", "shared"),
    ("template_max_age", "60", 60.0),
    ("migrate", {"service": "web", "command": "make it"}, {"service": "web", "command": "make it"}),
    ("drift", TOOL, Described("app.SequelizeMeta", "name", ("migrations/*.js", "more/*.js"))),
    ("drift", {**TOOL, "files": ["db/*.sql"]}, Described("app.SequelizeMeta", "name", ("db/*.sql",))),
    ("drift", {}, None),
    (
        "ready",
        {"web": 8000, "api": "3000", "worker": False, "mail": "no"},
        {"web": 8000, "api": 3000, "worker": 0, "mail": 0},
    ),
    ("wait", "90", 90.0),
    ("wait", 0, 0.0),
    ("wait", 2.5, 2.5),
    ("git_in_containers", "ro", "ro"),
    ("git_in_containers", "rw", "rw"),
    ("git_in_containers", "no", "no"),
    # As YAML reads `no`.
    ("git_in_containers", False, "no"),
    ("on", "box", "box"),
    (
        "hosts",
        {"box": {"ssh": "me@10.0.0.5", "path": "~/shop"}},
        {"box": Host("box", "me@10.0.0.5", "~/shop")},
    ),
    ("fetch", "yes", True),
    ("plain", "yes", True),
    ("fetch", "0", False),
    ("plain", "0", False),
    ("fetch", True, True),
    ("plain", True, True),
    ("fetch", 1, True),
    ("plain", 1, True),
    ("fetch", "", False),
    ("plain", "", False),
    ("clean_min_age", "0", 0.0),
    ("trash_days", 7, 7.0),
    ("trash_max_bytes", "1000", 1000),
    ("copy_max_bytes", "1000", 1000),
    ("hooks", {"after_new": "make seed"}, {"after_new": ("make seed",)}),
    ("hooks", {"before_start": [hook, "x"]}, {"before_start": (hook, "x")}),
]

BAD = [
    ("root", "{nope}/x"),
    ("root", "{project"),
    ("root", "{}"),
    ("root", "{project!x}"),
    ("root", "{project:d}"),
    ("root", "{project.name}"),
    ("root", ""),
    ("root", ["a"]),
    ("main", "  "),
    ("on", 5),
    ("hosts", "box"),
    ("main", 5),
    ("host", "{branch}.localhost"),
    ("host", "http://{slug}.localhost"),
    ("host", "localhost:8000"),
    ("host", "two words"),
    ("host", "{slug}..localhost"),
    ("host", "{slug}.localhost\n"),
    ("base", ["main"]),
    ("base", ""),
    ("compose", {"a": "b"}),
    ("compose", [1]),
    ("env_files", {"a": "b"}),
    ("profiles", 3),
    ("profiles", [""]),
    ("services.own", [1]),
    ("services.own", ["web", " "]),
    ("services.shared", 3),
    ("files", 7),
    ("env", "A=1"),
    ("env", ["A"]),
    ("brokers", {"A": "b"}),
    ("schedulers", 5),
    ("queues", "elsewhere"),
    ("bind", "localhost"),
    ("bind", "127.0.0.1:80"),
    ("network", "host"),
    ("network", ["project"]),
    ("subnets", "10.0.0.0/27"),
    ("subnets", "8.8.0.0/16"),
    ("subnets", "10.213.0.5/16"),
    ("subnets", "fd00::/48"),
    ("subnets", "everything"),
    ("database", "own"),
    ("databases", 5),
    ("redis", "none"),
    ("template_max_age", "a day"),
    ("migrate", "make it"),
    ("migrate", {"service": "web"}),
    ("drift", "knex_migrations"),
    ("drift", ["t", "c"]),
    ("drift", {**TOOL, "table": None}),
    ("drift", {**TOOL, "files": []}),
    ("ready", 8000),
    ("wait", "soon"),
    ("wait", "-1"),
    ("wait", "nan"),
    ("wait", "inf"),
    ("wait", True),
    ("wait", [1]),
    ("git_in_containers", "yes"),
    ("git_in_containers", True),
    ("git_in_containers", 0),
    ("git_in_containers", ""),
    ("fetch", "maybe"),
    ("plain", "maybe"),
    ("fetch", 2),
    ("plain", 2),
    ("clean_min_age", "an hour"),
    ("trash_days", "-3"),
    ("trash_max_bytes", "1 GB"),
    ("copy_max_bytes", "1 GB"),
    ("hooks", "make seed"),
]


@pytest.mark.parametrize(("key", "value", "expected"), GOOD)
def test_a_value_that_can_be_meant_is_read(key, value, expected):
    assert getattr(read(**given_as(key, value)), field_of(key)) == expected


@pytest.mark.parametrize("port", ["http", 65536, [8000], None, ""])
def test_a_port_that_cannot_be_meant_is_told_with_its_service(port):
    with pytest.raises(BadUse) as told:
        parse({**DEFAULTS, "ready": {"web": port}}, "the file of {}".format)
    what = f"setting wt.ready.web = {port!r} (from the file of ready.web) cannot be used"
    assert told.value.what == what


@pytest.mark.parametrize(("key", "value"), BAD)
def test_a_value_that_cannot_be_meant_is_told_with_key_value_source_and_a_hint(key, value):
    with pytest.raises(BadUse) as told:
        read(**given_as(key, value))
    what = f"setting wt.{key} = {value!r} (from the file of {key}) cannot be used"
    assert told.value.what == what
    assert told.value.hint


def test_a_template_with_a_name_that_nothing_has_is_told_with_those_that_there_are():
    with pytest.raises(BadUse) as told:
        read(env={"SITE": "{url.web}", "NAME": "{nope}"})
    assert told.value.what.startswith("setting wt.env.NAME = '{nope}'")
    assert "{branch}, {project}, {slot}, {slug}, {url.SERVICE}" in told.value.hint


@pytest.mark.parametrize("name", ["A B", "A=B", "", "A\n", "#A", "'A'"])
def test_a_name_that_no_env_file_can_have_is_refused(name):
    with pytest.raises(BadUse) as told:
        read(env={name: "x"})
    assert told.value.what == f"setting wt.env.{name} = 'x' (from the file of env.{name}) cannot be used"
    assert read(env={"vite.port-2": "x"}).env == {"vite.port-2": "x"}


# `true` in YAML is another text in a compose file than in Python.
@pytest.mark.parametrize("value", [None, ["a"], {"a": "b"}, True])
def test_a_value_for_an_env_file_that_is_no_text_is_refused(value):
    with pytest.raises(BadUse) as told:
        read(env={"SITE": value})
    assert told.value.what.startswith(f"setting wt.env.SITE = {value!r} (from the file of env.SITE)")
    assert read(env={"SITE": ""}).env == {"SITE": ""}


def test_every_setting_has_been_tried_with_good_and_bad():
    keys = {name for key in DEFAULTS for name in (
        (f"{key}.{inner}" for inner in DEFAULTS[key]) if key == "services" else (key,)
    )}  # fmt: skip
    assert {key for key, *_ in GOOD} == keys
    assert {key for key, _ in BAD} == keys


@pytest.mark.parametrize("key", [key for key in DEFAULTS if key != "services"])
def test_none_is_the_default_as_an_empty_key_in_yaml_gives_it(key):
    assert read(**{key: None}) == Settings()
    assert read(services=None) == Settings()
    assert read(services={"own": None, "shared": None}) == Settings()


@pytest.mark.parametrize(
    ("values", "key", "known"),
    [
        ({"rooot": "x"}, "rooot", "root"),
        ({"services": {"mine": "web"}}, "services.mine", "services.own"),
    ],
)
def test_an_unknown_key_is_told_with_those_that_are_known(values, key, known):
    with pytest.raises(BadUse) as told:
        read(**values)
    assert told.value.what == f"setting wt.{key} (from the file of {key}) is not known"
    assert known in told.value.hint


def test_services_are_a_mapping():
    with pytest.raises(BadUse, match=r"setting wt\.services = 'web'"):
        read(services="web")


def test_a_service_that_is_own_and_shared_is_told():
    with pytest.raises(BadUse, match=r"setting wt\.services\.own = 'web'") as told:
        read(services={"own": "web,api", "shared": ["web"]})
    assert "services.shared" in told.value.hint


@pytest.mark.parametrize("command", ["", "  ", "make 'seed"])
def test_a_command_that_cannot_be_run_is_told_before_anything_is_done(command):
    with pytest.raises(BadUse, match=r"setting wt\.hooks\.after_new = "):
        read(hooks={"after_new": ["make seed", command]})
    with pytest.raises(BadUse, match=r"setting wt\.migrate\.command = "):
        read(migrate={"service": "web", "command": command})


@pytest.mark.parametrize(("name", "given"), [("after_lunch", "x"), ("after_new", 5), ("after_new", ["x", 5])])
def test_a_hook_that_cannot_be_is_told_by_its_name(name, given):
    with pytest.raises(BadUse, match=rf"setting wt\.hooks\.{name} = ") as told:
        read(hooks={name: given})
    assert told.value.hint


def test_where_a_good_value_comes_from_is_not_asked():
    def ask(key: str) -> str:
        raise AssertionError(key)

    assert parse({**DEFAULTS, "wait": "5"}, ask).wait == 5


values = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.lists(st.text(max_size=3)),
    st.dictionaries(st.text(max_size=3), st.integers()),
)  # fmt: skip


@settings(deadline=None)
@given(st.sampled_from(sorted(DEFAULTS)), values)
def test_whatever_is_configured_is_read_or_told_and_fits_where_it_is_used(key, value):
    try:
        found = read(**{key: value})
    except BadUse:
        return
    assert found.root.format(project="shop")
    assert found.host.format(slug="auth", project="shop")
    assert found.wait >= 0
    assert found.subnets.prefixlen <= 26


@pytest.mark.parametrize(
    ("inner", "value"),
    [
        ("table", 'x"; DROP TABLE y'),
        ("table", "a.b.c"),
        ("column", 7),
        ("column", "a.b"),
        ("files", {"a": 1}),
        ("files", "/etc/*"),
        ("files", "../other/*.sql"),
    ],
)
def test_what_does_not_describe_a_tool_is_told_with_its_part(inner, value):
    with pytest.raises(BadUse, match=rf"setting wt\.drift\.{inner} = ") as told:
        read(drift={**TOOL, inner: value})
    assert told.value.hint


def test_a_tool_is_described_by_nothing_else():
    with pytest.raises(BadUse, match=r"setting wt\.drift\.engine \(from .*\) is not known"):
        read(drift={**TOOL, "engine": "mysql"})
