"""Docker Engines of ours: one that never says a word, and one that always says the same."""

from __future__ import annotations

import socket
import tempfile
import threading
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def silent_engine():
    """Listen on a socket; yields what DOCKER_HOST is to be."""
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as listening:
        place = Path(folder, "engine.sock")
        listening.bind(str(place))
        listening.listen()
        kept = []

        def accept() -> None:
            with suppress(OSError):
                while True:
                    kept.append(listening.accept()[0])

        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield f"unix://{place}"
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()
            for one in kept:
                one.close()


@contextmanager
def talking_engine(answer: bytes):
    """Give one answer to every question on a socket, and keep the questions; yields the address and those."""
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as listening:
        place = Path(folder, "engine.sock")
        listening.bind(str(place))
        listening.listen()
        asked: list[bytes] = []

        def serve() -> None:
            with suppress(OSError):
                while True:
                    with listening.accept()[0] as one:
                        asked.append(one.recv(1 << 16))
                        one.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"unix://{place}", asked
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()
