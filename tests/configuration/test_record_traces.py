"""What is read of an override and of labels, which anybody may have written."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worktree_tasks.configuration import record_traces
from worktree_tasks.configuration.compose import override_text
from worktree_tasks.configuration.compose.merge_tags import Override, Reset
from worktree_tasks.configuration.ports import Port
from worktree_tasks.configuration.record_traces import Published, Trace, leased

KEY = "0123456789abcdef" * 2
LABELS = {
    "worktree-tasks.key": KEY,
    "worktree-tasks.project": "shop",
    "worktree-tasks.worktree": "auth",
    "worktree-tasks.main": "/home/me/$$shop",
    "worktree-tasks.branch": "auth",
    "worktree-tasks.slot": "2",
}


def document(**changes):
    """Return an override as it is written, with other labels or another port."""
    port = {"target": 8000, "protocol": "tcp", "host_ip": "127.0.0.1", "published": "8002"}
    port |= {key: value for key, value in changes.items() if key in port}
    labels = LABELS | {f"worktree-tasks.{key}": value for key, value in changes.items() if key not in port}
    return {
        "name": "shop-auth",
        "services": {
            "web": {"ports": Override([port]), "labels": labels, "environment": {"SITE": "yes"}},
            "db": Reset(),
        },
        "networks": {"default": Override({"name": "shop_worktree_auth", "external": True})},
    }


def told(made) -> Trace | None:
    return record_traces.of_override(override_text.load(override_text.dump(made)))


def test_what_an_override_says_is_read_as_it_was_written():
    assert told(document()) == Trace(
        key=KEY,
        project="shop",
        name="auth",
        main="/home/me/$shop",
        branch="auth",
        slot=2,
        compose_project="shop-auth",
        network="shop_worktree_auth",
        ports=(Published("web", 8000, "tcp", "127.0.0.1", 8002),),
        environment=(("SITE", "yes"),),
    )


@pytest.mark.parametrize(
    ("label", "value", "field"),
    [
        ("key", "../../etc", "key"),
        ("key", KEY.upper(), "key"),
        ("worktree", "../../up", "name"),
        ("worktree", "a" * 41, "name"),
        ("slot", "9" * 5000, "slot"),
        ("slot", "\u00b2", "slot"),
        ("slot", "-1", "slot"),
    ],
)
def test_a_label_that_we_would_not_write_tells_nothing(label, value, field):
    found = told(document(**{label: value}))
    assert found is not None
    assert getattr(found, field) is None


@pytest.mark.parametrize(
    "port",
    [{"published": "0"}, {"published": "70000"}, {"target": "x"}, {"protocol": "-"}, {"host_ip": "a b"}],
)
def test_a_port_that_can_be_none_is_none(port):
    found = told(document(**port))
    assert found is not None
    assert found.ports == ()


@pytest.mark.parametrize("change", [{"name": "Shop/.."}, {"name": ["x"]}, {"networks": []}, {"name": ""}])
def test_what_names_no_stack_is_no_override_of_ours(change):
    assert told({**document(), **change}) is None


def test_services_of_another_form_are_passed_over():
    made = {**document(), "services": {"web": ["ports"], "db": {"labels": ["a=b"]}, "c": {"labels": None}}}
    assert told(made) == Trace(compose_project="shop-auth", network="shop_worktree_auth")


BOMB = "a: &a [x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 8)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    "text",
    [
        BOMB,
        "a: &a {b: *a}",
        "[" * 100_000,
        "{a: " * 5_000 + "1" + "}" * 5_000,
        "? [a]\n: b",
        "a: b: c",
        "\0",
        "- " * 3_000,
        "x" * (override_text.LONGEST + 1),
    ],
    ids=["bomb", "loop", "deep", "deep maps", "key", "no yaml", "nul", "deep lists", "long"],
)
def test_yaml_that_we_would_not_write_is_none_and_takes_no_time(text):
    before = time.process_time()
    assert override_text.load(text) is None
    assert time.process_time() - before < 10


@settings(deadline=None, max_examples=100)
@given(
    st.recursive(
        st.one_of(st.text(), st.integers(), st.none(), st.sampled_from(["name", "services", "default"])),
        lambda inner: st.one_of(
            st.lists(inner),
            st.dictionaries(
                st.sampled_from(["name", "services", "networks", "default", "labels", "ports"]), inner
            ),
        ),
        max_leaves=12,
    )
)
def test_any_document_is_read_without_a_traceback(made):
    record_traces.of_override(override_text.load(override_text.dump(made)))


def test_containers_labels_and_bindings_are_read_as_carefully():
    labels = {**LABELS, "worktree-tasks.worktree": "/", "com.docker.compose.service": "web"}
    bindings = {"8000/tcp": [{"HostIp": "", "HostPort": "8002"}, {"HostPort": "x"}], "y": [{"HostPort": "1"}]}
    found = record_traces.of_container(labels, bindings)
    assert (found.key, found.name) == (KEY, None)
    assert found.ports == (Published("web", 8000, "tcp", "", 8002),)


def test_the_ports_of_a_trace_are_leases_each_in_its_place():
    told = (
        Published("web", 80, "tcp", "127.0.0.1", 8002),
        Published("web", 80, "tcp", "127.0.0.1", 9002),
        Published("web", 80, "udp", "::1", 8002),
    )
    assert leased(Trace(ports=told), "127.0.0.1") == (
        Port("web", 80, published=8002),
        Port("web", 80, published=9002),
        Port("web", 80, "udp", published=8002, host_ip="::1"),
    )
