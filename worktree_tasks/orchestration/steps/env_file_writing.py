"""The worktree's env files: main's text, with values changed to point to this worktree."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ... import git
from ...configuration.env import env_file_text as env_text
from ...configuration.env import rewriting
from ...configuration.env.own_queues import replaced_databases
from ...configuration.env_templates import filled
from ...configuration.ports import Port, matched
from ...machine import files
from ...machine.remote_caller import forwarded_ports
from ...quick_dataclasses import replace
from .address_targets import all_values, containers_read, surroundings
from .needed_files import env_files, new_env_file, templates_file
from .own_databases import lease_databases
from .queue_databases import lease_broker
from .trash import listed
from .unrecorded_worktrees import env_values
from .written_files import hide_listed, not_ours, note_written, untouched

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

    from ...configuration.env.address_targets import Surroundings
    from ...configuration.env.rewriting import ValueChange
    from .project import Project
    from .worktree_handle import Tree

__all__ = ["additions_of", "changes_of", "note_in_sync", "text_from_main", "write_env"]

# If the shell exports one of these, plain `docker compose` in the worktree uses another project.
_STEERING = frozenset({"COMPOSE_ENV_FILES", "COMPOSE_FILE", "COMPOSE_PROFILES", "COMPOSE_PROJECT_NAME"})
_ADDED = "added for this worktree"


def write_env(tree: Tree) -> None:
    """Write the worktree's env files: main's, changed only where they would point to main.

    An existing file keeps the user's edits.
    """
    with tree.project.progress.step("files") as say:
        lease_broker(tree)
        lease_databases(tree)
        ports = tree.ports
        forwarded = forwarded_ports()
        around = surroundings(tree, (*ports, *_under_former_numbers(tree, ports, forwarded)))
        named = replaced_databases(all_values(tree), env_values(tree.project, tree.record.path), around)
        around = replace(around, former={(service, own): main for (service, main), own in named.items()})
        total = 0
        fresh = new_env_file(tree)
        kept = not_ours(tree.record, [*env_files(tree.project), *((fresh,) if fresh else ())])
        for why in kept.values():
            tree.project.progress.note(f"{why}, and is left as it is")
        noted = tree.project.store.env_files(tree.record)
        ours_to_write = [name for name in env_files(tree.project) if name not in kept]
        copied = [name for name in ours_to_write if not (tree.record.path / name).exists()]
        for name in ours_to_write:
            main, mine = tree.project.main / name, tree.record.path / name
            before = git.digest(mine) if mine.is_file() else None
            ours = untouched(tree, name)
            # An unedited file is made again from main's if it was written for former decisions or by a hook,
            # or if the ports have several numbers because they are forwarded to another machine.
            again = ours and (tree.renewing or name not in noted or bool(forwarded))
            if tree.renewing and not ours:
                tree.project.progress.note(f"{name} was edited in the worktree and keeps its other values")
            text = (
                files.read_text(mine, root=tree.record.path)
                if before and not again
                else files.read_text(main)
            )
            changes = changes_of(tree, name, text, around, ports)
            total += len(changes)
            wanted = additions_of(tree, name, text, around, ports)
            files.write_text(mine, _changed(text, changes, wanted), root=tree.record.path, like=main)
            if ours:
                note_written(tree, [name])
            _note_digests(tree, name, None if again else before)
        # Values of main's must not get into a commit.
        hide_listed(tree, copied)
        if fresh and fresh not in kept:
            git.exclude(tree.project.repository, f"/{fresh}")
            mine = tree.record.path / fresh
            text = files.read_text(mine, root=tree.record.path) if mine.is_file() else ""
            wanted = additions_of(tree, fresh, text, around, ports)
            ours = untouched(tree, fresh)
            new = _changed(text, (), wanted)
            total += len(wanted) if new != text else 0
            files.write_text(mine, new, root=tree.record.path)
            if ours:
                note_written(tree, [fresh])
            ours_to_write.append(fresh)
        if fresh is None:
            _remove_block(tree)
        _note_shadowed(tree.project)
        pointing = "1 value points" if total == 1 else f"{total} values point"
        outcome = f"{pointing} to this worktree" if total else "nothing to change"
        names = ", ".join(ours_to_write)
        say(f"{names} ({outcome})" if names else "no env files")


def _under_former_numbers(tree: Tree, ports: Iterable[Port], forwarded: Container[int]) -> tuple[Port, ...]:
    """Return the ports with their former numbers, for values that still name those.

    The numbers differ from those before a restore, a renewal, or a forward to another machine.
    """
    point = (
        next((one for one in listed(tree.project) if one.name == tree.record.restored), None)
        if tree.record.restored
        else None
    )
    former = [*([Port(**one) for one in point.notes["ports"]] if point else ()), *tree.former_ports]
    moved = [
        (port, old.published)
        for port, old in matched(ports, former)
        if old and old.published not in (None, port.published)
    ]
    moved += [(port, port.published) for port in ports if port.published and port.published in forwarded]
    return tuple(replace(port, main=number) for port, number in moved)


def text_from_main(tree: Tree, name: str) -> str:
    """Return the text that an env file of a worktree would get from main's current one."""
    ports = tree.ports
    around = surroundings(tree, ports)
    text = files.read_text(tree.project.main / name)
    changes = changes_of(tree, name, text, around, ports)
    return _changed(text, changes, additions_of(tree, name, text, around, ports))


