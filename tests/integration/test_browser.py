"""The demo shop in a real browser: cookies, forms and hot reload, in main and in worktrees at once."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import pytest
from harness.browsers import Window, browser
from harness.shops import Shop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import BrowserContext

    Open = Callable[[str], Window]

pytestmark = pytest.mark.engine

# Main, and two worktrees whose host names are their own.
APART = ("main", "red", "green")
# Main, and a worktree that shares its host name.
TOGETHER = ("main", "blue")
SCRIPT = "frontend/src/main.js"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    made = Shop(tmp_path_factory.mktemp("browser"), 20000 + secrets.randbelow(30) * 100)
    try:
        made.open("red", "green", "blue", hosts=dict.fromkeys(APART, "{slug}.{project}.localhost"))
        yield made
    finally:
        made.close()


@pytest.fixture(scope="module")
def person() -> Iterator[BrowserContext]:
    with browser() as context:
        yield context


@pytest.fixture
def open_page(person: BrowserContext) -> Iterator[Open]:
    """Open pages of somebody who comes for the first time; none of them complains of anything."""
    person.clear_cookies()
    windows: list[Window] = []

    def open_one(url: str) -> Window:
        windows.append(Window(person.new_page()))
        windows[-1].page.goto(url)
        return windows[-1]

    yield open_one
    for window in windows:
        window.page.close()
    assert [window.complaints for window in windows] == [[] for _ in windows]


def log_in(window: Window) -> None:
    window.follow("text=Log in")
    window.page.fill("[name=username]", "ada")
    window.page.fill("[name=password]", "ada")
    window.follow("main button")


def user(window: Window) -> str:
    """Return who is logged in, as the page says when it is loaded again."""
    window.page.reload()
    shown = window.page.locator("#user")
    return shown.inner_text() if shown.count() else ""


def test_one_is_logged_in_on_main_and_two_worktrees_at_once_and_logged_out_of_each(
    shop: Shop, open_page: Open
) -> None:
    windows = {branch: open_page(shop.url(branch)) for branch in APART}
    for window in windows.values():
        log_in(window)
    assert {branch: user(window) for branch, window in windows.items()} == dict.fromkeys(APART, "ada")
    windows["red"].follow("text=Log out")
    found = {branch: user(window) for branch, window in windows.items()}
    assert found == {"main": "ada", "red": "", "green": "ada"}


def test_on_plain_localhost_one_login_serves_main_and_worktree(shop: Shop, open_page: Open) -> None:
    windows = {branch: open_page(shop.url(branch)) for branch in TOGETHER}
    log_in(windows["blue"])
    assert {branch: user(window) for branch, window in windows.items()} == dict.fromkeys(TOGETHER, "ada")
    windows["main"].follow("text=Log out")
    assert {branch: user(window) for branch, window in windows.items()} == dict.fromkeys(TOGETHER, "")


def test_each_page_has_the_branch_and_the_colour_of_its_checkout(shop: Shop, open_page: Open) -> None:
    branches = (*APART, "blue")
    windows = {branch: open_page(shop.url(branch)) for branch in branches}
    assert {branch: window.text("#branch") for branch, window in windows.items()} == dict(
        zip(branches, branches, strict=True)
    )
    assert len({window.colour() for window in windows.values()}) == len(branches)


@pytest.mark.parametrize("branch", [*APART, "blue"])
def test_a_form_is_accepted_on_its_own_site_and_from_its_front_end(
    shop: Shop, open_page: Open, branch: str
) -> None:
    site, front = shop.url(branch), shop.url(branch, "vite")
    done = f"button: queued by {site}, ran by {site}"
    window = open_page(site)
    before = window.page.locator(f"#jobs >> text={done}").count()
    window.follow("text=Queue a job")
    window.page.goto(front)
    window.page.wait_for_selector("#products li")
    assert window.text("#site") == site
    assert window.text("#branch") == branch
    window.page.click("text=Queue a job")
    window.page.wait_for_url(f"{site}/")
    # The worker has done it a moment later.
    while window.page.locator(f"#jobs >> text={done}").count() < before + 2:
        window.page.reload()


def test_hot_reload_changes_the_page_of_its_own_worktree_only(shop: Shop, open_page: Open) -> None:
    windows = {branch: open_page(shop.url(branch, "vite")) for branch in APART}
    titles = dict.fromkeys(APART, "Shop")
    for branch, window in windows.items():
        window.page.wait_for_selector("#products li")
        window.page.evaluate("window.loadedBefore = true")
        assert window.text("h1") == titles[branch]
    for branch in reversed(APART):
        counted = {other: window.updates for other, window in windows.items() if other != branch}
        script = shop.checkout(branch) / SCRIPT
        titles[branch] = f"The {branch} shop"
        # In one step: Vite loads the page anew where it sees a script that is still empty.
        edited = script.with_name(f"{script.name}.edited")
        edited.write_text(script.read_text().replace("'Shop'", f"'{titles[branch]}'"))
        edited.replace(script)
        windows[branch].page.wait_for_selector(f"h1:text-is('{titles[branch]}')")
        assert windows[branch].updates
        assert windows[branch].page.evaluate("window.loadedBefore"), "the page was not loaded anew"
        assert {other: window.text("h1") for other, window in windows.items()} == titles
        assert {other: windows[other].updates for other in counted} == counted
