"""What access to the machine a branch asks for, read from git before its files are checked out."""

from __future__ import annotations

import posixpath
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from ... import command, git
from ...configuration.compose.compose_file_links import lost_link
from ...configuration.compose.compose_files import is_named_like_one, named_files
from ...configuration.compose.machine_access import Exposure, beyond, exposures
from ...configuration.compose.service_roles import own
from ...errors import BadUse, Refused
from ...lazy_values import once_each
from ...machine import files
from ...quick_dataclasses import dataclass
from .commit_directory import root_of, stand_in, write_into
from .compose_files import on_disk, read_files
from .hooks import hooks_ahead
from .needed_files import described_by, env_files, needed_files
from .worktree_creation import plan_source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ...configuration.compose.model import Model
    from ...configuration.compose.service_roles import Service
    from ...git import Source
    from ..runtimes.runtime_values import Input
    from .project import Project
    from .remote_refresh import Fetched
    from .worktree_handle import Tree

__all__ = ["AccessLook", "is_described_otherwise", "look", "seen_source"]


@dataclass(frozen=True, slots=True)
class AccessLook:
    """What is known of a branch before it is checked out.

    Attributes:
        services: Its services, own and shared; main's if its compose files cannot be read.
        exposures: The access that it asks for and main does not.
        model: Its compose model; None if the compose files cannot be read.
        input: The files that describe its stack; main's if they cannot be read.
        env_tracked: Whether git tracks the `.env` that plain `docker compose` reads there.
        error: Why its compose files cannot be read; None if they can.
    """

    services: tuple[Service, ...]
    exposures: tuple[Exposure, ...]
    model: Model | None
    input: Input
    env_tracked: bool
    error: BadUse | None = None


def seen_source(
    project: Project,
    branch: str,
    base: str | None,
    fetched: Fetched | None = None,
    *,
    trust: bool,
    ask: Callable[[Sequence[str]], bool],
) -> Source | None:
    """Return where a branch from elsewhere comes from, once the user has approved what it asks for.

    Args:
        project: The project.
        branch: The branch.
        base: What a new branch starts from.
        fetched: What came from the remote for it.
        trust: Whether the user has approved it already.
        ask: Shows lines and returns whether to continue.

    Returns:
        None for a branch that exists here or starts here.

    Raises:
        BadUse: The branch or the base cannot be used.
        Refused: It asks for more access than main does, and this was not approved; nothing was made.
    """
    source = plan_source(project, branch, base, fetched)
    if not source.foreign:
        return None
    if trust:
        return source
    project.check()
    hooks = [f"the hook {moment} runs in it on this machine: {what}" for moment, what in hooks_ahead(project)]
    lines = [*(one.what for one in look(project, source.start).exposures), *hooks]
    if lines and not ask((f"{source.label} asks for more access than main does:", *lines)):
        again = f"wt.new {_again(branch, base, fetched)} --trust"
        raise Refused(
            f"{source.label} asks for more access than main does",
            f"review it (git log -p {source.start[:7]}), then run {again}",
            lines,
            kind="trust-needed",
        )
    return source


def _again(branch: str, base: str | None, fetched: Fetched | None) -> str:
    """Return the arguments that choose the same source again."""
    if fetched and fetched.pull_request:
        return shlex.join((branch, "--pr", str(fetched.pull_request.number)))
    return shlex.join((branch, *(("--base", base) if base is not None else ())))


