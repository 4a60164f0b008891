"""The demo shop, as the README shows it: Django, Celery and Vite in main and in five worktrees at once."""

from __future__ import annotations

import http.cookiejar
import json
import re
import secrets
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from harness.programs import docker, wait_for
from harness.shops import Shop

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.engine

TEMPLATE = "catalog/templates/catalog/base.html"
OPEN = ("red", "green", "blue", "cyan", "pink")
LOOKED_UP = ("web", "vite", "worker", "db", "redis")
LOOKUPS = 100
JOBS = 50
DEADLINE = 90


def page(url: str, opener: urllib.request.OpenerDirector | None = None) -> str:
    with (opener or urllib.request.build_opener()).open(url, timeout=30) as answer:
        return str(answer.read().decode())


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("shop")
    made = Shop(folder, 17000 + secrets.randbelow(30) * 100)
    made.routes_before = made.routes()  # type: ignore[attr-defined]
    try:
        made.open(*OPEN)
        yield made
    finally:
        made.close()


def test_five_worktrees_answer_at_once_on_ports_of_their_own(shop: Shop) -> None:
    urls = {shop.url(branch) for branch in ("main", *OPEN)}
    assert len(urls) == 6
    assert all("<h1>" in page(url) for url in urls)
    states = {tree["branch"]: tree["state"] for tree in shop.wt("list", "--json").json["worktrees"]}
    assert states == dict.fromkeys(OPEN, "running")


def test_the_service_with_the_page_and_the_worker_are_started_before_vite(shop: Shop) -> None:
    form = "{{.State.StartedAt}} {{.Created}}"
    names = (f"{shop.name}-red-{service}-1" for service in ("web", "worker", "vite"))
    web, worker, vite = (docker("inspect", "--format", form, name).split() for name in names)
    assert max(web[0], worker[0]) < vite[1]


def test_a_template_changed_in_one_worktree_changes_no_other_page(shop: Shop) -> None:
    place = Path(shop.trees["blue"]["path"]) / TEMPLATE
    place.write_text(place.read_text().replace("<h1>", "<h1>Blue "))
    # Django notices a changed template by looking once a second.
    wait_for(lambda: "<h1>Blue " in page(shop.url("blue")), seconds=DEADLINE)
    assert all("<h1>Blue " not in page(shop.url(branch)) for branch in ("main", "red", "green"))


def test_all_stacks_work_on_one_database(shop: Shop) -> None:
    code = "from catalog.models import Product; Product.objects.create(name='Teapot of red', price_cents=1)"
    shop.inside("red", "web", "python", "manage.py", "shell", "-c", code)
    assert all("Teapot of red" in page(f"{shop.url(branch)}/api/products/") for branch in ("main", *OPEN))
    databases = docker("ps", "--quiet", "--filter", "ancestor=postgres:15", "--filter", f"name={shop.name}")
    assert len(databases.split()) == 1


def test_a_session_that_began_in_main_goes_on_in_a_worktree(shop: Shop) -> None:
    # Cookies ignore ports: on localhost the browser sends the same one to both.
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    pages = [page(shop.url(branch), opener) for branch in ("main", "green", "main")]
    counts = [int(match[1]) for text in pages if (match := re.search(r'id="visits">(\d+)<', text))]
    assert counts == [counts[0], counts[0] + 1, counts[0] + 2]


def test_every_name_resolves_to_the_own_or_the_shared_service_only(shop: Shop) -> None:
    addresses = shop.addresses()
    expected = {name: {name: (shop.name, name) for name in LOOKED_UP} for name in ("main",)}
    for branch in OPEN[:3]:
        own = {name: (shop.stack(branch), name) for name in ("web", "vite", "worker")}
        expected[branch] = {**own, "db": (shop.name, "db"), "redis": (shop.name, "redis")}
    asked = 0
    for branch, names in expected.items():
        services = LOOKED_UP if branch == "main" else ("web", "vite", "worker")
        for service in services:
            ask = f"for i in $(seq {LOOKUPS}); do getent ahostsv4 $n | head -n 1; done"
            loop = f"for n in {' '.join(names)}; do {ask}; done"
            lines = shop.inside(branch, service, "sh", "-c", loop).splitlines()
            assert len(lines) == LOOKUPS * len(names)
            answered = [addresses[line.split()[0]] for line in lines]
            wanted = [names[name] for name in names for _ in range(LOOKUPS)]
            assert answered == wanted, f"{service} of {branch}"
            asked += len(lines)
    assert asked == LOOKUPS * len(LOOKED_UP) * (len(LOOKED_UP) + 3 * 3)


def test_mains_default_routes_are_as_before(shop: Shop) -> None:
    before = {name: text.splitlines()[1] for name, text in shop.routes_before.items()}  # type: ignore[attr-defined]
    after = {name: text.splitlines()[1] for name, text in shop.routes().items()}
    assert after == before


def test_each_stacks_worker_runs_only_its_own_jobs(shop: Shop) -> None:
    stacks = ("main", *OPEN[:2])
    queued = {}
    for branch in stacks:
        label = secrets.token_hex(4)
        shop.inside(branch, "web", "python", "manage.py", "queue_jobs", str(JOBS), "--label", label)
        queued[shop.url(branch)] = label

    def report() -> dict[str, dict[str, int]]:
        return dict(json.loads(shop.inside("main", "web", "python", "manage.py", "job_report")))

    wait_for(lambda: all(sum(report().get(url, {}).values()) >= JOBS for url in queued), seconds=DEADLINE)
    assert {url: report()[url] for url in queued} == {url: {url: JOBS} for url in queued}


def test_vite_serves_hot_reload_and_the_api_of_its_own_worktree(shop: Shop) -> None:
    for branch in OPEN[:2]:
        vite = shop.trees[branch]["services"]["vite"]["ports"][0]
        client = page(f"{vite['url']}/@vite/client")
        assert str(vite["published"]) in client
        script = page(f"{vite['url']}/src/main.js")
        assert f'"VITE_API_URL": "{shop.url(branch)}"' in script.replace('":"', '": "')


def test_django_tests_of_two_worktrees_with_databases_of_their_own_pass_side_by_side(shop: Shop) -> None:
    for branch in OPEN[3:5]:
        shop.wt("database", branch, "--mode", "clone")
    words = ("python", "manage.py", "test", "--noinput", "-v", "1")
    with ThreadPoolExecutor(2) as pool:
        # It exits with another code than 0 when a test fails, or another run uses its test database.
        list(pool.map(lambda branch: shop.inside(branch, "web", *words), OPEN[3:5]))
