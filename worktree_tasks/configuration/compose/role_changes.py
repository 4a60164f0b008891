"""Roles of services that the rules would decide differently today, and how that is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...quick_dataclasses import dataclass

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from .service_roles import Service

__all__ = ["RoleChange", "change_lines", "role_changes"]


@dataclass(frozen=True, slots=True)
class RoleChange:
    """A decision that would be different today.

    Attributes:
        subject: What it is about, such as `web`.
        now: Its role in the worktree.
        renewed: The role it would get.
        reason: Why.
    """

    subject: str
    now: str
    renewed: str
    reason: str


def role_changes(decided: Iterable[Service], chosen: Iterable[Service]) -> tuple[RoleChange, ...]:
    """Return the services whose recorded role differs from the one that the rules give them today."""
    today = {one.name: one for one in decided}
    return tuple(
        RoleChange(one.name, one.role, today[one.name].role, today[one.name].reason)
        for one in chosen
        if one.name in today and today[one.name].role != one.role
    )


def change_lines(changes: Collection[RoleChange], name: str) -> tuple[str, ...]:
    """Return the changes in words, and the command that applies them to a worktree."""
    if not changes:
        return ()
    lines = (
        f"{one.subject} is {one.now} here, but would now be {one.renewed}: {one.reason}" for one in changes
    )
    return (*lines, f"wt.start {name} --renew applies that; until then nothing changes")
