"""Values that we write read the same in Docker Compose and in python-dotenv."""

from __future__ import annotations

import json
from itertools import product

import pytest
from dotenv import dotenv_values

from worktree_tasks import command
from worktree_tasks.configuration.env.env_file_text import set_values, values, with_block
from worktree_tasks.configuration.env.quoting import portable, quote

pytestmark = pytest.mark.usefixtures("compose_program")

ATOMS = ("$", "#", "'", '"', "\\", " ", "{", "}", "X", "%", "@", ":/", "`", "\n", "\r", "=")
VALUES = tuple(dict.fromkeys("".join(atoms) for atoms in product(ATOMS, ("", *ATOMS), ("", *ATOMS))))


def in_compose(folder, text: str) -> dict[str, str]:
    (folder / "some.env").write_bytes(text.encode())
    (folder / "compose.yaml").write_text("services: {web: {image: scratch, env_file: [some.env]}}\n")
    argv = ["docker", "compose", "--project-directory", str(folder), "-f", str(folder / "compose.yaml")]
    model = json.loads(command.run([*argv, "config", "--format", "json"], cwd=folder).out)
    # Compose doubles the dollars of what it prints.
    return {k: v.replace("$$", "$") for k, v in model["services"]["web"]["environment"].items()}


def in_dotenv(folder) -> dict[str, str | None]:
    return dict(dotenv_values(folder / "some.env"))


@pytest.mark.parametrize("prefer", ["", "'", '"'])
def test_both_readers_read_the_value_that_was_quoted(tmp_path, prefer):
    text = "".join(f"V{n}={quote(value, prefer)}\n" for n, value in enumerate(VALUES))
    expected = {f"V{n}": value for n, value in enumerate(VALUES)}
    assert in_compose(tmp_path, text) == expected
    read = in_dotenv(tmp_path)
    assert {key: read[key] for key, value in expected.items() if portable(value)} == {
        key: value for key, value in expected.items() if portable(value)
    }
    assert read.keys() == expected.keys()


def test_most_values_are_portable():
    awkward = [value for value in VALUES if not portable(value)]
    assert all("$" in value for value in awkward)
    assert len(awkward) < len(VALUES) / 20


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_both_readers_read_the_block(tmp_path, newline):
    block = {f"V{n}": value for n, value in enumerate(VALUES) if portable(value)}
    text = with_block(f"A=1{newline}# no line end", block)
    assert in_compose(tmp_path, text) == {"A": "1", **block} == in_dotenv(tmp_path)


@pytest.mark.parametrize(
    "raw", ["p://u:p$w@localhost:54/${X:-x}", '"p://u:\\$w\\"$$@localhost:54"', "'p://u:p$w$X@localhost:54'"]
)
def test_a_password_reads_the_same_before_and_after_in_both_readers(tmp_path, raw):
    text = f"X=y\nA={raw} # c\n"
    before = in_compose(tmp_path, text), in_dotenv(tmp_path)
    old = values(text)["A"]
    changed = set_values(text, {("A", old): old.replace("localhost:54", "db:5432")})
    after = in_compose(tmp_path, changed), in_dotenv(tmp_path)
    assert changed != text
    for old_reading, new_reading in zip(before, after, strict=True):
        assert new_reading["A"] == old_reading["A"].replace("localhost:54", "db:5432")
