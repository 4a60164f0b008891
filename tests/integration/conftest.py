"""Toy projects on the real engine, which are gone afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from harness.programs import needed
from harness.toys import PROJECTS, PortBlock, Toy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

IMAGES = ("python:3.11-slim", "redis:7", "postgres:15")


@pytest.fixture(scope="session")
def make_toy(tmp_path_factory) -> Iterator[Callable[..., Toy]]:
    """Make toys whose main is not running; all of them are destroyed at the end, whatever happens."""
    needed("Docker Engine", "docker", "version")
    for name in IMAGES:
        needed(f"image {name}: run ci/images", "docker", "image", "inspect", name)
    made: list[tuple[Toy, PortBlock]] = []

    def make(source: Path = PROJECTS / "toy") -> Toy:
        ports = PortBlock()
        made.append((Toy(tmp_path_factory.mktemp("tøy box"), ports, source), ports))
        return made[-1][0]

    yield make
    for toy, ports in made:
        if not toy.destroyed:
            toy.destroy()
        ports.close()


@pytest.fixture(scope="module")
def toy(make_toy) -> Iterator[Toy]:
    """One toy for the tests of a module, with main running; each test has branches of its own."""
    made = make_toy()
    made.compose("up", "--detach", "--wait", "--quiet-pull")
    yield made
    made.destroy()


@pytest.fixture(scope="module")
def quiet_toy(make_toy) -> Iterator[Toy]:
    """One toy for the tests of a module, of which only the shared services run."""
    made = make_toy()
    made.compose("up", "--detach", "--wait", "--quiet-pull", "db", "redis")
    yield made
    made.destroy()


@pytest.fixture(scope="module")
def lonely(make_toy) -> Iterator[Toy]:
    """One toy for the tests of a module, without shared services; nothing of it runs."""
    made = make_toy(PROJECTS / "lonely")
    yield made
    made.destroy()
