"""Counts what the tests of our promises tried, and tells it at the end of a run.

A test says `record_property("kills survived", 14)`; reports carry that from pytest-xdist's workers too.
Whatever Hypothesis tries in tests of names and of env files counts by itself.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis.errors import UnsatisfiedAssumption

if TYPE_CHECKING:
    from collections.abc import Generator

# The tests whose examples are counted, by where they are and what they try.
_EXAMPLES = {
    "configuration/test_naming.py": "branch names tried",
    "git/test_names.py": "branch names tried",
    "env/test_env_file_text.py": "env files tried",
    "env/test_rewriting.py": "env files tried",
}
_COUNTED = (
    "kills survived",
    "random kills survived",
    "kills of commands side by side survived",
    "pieces of planted work found again",
    "interruptions survived",
    "faults survived",
    "concurrent rounds",
    *dict.fromkeys(_EXAMPLES.values()),
)
_TOLD = ("seed of the random kills", "seed of the kills side by side")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Count the examples that Hypothesis tries in one test."""
    what = next((words for place, words in _EXAMPLES.items() if item.path.as_posix().endswith(place)), None)
    handle = getattr(getattr(item, "obj", None), "hypothesis", None)
    if what is None or handle is None:
        return (yield)
    tried = 0
    inner = handle.inner_test

    @functools.wraps(inner)
    def counted(*arguments: Any, **named: Any) -> Any:
        nonlocal tried
        try:
            result = inner(*arguments, **named)
        except UnsatisfiedAssumption:  # none of those that the test is about
            raise
        except BaseException:
            tried += 1
            raise
        tried += 1
        return result

    handle.inner_test = counted
    try:
        return (yield)
    finally:
        handle.inner_test = inner
        item.user_properties.append((what, tried))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Tell the counts."""
    reports = (report for some in terminalreporter.stats.values() for report in some)
    calls = (report for report in reports if getattr(report, "when", None) == "call")
    said = [pair for report in calls for pair in report.user_properties]
    sums = {name: sum(value for key, value in said if key == name) for name in _COUNTED}
    # Some are tried in long runs only.
    lines = [f"{name}: {count}" for name, count in sums.items() if count]
    lines += [f"{name}: {value}" for name, value in said if name in _TOLD]
    if lines:
        terminalreporter.section("promises")
        for line in lines:
            terminalreporter.line(line)
