"""Own or shared on the graph: what holds source, what cannot do without it, and what is never reached."""

from __future__ import annotations

import pytest
import yaml

from worktree_tasks.configuration.compose.model_parsing import parse
from worktree_tasks.configuration.compose.role_inputs import RoleInputs
from worktree_tasks.configuration.compose.role_rules import choose

ROOT = "/shop"


def roles(
    text: str, *, source: tuple[str, ...] = (), own=(), shared=(), texts=None, waits=None, idle=()
) -> dict[str, str]:
    """Return the reason of each own service; shared ones are left out."""
    services = yaml.safe_load(text)
    for spec in services.values():
        if "build" in spec:
            spec["build"] = {"context": f"{ROOT}/{spec['build']}"}
        spec["volumes"] = [mount(one) for one in spec.get("volumes", ())]
        spec["depends_on"] = {name: {"condition": "service_started"} for name in spec.get("depends_on", ())}
    for name, conditions in (waits or {}).items():
        services[name]["depends_on"] |= {one: {"condition": how} for one, how in conditions.items()}
    known = RoleInputs(has_source=lambda path: path in (ROOT, *source), texts=texts or {})
    found = choose(
        parse({"services": services}),
        known,
        directory=ROOT,
        own=dict.fromkeys(own, "wt.services.own"),
        shared=dict.fromkeys(shared, "wt.services.shared"),
        idle=idle,
    )
    return {name: role.reason for name, role in found.items() if role.own}


def mount(text: str) -> dict[str, str]:
    source, _, target = text.partition(":")
    if source.startswith("."):
        return {"type": "bind", "source": f"{ROOT}/{source[2:]}".rstrip("/"), "target": target}
    return {"type": "bind" if source.startswith("/") else "volume", "source": source, "target": target}


BUILT = "is built from the project"


