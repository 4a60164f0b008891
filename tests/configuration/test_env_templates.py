"""Templates of env values: which names they may use, and what they become."""

from __future__ import annotations

import pytest

from worktree_tasks.configuration.env_templates import check_services, filled, names_in
from worktree_tasks.errors import BadUse

KNOWN = {"slug": "auth", "slot": "1", "url.web": "http://localhost:8001", "port.web-2": "8002"}


@pytest.mark.parametrize(
    ("template", "value"),
    [
        ("plain", "plain"),
        ("shop-{slug}-{slot}", "shop-auth-1"),
        ("{url.web}/login,{url.web}", "http://localhost:8001/login,http://localhost:8001"),
        ("{port.web-2}", "8002"),
        ('{"slot": {slot}, "a": {}, "b": {1}}', '{"slot": 1, "a": {}, "b": {1}}'),
    ],
)
def test_names_become_their_values_and_all_else_stays(template, value):
    assert filled("SITE", template, KNOWN) == value


def test_a_value_is_not_filled_again():
    assert filled("SITE", "{slug}", {**KNOWN, "slug": "{slot}"}) == "{slot}"


def test_a_name_without_a_value_is_refused_with_those_that_have_one():
    with pytest.raises(BadUse) as told:
        filled("SITE", "{slug} {port.web}", KNOWN)
    assert told.value.what == "setting wt.env.SITE = '{slug} {port.web}' uses {port.web}, which is not known"
    assert "{port.web-2}" in told.value.hint


def test_only_what_no_project_can_have_is_a_wrong_name():
    assert names_in("{slug} {branch} {project} {slot} {url.web} {port.db} {}") == ()
    assert names_in("{slug} {Slug} {name} {ports.web}") == ("Slug", "name", "ports.web")


def test_a_template_may_name_own_services_only():
    check_services({"A": "{url.web} {slug} {port.vite}", "B": "db"}, ("web", "vite"))
    with pytest.raises(BadUse, match="'db' is not own") as told:
        check_services({"A": "{url.web}", "B": "{port.db}"}, ("web", "vite"))
    assert "wt.env.B" in told.value.what
    assert told.value.hint == "own services are web, vite"
    with pytest.raises(BadUse) as told:
        check_services({"A": "{url.web}"}, ())
    assert told.value.hint == "own services are none"
