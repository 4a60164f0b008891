from __future__ import annotations

import subprocess
import time

import pytest

from worktree_tasks.errors import BadUse, Failure
from worktree_tasks.repository import fetch, tip_of
from worktree_tasks.repository.fetching import fetch_argv, ssh_command


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


def test_new_commits_and_refspecs_are_fetched(shop, clone):
    ours = clone(shop)
    tip = shop.commit("a", "1")
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
