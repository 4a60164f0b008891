from __future__ import annotations

import pytest

from worktree_tasks.configuration.idle_command import sleeps


@pytest.mark.parametrize(
    "command",
    [
        "sleep infinity",
        "/bin/sleep inf",
        "sleep 1d",
        "tail -f /dev/null",
        "tail -F /dev/null",
        "/bin/sh -c 'sleep infinity'",
        "sh -c sleep infinity",
        "bash -c 'while true; do sleep 1000; done'",
        "/bin/sh -c while sleep 1000; do :; done",
        "docker-entrypoint.sh sleep infinity",
        "/usr/bin/tini -- /usr/local/bin/docker-entrypoint.sh tail -f /dev/null",
        "sh -c 'echo ready; exec sleep infinity'",
        "bash",
        "/bin/bash -l",
        "cat",
    ],
)
def test_a_container_that_only_waits_sleeps(command):
    assert sleeps(command)


@pytest.mark.parametrize(
    "command",
    [
        "",
        "python manage.py runserver",
        "sh -c 'sleep 5 && python app.py'",
        "sh -c 'nginx && sleep infinity'",
        "sh -c 'service ssh start; tail -f /dev/null'",
        "sh -c 'python app.py & sleep infinity'",
        "tail -f /var/log/app.log",
        "bash run.sh",
        "npm run cat",
        "sh -c 'while true; do python work.py; sleep 1; done'",
    ],
)
def test_a_container_that_may_serve_does_not(command):
    assert not sleeps(command)
