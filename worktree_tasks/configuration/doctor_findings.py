"""What `wt.doctor` found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..quick_dataclasses import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["FIX", "Checked", "Diagnosis", "EngineFacts", "Finding", "told_once"]

FIX = "wt.doctor --fix"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong.

    Attributes:
        kind: What kind of thing, such as `link` or `leak`.
        subject: What it is about: a worktree, a container, a file.
        what: The problem, in one line.
        fix: The command that fixes it, or shows how to.
        fixed: Whether it was fixed.
    """

    kind: str
    subject: str
    what: str
    fix: str
    fixed: bool = False


@dataclass(frozen=True, slots=True)
class EngineFacts:
    """The Docker Engine in use; None means "unknown".

    Attributes:
        endpoint: Its address.
        source: What names the endpoint: `DOCKER_HOST`, `DOCKER_CONTEXT` or `context NAME`.
        version: The engine's version.
        api: The version of its API.
        compose: The version of Docker Compose.
        git: The version of the git program.
    """

    endpoint: str
    source: str
    version: str | None = None
    api: str | None = None
    compose: str | None = None
    git: str | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """One check.

    Attributes:
        name: Its name.
        said: The text to show if nothing is wrong.
        findings: What is wrong.
        skipped: Why the check was skipped; empty if it was not.
    """

    name: str
    said: str
    findings: tuple[Finding, ...] = ()
    skipped: str = ""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """All checks, in the order in which they ran."""

    engine: EngineFacts
    checks: tuple[Checked, ...]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings."""
        return tuple(finding for check in self.checks for finding in check.findings)

    @property
    def remaining(self) -> tuple[Finding, ...]:
        """The findings that were not fixed."""
        return tuple(finding for finding in self.findings if not finding.fixed)


def told_once(checks: Iterable[Checked]) -> tuple[Checked, ...]:
    """Return checks without findings of earlier ones, as when one file causes several checks to fail."""
    reported: dict[str, str] = {}
    once = []
    for check in checks:
        found = []
        for finding in check.findings:
            if reported.setdefault(finding.what, check.name) == check.name and finding not in found:
                found.append(finding)
        if check.findings and not found:
            first = reported[check.findings[0].what]
            once.append(replace(check, findings=(), skipped=f"for the same reason as {first}"))
        else:
            once.append(replace(check, findings=tuple(found)))
    return tuple(once)
