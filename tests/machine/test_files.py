from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from harness.programs import environment
from hypothesis import given, settings
from hypothesis import strategies as st

from worktree_tasks.errors import Failure
from worktree_tasks.machine import files

BYTES = b"A=1\r\nB='x'\n# \xff\xfe caf\xc3\xa9\nC=last line without an end"
NOBODY, NOBODYS_GROUP, STRANGERS_GROUP = 65534, 65534, 54321

as_root = pytest.mark.skipif(os.getuid() != 0, reason="only root may give files away")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def open_umask():
    before = os.umask(0)
    yield
    os.umask(before)


@settings(deadline=None)
@given(st.binary())
def test_every_byte_survives_reading_and_writing(data):
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "source"), Path(folder, "target")
        source.write_bytes(data)
        files.write_text(target, files.read_text(source))
        assert target.read_bytes() == data


def test_what_cannot_be_read_is_one_failure_that_names_it(tmp_path):
    with pytest.raises(Failure, match=f"cannot read {tmp_path}/absent: No such file") as told:
        files.read_text(tmp_path / "absent")
    assert told.value.hint


def test_a_text_appears_with_its_mode_and_nothing_beside_it(tmp_path, open_umask):
    del open_umask
    place = tmp_path / "deep" / "er" / ".env"
    assert files.write_text(place, "A=1\n", mode=0o640) is True
    assert (place.read_text(), mode(place)) == ("A=1\n", 0o640)
    assert names(place.parent) == [".env"]
    assert files.write_text(tmp_path / "plain", "x") is True
    assert mode(tmp_path / "plain") == 0o644


def test_the_umask_neither_narrows_nor_widens_a_mode(tmp_path):
    model = tmp_path / "model"
    model.touch()
    model.chmod(0o664)
    before = os.umask(0o077)
    try:
        files.write_text(tmp_path / "text", "x", like=model)
        files.copy(model, tmp_path / "copy")
    finally:
        os.umask(before)
    assert (mode(tmp_path / "text"), mode(tmp_path / "copy")) == (0o664, 0o664)


@pytest.mark.parametrize("wanted", [0o600, 0o640, 0o644, 0o400, 0o755])
def test_a_text_takes_after_its_model_and_a_copy_after_its_source(tmp_path, wanted):
    model = tmp_path / "model"
    model.write_text("x")
    model.chmod(wanted)
    files.write_text(tmp_path / "text", "y", like=model)
    files.copy(model, tmp_path / "copy")
    assert (mode(tmp_path / "text"), mode(tmp_path / "copy")) == (wanted, wanted)


def test_the_same_text_again_is_not_written(tmp_path):
    place = tmp_path / ".env"
    files.write_text(place, "A=1\n")
    before = place.stat()
    assert files.write_text(place, "A=1\n") is False
    # Reading it, to compare, sets the time of its last access.
    assert (place.stat().st_ino, place.stat().st_ctime_ns) == (before.st_ino, before.st_ctime_ns)
    assert files.write_text(place, "A=2\n") is True
    assert place.read_text() == "A=2\n"


@pytest.mark.parametrize("write", ["text", "copy"])
def test_only_the_owner_can_read_it_until_it_has_its_mode(tmp_path, monkeypatch, open_umask, write):
    del open_umask
    source = tmp_path / "source"
    source.write_text("secret")
    source.chmod(0o644)
    seen = []
    change = os.fchmod

    def watched(descriptor: int, wanted: int) -> None:
        seen.append((stat.S_IMODE(os.fstat(descriptor).st_mode), os.fstat(descriptor).st_size))
        assert not (tmp_path / "target").exists()
        change(descriptor, wanted)

    monkeypatch.setattr(os, "fchmod", watched)
    if write == "text":
        files.write_text(tmp_path / "target", "secret", like=source)
    else:
        files.copy(source, tmp_path / "target")
    assert seen == [(0o600, len("secret"))]
    assert mode(tmp_path / "target") == 0o644


