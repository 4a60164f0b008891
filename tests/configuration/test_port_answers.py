from __future__ import annotations

import pytest

from worktree_tasks.configuration.port_answers import PortAnswer, answered, scheme

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


def test_a_debuggers_port_is_waited_for_a_while_and_no_longer():
    assert not answered([NOBODY], 9, optional=True)
    assert answered([NOBODY], 11, optional=True)
    assert answered([OTHER], 0, optional=True)


def test_what_a_port_answered_decides_how_its_url_begins():
    assert [scheme(one) for one in (PortAnswer.HTTP, PortAnswer.BAD_REQUEST, PortAnswer.HTTPS)] == [
        "http",
        "http",
        "https",
    ]
    assert scheme(OTHER) == scheme(HANGS_UP) == "other"
    assert scheme(NOBODY) is scheme(None) is None
