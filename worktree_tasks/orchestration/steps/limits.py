"""What a worktree of a project cannot have, has otherwise than main, or shares with it: one line each."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from ... import git
from ...configuration.compose.override import dropped_labels, external_keys, external_networks
from ...configuration.compose.services import own
from .copied_files import env_files, needed_files, tracked_env_files
from .env_files import new_env_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .project import Site

__all__ = ["limits", "without_own_services"]


def limits(site: Site, name: str) -> tuple[str, ...]:
    """Return the lines, each with the setting or the place that decides.

    Args:
        site: The project.
        name: The worktree's slug.
    """
    lines = [*without_own_services(site), *_of_env_files(site)]
    for service in own(site.services):
        lines += _of_service(service.name, site.model["services"][service.name], site.model, name)
        lines += _of_mounts(site, service.name)
    lines += [f"{one.name} is not started: {one.idle}" for one in site.services if one.idle]
    return tuple(dict.fromkeys(lines))


def without_own_services(site: Site) -> tuple[str, ...]:
    """Return a line where a worktree has nothing to run."""
    if own(site.services):
        return ()
    return ("no service runs in the worktree, all are shared with main: name some in wt.services.own",)


def _of_env_files(site: Site) -> Iterator[str]:
    if tracked := tracked_env_files(site):
        yield f"{', '.join(tracked)} is tracked by git and stays as it is; the override carries its values"
    carriers = [name for name in site.compose_files.env_files if name in env_files(site)]
    if not site.compose_files.implicit and not carriers and not new_env_file(site):
        yield (
            "plain `docker compose` in the worktree will not find its override: neither compose.override.yaml"
            " nor an ignored .env is free for it; use the wt tasks there, or let git ignore .env"
        )


def _of_service(name: str, spec: Mapping[str, Any], model: Mapping[str, Any], slug: str) -> Iterator[str]:
    if spec.get("network_mode") == "host":
        yield (
            f"{name} uses the host's network, where its ports stay main's: only one of them can run;"
            f" wt.services.shared: {name} leaves it to main"
        )
    if labels := dropped_labels(spec):
        yield f"{name} loses {', '.join(labels)}: a router would send main's visitors here"
    for network in external_networks(spec, model):
        yield f"{name} joins the external network {network} as {name}-{slug}, not as {name}"
    addresses = [str((one or {}).get("ipv4_address", "")) for one in (spec.get("networks") or {}).values()]
    for address in filter(None, addresses):
        yield f"{name} does not have the address {address} here: it is reached by its names"
    replicas = max(int(spec.get("scale") or 1), int((spec.get("deploy") or {}).get("replicas") or 1))
    if replicas > 1 and any(port.get("published") for port in spec.get("ports") or ()):
        yield f"{name} runs once here, not {replicas} times: its range of ports is one port in a worktree"
    if external := _external_volumes(spec, model):
        yield f"{name} writes to the external volume {', '.join(external)}, which main has too"


def _external_volumes(spec: Mapping[str, Any], model: Mapping[str, Any]) -> list[str]:
    outer = external_keys(model, "volumes")
    return [str(one["source"]) for one in spec.get("volumes") or () if one.get("source") in outer]


def _of_mounts(site: Site, name: str) -> Iterator[str]:
    main = PurePosixPath(site.main)
    sources = [
        PurePosixPath(one["source"])
        for one in site.model["services"][name].get("volumes") or ()
        if one.get("type") == "bind"
    ]
    for source in sources:
        if not source.is_relative_to(main):
            yield f"{name} mounts {source}, which main has too"
    folders = [str(one.relative_to(main)) for one in sources if one.is_relative_to(main) and one != main]
    folders = [one for one in folders if Path(main / one).is_dir()]
    missing = set(folders) - git.tracked(site.main, folders)
    for folder in sorted(missing):
        if not any(PurePosixPath(file).is_relative_to(folder) for file in needed_files(site)):
            yield f"{folder}, which {name} mounts, is not copied: .worktreeinclude or wt.files decide"
