"""However commands are killed, one or five at once: nothing is lost, nothing is stuck, nothing leaks."""

from __future__ import annotations

import os
import secrets

import pytest
from harness.faults.kills import Arena
from harness.faults.stage import SMALL

pytestmark = pytest.mark.engine

KILLS = int(os.environ.get("WT_KILLS", "30"))


@pytest.mark.timeout(600 + 20 * KILLS)
def test_nothing_is_lost_or_stuck_however_commands_are_killed(make_toy, record_property):
    seed = os.environ.get("WT_SEED") or secrets.token_hex(4)
    arena = Arena(make_toy(SMALL), seed)
    try:
        arena.survive(KILLS)
    except Exception as error:  # noqa: BLE001 - whatever it is, its story is told
        pytest.fail(
            f"WT_SEED={seed}, after {arena.kills} kills\n" + "\n".join(arena.history[-24:]) + f"\n{error!r}"
        )
    finally:
        arena.close()
    assert arena.counted, "no work was planted"
    record_property("kills of commands side by side survived", arena.kills)
    record_property("pieces of planted work found again", arena.counted)
    record_property("seed of the kills side by side", seed)
