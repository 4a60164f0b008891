"""What results look like in words."""

from __future__ import annotations

import io
import sys
from dataclasses import replace
from pathlib import Path

from worktree_tasks.configuration.compose.service_roles import Service
from worktree_tasks.configuration.doctor_findings import Checked, Diagnosis, EngineFacts, Finding
from worktree_tasks.configuration.ports import Port
from worktree_tasks.configuration.worktree_result import Worktree
from worktree_tasks.interface.output import sentences
from worktree_tasks.interface.output.doctor_sentences import diagnosis
from worktree_tasks.interface.output.printing import show_lines
from worktree_tasks.interface.output.prompts import ask
from worktree_tasks.orchestration.flows.clean import Cleaning
from worktree_tasks.orchestration.flows.plan import EnvChange, Plan
from worktree_tasks.orchestration.flows.smoke import Smoked
from worktree_tasks.store import Database

SERVICES = (
    Service("web", "own", "it is built from the project", None, started=True),
    Service("a-search-engine", "shared", "image b is a data service", "redis", started=True),
)


def planned(**parts):
    empty = {"services": (), "ports": (), "files": (), "images": (), "env": (), "notes": ()}
    facts = ("fix", "new branch fix from main (1a2b3c4)", "fix", "/t/fix", "shop-fix", "shop_worktree_fix", 1)
    return Plan(*facts, **{**empty, **parts})


def test_a_plan_says_none_where_there_is_nothing():
    lines = sentences.plan(planned())
    assert [line.split() for line in lines[2:]] == [
        [section, "none"] for section in ("services", "ports", "images", "files", "env")
    ]


def test_a_plan_aligns_its_columns_also_under_long_names():
    lines = sentences.plan(planned(services=SERVICES))
    at = lines.index("services")
    assert lines[at + 1].index("own") == lines[at + 2].index("shared")
    assert lines[at + 1].index("it is") == lines[at + 2].index("image b")


def test_a_plan_says_who_chooses_a_port_that_is_not_published_by_number():
    lines = sentences.plan(planned(ports=(Port("web", 8000),)))
    assert "  web  8000/tcp  on a port that Docker chooses" in lines


def test_a_plan_tells_a_value_once_for_all_services_for_which_it_changes_alike():
    places = (".env", "environment of web", "environment of worker", "build arguments of web")
    lines = sentences.plan(planned(env=tuple(EnvChange(place, "A", "1", "2", "r") for place in places)))
    at = lines.index("env")
    assert lines[at + 1 : at + 4] == [
        "  .env: A = 2 (was 1; r)",
        "  environment of web, worker: A = 2 (was 1; r)",
        "  build arguments of web: A = 2 (was 1; r)",
    ]


ODD = "a\nb\x1b[31m\x9b\u202e\u2028\udcff"


def test_a_plan_shows_values_of_any_kind_each_on_its_line(capsys):
    change = EnvChange(ODD, ODD, ODD, ODD, ODD)
    show_lines(
        sentences.plan(planned(services=(Service(ODD, "own", ODD, None, started=True),), notes=(ODD,)))
    )
    show_lines(sentences.plan(planned(files=(ODD,), env=(change,))))
    out = capsys.readouterr().out
    lines = out.removesuffix("\n").split("\n")
    assert all(map(str.isprintable, lines)), out
    assert len(lines) == 2 * 7 + 4
    assert out.count(r"a\nb\x1b[31m\x9b\u202e\u2028\udcff") >= 4


def test_a_question_can_move_no_cursor(capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("yes\n"))
    assert ask(f"Remove {ODD}?")
    assert capsys.readouterr().err.isprintable()


def test_a_stack_that_answers_is_shown_by_its_url_also_before_its_first_health_check():
    tree = Worktree("fix", "fix", Path("/t/fix"), url="http://localhost:8001", state="starting")
    assert sentences.worktree(tree) == ["→ http://localhost:8001"]
    assert sentences.worktree(replace(tree, state="partial")) == ["→ fix: partial"]


def test_one_service_of_the_smoke_test_is_one_service():
    assert "1 service ran" in sentences.smoked(Smoked("x", None, 1))[0]
    assert "3 services ran" in sentences.smoked(Smoked("x", None, 3))[0]


def test_a_diagnosis_counts_what_was_fixed_and_says_what_helps_with_the_rest():
    fixed = Finding("leak", "a", "a is left", "wt.doctor --fix", fixed=True)
    open_ = Finding("leak", "b", "b is left", "wt.doctor --fix")
    facts = EngineFacts("unix:///run/docker.sock", "context default")
    checks = (Checked("links", "whole"), Checked("leaks", "", (fixed, open_)))
    assert diagnosis(Diagnosis(facts, checks)) == [
        "✓ links       whole",
        "! leaks       2 found, 1 fixed",
        "  ✓ fixed: a is left",
        "  ! b is left",
        "→ wt.doctor --fix fixes what has no command below it",
    ]


def test_what_was_not_looked_at_is_said_once_for_all_checks_of_one_reason():
    found = Finding("engine", "docker", "no engine", "sudo systemctl start docker")
    facts = EngineFacts("unix:///run/docker.sock", "context default")
    silent = [Checked(name, "", skipped="since Docker does not answer") for name in ("links", "leaks")]
    assert diagnosis(Diagnosis(facts, (Checked("engine", "", (found,)), *silent))) == [
        "! engine      1 found, 0 fixed",
        "  ! no engine",
        "    → sudo systemctl start docker",
        "- not checked, since Docker does not answer: links, leaks",
    ]


def test_a_database_that_goes_was_in_the_trash_or_is_a_template_without_copies():
    gone = Database("shop_pay_1", "k", "pay", "db", "postgres", "shop", "clone", "trashed", 0)
    template = replace(gone, name="shop_wt_template", owner="template", worktree="", state="ready")
    first, second = sentences.cleaning(Cleaning((), (), (gone, template)))
    assert first.endswith("its time in the trash has expired")
    assert second.endswith("a template that no worktree has a copy of")
