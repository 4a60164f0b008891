"""A worktree that is being removed is moved aside first, and moved back when it stays."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ... import git
from ...errors import Failure, Refused

if TYPE_CHECKING:
    from ...store import Record
    from .project import Site

__all__ = ["move_aside", "settle", "take_back"]


def settle(site: Site, record: Record) -> Record:
    """Return the record of a worktree with the place where a removal, which may have been killed, left it.

    Git is told the same. A worktree whose directory is deleted already belongs in its own place.
    """
    if record.state != "removing":
        return record
    place = next(
        (one for one in (record.aside, record.home) if git.bears(site.repository, one, record.key)), None
    )
    if place is None:
        others = {one.path for one in site.store.records() if one.key != record.key}
        gone = not any(map(os.path.lexists, (record.aside, record.home)))
        place = record.home if gone and record.home not in others else record.path
    git.place_worktree(site.repository, record.key, place, known=(record.home, record.aside))
    return record if place == record.path else site.store.update(record, path=place)


def move_aside(site: Site, record: Record) -> Record:
    """Move a worktree's directory where nobody looks for it; one that is there already stays there.

    Raises:
        Failure: It cannot be moved.
    """
    if record.path == record.aside:
        return record
    git.mark(site.repository, record.path, record.key, site.store.path.parent)
    moved = site.store.update(record, path=record.aside)
    try:
        if os.path.lexists(moved.path):
            raise FileExistsError(None, f"{moved.path} is in the way")
        git.move_worktree(site.repository, record.key, record.path, moved.path)
    except OSError as error:
        site.store.update(record, path=record.path)
        raise Failure(
            f"{record.path} cannot be moved away: {error.strerror}", "check the permissions around it"
        ) from error
    return moved


def take_back(site: Site, record: Record) -> Record:
    """Take back a removal that was begun, when the worktree's directory is still there.

    Raises:
        Refused: Something else is in its place by now.
    """
    record = settle(site, record)
    if record.state != "removing" or not git.bears(site.repository, record.path, record.key):
        return record
    if record.path != record.home:
        if os.path.lexists(record.home):
            raise Refused(
                f"{record.home} is taken, and the worktree that was to be removed is in {record.path}",
                f"move {record.home} away, then run the same command again",
            )
        try:
            git.move_worktree(site.repository, record.key, record.path, record.home)
        except OSError as error:
            raise Failure(
                f"{record.path} cannot be moved back to {record.home}: {error.strerror}",
                "check the permissions around it, then run the same command again",
            ) from error
        record = site.store.update(record, path=record.home)
    return site.store.end_removal(record)
