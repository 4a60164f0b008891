"""The tutorial, as a new user types it, with what it says comes out."""

from __future__ import annotations

import os
import re
import secrets
import socket
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from harness.programs import environment, execute
from harness.shells import Shell

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.engine

CHECKOUT = Path(__file__).parents[2]
TUTORIAL = (CHECKOUT / "docs" / "tutorial.md").read_text(encoding="utf-8")
DEADLINE = 60.0
# What differs from run to run, and what it is taken for.
CHANGING = (
    (r"\x1b\[[0-9;]*m", ""),
    (r"\b[0-9a-f]{7}\b", "COMMIT"),
    (r"_[0-9a-f]{6}\b", "_KEY"),
    (r"\d{8}-\d{6}", "TIME"),
    (r"answering after [\d.]+ s", "answering"),
    (r"[\d.]+ (bytes|KiB)", "SIZE"),
    # What it waits for while it waits.
    (r"(?m)^· .*\n", ""),
)


def steps() -> Iterator[tuple[str, str]]:
    """Yield each command with what the tutorial says that it prints."""
    for block in re.findall(r"```console\n(.*?)```", TUTORIAL, re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, printed = part.partition("\n")
            yield command, printed


def plain(text: str) -> str:
    for pattern, word in CHANGING:
        text = re.sub(pattern, word, text.replace("\r\n", "\n"))
    return text


def agrees(printed: str, said: str) -> bool:
    """Tell whether what was printed has the words that were said, and no others unless `…` stands for some.

    The order is free: what is independent happens side by side, and a table is as wide as its values.
    """
    wanted, found = Counter(plain(said).split()), Counter(plain(printed).split())
    return wanted - Counter("…") <= found if "…" in wanted else wanted == found


def free(port: int) -> bool:
    with socket.socket() as trial:
        return trial.connect_ex(("127.0.0.1", port)) != 0


class Reader:
    """Somebody whose shop has other ports and another name than the tutorial's, and who reads it by those."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.name = f"shop{secrets.token_hex(3)}"
        bases = (base for base in range(6100, 9900, 100) if base != 8000)
        self.web = next(base for base in bases if all(free(base + n + m) for n in range(3) for m in (0, 50)))
        ports = {8000 + n: self.web + n for n in range(3)} | {5173 + n: self.web + 50 + n for n in range(3)}
        self.names = {**{str(told): str(port) for told, port in ports.items()}, "/home/you": str(home)}

    def types(self, shell: Shell, command: str) -> str:
        """Type a command as the tutorial has it, and return what it prints in the tutorial's words."""
        return self.told(shell.run(self.typed(command)).said.partition("report\r\n")[2])

    def typed(self, text: str) -> str:
        for told, real in self.names.items():
            text = text.replace(told, real)
        return re.sub(r"\b(?<=code/)shop\b|\b(?<=wt )shop\b|(?<=\.\./)shop\b", self.name, text)

    def told(self, text: str) -> str:
        for told, real in self.names.items():
            text = text.replace(real, told)
        return text.replace(self.name, "shop")


def test_the_tutorial_goes_as_it_says(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    env = {**environment(), "HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "state"), "PAGER": "cat"}
    place = tmp_path / "code" / reader.name
    demo = (CHECKOUT / "ci" / "demo-project", place, str(reader.web), str(reader.web + 50))
    assert execute(demo, env=env).code == 0
    for file in place.rglob("*"):
        # The images may come from the cache of another build, and be older than files of today.
        if ".git" not in file.parts and file.is_file():
            os.utime(file, (0, 0))
    shell = Shell("bash", tmp_path, env)
    try:
        for command, said in steps():
            # A table fits a terminal of usual width; paths of tests are longer than people's.
            shell.terminal.setwinsize(60, 80 if command == "wl" else 400)
            printed = reader.types(shell, command)
            # The shop takes a moment to begin, and looks for changed files once a second.
            deadline = time.monotonic() + DEADLINE
            while command.startswith("curl") and not agrees(printed, said) and time.monotonic() < deadline:
                time.sleep(0.2)
                printed = reader.types(shell, command)
            assert agrees(printed, said), f"$ {command}\n{plain(printed)}\nin place of\n{plain(said)}"
    finally:
        for line in (f"cd {place}", *(f"wr {name} --force" for name in ("auth", "prices"))):
            shell.run(line)
        shell.run("docker compose --progress quiet down --volumes --rmi local --timeout 1")
        shell.close()
