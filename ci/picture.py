"""Photographs a running shop: main and its worktrees side by side, as a browser shows them.

picture.py FILE [DIRECTORY]   writes a PNG of the shop in a directory, by default that of ci/quickstart
"""

from __future__ import annotations

import base64
import html
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Mapping

    from playwright.sync_api import Browser, Page

DATA = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
DEMO = Path(os.environ.get("WT_DEMO") or DATA / "worktree-tasks-demo") / "shop"
NAMES = ("chromium", "chromium-browser", "google-chrome")
WIDTH, HEIGHT = 430, 470
FRAME = """<!doctype html>
<style>
  body { margin: 0; padding: 16px; display: inline-flex; gap: 16px; font: 13px system-ui, sans-serif }
  figure { flex: none; margin: 0; border: 1px solid #cbd5e1; border-radius: 8px; overflow: hidden }
  figcaption { padding: 7px 10px; background: #e2e8f0 }
  figcaption span { display: block; padding: 3px 10px; border-radius: 9px; background: white; color: #334155 }
  img { display: block }
</style>
"""


def pages(listed: Mapping[str, Any]) -> list[str]:
    """Return the addresses of main's pages and of its worktrees', from what `list --json` says."""
    return [tree["services"]["web"]["ports"][0]["url"] for tree in (listed["main"], *listed["worktrees"])]


def photograph(page: Page, url: str) -> bytes:
    """Log in where nobody is, have a job done, and take the picture."""
    page.goto(url)
    if page.locator("text=Log in").count():
        page.click("text=Log in")
        page.fill("[name=username]", "ada")
        page.fill("[name=password]", "ada")
        page.click("main button")
    done = page.locator("#jobs li", has_text=f"queued by {url}, ran by {url}")
    if not done.count():
        page.click("text=Queue a job")
        while not done.count():
            page.reload()
    return page.screenshot()


def side_by_side(browser: Browser, pictures: Mapping[str, bytes]) -> bytes:
    """Return one picture of several, each below its address."""
    figures = [
        f"<figure><figcaption><span>{html.escape(url)}</span></figcaption>"
        f"<img src='data:image/png;base64,{base64.b64encode(picture).decode()}'></figure>"
        for url, picture in pictures.items()
    ]
    page = browser.new_page(viewport={"width": (WIDTH + 50) * len(pictures), "height": 2 * HEIGHT})
    page.set_content(FRAME + "".join(figures))
    return page.locator("body").screenshot(omit_background=True)


def main(file: str, directory: str = str(DEMO)) -> None:
    """Write the picture."""
    program = str(Path(sys.executable).with_name("worktree-tasks"))
    listed = subprocess.run([program, "list", "--json"], cwd=directory, stdout=subprocess.PIPE, check=True)
    chromium = next(filter(None, map(shutil.which, NAMES)), None)
    if not chromium:
        sys.exit("ci/picture.py: no Chromium: ci/browser installs it")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium)
        # One person's, who is logged in once on all that shares a host name and a database.
        context = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT})
        taken = {url: photograph(context.new_page(), url) for url in pages(json.loads(listed.stdout))}
        Path(file).parent.mkdir(parents=True, exist_ok=True)
        Path(file).write_bytes(side_by_side(browser, taken))
        browser.close()


if __name__ == "__main__":
    if not sys.argv[1:]:
        sys.exit(__doc__)
    main(*sys.argv[1:])