@pytest.mark.parametrize("call", ["fchmod", "fsync"])
def test_a_failure_in_between_leaves_the_old_text_and_nothing_else(tmp_path, monkeypatch, call):
    place = tmp_path / ".env"
    place.write_text("old")

    def fail(*_: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, call, fail)
    with pytest.raises(Failure, match=f"cannot write {place}: Input/output error"):
        files.write_text(place, "new")
    assert place.read_text() == "old"
    assert names(tmp_path) == [".env"]


def test_a_failed_copy_leaves_nothing(tmp_path, monkeypatch):
    (tmp_path / "source").write_text("x")

    def fail(*_: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fchmod", fail)
    with pytest.raises(Failure, match="cannot copy"):
        files.copy(tmp_path / "source", tmp_path / "target")
    assert names(tmp_path) == ["source"]


def test_what_a_killed_command_was_writing_is_gone_with_the_next_one(tmp_path):
    source, place = tmp_path / "source", tmp_path / ".env"
    source.write_text("new")
    unfinished = tmp_path / "..env.worktree-tasks-unfinished"
    for write in (lambda: files.write_text(place, "new"), lambda: files.copy(source, place)):
        unfinished.write_text("ne")
        write()
        assert place.read_text() == "new"
        assert names(tmp_path) == [".env", "source"]
        place.unlink()


def test_what_a_killed_command_was_writing_is_told_from_what_people_wrote(tmp_path):
    made = ["notes.txt", ".notes.worktree-tasks-unfinished", "deep/.env.worktree-tasks-unfinished"]
    for name in made:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    assert files.drop_unfinished(tmp_path, made) is True
    assert [name for name in made if (tmp_path / name).exists()] == ["notes.txt"]
    assert files.drop_unfinished(tmp_path, ["notes.txt"]) is False


def test_two_that_write_one_file_wait_for_each_other_and_one_of_the_texts_is_there(tmp_path):
    place = tmp_path / ".env"
    texts = [f"{number}" * 10_000 for number in range(8)]
    with ThreadPoolExecutor(len(texts)) as pool:
        assert any(pool.map(lambda text: files.write_text(place, text), texts * 8))
    assert place.read_text() in texts
    assert names(tmp_path) == [".env"]


WRITE_WITH_LITTLE_ROOM = """
import resource, sys
from pathlib import Path
from worktree_tasks.machine import files
from worktree_tasks.errors import Failure

folder = Path(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
try:
    if sys.argv[2] == "text":
        files.write_text(folder / "target", files.read_text(folder / "source"))
    else:
        files.copy(folder / "source", folder / "target")
except Failure as error:
    print(error.what, "|", error.hint)
"""


@pytest.mark.parametrize("write", ["text", "copy"])
@pytest.mark.parametrize("there_already", [False, True])
def test_a_file_that_does_not_fit_is_one_failure_and_never_half_a_file(tmp_path, write, there_already):
    (tmp_path / "source").write_text("x" * 10_000)
    if there_already:
        (tmp_path / "target").write_text("old")
        if write == "copy":
            (tmp_path / "target").unlink()
    before = names(tmp_path)
    argv = [sys.executable, "-c", WRITE_WITH_LITTLE_ROOM, str(tmp_path), write]
    env = environment()
    done = subprocess.run(argv, env=env, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert "File too large | check permissions and free space" in done.stdout
    assert len(done.stdout.splitlines()) == 1
    assert names(tmp_path) == before
    if "target" in before:
        assert (tmp_path / "target").read_text() == "old"


def test_a_copy_never_replaces_what_is_there(tmp_path):
    (tmp_path / "source").write_text("new")
    (tmp_path / "file").write_text("old")
    (tmp_path / "folder").mkdir()
    (tmp_path / "dangling").symlink_to("nowhere")
    for name in ("file", "folder", "dangling"):
        assert files.copy(tmp_path / "source", tmp_path / name) is False
    assert (tmp_path / "file").read_text() == "old"
    assert names(tmp_path / "folder") == []
    assert (tmp_path / "dangling").readlink() == Path("nowhere")


def test_a_copy_has_every_byte_in_directories_made_for_it(tmp_path):
    (tmp_path / "source").write_bytes(BYTES * 100_000)
    target = tmp_path / "a" / "b" / "target"
    assert files.copy(tmp_path / "source", target) is True
    assert target.read_bytes() == BYTES * 100_000
    assert names(target.parent) == ["target"]
    target.write_text("mine")
    assert (tmp_path / "source").read_bytes() == BYTES * 100_000


def test_a_symbolic_link_is_copied_as_one(tmp_path):
    (tmp_path / "source").symlink_to("../elsewhere")
    files.copy(tmp_path / "source", tmp_path / "sub" / "target")
    assert (tmp_path / "sub" / "target").readlink() == Path("../elsewhere")


def test_a_text_neither_follows_nor_replaces_a_symbolic_link(tmp_path):
    (tmp_path / "mains").write_text("A=1\n")
    for name, destination in ((".env", "mains"), ("dangling", "nowhere")):
        (tmp_path / name).symlink_to(destination)
        for text in ("A=1\n", "A=2\n"):
            with pytest.raises(Failure, match=f"{tmp_path}/{name} is a symbolic link"):
                files.write_text(tmp_path / name, text)
        assert (tmp_path / name).readlink() == Path(destination)
    assert (tmp_path / "mains").read_text() == "A=1\n"
    assert names(tmp_path) == [".env", "dangling", "mains"]


WAYS_OUT = ["link/file", "link/made/file", "inner/link/file"]


@pytest.mark.parametrize("place", WAYS_OUT)
@pytest.mark.parametrize("destination", ["outside", "root/inside"])
def test_below_a_root_nothing_is_read_or_written_past_a_symbolic_link(tmp_path, place, destination):
    root = tmp_path / "root"
    for folder in (tmp_path / "outside", root / "inside", root / "inner"):
        folder.mkdir(parents=True)
    for folder in (tmp_path / "outside", root / "inside"):
        (folder / "file").write_text("theirs")
    for link in (root / "link", root / "inner" / "link"):
        link.symlink_to(tmp_path / destination)
    (tmp_path / "source").write_text("ours")
    for act in (
        lambda: files.write_text(root / place, "ours", root=root),
        lambda: files.copy(tmp_path / "source", root / place, root=root),
        lambda: files.link(root / place, Path("anywhere"), root=root),
        lambda: files.read_text(root / place, root=root),
    ):
        with pytest.raises(Failure):
            act()
    for folder in (tmp_path / "outside", root / "inside"):
        assert names(folder) == ["file"]
        assert (folder / "file").read_text() == "theirs"
    assert files.link_on_the_way(root / place, root) == root / place.rpartition("link")[0] / "link"


def test_a_file_that_becomes_a_symbolic_link_is_not_read(tmp_path):
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "file").symlink_to("secret")
    with pytest.raises(Failure, match="cannot read"):
        files.read_text(tmp_path / "file", root=tmp_path)


def test_below_a_root_directories_are_made_and_files_read_and_written(tmp_path):
    root = tmp_path / "link-to-root"
    (tmp_path / "root").mkdir()
    root.symlink_to("root")
    assert files.write_text(root / "a" / "b" / "c", "1", root=root) is True
    assert files.write_text(root / "a" / "b" / "c", "1", root=root) is False
    assert files.read_text(root / "a" / "b" / "c", root=root) == "1"
    assert files.copy(root / "a" / "b" / "c", root / "d" / "e", root=root) is True
    assert (tmp_path / "root" / "d" / "e").read_text() == "1"
    assert files.link_on_the_way(root / "a" / "b" / "c", root) is None


@pytest.mark.parametrize("place", ["file/below", "folder"])
def test_a_place_that_cannot_be_written_is_one_failure(tmp_path, place):
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    with pytest.raises(Failure, match="cannot write") as told:
        files.write_text(tmp_path / place, "x")
    assert told.value.hint
    assert names(tmp_path) == ["file", "folder"]


def test_a_source_that_is_gone_is_one_failure(tmp_path):
    with pytest.raises(Failure, match=r"cannot copy .*absent to .*target: No such file"):
        files.copy(tmp_path / "absent", tmp_path / "target")
    assert names(tmp_path) == []


@as_root
def test_root_gives_what_it_writes_to_the_models_owner(tmp_path):
    model = tmp_path / "model"
    model.write_text("x")
    model.chmod(0o640)
    os.chown(model, NOBODY, STRANGERS_GROUP)
    files.write_text(tmp_path / "text", "y", like=model)
    files.copy(model, tmp_path / "copy")
    for name in ("text", "copy"):
        found = (tmp_path / name).stat()
        assert (found.st_uid, found.st_gid, mode(tmp_path / name)) == (NOBODY, STRANGERS_GROUP, 0o640)


COPY_AS_NOBODY = """
import json, os, sys
from pathlib import Path
from worktree_tasks.machine import files

folder, groups, group, user = Path(sys.argv[1]), *map(json.loads, sys.argv[2:])
os.chdir(folder)
os.setgroups(groups)
os.setgid(group)
os.setuid(user)
files.copy(Path("source"), Path("copy"))
files.write_text(Path("text"), "y", like=Path("source"))
"""


@as_root
@pytest.mark.parametrize(
    ("groups", "given", "group", "expected"),
    [
        ([STRANGERS_GROUP], 0o640, STRANGERS_GROUP, 0o640),
        ([], 0o640, NOBODYS_GROUP, 0o600),
        ([], 0o664, NOBODYS_GROUP, 0o644),
        ([], 0o604, NOBODYS_GROUP, 0o604),
    ],
)
def test_a_copy_is_never_readable_by_a_group_that_cannot_read_the_source(groups, given, group, expected):
    # pytest's own directories are closed to others.
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o777)
        source = folder / "source"
        source.write_text("x")
        os.chown(source, NOBODY, STRANGERS_GROUP)
        source.chmod(given)
        argv = [sys.executable, "-c", COPY_AS_NOBODY, name, str(groups), str(NOBODYS_GROUP), str(NOBODY)]
        subprocess.run(argv, env=environment(), check=True)
        for made in (folder / "copy", folder / "text"):
            assert (made.stat().st_gid, mode(made)) == (group, expected)


