from __future__ import annotations

from worktree_tasks.machine.memory import parse_memory


def test_memory_is_read_as_linux_tells_it():
    text = "MemTotal:       16384 kB\nMemFree:          100 kB\nMemAvailable:    8192 kB\nHugePages:  0\n"
    assert parse_memory(text) == (8 << 20, 16 << 20)


def test_memory_that_is_not_told_is_unknown():
    assert parse_memory("MemTotal: 16384 kB\n") is None
