"""The output of a program in a container, whose two streams the engine multiplexes into one."""

from __future__ import annotations

from ...quick_dataclasses import dataclass

__all__ = ["Streams", "read_streams"]

# https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Container/operation/ContainerAttach
_HEAD = 8
_ERR = 2


@dataclass(slots=True, frozen=True)
class Streams:
    """The output of each stream, and of both in the order in which it came."""

    out: bytes
    err: bytes
    both: bytes


def read_streams(data: bytes) -> Streams:
    """Separate the streams: each frame has a header with the stream's number and the frame's length."""
    out, err, both = bytearray(), bytearray(), bytearray()
    place = 0
    while place + _HEAD <= len(data):
        end = place + _HEAD + int.from_bytes(data[place + 4 : place + _HEAD], "big")
        piece = data[place + _HEAD : end]
        (err if data[place] == _ERR else out).extend(piece)
        both += piece
        place = end
    return Streams(bytes(out), bytes(err), bytes(both))
