"""`inv lint` counts the lines of code as they are meant, and fails when a module is too long."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

FIGURES = runpy.run_path(str(Path(__file__).parent.parent / "ci" / "figures.py"))

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
    assert FIGURES["code_lines"](MODULE) == 3 + 3 + 1


def test_a_module_that_is_too_long_fails_and_is_named_with_its_length(tmp_path, capsys):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "long.py").write_text("x = 1\n" * 251)
    (tmp_path / "short.py").write_text("x = 1\n" * 250)
    with pytest.raises(SystemExit) as stopped:
        FIGURES["main"](tmp_path)
    assert stopped.value.code
    named = [line for line in capsys.readouterr().out.splitlines() if ".py" in line]
    assert named == ["folder/long.py has 251 lines, more than 250: split it by its nouns"]


def test_modules_within_the_limit_pass(tmp_path):
    (tmp_path / "short.py").write_text("x = 1\n" * 250)
    with pytest.raises(SystemExit) as stopped:
        FIGURES["main"](tmp_path)
    assert not stopped.value.code
