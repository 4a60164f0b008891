"""The command lines that read logs, which parts can be meant, and where a browser is."""

from __future__ import annotations

import pytest

from worktree_tasks.errors import BadUse
from worktree_tasks.orchestration.flows.logs import check_part
from worktree_tasks.orchestration.flows.open import can_browse
from worktree_tasks.orchestration.runtimes.compose.logs import log_argv, logs_words
from worktree_tasks.orchestration.runtimes.runtime_values import Part
from worktree_tasks.orchestration.steps.shared_databases import psql_argv


def test_compose_follows_in_colour_or_reads_once_without():
    assert logs_words(Part(), follow=True, colour=True) == ["logs", "--follow"]
    assert logs_words(Part("10m", "5"), follow=False, colour=False) == [
        "logs", "--no-color", "--since=10m", "--tail=5",
    ]  # fmt: skip


def test_one_containers_log_is_read_with_times():
    assert log_argv("abc", Part(tail="5")) == ["docker", "logs", "--timestamps", "--tail=5", "abc"]


@pytest.mark.parametrize(
    "since", ["10m", "2h30m", "1.5h", "2026-01-31", "2026-01-31T12:00:00Z", "1700000000"]
)
def test_what_docker_takes_for_a_time_is_taken(since):
    check_part(Part(since=since))


@pytest.mark.parametrize("since", ["1d", "yesterday", "", "--x", "m"])
def test_another_time_is_told_with_how_to_write_it(since):
    with pytest.raises(BadUse, match="--since"):
        check_part(Part(since=since))


@pytest.mark.parametrize("tail", ["-1", "x", "", "1.5"])
def test_another_number_of_lines_is_told(tail):
    with pytest.raises(BadUse, match="--tail"):
        check_part(Part(tail=tail))


@pytest.mark.parametrize("tail", ["0", "20", "all"])
def test_numbers_of_lines_and_all_are_taken(tail):
    check_part(Part(tail=tail))


@pytest.mark.parametrize(
    ("environ", "platform", "there"),
    [
        ({}, "linux", False),
        ({"DISPLAY": ""}, "linux", False),
        ({"DISPLAY": ":0"}, "linux", True),
        ({"BROWSER": "firefox"}, "linux", True),
        ({}, "darwin", True),
    ],
)
def test_a_browser_needs_a_screen_or_a_name(environ, platform, there):
    assert can_browse(environ, platform) is there


def test_a_database_is_asked_in_bounded_time_and_without_a_password():
    argv = psql_argv("shop", "shop", "SELECT 1")
    assert "--no-password" in argv
    assert any("statement_timeout" in word for word in argv)
    assert any("PGCONNECT_TIMEOUT" in word for word in argv)