def test_a_place_is_inside_by_where_it_really_lies(tmp_path):
    (tmp_path / "root").mkdir()
    (tmp_path / "outside").mkdir()
    (tmp_path / "root" / "link").symlink_to(tmp_path / "outside")
    (tmp_path / "other").symlink_to(tmp_path / "root")
    assert files.inside(tmp_path / "root" / "a" / "b", tmp_path / "root")
    assert files.inside(tmp_path / "other" / "a", tmp_path / "root")
    assert not files.inside(tmp_path / "root" / "link" / "a", tmp_path / "root")
    assert not files.inside(tmp_path / "root" / ".." / "outside", tmp_path / "root")
    assert not files.inside(tmp_path / "rooter", tmp_path / "root")


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: (folder / "below" / "file").write_bytes(b"other"),
        lambda folder: (folder / "below" / "new").touch(),
        lambda folder: (folder / "below" / "file").rename(folder / "file"),
        lambda folder: (folder / "below" / "file").chmod(0o600),
        lambda folder: (folder / "below" / "file").unlink(),
        lambda folder: os.utime(folder / "below" / "file", (1, 1)),
        lambda folder: (folder / "below" / "empty").mkdir(),
    ],
    ids=["written", "made", "renamed", "mode", "deleted", "time", "directory"],
)
def test_a_stamp_is_another_one_after_any_change_and_the_same_without(tmp_path, change):
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "file").write_bytes(b"bytes")
    (tmp_path / "below" / "loop").symlink_to(tmp_path)
    before = files.stamp(tmp_path)
    assert files.stamp(tmp_path) == before
    (tmp_path / "below" / "file").read_bytes()
    assert files.stamp(tmp_path) == before
    change(tmp_path)
    assert files.stamp(tmp_path) != before
    assert files.stamp(tmp_path / "missing") == files.stamp()
