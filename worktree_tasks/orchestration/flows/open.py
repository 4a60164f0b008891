"""Flow: a worktree's page in the browser."""

from __future__ import annotations

import os
import sys
import webbrowser
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ...configuration.naming import did_you_mean
from ...errors import BadUse, Failure
from ...streams import stdout_aside
from ..steps.main_tree import find_checkout
from ..steps.ports import own_ports
from ..steps.worktree_state import view
from .list import listing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ...configuration.results import ServiceState, Worktree
    from ..steps.project import Project
    from ..steps.tree import Tree

__all__ = ["Opened", "can_browse", "open_page"]


@dataclass(frozen=True, slots=True)
class Opened:
    """A worktree's page: the worktree's name, the URL, and whether a browser was there to open it."""

    name: str
    url: str
    opened: bool


def open_page(project: Project, name: str, *, service: str | None = None) -> Opened:
    """Open a worktree's URL in the user's browser, where there is one.

    Args:
        project: The project.
        name: The worktree, or `main`.
        service: Whose URL; that of the first service with a published port by default.

    Raises:
        BadUse: There is no such worktree or service.
        Failure: Nothing answers there: the stack is down, or publishes no port.
    """
    tree = find_checkout(project, name)
    state, first, urls = _pages_of_main(project, service) if tree.is_main else _pages(view(tree))
    url = _url(tree, first, urls, service)
    if state not in ("running", "starting", "partial"):
        raise Failure(
            f"{tree.record.name} is {state}, so {url} answers nothing", tree.start_command, kind="no-page"
        )
    return Opened(tree.record.name, url, can_browse(os.environ) and _open(url))


def _pages(tree: Worktree) -> tuple[str, str | None, dict[str, str]]:
    """Return the state of a worktree, its URL, and those of its services."""
    return tree.state, tree.url, _urls(tree.services)


def _pages_of_main(project: Project, service: str | None) -> tuple[str, str | None, dict[str, str]]:
    """Return the state of a service of main's, main's URL, and those of what worktrees have of their own.

    Most often a part of main's stack runs: the state of the whole says nothing of a page.
    """
    main = listing(project).main
    urls = _urls(main.services)
    if not urls:
        # No worktree has told yet which of its ports are pages.
        for port in own_ports(project, project.services):
            if url := replace(port, published=port.main).url("localhost"):
                urls.setdefault(port.service, url)
    there = main.services.get(service or next(iter(urls), ""))
    return there.state if there else "not running", next(iter(urls.values()), None), urls


def _urls(services: Mapping[str, ServiceState]) -> dict[str, str]:
    return {
        name: pages[0]
        for name, one in services.items()
        if (pages := [port.url for port in one.ports if port.url])
    }


def _url(tree: Tree, first: str | None, urls: Mapping[str, str], service: str | None) -> str:
    """Return the URL of a service, or of the first.

    Raises:
        Failure: There is none at all.
        BadUse: That service has none.
    """
    name = tree.record.name
    if not urls:
        raise Failure(
            f"{name} publishes no port, so it has no URL",
            f"{tree.start_command} publishes them",
            kind="no-page",
        )
    if service is None:
        return str(first)
    if service not in urls:
        raise BadUse(
            f"{name} has no service {service!r} with a URL",
            did_you_mean(service, urls) or f"those that have one are {', '.join(urls)}",
            kind="no-page",
        )
    return urls[service]


def can_browse(environ: Mapping[str, str], platform: str = sys.platform) -> bool:
    """Tell whether a browser can show itself: one that the user named, or on a screen.

    Text browsers, which Python would find on a server, would take the terminal over.
    """
    if environ.get("BROWSER"):
        return True
    return not platform.startswith("linux") or any(
        environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME")
    )


def _open(url: str) -> bool:
    with stdout_aside():
        return webbrowser.open(url)
