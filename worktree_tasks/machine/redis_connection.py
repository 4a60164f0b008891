"""A Redis server at the other end of a connection.

Its protocol: https://redis.io/docs/latest/develop/reference/protocol-spec/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import socket
    from collections.abc import Sequence
    from typing import IO

__all__ = ["RedisError", "ask_redis"]


class RedisError(OSError):
    """A server refused a command, or is not a Redis server."""


def ask_redis(connection: socket.socket, *commands: Sequence[str], seconds: float) -> tuple[str, ...]:
    """Send commands, each after the previous answer, and return the lines of each answer.

    Raises:
        OSError: The server refused one, or did not answer in time; those after it were not sent.
    """
    connection.settimeout(seconds)
    with connection.makefile("rb") as answers:
        return tuple(_reply(connection, answers, words) for words in commands)


def _reply(connection: socket.socket, answers: IO[bytes], words: Sequence[str]) -> str:
    said = [f"*{len(words)}\r\n".encode()]
    for word in map(str.encode, words):
        said += [f"${len(word)}\r\n".encode(), word, b"\r\n"]
    connection.sendall(b"".join(said))
    return "\n".join(_read(answers))


def _read(answers: IO[bytes]) -> list[str]:
    """Read one answer; the items of a list one after another."""
    line = answers.readline()
    kind, rest = line[:1], line[1:].decode(errors="replace").rstrip("\r\n")
    if kind in (b"+", b":"):
        return [rest]
    if kind not in (b"$", b"*") or not line.endswith(b"\r\n") or not rest.lstrip("-").isdigit():
        raise RedisError(rest or "the connection ended")
    count = int(rest)
    if kind == b"*":
        return [text for _ in range(count) for text in _read(answers)]
    if count < 0:
        return [""]
    text = answers.read(count + 2)
    if len(text) != count + 2:
        raise RedisError("the connection ended")
    return [text[:-2].decode(errors="replace")]
