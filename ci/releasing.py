"""What a release is made of: its version, its section of CHANGELOG, and the oldest dependencies it may meet.

releasing.py check [TAG]   fails where version, CHANGELOG and tag do not agree
releasing.py cut VERSION   makes what is unreleased that version
releasing.py lowest        prints the oldest dependencies, as pip takes them
releasing.py version       prints the version
"""

from __future__ import annotations

import re
import sys
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

ROOT = Path(__file__).resolve().parent.parent
CHANGELOG = ROOT / "CHANGELOG.md"
PACKAGE = ROOT / "worktree_tasks" / "__init__.py"
UNRELEASED = "## Unreleased"
_VERSION = re.compile(r'^__version__ = "(.*)"$', re.MULTILINE)
_NUMBER = re.compile(r"\d+\.\d+\.\d+")
_LOWEST = re.compile(r"([\w.-]+)(?:\[.*?\])?\s*>=\s*([\w.]+)")


def sections(text: str) -> dict[str, str]:
    """Return what CHANGELOG says under each of its headings of a version, newest first."""
    parts = re.split(r"^(## .*)$", text, flags=re.MULTILINE)[1:]
    return {heading.strip(): words.strip() for heading, words in zip(parts[::2], parts[1::2], strict=True)}


def section(text: str, version: str) -> str:
    """Return what CHANGELOG says of a version; nothing where it has no dated section."""
    heading = re.compile(rf"## {re.escape(version)} \(\d{{4}}-\d\d-\d\d\)")
    return next((words for title, words in sections(text).items() if heading.fullmatch(title)), "")


def cut(text: str, version: str, day: date) -> str:
    """Return CHANGELOG with all that is unreleased as a version of that day, below a new empty section.

    Raises ValueError where the version is none or is there already, or where nothing is unreleased.
    """
    if not _NUMBER.fullmatch(version):
        raise ValueError(f"{version} is not a version: write three numbers, such as 1.2.0")
    if any(title.startswith(f"## {version} ") for title in sections(text)):
        raise ValueError(f"CHANGELOG.md has {version} already")
    if not sections(text).get(UNRELEASED):
        raise ValueError(f"CHANGELOG.md has nothing under '{UNRELEASED}'")
    return text.replace(f"{UNRELEASED}\n", f"{UNRELEASED}\n\n## {version} ({day})\n", 1)


def lowest(requirements: Iterable[str]) -> list[str]:
    """Return the oldest version that each requirement allows, as one to install.

    Raises ValueError for a requirement without a lower bound.
    """
    found = [(line, _LOWEST.match(line)) for line in requirements]
    if unbounded := [line for line, match in found if not match]:
        raise ValueError(f"no lower bound: {', '.join(unbounded)}")
    return [f"{match[1]}=={match[2]}" for _, match in found if match]


def version_in(source: str) -> str:
    """Return the version that the package's source has. Raises ValueError where it has none."""
    if not (found := _VERSION.search(source)):
        raise ValueError(f"{PACKAGE} has no __version__")
    return found[1]


def check(text: str, version: str, tag: str) -> None:
    """See that a version is one to release. Raises ValueError where CHANGELOG or the tag is of another."""
    if tag and tag != f"v{version}":
        raise ValueError(f"the tag is {tag}, and the package's version {version}: tag it v{version}")
    if tag and not section(text, version):
        raise ValueError(f"CHANGELOG.md has no dated section for {version}: inv cut {version}")


def main(command: str, argument: str = "") -> None:
    """Carry out one of the commands above."""
    text, source = CHANGELOG.read_text(encoding="utf-8"), PACKAGE.read_text(encoding="utf-8")
    if command == "check":
        check(text, version_in(source), argument)
    elif command == "cut":
        CHANGELOG.write_text(cut(text, argument, datetime.now(UTC).date()), encoding="utf-8")
        PACKAGE.write_text(_VERSION.sub(f'__version__ = "{argument}"', source), encoding="utf-8")
    elif command == "lowest":
        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        print(*lowest(project["dependencies"]))
    elif command == "version":
        print(version_in(source))
    else:
        raise ValueError(f"{command} is not a command of releasing.py")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except ValueError as error:
        sys.exit(f"ci/releasing.py: {error}")
