"""Ready is what a service says; what cannot run is an error with its last lines."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.engine

WEB = '[python3, /code/server.py, "8000"]'
PORTS = '["${WEB_PORT:-8000}:8000"]'
BOTH = """\
import socketserver, subprocess

class Debugger(socketserver.BaseRequestHandler):
    def handle(self):
        if self.request.recv(14) != b"JDWP-Handshake":
            print("handshake failed", flush=True)

subprocess.Popen(["python3", "/code/server.py", "8000"])
socketserver.ThreadingTCPServer(("0.0.0.0", 5005), Debugger).serve_forever()
"""
SECURE = """\
import http.server, ssl
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("/tmp/cert.pem", "/tmp/key.pem")
server = http.server.ThreadingHTTPServer(("0.0.0.0", 8000), http.server.SimpleHTTPRequestHandler)
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
"""


def branch(toy, name: str, *changes: tuple[str, str], files: dict[str, str] | None = None) -> str:
    text = (toy.main / "compose.yaml").read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return toy.branch(name, {"compose.yaml": text, **(files or {})})


def second_port(toy, target: int) -> tuple[str, str]:
    return PORTS, f'["${{WEB_PORT:-8000}}:8000", "{toy.web + 20}:{target}"]'


def ended(toy, name: str) -> None:
    toy.wt("remove", name, "--force")


def test_a_port_that_nobody_listens_on_is_noted_and_not_waited_for(quiet_toy):
    branch(quiet_toy, "debugged", second_port(quiet_toy, 5678))
    done = quiet_toy.wt("new", "debugged", "--json")
    notes = [line for line in done.err.splitlines() if "(5678 in the container)" in line]
    assert len(notes) == 1
    assert "has no listener; not waiting for it" in notes[0]
    assert done.json["state"] == "running"
    assert done.json["url"] == done.json["services"]["web"]["ports"][0]["url"]
    ended(quiet_toy, "debugged")


def test_the_url_is_the_page_though_a_debuggers_port_stands_before_it(quiet_toy):
    branch(quiet_toy, "behind", (PORTS, f'["{quiet_toy.web + 20}:5678", "${{WEB_PORT:-8000}}:8000"]'))
    tree = quiet_toy.new("behind")
    page = next(port for port in tree["services"]["web"]["ports"] if port["target"] == 8000)
    assert tree["url"] == page["url"]
    assert quiet_toy.listed()["behind"]["url"] == page["url"]
    ended(quiet_toy, "behind")


def test_a_port_that_hangs_up_is_asked_a_few_times_only(quiet_toy):
    changes = ((WEB, "[python3, /code/both.py]"), second_port(quiet_toy, 5005))
    branch(quiet_toy, "hangs", *changes, files={"both.py": BOTH})
    done = quiet_toy.wt("new", "hangs", "--json")
    assert done.json["state"] == "running"
    lines = quiet_toy.wt("logs", "hangs", "--service", "web", "--no-follow", "--json").json["lines"]
    # Each request is asked by TLS as well.
    assert 1 <= [one["line"] for one in lines].count("handshake failed") <= 10
    ended(quiet_toy, "hangs")


def test_the_url_of_a_server_with_tls_says_https(quiet_toy):
    command = '[sh, -c, "openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=localhost -keyout /tmp/key.pem -out /tmp/cert.pem && exec python3 /code/secure.py"]'  # noqa: E501
    branch(quiet_toy, "secure", (WEB, command), files={"secure.py": SECURE})
    tree = quiet_toy.new("secure")
    assert tree["url"] == f"https://localhost:{quiet_toy.web + tree['slot']}"
    assert quiet_toy.listed()["secure"]["url"] == tree["url"]
    ended(quiet_toy, "secure")


def test_a_container_that_only_sleeps_is_running(quiet_toy):
    branch(quiet_toy, "container", (WEB, "[tail, -f, /dev/null]"))
    assert quiet_toy.new("container")["state"] == "running"
    ended(quiet_toy, "container")


def test_a_setting_decides_which_port_has_to_answer(quiet_toy):
    late = '[python3, -c, "import time; time.sleep(3600)"]'
    branch(quiet_toy, "decided", (WEB, late))
    settings = quiet_toy.main / "invoke.yaml"
    before = settings.read_text() if settings.exists() else None
    settings.write_text("wt:\n  ready: {web: no}\n")
    try:
        assert quiet_toy.new("decided")["state"] == "running"
        settings.write_text("wt:\n  ready: {web: 9000}\n")
        refused = quiet_toy.wt("plan", "other", code=2)
        assert "setting wt.ready.web = 9000, which web does not publish" in refused.err
    finally:
        settings.unlink()
        if before is not None:
            settings.write_text(before)
    ended(quiet_toy, "decided")


def test_a_worker_that_dies_in_its_first_seconds_is_an_error_with_its_lines(quiet_toy):
    branch(quiet_toy, "dying", ("[sleep, infinity]", "[sh, -c, 'sleep 1; echo no queue; exit 3']"))
    done = quiet_toy.wt("new", "dying", code=1)
    assert "worker exited with code 3: no queue" in done.err
    ended(quiet_toy, "dying")


JOB = """\
  prepare:
    image: python:3.11-slim
    command: [sh, -c, "{0}"]
    volumes: [".:/code:ro"]
  vite:
    depends_on: {{prepare: {{condition: service_completed_successfully}}}}
