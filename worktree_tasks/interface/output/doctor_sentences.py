"""The lines that are printed for `doctor`'s findings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...configuration.doctor_findings import FIX

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...configuration.doctor_findings import Checked, Diagnosis

__all__ = ["diagnosis"]

_CHECK_WIDTH = 12


def diagnosis(found: Diagnosis) -> list[str]:
    """List each check with its findings and their commands; checks skipped for one reason share a line."""
    lines = [line for check in found.checks if not check.skipped for line in _check(check)]
    reasons = dict.fromkeys(check.skipped for check in found.checks if check.skipped)
    for reason in reasons:
        names = ", ".join(check.name for check in found.checks if check.skipped == reason)
        lines.append(f"- not checked, {reason}: {names}")
    if any(finding.fix == FIX for finding in found.remaining):
        lines.append(f"→ {FIX} fixes what has no command below it")
    return lines


def _check(check: Checked) -> Iterator[str]:
    remaining = sum(not finding.fixed for finding in check.findings)
    counts = f"{len(check.findings)} found, {len(check.findings) - remaining} fixed"
    summary = counts if check.findings else check.said
    yield f"{'!' if remaining else '✓'} {check.name:<{_CHECK_WIDTH}}{summary}"
    for finding in check.findings:
        yield f"  {'✓ fixed: ' if finding.fixed else '! '}{finding.what}"
        if not finding.fixed and finding.fix != FIX:
            yield f"    → {finding.fix}"
