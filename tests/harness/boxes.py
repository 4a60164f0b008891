"""Other machines on this one, which `ci/box` makes, and laptops that know them by OpenSSH's configuration."""

from __future__ import annotations

import secrets
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from .programs import execute

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .programs import Done

__all__ = ["PROGRAM", "Box", "know_boxes"]

PROGRAM = Path(__file__).parents[2] / "ci" / "box"
# OpenSSH looks for its configuration in the home that the user database has, whatever HOME says.
_SSH = """\
#!/bin/sh
exec /usr/bin/ssh -F "{home}/.ssh/config" "$@"
"""


class Box:
    """Another machine: an sshd, a Docker Engine and a home of its own, and no way to any other network.

    Attributes:
        name: What OpenSSH's configuration calls it, and what it calls itself.
        folder: Its disk as this machine sees it: `home` is its root's home, `config` OpenSSH's part about it.
    """

    def __init__(self, *images: str) -> None:
        """Make one.

        Args:
            images: Those that its engine has, taken from this machine's.
        """
        self.name = f"box{secrets.token_hex(3)}"
        self.folder = Path(self._do("make", *images).out.strip())

    def _do(self, verb: str, *words: str, stdin: str = "", check: bool = True) -> Done:
        done = execute([PROGRAM, verb, self.name, *words], stdin=stdin)
        assert not check or done.code == 0, done.err
        return done

    @property
    def home(self) -> Path:
        """Its root's home, as this machine sees it; there it is /root."""
        return self.folder / "home"

    @property
    def address(self) -> str:
        return (self.folder / "address").read_text().strip()

    def run(self, *argv: str, stdin: str = "", check: bool = True) -> Done:
        """Run a program there, without SSH."""
        return self._do("run", *argv, stdin=stdin, check=check)

    def kill(self) -> None:
        """Take its power away."""
        self._do("kill")

    def boot(self) -> None:
        self._do("boot")

    def stop_sshd(self) -> None:
        """End its sshd, with all sessions."""
        self._do("sshd", "stop")

    def start_sshd(self) -> None:
        self._do("sshd", "start")

    @contextmanager
    def cut(self) -> Iterator[None]:
        """Let nothing through between the two machines, without a word to either, while the block runs."""
        self._do("line", "cut")
        try:
            yield
        finally:
            self._do("line", "repair")

    def remove(self) -> None:
        self._do("remove")


def know_boxes(home: Path, *boxes: Box) -> dict[str, str]:
    """Have a home here know boxes as a user has hosts; return the environment that makes `ssh` read it.

    Args:
        home: The home; its `.ssh` is made or made anew.
        boxes: What it knows, by name.
    """
    folder = home / ".ssh"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / "config").write_text("\n".join((box.folder / "config").read_text() for box in boxes))
    (folder / "known_hosts").write_text("".join((box.folder / "known_hosts").read_text() for box in boxes))
    programs = home / "bin"
    programs.mkdir(exist_ok=True)
    (programs / "ssh").write_text(_SSH.format(home=home))
    (programs / "ssh").chmod(0o755)
    path = execute(["sh", "-c", 'printf %s "$PATH"']).out
    return {"HOME": str(home), "PATH": f"{programs}:{path}"}
