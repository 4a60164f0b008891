"""The name of main's compose project, found by the directories that containers are labelled with."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

# Somebody else's container, whose directory the locale of the command cannot spell.
TOLD = """
import os
from worktree_tasks.orchestration.runtimes.compose.main_name import _places
(place,) = _places([os.fsencode(os.environ["PLACE"]).decode()]).values()
print(os.fsencode(place) == os.environb[b"PLACE"])
"""


@pytest.mark.parametrize("locale", [{"LC_ALL": "C", "PYTHONUTF8": "0"}, {"LC_ALL": "C.UTF-8"}])
def test_a_directory_that_the_locale_cannot_spell_is_a_directory(locale):
    done = subprocess.run(
        [sys.executable, "-c", TOLD],
        env={**os.environ, **locale, "PLACE": "/tmp/snøw☃"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("True\n", "")
