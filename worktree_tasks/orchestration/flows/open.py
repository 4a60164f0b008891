"""Flow: open a worktree's page in the browser."""

from __future__ import annotations

import os
import shlex
import sys
import webbrowser
from typing import TYPE_CHECKING

from ...configuration.naming import did_you_mean
from ...configuration.worktree_result import UP
from ...errors import BadUse, Failure
from ...output_redirection import stdout_aside
from ...quick_dataclasses import dataclass, replace
from ..steps.ports import own_ports
from ..steps.worktree_search import find_checkout
from ..steps.worktree_state import view
from .forward import forward
from .list import listing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ...configuration.hosts import Host
    from ...configuration.worktree_result import ServiceState, Worktree
    from ...store import FarWorktree
    from ..steps.project import Project

__all__ = ["Opened", "can_browse", "open_far_page", "open_page"]


@dataclass(frozen=True, slots=True)
class Opened:
    """A worktree's page: the worktree's name, the URL, and whether a browser opened it."""

    name: str
    url: str
    opened: bool


def open_page(project: Project, name: str, *, service: str | None = None) -> Opened:
    """Open a worktree's URL in the user's browser, if there is one.

    Args:
        project: The project.
        name: The worktree, or `main`.
        service: The service whose URL to open; by default the first that publishes a port.

    Raises:
        BadUse: There is no such worktree or service.
        Failure: There is nothing to open: the stack is down, or publishes no port.
    """
    tree = find_checkout(project, name)
    pages = _pages_of_main(project, service) if tree.is_main else _pages(view(tree))
    return _opened(tree.record.name, tree.start_command, pages, service)


def open_far_page(project: Project, host: Host, place: FarWorktree, *, service: str | None) -> Opened:
    """Open the local URL of a worktree on another machine.

    Args:
        project: The project.
        host: The machine.
        place: The worktree's place there.
        service: The service whose URL to open; None for the first that publishes a port.

    Raises:
        BadUse: There is no such service.
        HostUnavailable: The machine cannot be reached.
        Failure: There is nothing to open.
    """
    start = f"wt.start {shlex.quote(place.name)} --on {host.name}"
    return _opened(place.name, start, _pages(forward(project, host, place)), service)


def _opened(name: str, start: str, pages: _Pages, service: str | None) -> Opened:
    url = _url(name, start, pages, service)
    if pages.state not in UP:
        raise Failure(f"{name} is {pages.state}, so {url} does not answer", start, kind="no-page")
    return Opened(name, url, can_browse(os.environ) and _open(url))


@dataclass(slots=True, frozen=True)
class _Pages:
    """The state of a stack, its URL, and the URLs of its services."""

    state: str
    first: str | None
    urls: dict[str, str]


def _pages(tree: Worktree) -> _Pages:
    return _Pages(tree.state, tree.url, _urls(tree.services))


def _pages_of_main(project: Project, service: str | None) -> _Pages:
    """Return the state of one of main's services, main's URL, and the URLs of services that worktrees own.

    Often only a part of main's stack runs, so the state of the whole stack says nothing about a page.
    """
    main = listing(project).main
    urls = _urls(main.services)
    if not urls:
        # No worktree has recorded yet which ports serve pages.
        for port in own_ports(project, project.services):
            if url := replace(port, published=port.main).url("localhost"):
                urls.setdefault(port.service, url)
    there = main.services.get(service or next(iter(urls), ""))
    return _Pages(there.state if there else "not running", next(iter(urls.values()), None), urls)


def _urls(services: Mapping[str, ServiceState]) -> dict[str, str]:
    return {
        name: pages[0]
        for name, one in services.items()
        if (pages := [port.url for port in one.ports if port.url])
    }


def _url(name: str, start: str, pages: _Pages, service: str | None) -> str:
    """Return the URL of a service, by default of the first.

    Raises:
        Failure: The stack has no URL.
        BadUse: That service has none.
    """
    if not pages.urls:
        raise Failure(
            f"{name} publishes no port, so it has no URL", f"{start} publishes them", kind="no-page"
        )
    if service is None:
        return str(pages.first)
    if service not in pages.urls:
        raise BadUse(
            f"{name} has no service {service!r} with a URL",
            did_you_mean(service, pages.urls) or f"services with a URL: {', '.join(pages.urls)}",
            kind="no-page",
        )
    return pages.urls[service]


def can_browse(environ: Mapping[str, str], platform: str = sys.platform) -> bool:
    """Return whether a browser can be opened: one that the user named, or any on a desktop.

    On a server, Python would find text browsers, which take over the terminal.
    """
    if environ.get("BROWSER"):
        return True
    return not platform.startswith("linux") or any(
        environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME")
    )


def _open(url: str) -> bool:
    with stdout_aside():
        return webbrowser.open(url)
