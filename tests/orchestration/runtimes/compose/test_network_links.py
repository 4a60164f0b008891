"""Which links of a stopped container keep it from starting."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from worktree_tasks.orchestration.runtimes.compose.network_links import dead_links


@pytest.mark.parametrize(
    ("link", "alive", "dead"),
    [
        ({"NetworkID": "1"}, {"shop_default": "1"}, []),
        ({"NetworkID": "1"}, {}, ["shop_default"]),
        # Another one was made under the same name meanwhile.
        ({"NetworkID": "1"}, {"shop_default": "2"}, ["shop_default"]),
        # Of a container that was never started.
        ({"NetworkID": ""}, {"shop_default": "2"}, []),
        (None, {"shop_default": "2"}, []),
    ],
)
def test_a_link_is_dead_when_its_network_is_gone_whoever_bears_the_name_now(link, alive, dead):
    told = {"NetworkSettings": {"Networks": {"shop_default": link, "host": {"NetworkID": "9"}}}}
    project: Any = SimpleNamespace(engine=SimpleNamespace(inspect=lambda _: told))
    container: Any = SimpleNamespace(id="db")
    assert list(dead_links(project, container, alive)) == dead
