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


@contextmanager
def engine_by_tcp(place: str = "/var/run/docker.sock"):
    """Lead to a socket's engine by TCP on the loopback; yields what DOCKER_HOST is to be."""
    threads: list[threading.Thread] = []
    ends: list[socket.socket] = []

    def pass_on(one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while piece := one.recv(1 << 16):
                other.sendall(piece)
        with suppress(OSError):
            other.shutdown(socket.SHUT_WR)

    def begin(work, *words) -> None:
        threads.append(threading.Thread(target=work, args=words))
        threads[-1].start()

    def accept() -> None:
        with suppress(OSError):
            while True:
                caller = listening.accept()[0]
                engine = socket.socket(socket.AF_UNIX)
                engine.connect(place)
                ends.extend((caller, engine))
                begin(pass_on, caller, engine)
                begin(pass_on, engine, caller)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        begin(accept)
        try:
            yield f"tcp://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            for one in ends:
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
            for thread in threads:
                thread.join()
            for one in ends:
                one.close()
