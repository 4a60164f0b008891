"""The command lines that read logs, and where a browser is."""

from __future__ import annotations

import pytest

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
