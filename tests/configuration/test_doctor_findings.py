"""Doctor says one thing once."""

from __future__ import annotations

from worktree_tasks.configuration.doctor_findings import Checked, Finding, told_once

BROKEN = "Compose cannot read compose.yaml: line 3"


def test_what_stops_several_checks_is_told_by_the_first():
    checks = [
        Checked(name, "", (Finding(name, "project", BROKEN, "correct it"),)) for name in ("slots", "env")
    ]
    slots, env = told_once(checks)
    assert slots == checks[0]
    assert (env.findings, env.skipped) == ((), "for the same reason as slots")


def test_what_a_check_finds_besides_stays():
    gone = Finding("env", "auth:.env", ".env is gone", "wt.write-env auth")
    broken = Finding("env", "project", BROKEN, "correct it")
    first = Checked("slots", "", (Finding("slots", "project", BROKEN, "correct it"),))
    _, env = told_once([first, Checked("env", "", (gone, broken))])
    assert (env.findings, env.skipped) == ((gone,), "")


def test_a_finding_of_two_addresses_of_one_port_is_one():
    taken = Finding("port", "auth", "port 8001, which web of auth has, is node's (pid 7)", "kill 7")
    (ports,) = told_once([Checked("ports", "", (taken, taken))])
    assert ports.findings == (taken,)


def test_checks_without_findings_stay_as_they_are():
    checks = (Checked("links", "whole"), Checked("leaks", "", skipped="since Docker does not answer"))
    assert told_once(checks) == checks