def look(project: Project, commit: str) -> AccessLook:
    """Return what a commit asks for, without checking out files that could have an effect.

    Raises:
        BadUse: The compose files of main, or the settings, cannot be used.
    """
    tree = git.files_of_commit(project.repository, commit)
    copied = {*needed_files(project), *env_files(project)}
    unknown: list[Exposure] = []

    def of_branch(name: str) -> str | None:
        text = tree.text(name)
        inner = tree.submodule(name)
        if inner and inner != _of_main(project).submodule(name):
            unknown.append(Exposure("unknown", f"{name} is in another commit of the submodule {inner[0]}"))
        mains = name in copied or inner or _is_mains_link(project, tree, name)
        return on_disk(project, name) if text is None and mains else text

    services, chosen = project.services, project.input
    of_model: list[Exposure] = []
    model: Model | None = None
    unreadable: BadUse | None = None
    with stand_in(project) as checkout:
        try:
            _write_choice(project, tree, checkout, of_branch)
            chosen = project.runtime.input(project, checkout)
            # Read now, while the stand-in directory exists.
            _ = chosen.files, chosen.interpolation, chosen.profiles
            _refuse_lost_links(project, tree, chosen.files.files)
            write_into(checkout, read_files(chosen, of_branch).texts)
            model = project.runtime.model(project, checkout, apart=root_of(project, checkout))
        except BadUse as error:
            unreadable, chosen = error, project.input
            error.rewrite(lambda said: said.replace(str(root_of(project, checkout)), ""))
            if str(project.main) in error.hint:
                # The hint names main's directory, but main's files may be fine.
                error.hint = f"fix the compose files of commit {commit[:7]}, which the branch starts from"
            of_model.append(Exposure("unknown", f"what it asks for is unknown: {error.what}"))
    if model:
        services = project.decide(model, project.main, chosen, commit=tree)
        of_model += exposures(model, [one.name for one in own(services)], checkout=str(project.main))
    theirs = read_files(chosen, of_branch)
    ours = read_files(project.input, lambda name: on_disk(project, name))
    shell = command.environment(without=project.input.shadowing)
    variables = (theirs.variables - ours.variables) & shell.keys()
    wanted = [
        *theirs.outside,
        *unknown,
        *_leading_out(project, tree),
        *(
            Exposure("variable", f"the compose files read {name} of the shell")
            for name in sorted(variables - {"PWD"})
        ),
        *of_model,
    ]
    mains = exposures(project.model, project.model.services, checkout=str(project.main))
    return AccessLook(
        services,
        beyond(wanted, {*mains, *ours.outside}, services=project.model.services),
        model,
        chosen,
        env_tracked=chosen.files.env_file in tree.entries,
        error=unreadable,
    )


def is_described_otherwise(tree: Tree) -> bool:
    """Return whether Compose reads other files for a worktree's branch than for main."""
    project = tree.project
    written = project.store.env_files(tree.record)
    copied = {*needed_files(project), *env_files(project), *written}

    def here(name: str) -> str | None:
        mine = tree.record.path / name
        tracked = mine.is_file() and name not in written
        return files.read_text(mine) if tracked else on_disk(project, name) if name in copied else None

    theirs = tree.input.files
    if theirs.files != project.input.files.files:
        return True
    values = {*theirs.env_files, theirs.default_env_file}
    names = described_by(project) | {name for name in values if not posixpath.isabs(name)}
    return any(here(name) != on_disk(project, name) for name in names)


@once_each
def _of_main(project: Project) -> git.CommitFiles:
    return git.files_of_commit(project.repository, "HEAD")


def _is_mains_link(project: Project, tree: git.CommitFiles, name: str) -> bool:
    """Return whether a compose file is the symbolic link that it is in main, to main's file."""
    entry = tree.entries.get(name)
    return name in project.input.files.files and entry == _of_main(project).entries.get(name)


def _refuse_lost_links(project: Project, tree: git.CommitFiles, names: Sequence[str]) -> None:
    """Refuse compose files that are symbolic links to what a worktree, in its own place, does not have."""
    for name in names:
        destination = tree.destination(name)
        if destination is None or tree.text(name) is not None:
            continue
        path = posixpath.normpath(posixpath.join(posixpath.dirname(name), destination))
        place = posixpath.normpath(project.root / "any" / path)
        if not (path in tree.entries or tree.submodule(path) or Path(place).is_file()):
            raise lost_link(name, destination)


def _leading_out(project: Project, tree: git.CommitFiles) -> Iterator[Exposure]:
    for path, destination in tree.leading_out().items():
        if _of_main(project).entries.get(path) != tree.entries[path]:
            yield Exposure("link", f"{path} is a symbolic link to {destination}")


def _write_choice(
    project: Project, tree: git.CommitFiles, checkout: Path, text_of: Callable[[str], str | None]
) -> None:
    """Write what decides which compose files a commit uses: their names, and the `.env` files."""
    for name in tree.entries:
        if is_named_like_one(name) or name in project.input.files.files:
            write_into(checkout, {name: ""})
    names = {".env", *project.input.files.env_files}
    texts = {name: text for name in names if not posixpath.isabs(name) and (text := text_of(name))}
    write_into(checkout, texts)
    dotenv = project.runtime.input(project, checkout).dotenv
    for name in named_files(project.settings.compose, dotenv, str(project.main)):
        if name in tree.entries:
            write_into(checkout, {name: ""})
