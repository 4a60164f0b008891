"""What a branch asks of the machine, read from git before any of its files is on the disk."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ... import command, git
from ...configuration.compose import text as compose_text
from ...configuration.compose.exposure import Exposure, beyond, exposures
from ...configuration.compose.services import own
from ...configuration.env.brokers import expand
from ...errors import BadUse, Refused
from ...machine import files
from ...once import once_each
from .copied_files import env_files, needed_files
from .hooks import hooks_ahead
from .worktree import plan_source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from ...configuration.compose.model import Model
    from ...configuration.compose.services import Service
    from ...git import Source
    from .project import Project
    from .refresh import Fetched

__all__ = ["Look", "look", "seen_source"]

_ELSEWHERE = ("://", "git@", "oci:")


@dataclass(frozen=True, slots=True)
class Look:
    """What is seen of a branch.

    Attributes:
        services: Its services, own and shared; main's where its compose files cannot be read.
        exposures: What it asks for and main does not.
    """

    services: tuple[Service, ...]
    exposures: tuple[Exposure, ...]


def seen_source(
    project: Project,
    branch: str,
    base: str | None,
    fetched: Fetched | None = None,
    *,
    trust: bool,
    ask: Callable[[Sequence[str]], bool],
) -> Source | None:
    """Tell where a branch from elsewhere comes from, once somebody has seen what it asks for.

    Args:
        project: The project.
        branch: The branch.
        base: What a new branch starts from.
        fetched: What came from the remote for it.
        trust: Whether somebody has.
        ask: Shows lines and asks whether to go on.

    Returns:
        None for a branch that is here or starts here.

    Raises:
        BadUse: The branch or the base cannot be used.
        Refused: It asks for what main does not, and nobody agrees; nothing was made.
    """
    source = plan_source(project, branch, base, fetched)
    if not source.foreign:
        return None
    if trust:
        return source
    project.check()
    hooks = [f"the hook {moment} runs in it on this machine: {what}" for moment, what in hooks_ahead(project)]
    lines = [*(one.what for one in look(project, source.start).exposures), *hooks]
    if lines and not ask((f"{source.label} asks for what main does not:", *lines)):
        raise Refused(
            f"{source.label} asks for what main does not",
            f"look at it (git log -p {source.start[:7]}), then wt.new {branch} --trust",
            lines,
            kind="trust-needed",
        )
    return source


def look(project: Project, commit: str) -> Look:
    """Look at what a commit asks for, without a file of it where it could act.

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
        return _on_disk(project, name) if text is None and (name in copied or inner) else text

    theirs, ours = _read(project, of_branch), _read(project, lambda name: _on_disk(project, name))
    asked = [*theirs.outside, *unknown, *_leading_out(project, tree)]
    shell = command.environment(without=project.input.shadowing)
    variables = (theirs.variables - ours.variables) & shell.keys()
    asked += [
        Exposure("variable", f"the compose files read {name} of the shell")
        for name in sorted(variables - {"PWD"})
    ]
    services = project.services
    try:
        model = _model(project, theirs.texts)
        services = project.decide(model, project.main)
        asked += exposures(model, [one.name for one in own(services)], checkout=str(project.main))
    except BadUse as error:
        asked.append(Exposure("unknown", f"what it asks for cannot be told: {error.what}"))
    mains = exposures(project.model, project.model.services, checkout=str(project.main))
    return Look(services, beyond(asked, {*mains, *ours.outside}, services=project.model.services))


@dataclass(slots=True)
class _Read:
    """The files that Compose reads for a project.

    Attributes:
        texts: The texts of those in the checkout, by path.
        outside: Those that are not.
        variables: What Compose takes from the shell for them.
    """

    texts: dict[str, str] = field(default_factory=dict)
    outside: list[Exposure] = field(default_factory=list)
    variables: set[str] = field(default_factory=set)


def _read(project: Project, text_of: Callable[[str], str | None]) -> _Read:
    """Read the compose files of a project, and what they name."""
    chosen, found = project.input.files, _Read()
    waiting = [(name, True) for name in chosen.files if not posixpath.isabs(name)]
    waiting += [(name, False) for name in (*chosen.env_files, posixpath.join(chosen.directory, ".env"))]
    while waiting:
        name, composed = waiting.pop()
        text = None if name in found.texts else text_of(name)
        if text is None:
            continue
        found.texts[name] = text
        if not composed:
            found.variables |= compose_text.variables_of_env_file(text)
            continue
        mentions = compose_text.mentions(text)
        found.variables |= mentions.variables
        for path, like_it in mentions.files:
            written = expand(path, project.input.interpolation)
            places = _places(written, (posixpath.dirname(name), chosen.directory))
            waiting += [(place, like_it) for place in places]
            if not places:
                found.outside.append(Exposure("file", f"the compose files read {written}"))
    return found


def _places(path: str, folders: Iterable[str]) -> list[str]:
    """Return where a path may lie in a checkout, taken from some of its directories; nothing for outside."""
    if posixpath.isabs(path) or any(mark in path for mark in _ELSEWHERE):
        return []
    found = {posixpath.normpath(posixpath.join(folder, path)) for folder in folders}
    return sorted(place for place in found if not place.startswith("../"))


def _on_disk(project: Project, name: str) -> str | None:
    return files.read_text(project.main / name) if (project.main / name).is_file() else None


@once_each
def _of_main(project: Project) -> git.CommitFiles:
    return git.files_of_commit(project.repository, "HEAD")


def _leading_out(project: Project, tree: git.CommitFiles) -> Iterator[Exposure]:
    for path, aim in tree.leading_out().items():
        if _of_main(project).entries.get(path) != tree.entries[path]:
            yield Exposure("link", f"{path} is a symbolic link to {aim}")


def _model(project: Project, texts: dict[str, str]) -> Model:
    """Return the compose model of a branch as it would be in main's place.

    Compose reads the texts in a directory of ours, as deep as main, so that paths beside main are told too.
    """
    with git.passing_directory() as folder:
        place = folder.resolve()
        checkout = place / project.main.relative_to(project.main.anchor)
        checkout.mkdir(parents=True)
        for name, text in texts.items():
            files.write_text(checkout / name, text, root=checkout, mode=0o600)
        try:
            return project.runtime.model(project, checkout, apart=place)
        except BadUse as error:
            error.rewrite(lambda said: said.replace(str(place), ""))
            raise
