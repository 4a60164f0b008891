"""Writes down what a Python process changes in the file system, into the file that WATCHED names."""

import os
import sys

_FILE = os.open(os.environ["WATCHED"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
# What each event of Python's changes: the numbers of its arguments that are paths.
# https://docs.python.org/3/library/audit_events.html
_CHANGED = {
    "os.mkdir": (0,),
    "os.rmdir": (0,),
    "os.remove": (0,),
    "os.rename": (0, 1),
    "os.link": (1,),
    "os.symlink": (1,),
    "os.truncate": (0,),
    "os.chmod": (0,),
    "os.chown": (0,),
    "os.utime": (0,),
    "os.setxattr": (0,),
    "sqlite3.connect": (0,),
}


def _watch(event: str, arguments: tuple) -> None:
    if event == "open":
        path, mode, flags = arguments
        writes = bool(flags & _WRITING) if isinstance(flags, int) else bool({*"wax+"} & {*(mode or "")})
        changed = [path] if writes else []
    else:
        changed = [arguments[number] for number in _CHANGED.get(event, ())]
    for one in changed:
        path = os.fsencode(os.readlink(f"/proc/self/fd/{one}") if isinstance(one, int) else one)  # noqa: PTH115
        # A pipe has no path. A relative one is in the project; no event tells to which directory.
        if path.startswith(b"/"):
            os.write(_FILE, event.encode() + b" " + path + b"\0")


sys.addaudithook(_watch)
