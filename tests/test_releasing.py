"""What a release is made of: a version in one place, a section of CHANGELOG, and the oldest dependencies."""

from __future__ import annotations

import runpy
import tomllib
from datetime import date
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
RELEASING = runpy.run_path(str(ROOT / "ci" / "releasing.py"))
DAY = date(2026, 3, 9)
CHANGELOG = """\
# Changelog

What changed.

## Unreleased

### Worktrees

- Something new.

## 0.1.0 (2026-01-02)

- The first.
"""


def test_what_is_unreleased_becomes_the_version_with_its_date_below_an_empty_section():
    text = RELEASING["cut"](CHANGELOG, "0.2.0", DAY)
    assert text == CHANGELOG.replace("## Unreleased", "## Unreleased\n\n## 0.2.0 (2026-03-09)")
    assert RELEASING["sections"](text)["## Unreleased"] == ""
    assert RELEASING["section"](text, "0.2.0") == "### Worktrees\n\n- Something new."
    assert RELEASING["section"](text, "0.1.0") == "- The first."


@pytest.mark.parametrize(
    ("version", "text", "words"),
    [
        ("0.1.0", CHANGELOG, "has 0.1.0 already"),
        ("0.2", CHANGELOG, "0.2 is not a version"),
        ("v0.2.0", CHANGELOG, "v0.2.0 is not a version"),
        (
            "0.2.0",
            CHANGELOG.replace("### Worktrees\n\n- Something new.\n", ""),
            "nothing under '## Unreleased'",
        ),
        ("0.2.0", CHANGELOG.replace("## Unreleased", "## Next"), "nothing under '## Unreleased'"),
    ],
)
def test_a_version_that_cannot_be_cut_is_said_why(version, text, words):
    with pytest.raises(ValueError, match=words):
        RELEASING["cut"](text, version, DAY)


def test_a_tag_is_the_version_of_the_package_and_of_a_dated_section():
    RELEASING["check"](CHANGELOG, "0.1.0", "v0.1.0")
    RELEASING["check"](CHANGELOG, "0.2.0", "")
    with pytest.raises(ValueError, match=r"tag it v0\.1\.0"):
        RELEASING["check"](CHANGELOG, "0.1.0", "v0.1.1")
    with pytest.raises(ValueError, match=r"inv cut 0\.2\.0"):
        RELEASING["check"](CHANGELOG, "0.2.0", "v0.2.0")


def test_the_oldest_dependencies_are_the_lower_bounds():
    assert RELEASING["lowest"](["invoke>=2.2,<4", "GitPython >= 3.1.43", "a[b]>=1"]) == [
        "invoke==2.2",
        "GitPython==3.1.43",
        "a==1",
    ]
    with pytest.raises(ValueError, match="no lower bound: rich"):
        RELEASING["lowest"](["docker>=7.2", "rich"])


def test_each_dependency_of_the_project_has_a_lower_bound():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [line for lines in project["optional-dependencies"].values() for line in lines]
    assert RELEASING["lowest"]([*project["dependencies"], *extras])


def test_changelog_has_a_place_for_what_is_not_released_yet():
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert next(iter(RELEASING["sections"](text))) == "## Unreleased"
