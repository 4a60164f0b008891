"""Our `dataclass` does what the standard library's does, for what both can do."""

from __future__ import annotations

import copy
import dataclasses
import inspect
from types import new_class

import pytest

from worktree_tasks import quick_dataclasses

WAYS = [dataclasses, quick_dataclasses]


@pytest.fixture(params=WAYS, ids=["standard", "quick"])
def way(request):
    return request.param


def made(way, annotations, *, bases=(), values=(), **options):
    """Make a class with these fields, as a class statement would."""
    body = {"__annotations__": annotations, "__module__": __name__, **dict(values)}
    plain = new_class("Shop", bases, exec_body=lambda namespace: namespace.update(body))
    return way.dataclass(slots=True, **options)(plain)


@pytest.fixture
def shop(way):
    values = {
        "port": 80,
        "tags": way.field(default_factory=list),
        "secret": way.field(default="", repr=False),
    }
    annotations = {"name": "str", "port": "int", "tags": "list[str]", "secret": "str"}
    return made(way, annotations, values=values, frozen=True)


def test_fields_are_given_by_position_by_name_or_by_default(shop):
    one = shop("a", tags=["x"])
    assert (one.name, one.port, one.tags, one.secret) == ("a", 80, ["x"], "")
    assert repr(one) == "Shop(name='a', port=80, tags=['x'])"


def test_a_default_that_a_function_makes_is_made_for_each(shop):
    assert shop("a").tags == []
    assert shop("a").tags is not shop("a").tags


@pytest.mark.parametrize(
    ("values", "named"),
    [((), {}), (("a", 1, [], "", 5), {}), (("a",), {"name": "b"}), (("a",), {"prot": 1})],
    ids=["missing", "too-many", "twice", "unknown"],
)
def test_wrong_arguments_are_a_type_error(shop, values, named):
    with pytest.raises(TypeError, match="argument"):
        shop(*values, **named)


def test_a_frozen_instance_is_changed_by_nobody_and_has_no_other_attributes(shop):
    one = shop("a")
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign to field 'port'"):
        one.port = 81
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot delete field 'port'"):
        del one.port
    assert not hasattr(one, "__dict__")


def test_one_that_is_not_frozen_can_be_changed_and_has_no_hash(way):
    one = made(way, {"port": "int"})(80)
    one.port = 81
    assert one == type(one)(81)
    with pytest.raises(TypeError, match="unhashable"):
        hash(one)


def test_instances_are_equal_by_the_fields_that_count_and_only_within_one_class(way):
    annotations = {"port": "int", "seen": "str"}
    kind, other = (
        made(way, annotations, values={"seen": way.field(default="", compare=False)}, frozen=True)
        for _ in range(2)
    )
    assert kind(80, "a") == kind(80, "b")
    assert hash(kind(80, "a")) == hash(kind(80, "b"))
    assert kind(80) != kind(81)
    assert kind(80) != other(80)
    assert kind(80) != (80, "")


def test_without_eq_instances_are_equal_to_none_but_themselves(way):
    kind = made(way, {"port": "int"}, eq=False)
    one = kind(80)
    assert one == one  # noqa: PLR0124 - what is tested
    assert one != kind(80)
    assert len({one, kind(80)}) == 2


def test_where_only_names_are_taken_a_position_is_a_type_error(way):
    kind = made(way, {"port": "int"}, kw_only=True)
    assert kind(port=80).port == 80
    with pytest.raises(TypeError, match="argument"):
        kind(80)


def test_inherited_fields_come_first(way):
    base = made(way, {"name": "str"}, frozen=True)
    kind = made(way, {"port": "int"}, bases=(base,), values={"port": 80}, frozen=True)
    assert repr(kind("a")) == "Shop(name='a', port=80)"
    assert kind("a") == kind("a", 80)
    assert kind("a") != base("a")


def test_methods_of_the_class_are_kept_and_positions_match(way):
    kind = made(way, {"port": "int"}, values={"__repr__": lambda self: f":{self.port}"}, frozen=True)
    match kind(80):
        case kind(port):
            assert port == 80
    assert repr(kind(80)) == ":80"


def test_a_copy_has_other_values_for_some_fields(way, shop):
    one = shop("a", tags=["x"])
    for by in (way, dataclasses):
        assert by.replace(one, port=81) == shop("a", 81, ["x"])
        with pytest.raises(TypeError, match="argument"):
            by.replace(one, prot=81)


def test_the_standard_library_takes_it_for_a_dataclass(shop):
    one = shop("a", tags=["x"])
    assert dataclasses.is_dataclass(shop)
    assert dataclasses.asdict(one) == {"name": "a", "port": 80, "tags": ["x"], "secret": ""}
    assert [(each.name, each.type, each.repr) for each in dataclasses.fields(shop)] == [
        ("name", "str", True),
        ("port", "int", True),
        ("tags", "list[str]", True),
        ("secret", "str", False),
    ]


def test_whoever_inspects_it_sees_its_arguments(shop):
    parameters = inspect.signature(shop).parameters
    assert list(parameters) == ["name", "port", "tags", "secret"]
    assert [one.default for one in parameters.values()][:2] == [inspect.Parameter.empty, 80]


def test_it_can_be_copied_deeply(shop):
    one = shop("a", tags=["x"])
    again = copy.deepcopy(one)
    assert again == one
    assert again.tags is not one.tags


def test_field_names_and_values_of_what_is_none_are_none():
    kind = made(quick_dataclasses, {"port": "int"})
    assert quick_dataclasses.field_names(kind) == quick_dataclasses.field_names(kind(80)) == ("port",)
    assert quick_dataclasses.as_dict(kind(80)) == {"port": 80}
    assert quick_dataclasses.field_names("text") == ()