@pytest.mark.parametrize(
    ("text", "own"),
    [
        pytest.param(
            """
            gateway: {image: nginx, depends_on: [page]}
            page: {image: caddy, environment: {API: "http://api:8000"}}
            api: {build: ., depends_on: [db], environment: {MAIL: "smtp://mail:1025"}}
            db: {image: "postgres:16"}
            mail: {image: axllent/mailpit}
            """,
            {
                "gateway": f"it depends on page, which calls api, which {BUILT}",
                "page": f"it calls api, which {BUILT}",
                "api": f"it {BUILT}",
            },
            id="a chain of pages in front of an own api, not what that calls",
        ),
        pytest.param(
            """
            files: {image: nginx, volumes: ["static:/static"]}
            app: {build: ., volumes: ["static:/static"]}
            """,
            {"files": f"it shares the volume static with app, which {BUILT}", "app": f"it {BUILT}"},
            id="a common volume",
        ),
        pytest.param(
            """
            app: {build: ., volumes: ["socket:/run/cache"]}
            cache: {image: redis, volumes: ["socket:/run/cache"]}
            watcher: {image: debian, volumes: ["socket:/run/cache"]}
            """,
            {"app": f"it {BUILT}"},
            id="not over a volume that a data server uses",
        ),
        pytest.param(
            """
            flags: {image: flagd, volumes: ["./flags:/etc/flags"]}
            editor: {build: ., volumes: ["./flags:/flags", "./shared.env:/env"]}
            other: {image: stranger, volumes: ["./shared.env:/env"]}
            """,
            {
                "editor": f"it {BUILT}",
                "flags": f"it shares the folder flags with editor, which {BUILT}",
            },
            id="a common folder of the checkout",
        ),
        pytest.param(
            """
            web: {build: ., volumes: ["certificates:/certificates"]}
            certbot: {image: certbot/certbot, depends_on: [web], volumes: ["certificates:/etc/letsencrypt"]}
            metrics: {image: nginx/nginx-prometheus-exporter, command: "--nginx.scrape-uri=http://web/status"}
            """,
            {"web": f"it {BUILT}"},
            id="not what serves the whole project",
        ),
        pytest.param(
            """
            web: {image: "forum/app:5", volumes: ["./uploads:/uploads"]}
            jobs: {image: "forum/app:5"}
            live: {image: "forum/live:5"}
            store: {image: "pictures:1", volumes: ["./pictures:/mnt"]}
            """,
            {},
            id="a folder that git does not have makes nothing own",
        ),
        pytest.param(
            """
            web: {image: "forum/app:5", volumes: ["./plugins:/plugins"]}
            jobs: {image: "forum/app:5-slim"}
            live: {image: "forum/live:5"}
            one: {image: "debian:12"}
            two: {image: "library/debian:11", volumes: ["./plugins:/plugins"]}
            """,
            {
                "web": "it mounts plugins of the project",
                "jobs": "it runs an image of the same repository as web, which mounts plugins of the project",
                "two": "it mounts plugins of the project",
            },
            id="one repository goes together, one organisation or an official image does not",
        ),
        pytest.param(
            """
            app: {build: ., network_mode: "service:vpn"}
            vpn: {image: vpn/client}
            sidecar: {image: envoy, network_mode: "service:app"}
            """,
            {
                "app": f"it {BUILT}",
                "vpn": f"it lends its network to app, which {BUILT}",
                "sidecar": f"it joins the network of app, which {BUILT}",
            },
            id="one network",
        ),
        pytest.param(
            """
            app: {build: ., depends_on: [selenium], environment: {CHROME: "ws://chrome:3000"}}
            selenium: {image: selenium/standalone-chromium}
            chrome: {image: ghcr.io/browserless/chromium}
            idle: {image: selenium/standalone-firefox}
            """,
            {
                "app": f"it {BUILT}",
                "selenium": f"it is the browser of app, which {BUILT}",
                "chrome": f"it is the browser of app, which {BUILT}",
            },
            id="a browser that an own service opens its pages in",
        ),
        pytest.param(
            """
            app: {build: .}
            router: {image: traefik, depends_on: [app], volumes: ["/var/run/docker.sock:/docker.sock"]}
            """,
            {"app": f"it {BUILT}"},
            id="not what lives on the engine's socket",
        ),
        pytest.param(
            """
            app: {build: .}
            search: {image: "elasticsearch:8", depends_on: [app], environment: {CALL: "http://app:80"}}
            db: {image: "postgres:16", network_mode: "service:app"}
            """,
            {"app": f"it {BUILT}", "db": f"it joins the network of app, which {BUILT}"},
            id="a data server only through its network",
        ),
        pytest.param(
            """
            app: {build: ., volumes: ["./app:/app"]}
            search: {build: search, volumes: ["index:/usr/index"]}
            elasticsearch: {build: search, volumes: ["index2:/usr/index"]}
            """,
            {"app": f"it {BUILT}", "search": f"it {BUILT}"},
            id="a server that is built under its own name and holds data is a data server",
        ),
    ],
)
def test_own_spreads_to_what_cannot_do_without_it(text, own):
    assert roles(text, source=(f"{ROOT}/plugins", f"{ROOT}/app")) == own


@pytest.mark.parametrize(
    ("configuration", "calls"),
    [
        ("upstream all { server api; }", True),
        ("HOST=api", True),
        ("pages go to api:8000", True),
        ("http://user:secret@api/v1", True),
        ('{"url":"http://api","mail":"me@example.com"}', True),
        ("server host api;", True),
        (f"http://user:{'x' * 1000}@api/", True),
        ("set $page 'api';", True),
        ("server:\n        api", True),
        ('"address" = "api"', True),
        ("me@api", False),
        ("a/me@api", False),
        ("server: x: api", False),
        ("server'api'", False),
        ("http://api.example.com/ and api-2:8000", False),
        ("an api of version 2", False),
    ],
)
def test_a_proxy_is_known_by_the_hosts_in_the_configuration_that_it_mounts(configuration, calls):
    text = """
    proxy: {image: nginx, volumes: ["./proxy.conf:/etc/nginx/nginx.conf"]}
    api: {build: .}
    """
    proxy = {"proxy": f"it calls api, which {BUILT}"} if calls else {}
    assert roles(text, texts={"proxy": configuration}) == {**proxy, "api": f"it {BUILT}"}
    assert roles(text) == {"api": f"it {BUILT}"}


