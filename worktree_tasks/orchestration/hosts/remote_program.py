"""Our program as it is installed on other machines: this one and its libraries, without compiled files."""

from __future__ import annotations

import hashlib
import io
import re
import tarfile
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from ...configuration.remote_scripts import FOLDER
from ...lazy_values import once

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .fabric_setup import SetUp

__all__ = ["LIBRARIES", "PROGRAM", "Program"]

LIBRARIES = ("invoke", "docker", "GitPython", "python-dotenv", "PyYAML", "rich")
_PACKAGE = Path(__file__).parents[2]
# The libraries work without their compiled parts: PyYAML and charset-normalizer have pure Python versions.
_LEFT_OUT = (".so", ".pyc", ".pyd", ".dylib")
_NAME = re.compile(r"[\w.-]+")
_START = """\
from {package}.interface.program import main

main()
"""
# Prints the path for the packed program; nothing if the program is installed already.
_ROOM = f"""\
umask 077
ours={FOLDER}
test -f "$ours/programs/$1/worktree-tasks" && exit
mkdir -p "$ours/programs" && mktemp "$ours/programs/packed.XXXXXX"
"""
# The program appears complete or not at all, even if this is interrupted.
_UNPACK = f"""\
set -e
umask 077
ours={FOLDER}
part=$(mktemp -d "$ours/programs/part.XXXXXX")
trap 'rm -rf "$part" "$2"' EXIT
tar -xzf "$2" -C "$part"
"$3" -m compileall -q "$part" >/dev/null 2>&1 || true
test -e "$ours/programs/$1" || mv "$part" "$ours/programs/$1"
"""


class Program:
    """Our program as it is installed on other machines, where several versions can exist side by side."""

    @once
    def key(self) -> str:
        """The key of this version: a digest of our files and of the libraries' versions."""
        digest = hashlib.sha256()
        for name, path in self._own_files():
            digest.update(f"{name}\0".encode())
            digest.update(path.read_bytes())
        for one in self._libraries:
            digest.update(f"{one.name}=={one.version}\0".encode())
        return digest.hexdigest()[:16]

    @once
    def _libraries(self) -> tuple[metadata.Distribution, ...]:
        found: dict[str, metadata.Distribution] = {}
        waiting = list(LIBRARIES)
        while waiting:
            name = waiting.pop()
            if name.lower() in found:
                continue
            try:
                one = metadata.distribution(name)
            except metadata.PackageNotFoundError:
                # Needed only on another system or Python version.
                continue
            found[name.lower()] = one
            needs = [need for need in one.requires or () if "extra ==" not in need.replace('"', "'")]
            waiting += [match[0] for need in needs if (match := _NAME.match(need))]
        return tuple(found[name] for name in sorted(found))

    @staticmethod
    def _own_files() -> Iterator[tuple[str, Path]]:
        for path in sorted(_PACKAGE.rglob("*")):
            if path.is_file() and path.suffix not in _LEFT_OUT:
                yield path.relative_to(_PACKAGE.parent).as_posix(), path

    def _library_files(self) -> Iterator[tuple[str, Path]]:
        for one in self._libraries:
            for file in one.files or ():
                if not file.as_posix().startswith("..") and file.suffix not in _LEFT_OUT:
                    yield file.as_posix(), Path(str(one.locate_file(file)))

    def have(self, there: SetUp) -> bool:
        """Install this version on a machine if needed; return whether it was installed now.

        Raises:
            Failure: It cannot be installed there.
        """
        packed = there.do("making room for the program", _ROOM, self.key).strip()
        if not packed:
            return False
        there.put(self.packed(), packed)
        there.do("unpacking the program", _UNPACK, self.key, packed, there.host.python)
        return True

    def packed(self) -> bytes:
        """Return all files as a compressed tar file, with the start script as `worktree-tasks`."""
        held = io.BytesIO()
        with tarfile.open(fileobj=held, mode="w:gz", compresslevel=1) as tar:
            start = _START.format(package=_PACKAGE.name).encode()
            for name, data in (("worktree-tasks", start), *self._contents()):
                entry = tarfile.TarInfo(name)
                entry.size, entry.mode = len(data), 0o644
                tar.addfile(entry, io.BytesIO(data))
        return held.getvalue()

    def _contents(self) -> Iterator[tuple[str, bytes]]:
        for name, path in (*self._own_files(), *self._library_files()):
            yield name, path.read_bytes()


# Shared, so that a list of several machines computes the key, which takes 50 ms, only once.
PROGRAM = Program()
