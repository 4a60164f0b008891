"""`inv lint` counts the lines of code as they are meant."""

from __future__ import annotations

import runpy
from pathlib import Path

CI = Path(__file__).parent.parent / "ci"

MODULE = '''\
"""A docstring
of two lines."""

from os import (
    path,
)

# A comment.
TEXT = """two lines

of text"""  # three with the empty one between them


def asked(
    one,
):
    """A docstring."""
    return one
'''


def test_only_code_counts():
    code_lines = runpy.run_path(str(CI / "figures.py"))["code_lines"]
    assert code_lines(MODULE) == 3 + 3 + 1