def test_a_job_of_an_image_is_where_what_it_prepares_is():
    text = """
    web: {build: ., depends_on: [db]}
    db: {image: postgres, volumes: ["rows:/var/lib/postgresql/data"]}
    owner: {image: busybox, volumes: ["rows:/rows"]}
    buckets: {image: minio/mc, depends_on: [db]}
    """
    waits = {
        "db": {"owner": "service_completed_successfully"},
        "web": {"buckets": "service_completed_successfully"},
    }
    assert set(roles(text, waits=waits)) == {"web"}
    assert set(roles(text, own=("db",), waits=waits)) == {"web", "db", "owner", "buckets"}


@pytest.mark.parametrize("image", ["flyway/flyway:10", "migrate/migrate", "ghcr.io/amacneil/dbmate:2"])
def test_what_migrates_by_files_of_the_project_is_own_though_they_are_no_source(image):
    text = f"""
    migrations: {{image: "{image}", volumes: ["./sql:/sql"]}}
    seeds: {{image: "postgres:16", volumes: ["./seeds:/sql"], command: "psql -f /sql/seed.sql"}}
    """
    given = {"migrations": "create table a();", "seeds": "create table a();"}
    assert roles(text, texts=given) == {"migrations": "it migrates a database by files of the project"}
    assert roles(text) == {}


def test_the_admin_page_of_a_server_that_is_own_is_own_too():
    text = """
    web: {build: ., depends_on: [db]}
    db: {image: postgres}
    pages: {image: adminer, depends_on: [db]}
    proxy: {image: traefik, depends_on: [db], volumes: ["/run/docker.sock:/run/docker.sock"]}
    """
    assert set(roles(text)) == {"web"}
    assert set(roles(text, own=("db",))) == {"web", "db", "pages"}


def test_what_no_stack_starts_makes_no_server_own():
    text = """
    shell: {build: ., network_mode: "service:db"}
    db: {image: postgres}
    """
    assert set(roles(text)) == {"shell", "db"}
    assert set(roles(text, idle=("shell",))) == {"shell"}


def test_settings_win_and_own_spreads_from_what_they_name():
    text = """
    api: {build: .}
    page: {image: caddy, depends_on: [api]}
    console: {image: console, depends_on: [broker]}
    broker: {image: rabbitmq}
    """
    assert roles(text, shared=("api",)) == {}
    assert roles(text, own=("broker",), shared=("page",)) == {
        "api": f"it {BUILT}",
        "broker": "wt.services.own names it",
        "console": "it depends on broker, which is own because wt.services.own names it",
    }


@pytest.mark.parametrize(
    "line", ["API_HOST=api", "UPSTREAM=api", "reverse_proxy api", "address: api", "set $to api;"]
)
def test_a_host_stands_after_words_that_say_so(line):
    text = """
    page: {image: caddy, volumes: ["./conf:/conf"]}
    api: {build: .}
    """
    assert "page" in roles(text, texts={"page": line})
    assert "page" not in roles(text, texts={"page": line.replace("api", "apis")})


@pytest.mark.parametrize(
    ("value", "named"),
    [
        ("http://api", True),
        ("http://api?of=all", True),
        ("http://user:secret@api/path", True),
        ("api:8000", True),
        ("tcp://api:8000", True),
        ("http://api.example.org", False),
        ("my-api:8000", False),
        ("the api of the shop", False),
        ("api:latest", False),
    ],
)
def test_a_host_is_told_from_a_word(value, named):
    text = f"""
    page: {{image: caddy, environment: {{TO: "{value}"}}}}
    api: {{build: .}}
    """
    assert ("page" in roles(text)) is named
