"""JSON texts with something put in and taken out: every other byte stays."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as some

from worktree_tasks.configuration.agents.json_text import NotPlain, parse, with_element, with_member, without

KEYS = some.text(max_size=4)
VALUES = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats(allow_nan=False) | some.text(max_size=6),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(KEYS, inner, max_size=3),
    max_leaves=12,
)
OBJECTS = some.dictionaries(KEYS, VALUES, min_size=1, max_size=4)


def written(data, layout):
    text = json.dumps(data, indent=layout, ensure_ascii=len(str(data)) % 2 == 0)
    return text.replace("\n", "\r\n") if len(text) % 2 else text


LAYOUTS = some.sampled_from([None, 2, 4, "\t"])


@given(OBJECTS, LAYOUTS, VALUES)
def test_a_member_is_put_in_beside_the_others_and_taken_out_again(data, layout, value):
    data.pop("ours", None)
    text = written(data, layout)
    made = with_member(text, ("ours", "deep"), value)
    assert json.loads(made) == {**data, "ours": {"deep": value}}
    assert made.startswith(text.rstrip("} \r\n\t"))
    assert without(made, ("ours", "deep")) == text


@given(OBJECTS, LAYOUTS, some.lists(VALUES, min_size=1, max_size=3), VALUES)
def test_an_element_is_put_in_behind_the_others_and_taken_out_again(data, layout, there, value):
    data["ours"] = there
    text = written(data, layout)
    made = with_element(text, ("ours",), value)
    assert json.loads(made) == {**data, "ours": [*there, value]}
    assert without(made, ("ours", len(there))) == text


@given(OBJECTS, LAYOUTS)
def test_any_member_is_taken_out_without_a_change_to_the_others(data, layout):
    for key in data:
        rest = {name: value for name, value in data.items() if name != key}
        assert json.loads(without(written(data, layout), (key,))) == rest


def test_what_is_put_in_is_written_as_the_rest_is():
    tabs = '{\n\t"a": [\n\t\t1\n\t]\n}\n'
    assert with_element(tabs, ("a",), {"b": 2}) == '{\n\t"a": [\n\t\t1,\n\t\t{\n\t\t\t"b": 2\n\t\t}\n\t]\n}\n'
    assert with_member('{"a": 1.50}', ("b",), [2]) == '{"a": 1.50, "b": [2]}'
    assert with_member("", ("b", "c"), 2) == '{\n  "b": {\n    "c": 2\n  }\n}\n'
    assert with_member('{\r\n  "a": {}\r\n}\r\n', ("a", "b"), 2) == (
        '{\r\n  "a": {\r\n    "b": 2\r\n  }\r\n}\r\n'
    )


def test_what_is_there_already_stays():
    text = '{"a": {"b": 1}, "c": []}'
    assert with_member(text, ("a", "b"), 2) == text


def test_of_a_key_that_is_there_twice_the_one_that_counts_is_changed():
    made = with_member('{"a": {"x": 1}, "a": {"y": 2}}', ("a", "z"), 3)
    assert json.loads(made) == {"a": {"y": 2, "z": 3}}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{\n  // mine\n  "a": 1\n}', "line 2: a comment"),
        ('{\n  "a": 1 // mine\n}', "line 2: a comment"),
        ('{"a": 1}\n/* mine */', "line 2: a comment"),
        ('{"a": 1,}', "line 1: "),
        ("[1]", "not an object"),
        ("null", "not an object"),
        ("\ufeff{}", "line 1: "),
        ('{"a":' * 100_000, "objects are nested too deeply"),
    ],
)
def test_what_is_no_plain_json_is_told_with_its_line(text, said):
    with pytest.raises(NotPlain) as seen:
        parse(text)
    assert str(seen.value).startswith(said)


def test_something_else_in_the_way_is_told_with_its_place():
    with pytest.raises(NotPlain, match="a is not an object"):
        with_member('{"a": [1]}', ("a", "b"), 1)
    with pytest.raises(NotPlain, match="a is not an array"):
        with_element('{"a": "script.sh"}', ("a",), 1)
