"""Prints what `wt.doctor` found: a line for each check, and beneath it each finding with its command."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .words import show_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...configuration.findings import Checked, Diagnosis, Finding

__all__ = ["show_diagnosis"]

_NAME_WIDTH = 12


def show_diagnosis(found: Diagnosis) -> None:
    """Print all checks."""
    show_lines(*(line for check in found.checks for line in _lines(check)))


def _lines(check: Checked) -> Iterator[str]:
    remaining = [one for one in check.findings if not one.fixed]
    words = f"{len(check.findings)} found, {len(check.findings) - len(remaining)} mended"
    yield f"{'!' if remaining else '✓'} {check.name:<{_NAME_WIDTH}}{words if check.findings else check.said}"
    for finding in check.findings:
        yield from _finding(finding)


def _finding(finding: Finding) -> Iterator[str]:
    yield f"  {'✓ mended: ' if finding.fixed else '! '}{finding.what}"
    if not finding.fixed:
        yield f"    → {finding.fix}"
