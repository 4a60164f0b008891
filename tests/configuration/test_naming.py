from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worktree_tasks.configuration.naming import (
    SLUG_LENGTH,
    host_name,
    image_tag,
    label_hash,
    near,
    network_name,
    slug,
    stack_name,
)

SLUG = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
COMPOSE_PROJECT = re.compile(r"[a-z0-9][a-z0-9_-]*")
NETWORK = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]*")
BRANCHES = (
    "auth",
    "feature/a-b",
    "feature-a/b",
    "feature/a/b",
    "feature_a_b",
    "Feature/A-B",
    "FEATURE-A-B",
    "a" * 250,
    "a" * 249 + "b",
    "größe",
    "grosse",
    "grösse",
    "变更",
    "更变",
    "1.2.3",
    "1-2-3",
    "--upload-pack=x",
    "-x",
    "x",
    "___",
    "---",
    "%%%",
    "\udcff",
    "wt",
)

branches = st.one_of(
    st.text(max_size=60), st.text(alphabet="aAbB-_/.é", min_size=1, max_size=8), st.sampled_from(BRANCHES)
)
slugs = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?", fullmatch=True)
networks = st.from_regex(r"[a-zA-Z0-9][a-zA-Z0-9_.-]{0,30}", fullmatch=True)
projects = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,70}", fullmatch=True)


def allocated(names) -> dict[str, str]:
    taken: dict[str, str] = {}
    for name in dict.fromkeys(names):
        taken[slug(name, set(taken))] = name
    return taken


@pytest.mark.parametrize(
    ("branch", "expected"),
    [
        ("auth-feature", "auth-feature"),
        ("feature/Auth_2.0", "feature-auth-2-0"),
        ("fix//double--dash", "fix-double-dash"),
        ("-leading-", "leading"),
    ],
)
def test_a_plain_branch_is_its_own_slug(branch, expected):
    assert slug(branch) == expected


def test_branches_that_look_alike_have_slugs_of_their_own():
    made = allocated(BRANCHES)
    assert len(made) == len(set(BRANCHES))
    assert all(SLUG.fullmatch(name) and len(name) <= SLUG_LENGTH for name in made)


@settings(deadline=None)
@given(st.lists(branches, unique=True, max_size=12))
def test_slugs_are_valid_and_distinct_whatever_the_branches(names):
    made = allocated(names)
    assert len(made) == len(names)
    assert all(SLUG.fullmatch(name) and len(name) <= SLUG_LENGTH for name in made)


@settings(deadline=None)
@given(branches, st.integers(min_value=1, max_value=6))
def test_a_slug_is_free_even_when_its_first_choices_are_taken(branch, times):
    taken: set[str] = set()
    for _ in range(times):
        chosen = slug(branch, taken)
        assert chosen not in taken
        assert SLUG.fullmatch(chosen)
        assert len(chosen) <= SLUG_LENGTH
        taken.add(chosen)


def test_a_branch_named_like_anothers_hashed_slug_gets_another():
    hashed = slug("größe")
    assert slug(hashed) == hashed
    assert slug("größe", {hashed}) != hashed


def test_a_slug_is_the_same_every_time():
    assert [slug(name) for name in BRANCHES] == [slug(name) for name in BRANCHES]


def test_a_hash_is_six_hexadecimal_digits_of_any_text():
    assert re.fullmatch(r"[0-9a-f]{6}", label_hash("\udcff"))
    assert label_hash("a") != label_hash("b")


@settings(deadline=None)
@given(projects, slugs, st.integers(min_value=1, max_value=4))
def test_a_stack_name_is_a_free_compose_project_of_at_most_63_bytes(project, worktree, times):
    taken: set[str] = set()
    for _ in range(times):
        name = stack_name(project, worktree, taken)
        assert COMPOSE_PROJECT.fullmatch(name)
        assert len(name) <= 63
        assert name not in taken
        taken.add(name)


def test_a_stack_name_is_project_and_worktree_while_that_is_free():
    assert stack_name("shop", "auth") == "shop-auth"
    taken = stack_name("shop", "auth", {"shop-auth"})
    assert taken.startswith("shop-auth-")
    long = "p" * 60
    assert stack_name(long, "auth") != stack_name(long, "auth-2")


@settings(deadline=None)
@given(projects, slugs, st.sets(networks, max_size=5), st.integers(min_value=1, max_value=3))
def test_a_network_sorts_after_those_that_main_is_in_and_is_free(project, worktree, beside, times):
    taken: set[str] = set()
    for _ in range(times):
        name = network_name(project, worktree, beside=beside, taken=taken)
        assert all(name.encode() > other.encode() for other in beside)
        assert NETWORK.fullmatch(name)
        assert name not in taken
        taken.add(name)


@pytest.mark.parametrize("project", ["shop", "zoo", "Z", "0"])
@pytest.mark.parametrize("last", ["shop_default", "zzz", "zz_x", "z" * 60, "zoo_worktree_z", "Zebra"])
def test_a_network_sorts_last_beside_hard_names(project, last):
    assert network_name(project, "auth", beside={last, "bridge"}) > last


def test_a_network_is_named_after_project_and_worktree():
    assert network_name("shop", "auth", beside={"shop_default"}) == "shop_worktree_auth"
    assert network_name("shop", "auth", beside=()) == "shop_worktree_auth"


SERVICES = st.from_regex(r"[a-zA-Z0-9._-]+", fullmatch=True)
# https://pkg.go.dev/github.com/distribution/reference: a path component
IMAGE = re.compile(r"[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*")


@given(
    stack=st.from_regex(COMPOSE_PROJECT, fullmatch=True), names=st.lists(SERVICES, max_size=3, unique=True)
)
def test_an_image_may_be_called_as_it_is_and_each_service_has_its_own(stack, names):
    tags = {image_tag(stack, name) for name in names}
    assert len(tags) == len(names)
    assert all(IMAGE.fullmatch(tag) for tag in tags)


@pytest.mark.parametrize("service", ["web", "web.api", "web_api", "web--api"])
def test_a_service_that_an_image_may_be_called_after_keeps_its_name(service):
    assert image_tag("shop-auth", service) == f"shop-auth-{service}"


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("", ()),
        ("a", ("auth-feature",)),
        ("ea", ()),
        ("fea", ("auth-feature",)),
        ("serach", ("search",)),
        ("Auth/Feature", ("auth-feature",)),
    ],
)
def test_what_may_have_been_meant_is_similar_and_no_chance_letter(name, meant):
    assert near(name, ["search", "auth-feature"]) == meant


@pytest.mark.parametrize(
    ("project", "host"), [("shop", "auth.shop.localhost"), ("my_shop_", "auth.my-shop.localhost")]
)
def test_a_host_name_has_no_underscores(project, host):
    assert host_name("{slug}.{project}.localhost", "auth", project) == host
    assert host_name("localhost", "auth", project) == "localhost"
