"""What a machine lacks, or has in the way, is said with what helps; and nothing half-made stays."""

from __future__ import annotations

import shutil

import pytest
from harness.programs import execute

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def fresh(make_laptop, other_box):
    """A laptop whose project was never on the other box."""
    return make_laptop(other_box)


def refused(laptop, box, code=1):
    return laptop.wt("host-init", box.name, "--yes", "--json", code=code).json["error"]


@pytest.mark.parametrize(
    ("program", "said"),
    [("git", "needs git"), ("python3", "needs python3"), ("docker", "needs Docker")],
)
def test_a_machine_that_lacks_a_program_says_which(fresh, other_box, program, said):
    found = other_box.run("sh", "-c", f"which -a {program} | xargs readlink -f | sort -u").out.split()
    blank = other_box.run("mktemp").out.strip()
    for path in found:
        other_box.run("mount", "--bind", blank, path)
    try:
        error = refused(fresh, other_box)
    finally:
        for path in found:
            other_box.run("umount", path)
    assert error["kind"] == "host-lacks"
    assert said in error["what"]


@pytest.mark.parametrize(
    ("program", "version", "said"),
    [
        ("python3", "3.10.9", "needs python3 ≥ 3.11: 3.10.9"),
        ("git", "git version 2.29.0", "needs git ≥ 2.30: git version 2.29.0"),
        ("docker", "2.24.3", "needs Docker with Compose ≥ 2.24.4: 2.24.3"),
    ],
)
def test_a_program_there_that_is_too_old_is_named_with_its_version(fresh, other_box, program, version, said):
    old = other_box.home / "old" / program
    old.parent.mkdir()
    old.write_text(f"#!/bin/sh\necho {version}\n")
    old.chmod(0o755)
    # Bash reads this for a command over SSH too.
    (other_box.home / ".bashrc").write_text("PATH=/root/old:$PATH\n")
    try:
        error = refused(fresh, other_box)
    finally:
        (other_box.home / ".bashrc").unlink()
        shutil.rmtree(old.parent)
    assert error["kind"] == "host-lacks"
    assert said in error["what"]


def test_a_key_that_is_not_known_there_is_refused_with_what_ssh_needs(make_laptop, other_box):
    # Of its own: a connection that is open already asks for no key.
    fresh = make_laptop(other_box)
    config = fresh.home / ".ssh" / "config"
    key = fresh.home / ".ssh" / "another"
    execute(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key])
    # A quiet OpenSSH would give no reason.
    changed = f"IdentityFile {key}\n  LogLevel QUIET"
    config.write_text(config.read_text().replace(f"IdentityFile {other_box.folder}/key", changed))
    error = refused(fresh, other_box, code=4)
    assert error["kind"] == "host-denied"
    assert "Permission denied" in error["what"]
    assert f"ssh {other_box.name} has to work without prompting" in error["hint"]
    assert "ssh-add" in error["hint"]


def test_a_full_disk_is_said_and_nothing_of_the_program_stays(fresh, other_box):
    other_box.run("mkdir", "-p", "/root/.local/share")
    other_box.run("mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", "/root/.local/share")
    try:
        error = refused(fresh, other_box)
        left = other_box.run("sh", "-c", "ls /root/.local/share/worktree-tasks/programs").out.split()
    finally:
        other_box.run("umount", "/root/.local/share")
    assert error["kind"] == "host-setup-failed"
    assert [name for name in left if "." not in name] == []


def test_what_has_the_place_of_the_main_checkout_stays(fresh, other_box):
    other_box.run("sh", "-c", "mkdir -p /root/code/shop && echo mine > /root/code/shop/notes")
    fresh.write("invoke.yaml", f"wt: {{hosts: {{{other_box.name}: {{path: ~/code/shop}}}}}}\n")
    try:
        error = refused(fresh, other_box, code=2)
    finally:
        (fresh.path / "invoke.yaml").unlink()
    assert error["kind"] == "path-taken"
    assert other_box.run("cat", "/root/code/shop/notes").out == "mine\n"


def test_a_main_checkout_that_was_changed_there_is_not_overwritten(fresh, other_box):
    fresh.wt("host-init", other_box.name, "--yes")
    main = fresh.main_there(other_box)
    (main / "server.py").write_text("mine\n")
    fresh.commit_file("server.py", "other\n")
    error = fresh.wt("new", "x", "--on", other_box.name, "--json", code=3).json["error"]
    assert error["kind"] == "checkout-changed"
    assert (main / "server.py").read_text() == "mine\n"
    assert fresh.listed_there() == {}
