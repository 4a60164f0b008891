"""`ci/engine` starts an engine where none answers, once."""

from __future__ import annotations

import os
from pathlib import Path

from harness.programs import execute, needed

ENGINE = Path(__file__).parents[1] / "ci" / "engine"
# Stand-ins, which know only the private /run that they are in.
PROGRAMS = {
    "docker": 'case "$*" in version*) test -e /run/up ;; compose*) echo 2.30.0 ;; esac',
    "dockerd": "echo launched >>/run/launches; sleep 1; touch /run/up; exec sleep 3",
    "iptables": "",
    "setsid": 'sleep 1.5; exec "$@"',
}
PRIVATE = 'mount -t tmpfs none /run && mount -t tmpfs none /var/log && "$0" && cat /run/launches'


def test_one_that_takes_long_to_be_executed_is_not_taken_for_one_that_ended(tmp_path, monkeypatch):
    needed("root, who makes namespaces", "sh", "-c", f"test {os.geteuid()} = 0")
    for name, script in PROGRAMS.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    done = execute(["unshare", "--mount", "sh", "-c", PRIVATE, ENGINE])
    assert done.code == 0, done.err
    assert done.out.splitlines().count("launched") == 1