def note_in_sync(tree: Tree, name: str) -> None:
    """Record that an env file is up to date with main's, as both are now."""
    main, mine = git.digest(tree.project.main / name), git.digest(tree.record.path / name)
    tree.project.store.note_env_file(tree.record, name, main=main, mine=mine)


def _note_digests(tree: Tree, name: str, before: str | None) -> None:
    """Record that an env file was made from main's, or is still up to date with what it was made from."""
    mine = git.digest(tree.record.path / name)
    main, noted = tree.project.store.env_files(tree.record).get(name, (None, None))
    if before is None:
        note_in_sync(tree, name)
    elif main is not None and noted == before != mine:
        tree.project.store.note_env_file(tree.record, name, main=main, mine=mine)


def _remove_block(tree: Tree) -> None:
    """Take our block out of a `.env` that main does not have, once plain Compose no longer needs it."""
    name = tree.input.files.env_file
    mine = tree.record.path / name
    if name in env_files(tree.project) or not mine.is_file() or name in not_ours(tree.record, [name]):
        return
    text = files.read_text(mine, root=tree.record.path)
    rest = env_text.without_block(text)
    if not rest:
        mine.unlink()
    elif rest != text:
        files.write_text(mine, rest, root=tree.record.path)


def changes_of(
    tree: Tree, name: str, text: str, around: Surroundings, ports: Iterable[Port]
) -> tuple[ValueChange, ...]:
    """Return which values of an env file change for a worktree, and why."""
    found: dict[tuple[str, str], ValueChange] = {}
    for values in env_text.alternatives(text):
        inside = containers_read(tree, values)
        # Programs on the host read env files too; names that only containers resolve are in the override.
        changes = rewriting.rewrite(values, around, inside=inside, on_host=True)
        found |= {(one.key, one.old): one for one in changes}
        for key, value in _own_values(tree, name, ports).items():
            if key in values and values[key] != value:
                change = rewriting.ValueChange(key, values[key], value, "this worktree's own")
                found[key, values[key]] = change
    return tuple(found.values())


def _own_values(tree: Tree, name: str, ports: Iterable[Port]) -> dict[str, str]:
    """Return the values that name the compose project itself, and the project's templates."""
    wanted = dict(_templates(tree, ports)) if name == templates_file(tree) else {}
    chosen = tree.input.files
    if name in (*chosen.env_files, chosen.env_file):
        wanted["COMPOSE_PROJECT_NAME"] = str(tree.record.compose_project)
        if not chosen.implicit:
            # Absolute, since relative ones fail in subdirectories.
            paths = (*chosen.files, chosen.override)
            wanted["COMPOSE_FILE"] = os.pathsep.join(str(tree.record.path / path) for path in paths)
            wanted["COMPOSE_PATH_SEPARATOR"] = os.pathsep
    return wanted


def additions_of(
    tree: Tree, name: str, text: str, around: Surroundings, ports: Iterable[Port]
) -> tuple[ValueChange, ...]:
    """Return the values that are added to an env file: Compose's own variables, templates, ports."""
    present = env_text.values(env_text.with_block(text, {}))
    wanted = _own_values(tree, name, ports)
    if tree.input.files.implicit:
        wanted.pop("COMPOSE_PROJECT_NAME", None)
    wanted.pop("COMPOSE_PATH_SEPARATOR", None)
    if name == next(iter(tree.input.files.env_files[-1:]), new_env_file(tree)):
        # Tools on the host read the same variables as the compose file, with the same defaults.
        written = tree.project.input.interpolation
        defaults = {
            key: one.main for key, one in around.port_variables.items() if one.moves and key not in written
        }
        wanted |= {one.key: one.new for one in rewriting.rewrite(defaults, around, inside=frozenset())}
    added = {key: rewriting.ValueChange(key, "", value, _ADDED) for key, value in wanted.items()}
    added |= {one.key: one for one in rewriting.additions(present, around)}
    return tuple(one for one in added.values() if one.key not in present)


def _changed(text: str, changes: Iterable[ValueChange], wanted: Iterable[ValueChange]) -> str:
    text = env_text.set_values(text, {(one.key, one.old): one.new for one in changes})
    return env_text.with_block(text, {one.key: one.new for one in wanted})


def _templates(tree: Tree, ports: Iterable[Port]) -> Iterable[tuple[str, str]]:
    record = tree.record
    known: dict[str, str] = {
        "slug": record.name, "slot": str(record.slot), "project": tree.project.name, "branch": record.branch,
    }  # fmt: skip
    for port in ports:
        if port.published is not None:
            known.setdefault(f"port.{port.service}", str(port.published))
        answered = forwarded_ports().get(port.published or 0, port.published)
        if url := replace(port, published=answered).url(record.host):
            known.setdefault(f"url.{port.service}", url)
    for key, template in tree.project.settings.env.items():
        yield key, filled(key, template, known)


def _note_shadowed(project: Project) -> None:
    keys = sorted(key for key in os.environ if key in project.input.env_keys | _STEERING)
    if keys:
        project.progress.note(
            f"the shell exports {', '.join(keys)}: stacks use the values of the env files,"
            " but plain `docker compose` would use the shell's"
        )
