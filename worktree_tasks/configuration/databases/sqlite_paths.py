"""SQLite: which files are databases, and the script that copies one in the container that uses it."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import PurePosixPath

__all__ = ["BACK_UP", "FILE_ENDS", "HEADER", "PATTERNS", "PIECE", "REMOVE", "named_like_one", "paths_inside"]

# Common names of database files.
PATTERNS = ("*.sqlite", "*.sqlite3", "*.db", "*.db3")
# https://sqlite.org/fileformat.html
HEADER = b"SQLite format 3\0"
# The endings of one database's files: the database itself, then those that SQLite keeps beside it for writes.
FILE_ENDS = ("", "-wal", "-shm", "-journal")
# If root connected to the database, root would own the files beside it, and main's app could no longer write.
# So its owner connects.
_PYTHON = """
import os, sqlite3, sys
database, copy = sys.argv[1:]
owner = os.stat(database)
if os.getuid() == 0 and owner.st_uid:
    os.setgroups([])
    os.setgid(owner.st_gid)
    os.setuid(owner.st_uid)
source, target = sqlite3.connect(database, timeout=30), sqlite3.connect(copy)
source.backup(target)
target.close()
source.close()
"""
# Copies a database through SQLite's backup interface, and prints the copy's size.
BACK_UP = f"""
set -eu
[ -f "$1" ]
rm -f "$2"
umask 077
program=$(command -v python3 || command -v python || true)
if [ -z "$program" ] || ! "$program" -c '{_PYTHON}' "$1" "$2"; then
    owner=$(stat -c %u "$1") as=
    if [ "$(id -u)" = 0 ] && [ "$owner" != 0 ]; then
        as="setpriv --reuid=$owner --regid=$(stat -c %g "$1") --clear-groups"
    fi
    $as sqlite3 "$1" ".timeout 30000" ".backup '$2'"
fi
wc -c <"$2"
"""
# A container's output is read as text, and as a whole, so the copy is read in pieces as base64.
PIECE = 'dd if="$1" bs="$2" skip="$3" count=1 2>/dev/null | base64'
REMOVE = 'rm -f "$1"'


def named_like_one(path: str) -> bool:
    """Return whether a file is named like a database and is not in a cache directory."""
    *folders, name = path.split("/")
    return any(fnmatchcase(name, pattern) for pattern in PATTERNS) and not any(
        "cache" in folder for folder in folders
    )


def paths_inside(path: str, mounts: list[tuple[str, str, str]]) -> tuple[tuple[str, str], ...]:
    """Return the services that mount a host file, each with the path in its containers.

    Args:
        path: The file.
        mounts: Bind mounts: the service, the host path and the path in the container.
    """
    place = PurePosixPath(path)
    return tuple(
        (service, str(PurePosixPath(target) / place.relative_to(source)))
        for service, source, target in mounts
        if place.is_relative_to(source)
    )
