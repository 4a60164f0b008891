"""Writes down each git process that a Python process starts, into the file that COUNTED names."""

import json
import os
import sys
from pathlib import PurePath

_FILE = os.open(os.environ["COUNTED"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)


def _count(event: str, arguments: tuple) -> None:
    if event == "subprocess.Popen":
        words = [os.fsdecode(word) for word in arguments[1]]
        if PurePath(words[0]).name == "git":
            os.write(_FILE, json.dumps(words[1:]).encode() + b"\n")


sys.addaudithook(_count)
