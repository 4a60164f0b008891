from __future__ import annotations

import pytest

from worktree_tasks.configuration.port_answer import PortAnswer, answered, late_check, scheme, sleeps

NOBODY, HANGS_UP, OTHER = PortAnswer.NOBODY, PortAnswer.HANGS_UP, PortAnswer.OTHER


@pytest.mark.parametrize(
    ("answers", "seconds", "ready"),
    [
        ([], 0, True),
        ([PortAnswer.HTTP], 0, True),
        ([NOBODY, PortAnswer.HTTPS], 0, True),
        ([NOBODY], 3600, False),
        ([None], 3600, False),
        ([OTHER], 0, True),
        ([HANGS_UP, PortAnswer.BAD_REQUEST], 0, True),
        # A debugger listens before the pages do.
        ([HANGS_UP, NOBODY], 1, False),
        ([PortAnswer.BAD_REQUEST, NOBODY], 1, False),
        ([None, HANGS_UP], 1, False),
        ([OTHER, NOBODY], 11, True),
    ],
)
def test_a_page_is_enough_and_others_are_when_no_page_comes(answers, seconds, ready):
    assert answered(answers, seconds) is ready


def test_what_a_port_answered_decides_how_its_url_begins():
    assert [scheme(one) for one in (PortAnswer.HTTP, PortAnswer.BAD_REQUEST, PortAnswer.HTTPS)] == [
        "http",
        "http",
        "https",
    ]
    assert scheme(OTHER) == scheme(HANGS_UP) == "other"
    assert scheme(NOBODY) is scheme(None) is None


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


SECOND = 1_000_000_000


@pytest.mark.parametrize(
    ("healthcheck", "command"),
    [
        ({}, ()),
        ({"Test": ["NONE"]}, ()),
        ({"Test": ["CMD-SHELL", "curl localhost"]}, ("/bin/sh", "-c", "curl localhost")),
        ({"Test": ["CMD-SHELL", "true"], "Interval": 60 * SECOND}, ("/bin/sh", "-c", "true")),
        ({"Test": ["CMD", "redis-cli", "ping"], "Interval": 6 * SECOND}, ("redis-cli", "ping")),
        ({"Test": ["CMD", "redis-cli", "ping"], "Interval": 5 * SECOND}, ()),
    ],
)
def test_a_check_that_docker_runs_late_is_run_without_it(healthcheck, command):
    assert late_check(healthcheck) == command
