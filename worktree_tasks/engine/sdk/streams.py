"""What a program in a container says, as the engine puts its two streams into one."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Streams", "read_streams"]

# https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Container/operation/ContainerAttach
_HEAD = 8
_ERR = 2


class Streams(NamedTuple):
    """What came on each stream, and on both in the order in which it came."""

    out: bytes
    err: bytes
    both: bytes


def read_streams(said: bytes) -> Streams:
    """Take the streams apart: each piece has a head, with the stream's number and the piece's length."""
    out, err, both = bytearray(), bytearray(), bytearray()
    place = 0
    while place + _HEAD <= len(said):
        end = place + _HEAD + int.from_bytes(said[place + 4 : place + _HEAD], "big")
        piece = said[place + _HEAD : end]
        (err if said[place] == _ERR else out).extend(piece)
        both += piece
        place = end
    return Streams(bytes(out), bytes(err), bytes(both))
