"""Flow: a worktree's page in the browser."""

from __future__ import annotations

import os
import sys
import webbrowser
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...configuration.naming import did_you_mean
from ...errors import BadUse, Failure
from ...streams import stdout_aside
from ..steps.worktree import find_tree
from ..steps.worktree_state import view

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ...configuration.results import Worktree
    from ..steps.project import Project

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
        name: The worktree.
        service: Whose URL; that of the first service with a published port by default.

    Raises:
        BadUse: There is no such worktree or service.
        Failure: Nothing answers there: the stack is down, or publishes no port.
    """
    tree = view(find_tree(project, name))
    url = _url(tree, service)
    if tree.state not in ("running", "starting", "partial"):
        raise Failure(
            f"{tree.name} is {tree.state}, so {url} answers nothing", f"wt.start {tree.name}", kind="no-page"
        )
    return Opened(tree.name, url, can_browse(os.environ) and _open(url))


def _url(tree: Worktree, service: str | None) -> str:
    urls = {
        name: pages[0]
        for name, one in tree.services.items()
        if (pages := [port.url for port in one.ports if port.url])
    }
    if not urls:
        raise Failure(
            f"{tree.name} publishes no port, so it has no URL",
            f"wt.start {tree.name} leases ports",
            kind="no-page",
        )
    if service is None:
        return str(tree.url)
    if service not in urls:
        raise BadUse(
            f"{tree.name} has no service {service!r} with a URL",
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
