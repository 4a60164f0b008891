from __future__ import annotations

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from worktree_tasks.configuration.compose.override import Override, Reset
from worktree_tasks.configuration.compose.override_text import dump


class Reader(yaml.SafeLoader):
    """Reads our tags back."""


def overriding(loader: yaml.SafeLoader, node: yaml.Node) -> Override:
    if isinstance(node, yaml.MappingNode):
        return Override(loader.construct_mapping(node, deep=True))
    if isinstance(node, yaml.SequenceNode):
        return Override(loader.construct_sequence(node, deep=True))
    return Override(loader.construct_scalar(node))


Reader.add_constructor("!override", overriding)
Reader.add_constructor("!reset", lambda *_: Reset())

scalars = st.one_of(st.text(), st.integers(), st.booleans(), st.none())
plain = st.recursive(
    scalars, lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner)), max_leaves=8
)
documents = st.dictionaries(
    st.text(),
    st.one_of(
        plain,
        st.just(Reset()),
        st.builds(Override, st.one_of(st.lists(plain), st.dictionaries(st.text(), plain))),
    ),
)


def read(text: str):
    return yaml.load(text, Loader=Reader)  # noqa: S506 - derived from the safe one


@settings(deadline=None, max_examples=50)
@given(documents)
def test_a_document_reads_as_what_was_written(document):
    assert read(dump(document)) == document


def test_the_two_tags_are_composes():
    text = dump({"ports": Override([{"target": 80}]), "networks": Override({}), "hostname": Reset()})
    assert "ports: !override\n- target: 80\n" in text
    assert "networks: !override {}\n" in text
    assert "hostname: !reset" in text


def test_the_head_says_who_writes_it_and_where_to_change_it():
    head = [line for line in dump({}).splitlines() if line.startswith("#")]
    assert "worktree-tasks" in head[0]
    assert "settings" in head[1]


def test_repeated_values_are_written_in_full():
    shared = {"worktree-tasks.key": "k"}
    text = dump({"a": {"labels": shared}, "b": {"labels": shared}})
    assert "&" not in text
    assert "*" not in text
    assert text.count("worktree-tasks.key: k") == 2


@pytest.mark.parametrize(
    "value", ["yes", "no", "8001", "0o17", "1e3", "null", "~", "on", "2024-01-01", "22:22"]
)
def test_text_that_looks_like_another_kind_of_value_stays_text(value):
    assert read(dump({"value": value, "deep": Override([value])})) == {
        "value": value,
        "deep": Override([value]),
    }


def test_letters_of_all_scripts_stay_readable():
    assert "größe-变更" in dump({"path": "größe-变更"})
