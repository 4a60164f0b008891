"""When a person is told that room runs out."""

from __future__ import annotations

import pytest

from worktree_tasks.configuration.capacity import (
    connection_note,
    memory_note,
    parse_connections,
)

GIB = 1 << 30


@pytest.mark.parametrize(
    ("available", "total", "told"),
    [(8, 16, False), (1.7, 16, False), (1.5, 16, True), (0.9, 4, True), (1.1, 4, False), (0.3, 1, False)],
)
def test_memory_is_told_when_little_is_left(available, total, told):
    note = memory_note(int(available * GIB), int(total * GIB))
    assert (note is not None) is told
    if note:
        assert "wt.stop-all" in note


def test_connections_are_read_as_psql_prints_them():
    assert parse_connections("7|100\n") == (7, 100)
    assert parse_connections("psql: error: no\n") is None


def test_connections_are_told_with_the_setting_that_helps():
    assert connection_note("db", 79, 100) is None
    assert "uses 80 of at most 100" in connection_note("db", 80, 100)
    assert "max_connections=200" in connection_note("db", 80, 100)
