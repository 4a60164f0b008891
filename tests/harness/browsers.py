"""A real browser: Chromium as this machine has it, driven by Playwright."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import BrowserContext, Page, WebSocket

__all__ = ["Window", "browser"]

NAMES = ("chromium", "chromium-browser", "google-chrome")


@contextmanager
def browser() -> Iterator[BrowserContext]:
    """Start a browser without a window: one person's, whose cookies all of its pages share."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - it starts threads of its own

    found = next(filter(None, map(shutil.which, NAMES)), None)
    if not found:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("no Chromium: ci/browser installs it")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found)
        try:
            yield chromium.new_context(viewport={"width": 480, "height": 620})
        finally:
            chromium.close()


class Window:
    """A page, what it complained of, and what its development server told it to replace."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        self.updates = 0
        page.on("console", lambda said: self._complain(f"{said.type}: {said.text}", said.type in _BAD))
        page.on("pageerror", lambda error: self._complain(str(error)))
        page.on("requestfailed", lambda one: self._complain(f"{one.url}: {one.failure}"))
        page.on("response", lambda one: self._complain(f"{one.url}: {one.status}", one.status >= 400))
        page.on("websocket", self._listen)

    def _complain(self, words: str, is_one: bool = True) -> None:
        if is_one:
            self.complaints.append(words)

    def _listen(self, socket: WebSocket) -> None:
        socket.on("framereceived", self._count)

    def _count(self, frame: str | bytes) -> None:
        self.updates += '"type":"update"' in str(frame)

    def follow(self, selector: str) -> None:
        """Click, and wait for the page that this leads to: what is asked next could come before it."""
        with self.page.expect_navigation():
            self.page.click(selector)

    def text(self, selector: str) -> str:
        """Return the text of the element, as soon as there is one."""
        return self.page.locator(selector).inner_text()

    def colour(self) -> str:
        """Return what the page's head is painted in."""
        return str(self.page.eval_on_selector("header", "head => getComputedStyle(head).backgroundColor"))


_BAD = ("error", "warning")
