from __future__ import annotations

import pytest

from worktree_tasks.configuration.compose import override_text
from worktree_tasks.configuration.compose.containers import ListedContainer
from worktree_tasks.configuration.compose.merge_tags import Reset
from worktree_tasks.configuration.compose.recorded_decision import Decision, relied_on
from worktree_tasks.configuration.compose.recorded_roles import (
    choose_roles,
    decisions_of,
    roles_in,
    with_requested_role,
)
from worktree_tasks.configuration.compose.service_roles import Service

WEB = Service("web", "own", "it is built from the project")
DB = Service("db", "shared", "image postgres:15 is a data service", "postgres")
ALL = {"web", "db"}


def roles(services) -> dict[str, str]:
    return {one.name: one.role for one in services}


def test_without_a_record_services_are_as_the_rules_decide():
    assert choose_roles((WEB, DB), {}, in_main=ALL) == (WEB, DB)


def test_a_recorded_role_wins_with_its_reason_and_keeps_what_else_is_known():
    (chosen,) = choose_roles((DB,), {"db": Decision("own", "wt.services.own names it")}, in_main=ALL)
    assert (chosen.role, chosen.reason, chosen.kind) == ("own", "wt.services.own names it", "postgres")


def test_a_role_that_was_asked_for_wins_and_says_so():
    assert with_requested_role(WEB, {"web": "own", "db": "own"}) == WEB
    asked = with_requested_role(DB, {"db": "own"})
    assert (asked.role, asked.reason, asked.kind) == ("own", "wt.new --own names it", "postgres")


def test_a_new_service_is_decided_by_the_rules_beside_recorded_ones():
    assert roles(choose_roles((WEB, DB), {"web": Decision("shared")}, in_main=ALL)) == {
        "web": "shared",
        "db": "shared",
    }


def test_a_recorded_role_without_a_reason_has_that_of_the_rules_where_they_agree():
    chosen = choose_roles((WEB, DB), {"web": Decision("own"), "db": Decision("own")}, in_main=ALL)
    assert [one.reason for one in chosen] == [WEB.reason, "this was its role when the stack last started"]


def test_what_main_lost_cannot_stay_shared():
    assert roles(choose_roles((WEB,), {"web": Decision("shared")}, in_main={"db"})) == {"web": "own"}


def test_what_is_recorded_of_chosen_services_chooses_the_same_again():
    recorded = decisions_of((WEB, DB))
    others = (Service("web", "shared", "x"), Service("db", "own", "y"))
    assert roles(choose_roles(others, recorded, in_main=ALL)) == {"web": "own", "db": "shared"}


def test_an_override_tells_which_services_are_own():
    text = override_text.dump({"name": "x", "services": {"web": {"labels": {}}, "db": Reset()}})
    found = {name: one.role for name, one in roles_in(override_text.load(text)).items()}
    assert found == {"web": "own", "db": "shared"}


@pytest.mark.parametrize("document", [None, "text", [], {}, {"services": "x"}, {"services": []}])
def test_what_is_no_override_tells_nothing(document):
    assert roles_in(document) == {}


@pytest.mark.parametrize(
    "reason",
    [
        "image postgres:16 is a data service",
        "its Dockerfile starts from postgis/postgis:16-3.4, a data service",
        "its volume on /var/lib/postgresql/data holds data",
        "it is named like a data service and has its own volume",
    ],
)
def test_a_running_stack_counts_on_shared_data_servers_whether_main_has_them_or_not(reason):
    recorded = {"db": Decision("shared", reason), "admin": Decision("shared", "nothing makes it own")}
    assert relied_on(recorded, {}) == ("db",)
    assert relied_on({"db": Decision("own", reason)}, {}) == ()


def test_a_running_stack_counts_on_what_was_asked_to_be_shared_unless_it_is_a_job_that_is_done():
    recorded = {
        name: Decision("shared", "wt.services.shared names it") for name in ("db", "migrate", "tools")
    }
    status = {"db": "Exited (137) 1 minute ago", "migrate": "Exited (0) 1 minute ago"}
    mains = {
        name: ListedContainer(
            id=name, name=name, project="shop", service=name, key=None, state="exited", status=said,
            published=(),
        )
        for name, said in status.items()
    }  # fmt: skip
    assert relied_on(recorded, mains) == ("db",)
