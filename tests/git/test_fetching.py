from __future__ import annotations

import subprocess
import time
from base64 import b64encode
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import ClassVar

import pytest

from worktree_tasks.errors import BadUse, Failure
from worktree_tasks.git import fetch, find_repository, tip_of, worktrees
from worktree_tasks.git.fetching import fetch_argv, ssh_command
from worktree_tasks.git.program import git


def test_argv_keeps_remotes_apart_from_options():
    assert fetch_argv("origin", ["a:b"])[-3:] == ("--", "origin", "a:b")


@pytest.mark.parametrize(
    ("configured", "made"),
    [
        ("ssh", "ssh -oBatchMode=yes -oConnectTimeout=5"),
        ("/usr/bin/ssh -i 'my key'", "/usr/bin/ssh -i 'my key' -oBatchMode=yes -oConnectTimeout=5"),
        ("plink -x", None),
        ("", None),
    ],
)
def test_only_openssh_is_given_its_options(configured, made):
    assert ssh_command(configured, 5.5) == made


def test_no_git_of_ours_asks_for_a_password_in_a_window(shop, tmp_path, monkeypatch):
    asking = tmp_path / "asking"
    asking.write_text(f"#!/bin/sh\ntouch {tmp_path}/asked\necho typed\n")
    asking.chmod(0o755)
    monkeypatch.setenv("SSH_ASKPASS", str(asking))
    question = "protocol=https\nhost=example.invalid\n\n"
    git(shop.path, "-c", "credential.helper=", "credential", "fill", stdin=question, check=False)
    assert not (tmp_path / "asked").exists()


def test_new_commits_and_refspecs_are_fetched(shop, clone):
    ours = clone(shop)
    tip = shop.commit_file("a", "1")
    fetch(ours.repo, seconds=30)
    assert ours.git("rev-parse", "origin/main") == tip
    fetch(ours.repo, refspecs=["main:pr"], seconds=30)
    assert tip_of(ours.repo, "pr") == tip


def test_unknown_remote_is_an_error(shop):
    with pytest.raises(Failure, match="fetching from origin"):
        fetch(shop.repo, seconds=30)


@pytest.mark.parametrize(("remote", "refspecs"), [("--upload-pack=x", ()), ("origin", ("--force",))])
def test_options_are_neither_remotes_nor_refspecs(shop, remote, refspecs):
    with pytest.raises(BadUse):
        fetch(shop.repo, remote=remote, refspecs=refspecs, seconds=30)


def test_remote_that_never_answers_is_given_up_with_all_it_started(shop, tmp_path):
    script = shop.write("../ssh", f"#!/bin/sh\necho $$ > {tmp_path}/pid\nexec sleep 600\n")
    script.chmod(0o755)
    shop.git("config", "core.sshCommand", str(script))
    shop.git("remote", "add", "origin", "ssh://nowhere.invalid/shop.git")
    began = time.monotonic()
    with pytest.raises(Failure, match="took longer than 1 s"):
        fetch(shop.repo, seconds=1)
    assert time.monotonic() - began < 20
    pid = (tmp_path / "pid").read_text().strip()
    shown = subprocess.run(
        ["ps", "-o", "stat=", "-p", pid], capture_output=True, text=True, check=False
    ).stdout
    assert shown.strip()[:1] in {"", "Z"}


def test_nothing_prompts(shop, tmp_path):
    seen = tmp_path / "seen"
    terminal = "(: < /dev/tty) 2>/dev/null && echo terminal"
    script = shop.write("../ssh", f'#!/bin/sh\nexec > {seen}\necho "$@"\n{terminal}\nexit 7\n')
    script.chmod(0o755)
    shop.git("config", "core.sshCommand", str(script))
    shop.git("remote", "add", "origin", "ssh://nowhere.invalid/shop.git")
    with pytest.raises(Failure):
        fetch(shop.repo, seconds=30)
    assert "-oBatchMode=yes" in seen.read_text()
    assert "terminal" not in seen.read_text()


def configured_by_environment(monkeypatch, **settings: str) -> None:
    monkeypatch.setenv("GIT_CONFIG_COUNT", str(len(settings)))
    for number, (key, value) in enumerate(settings.items()):
        monkeypatch.setenv(f"GIT_CONFIG_KEY_{number}", key)
        monkeypatch.setenv(f"GIT_CONFIG_VALUE_{number}", value)


def test_a_remote_that_only_the_environment_leads_to_is_reached(shop, clone, monkeypatch):
    ours = clone(shop)
    ours.git("remote", "set-url", "origin", "work:shop")
    tip = shop.commit_file("a", "1")
    configured_by_environment(monkeypatch, **{f"url.{shop.path}.insteadOf": "work:shop"})
    fetch(ours.repo, seconds=30)
    assert ours.git("rev-parse", "origin/main") == tip


def test_settings_in_the_environment_do_not_lead_to_another_repository(shop, clone, monkeypatch):
    other = clone(shop)
    configured_by_environment(monkeypatch, **{"core.worktree": str(other.path), "core.bare": "true"})
    shop.git("config", "--local", "core.bare", "0")
    found = find_repository(shop.path)
    assert (found.main, found.bare) == (shop.path, False)
    assert [tree.bare for tree in worktrees(found)] == [False]


@pytest.mark.parametrize("variable", ["GIT_SSH", "GIT_SSH_COMMAND"])
def test_the_program_that_reaches_remotes_may_come_from_the_environment(
    shop, tmp_path, monkeypatch, variable
):
    seen = tmp_path / "seen"
    script = shop.write("../wrapper", f"#!/bin/sh\necho $* > {seen}\nexit 7\n")
    script.chmod(0o755)
    monkeypatch.setenv(variable, str(script))
    shop.git("remote", "add", "origin", "ssh://nowhere.invalid/shop.git")
    with pytest.raises(Failure):
        fetch(shop.repo, seconds=30)
    assert "nowhere.invalid" in seen.read_text()


class Guarded(BaseHTTPRequestHandler):
    """A server that wants a password and gives nothing."""

    heard: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        given = self.headers.get("Authorization")
        self.heard.extend([given] if given else [])
        self.send_response(404 if given else 401)
        self.send_header("WWW-Authenticate", "Basic")
        self.end_headers()

    def log_message(self, *_words: object) -> None:
        """Say nothing."""


@pytest.mark.parametrize("by", ["GIT_ASKPASS", "core.askPass"])
def test_the_program_that_git_asks_for_passwords_is_the_users(shop, tmp_path, monkeypatch, by):
    program = shop.write("../askpass", "#!/bin/sh\necho secret\n")
    program.chmod(0o755)
    if by == "GIT_ASKPASS":
        monkeypatch.setenv(by, str(program))
    else:
        shop.git("config", by, str(program))
    with ThreadingHTTPServer(("127.0.0.1", 0), Guarded) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        shop.git("remote", "add", "origin", f"http://127.0.0.1:{server.server_port}/shop.git")
        with pytest.raises(Failure):
            fetch(shop.repo, seconds=30)
        server.shutdown()
    assert Guarded.heard.pop() == f"Basic {b64encode(b'secret:secret').decode()}"
