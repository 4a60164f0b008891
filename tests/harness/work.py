"""What people do in a worktree, and all that they can see of it."""

from __future__ import annotations

import os
import stat
import subprocess

from worktree_tasks.git import git_directory, operation_in

from .projects import Project

__all__ = ["files", "leave_work", "snapshot"]

# The override, which `start` makes anew.
MADE_ANEW = b"compose.override.yaml"


def leave_work(root):
    """Leave work of every kind: staged, not staged, announced, deleted, ignored; modes, links, odd bytes."""
    server = root / "server.py"
    server.write_text(server.read_text() + "# staged\n")
    tree = Project(root)
    tree.git("add", "server.py")
    server.write_text(server.read_text() + "# and more\r\n")
    (root / "compose.yaml").chmod(0o600)
    (root / "tasks.py").unlink()
    (root / "notes ü\n1.txt").write_bytes(b"mine\r\n\x00\xff")
    (root / "run.sh").write_text("#!/bin/sh\n")
    (root / "run.sh").chmod(0o750)
    (root / "link").symlink_to("nowhere")
    (root / "new").mkdir()
    (root / "new" / "announced.py").write_text("soon = 1\n")
    tree.git("add", "--intent-to-add", "new/announced.py")
    with (root / ".env").open("a") as env:
        env.write("MY_TOKEN=only-here\n")


def snapshot(root):
    """Everything that a person can see of a worktree: files with modes, and what git says of it."""

    def ask(*words):
        done = subprocess.run(["git", *words], cwd=root, capture_output=True, check=False)
        return done.returncode, done.stdout.replace(b"! %b\x00" % MADE_ANEW, b"")

    admin = git_directory(root)
    told = {
        "head": ask("rev-parse", "HEAD"),
        "branch": ask("symbolic-ref", "-q", "HEAD"),
        "index": ask("ls-files", "-z", "--stage", "-v"),
        "staged": ask("diff", "--cached", "--binary", "--no-ext-diff"),
        "unstaged": ask("diff", "--binary", "--no-ext-diff"),
        "status": ask("status", "--porcelain=v2", "-z", "--ignored", "--untracked-files=all"),
        "reflog": (admin / "logs" / "HEAD").read_bytes() if (admin / "logs" / "HEAD").exists() else b"",
        "operation": operation_in(root),
    }
    return {**files(root), **told}


def files(root):
    """Return every file, link and directory by its name in bytes, which no encoding spoils.

    The override is left out: no restore point holds it.
    """
    found = {}
    for path in root.rglob("*"):
        status = path.lstat()
        key = os.fsencode(path.relative_to(root))
        if key in (b".git", MADE_ANEW):
            continue
        if stat.S_ISLNK(status.st_mode):
            found[key] = ("link", path.readlink())
        elif stat.S_ISDIR(status.st_mode):
            found[key] = ("directory", stat.S_IMODE(status.st_mode))
        else:
            found[key] = (stat.S_IMODE(status.st_mode), path.read_bytes())
    return found