"""


def test_a_job_that_others_wait_for_tells_why_it_failed(quiet_toy):
    branch(quiet_toy, "unprepared", ("  vite:\n", JOB.format("echo no such table >&2; exit 4")))
    done = quiet_toy.wt("new", "unprepared", code=1)
    assert "prepare exited with code 4: no such table" in done.err
    assert done.err.count("no such table") == 1
    assert 'wt.compose unprepared "run --rm --no-deps --entrypoint sh prepare"' in done.err
    said = quiet_toy.wt("compose", "unprepared", "run --rm --no-deps --entrypoint echo prepare hi", "--json")
    assert "hi" in said.json["output"].splitlines()
    ended(quiet_toy, "unprepared")


def test_a_job_that_ended_well_is_done_everywhere(quiet_toy):
    branch(quiet_toy, "prepared", ("  vite:\n", JOB.format("echo prepared")))
    assert quiet_toy.new("prepared")["state"] == "running"
    assert quiet_toy.listed()["prepared"]["state"] == "running"
    assert quiet_toy.wt("start", "prepared", "--json").json["state"] == "running"
    assert "prepare" not in quiet_toy.wt("doctor").out
    ended(quiet_toy, "prepared")


def test_a_build_that_fails_shows_what_the_builder_said(quiet_toy):
    dockerfile = "FROM python:3.11-slim\nRUN echo 'no such package: nope' >&2; exit 7\n"
    branch(
        quiet_toy,
        "unbuilt",
        ("image: python:3.11-slim\n    init: true\n    command: " + WEB, f"build: .\n    command: {WEB}"),
        files={"Dockerfile": dockerfile},
    )
    done = quiet_toy.wt("new", "unbuilt", code=1)
    assert "the image of web cannot be built: RUN echo 'no such package" in done.err
    assert "\n    no such package: nope" in done.err
    ended(quiet_toy, "unbuilt")


def test_a_shared_service_that_dies_in_its_first_seconds_is_an_error_with_its_lines(make_toy):
    toy = make_toy()
    text = (toy.main / "compose.yaml").read_text()
    broken = text.replace(
        "image: redis:7", "image: redis:7\n    command: sh -c 'sleep 1; echo wrong setting; exit 3'"
    )
    (toy.main / "compose.yaml").write_text(broken)
    toy.commit("Break redis")
    toy.compose("up", "--detach", "--wait", "db")
    done = toy.wt("new", "x", code=1)
    assert "main's redis exited with code 3: wrong setting" in done.err
    assert toy.listed()["x"]["state"] == "running"
    toy.destroy()
