"""On a real pseudo-terminal: the table in its widths, watching it, live steps, and Ctrl-C at every step."""

from __future__ import annotations

import os
import re
import secrets
import signal
import sys
import termios
from pathlib import Path
from typing import TYPE_CHECKING

import pexpect
import pytest
from harness.programs import PROGRAM
from harness.terminals import ended, hang_up

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

pytestmark = pytest.mark.engine

ESCAPE = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[@-_]")
CTRL_C = "\x03"
DEADLINE = 60


def plain(text: str) -> str:
    """Return what a screen showed in the end, without colours."""
    text = text.replace("\r\n", "\n")
    while over := re.search(r"\x1b\[(\d+)F\x1b\[J", text):
        kept = text[: over.start()].split("\n")[: -int(over[1]) - 1]
        text = "\n".join([*kept, text[over.end() :]])
    return ESCAPE.sub("", re.sub(r"[^\n]*\r\x1b\[K", "", text))


@pytest.fixture
def terminal(toy) -> Callable[..., pexpect.spawn]:
    """Run a command of ours on a terminal of its own; whatever is left of it ends with the test."""
    begun: list[pexpect.spawn] = []

    def run(
        *words: str, width: int = 100, env: Mapping[str, str] | None = None, program: bool = False
    ) -> pexpect.spawn:
        argv = [PROGRAM, *words] if program else toy.inv_argv(f"wt.{words[0]}", *words[1:])
        child = pexpect.spawn(
            argv[0],
            argv[1:],
            cwd=str(toy.main),
            env={**toy.env, "TERM": "xterm-256color", **(env or {})},
            dimensions=(30, width),
            # The above is set after the program has begun, which may have looked by then.
            preexec_fn=lambda: termios.tcsetwinsize(0, (30, width)),
            encoding="utf-8",
            timeout=DEADLINE,
        )
        begun.append(child)
        return child

    yield run
    for child in begun:
        hang_up(child)


@pytest.fixture(scope="module")
def tree(toy):
    made = toy.new("a-branch-of-some-length")
    yield made
    toy.wt("remove", made["name"])


@pytest.mark.parametrize("width", [40, 80, 200])
def test_the_table_fits_the_terminal_and_marks_where_one_stands(terminal, tree, width):
    code, shown = ended(terminal("list", width=width))
    lines = plain(shown).splitlines()
    assert code == 0
    assert max(map(len, lines)) <= width
    words = " ".join(lines).split()
    # Cut in the middle where that keeps a column.
    begin, _, end = tree["name"].partition("-of-")
    assert any(re.fullmatch(rf"{begin[:4]}.*{end[-4:]}", word) for word in words)
    assert width == 80 or tree["name"] in words
    assert tree["url"] in words
    assert [line.split()[1] for line in lines if line.startswith("*")] == ["main"]
    assert "ready" in words
    assert "\x1b[" in shown


def test_a_narrower_terminal_than_any_name_still_shows_names_and_urls_whole(terminal, tree):
    code, shown = ended(terminal("list", width=12))
    assert code == 0
    assert {tree["name"], tree["url"]} <= set(plain(shown).split())


@pytest.mark.parametrize("env", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_no_colours_where_they_are_not_wanted(terminal, tree, env):
    code, shown = ended(terminal("list", env=env))
    assert code == 0
    assert tree["url"] in shown
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]", shown)
    if env.get("TERM"):
        assert "\x1b" not in shown


def test_a_pipe_gets_whole_values_in_steady_columns_without_colours(toy, tree):
    shown = toy.wt("list", env={"COLUMNS": "20"}).out
    head, *rows = shown.splitlines()
    assert "\x1b" not in shown
    starts = [match.start() for match in re.finditer(r"(?:(?<=  )|^)\S", head)]
    assert all(row[at - 1] == " " and row[at] != " " for row in rows for at in starts[1:])
    row = next(row for row in rows if row.startswith(tree["name"]))
    assert {tree["branch"], "ready", tree["url"], "+0"} <= set(row.split())


def test_worktrees_of_others_are_listed_as_unmanaged(toy, tmp_path):
    toy.git("worktree", "add", "--quiet", "-b", "foreign", str(tmp_path / "foreign"))
    try:
        row = next(line for line in toy.wt("list").out.splitlines() if line.startswith("foreign"))
        assert row.split()[2] == "unmanaged"
    finally:
        toy.git("worktree", "remove", str(tmp_path / "foreign"))


def test_all_tells_every_project_and_the_memory_of_running_stacks(toy, make_toy, tree):
    other = make_toy()
    env = {"XDG_STATE_HOME": toy.env["XDG_STATE_HOME"]}
    other.wt("new", "elsewhere", "--no-start", env=env)
    try:
        told = {one["project"]: one for one in toy.wt("list", "--all", "--json").json["projects"]}
        assert set(told) == {toy.name, other.name}
        mine = next(one for one in told[toy.name]["worktrees"] if one["name"] == tree["name"])
        assert mine["memory"] > 0
        assert told[toy.name]["main"]["memory"] > 0
        assert [one["name"] for one in told[other.name]["worktrees"]] == ["elsewhere"]
        assert told[other.name]["worktrees"][0]["memory"] is None
        shown = toy.wt("list", "--all").out
        assert re.search(rf"^{other.name} +elsewhere ", shown, re.MULTILINE)
        assert re.search(rf"^{toy.name} +{tree['name']} .* MiB$", shown, re.MULTILINE)
        other.main.rename(other.main.with_name("moved"))
        told = {one["project"]: one for one in toy.wt("list", "--all", "--json").json["projects"]}
        assert told[other.name]["main"]["state"] == "missing"
        other.main.with_name("moved").rename(other.main)
    finally:
        other.wt("remove", "elsewhere", env=env)


@pytest.mark.parametrize("words", [(), ("--all",)])
def test_watch_refreshes_until_q_and_leaves_the_terminal_as_it_was(toy, terminal, tree, words):
    child = terminal("list", "--watch", *words, width=100)
    before = termios.tcgetattr(child.child_fd)
    child.expect(re.escape(tree["url"]))
    child.expect("q to quit")
    assert not termios.tcgetattr(child.child_fd)[3] & termios.ICANON
    (toy.root / tree["name"] / "fresh").touch()
    try:
        child.expect(r"1 untracked|1\?")
    finally:
        (toy.root / tree["name"] / "fresh").unlink()
    child.setwinsize(30, 40)
    child.expect(r"  http")
    child.send("q")
    child.expect(pexpect.EOF)
    shown = child.before
    assert termios.tcgetattr(child.child_fd) == before
    assert ended(child)[0] == 0
    assert "\x1b[?1049l" in shown  # the screen that was there before
    assert "\x1b[?25h" in shown  # the cursor


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 0), (signal.SIGTERM, 143)])
def test_watch_restores_the_terminal_when_a_signal_ends_it(terminal, tree, number, code):
    child = terminal("list", "--watch")
    before = termios.tcgetattr(child.child_fd)
    child.expect("q to quit")
    child.kill(number)
    child.expect(pexpect.EOF)
    shown = child.before
    assert termios.tcgetattr(child.child_fd) == before
    assert ended(child)[0] == code
    assert "\x1b[?1049l" in shown
    assert "\x1b[?25h" in shown
    assert "Traceback" not in shown


def test_watch_needs_a_terminal_that_can_be_written_over(toy, terminal):
    assert "--watch" in toy.wt("list", "--watch", code=2).err
    assert toy.wt("list", "--watch", "--json", code=2).json["error"]["code"] == 2
    code, shown = ended(terminal("list", "--watch", env={"TERM": "dumb"}))
    assert (code, "TERM" in shown) == (2, True)


@pytest.fixture
def slow(toy, tmp_path) -> Callable[[str], dict[str, str]]:
    """Return the environment in which git or docker takes long at some words."""

    def slow(words: str) -> dict[str, str]:
        folder = tmp_path / f"bin-{secrets.token_hex(3)}"
        folder.mkdir()
        for name in ("git", "docker"):
            (folder / name).symlink_to(Path(__file__).with_name("slow"))
        return {
            "PATH": f"{folder}{os.pathsep}{toy.env['PATH']}",
            "SLOW_WORDS": words,
            "SLOW_HERE": str(folder / "here"),
        }

    return slow


def told_once(shown: str) -> str:
    """See that an interruption was told in one line and one hint, and nothing else went wrong."""
    lines = [line for line in plain(shown).splitlines() if line.strip()]
    assert [line for line in lines if line.startswith("✗")] == [lines[-2]], shown
    assert lines[-2].startswith("✗ interrupted")
    assert lines[-1].startswith("  → run the same command again")
    assert "Traceback" not in shown
    assert "Exception" not in shown
    return lines[-2]


def finished(toy, branch: str) -> None:
    """See that `new` finishes what was interrupted, that nothing is there twice or left over."""
    tree = toy.new(branch)
    assert tree["state"] == "running"
    assert set(toy.containers(tree["compose_project"])) == {"web", "vite", "worker"}
    assert [row["branch"] for row in toy.rows("worktree")].count(branch) == 1
    assert toy.git("status", "--porcelain", cwd=toy.root / branch) == ""
    toy.wt("remove", branch)
    assert toy.ours(branch) == []
    assert not (toy.root / branch).exists()


STEPS = (
    " compose version ",
    " config --format json ",
    " branch --no-track ",
    " worktree add ",
    " read-tree --reset ",
    " ls-files ",
    " up --detach ",
    " worktree list ",
)


@pytest.mark.parametrize("program", [False, True], ids=["inv", "program"])
@pytest.mark.parametrize("words", STEPS, ids=lambda words: words.strip().replace(" ", "-"))
def test_ctrl_c_at_a_step_of_new_is_one_line_and_new_finishes_it(toy, terminal, slow, words, program):
    branch = toy.fresh("stop")
    env = slow(words)
    child = terminal("new", branch, env=env, program=program)
    toy.wait_for(Path(env["SLOW_HERE"]).exists)
    child.send(CTRL_C)
    code, shown = ended(child)
    assert code == 130, shown
    told_once(shown)
    finished(toy, branch)


def test_ctrl_c_while_containers_are_waited_for_keeps_the_worktree(toy, terminal):
    branch = toy.branch(toy.fresh("wait"), {"server.py": "import time\ntime.sleep(600)\n"})
    child = terminal("new", branch)
    child.expect(r"containers +waiting for .*web \(port \d+\) ")
    child.send(CTRL_C)
    code, shown = ended(child)
    assert code == 130
    assert "nothing of" not in told_once(shown)
    assert toy.state_of(branch) == "running"
    toy.wt("remove", branch)


def test_ctrl_c_twice_still_takes_back_what_was_begun(toy, terminal, slow):
    branch = toy.fresh("twice")
    env = slow(" read-tree --reset ")
    child = terminal("new", branch, env=env)
    toy.wait_for(Path(env["SLOW_HERE"]).exists)
    # Held down, it comes again and again: while lanes end, while it is taken back, while Python ends.
    for _ in range(30):
        child.send(CTRL_C)
        if not child.isalive():
            break
        child.expect([pexpect.TIMEOUT, pexpect.EOF], timeout=0.03)
    code, shown = ended(child)
    assert code == 130
    assert not (toy.root / branch).exists()
    assert toy.git("branch", "--list", branch) == "", shown
    assert [row["branch"] for row in toy.rows("worktree")].count(branch) == 0
    finished(toy, branch)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=["INT", "TERM", "HUP"])
def test_a_signal_to_the_command_alone_ends_its_programs_too(toy, slow, number):
    branch = toy.fresh("alone")
    env = slow(" worktree add ")
    running = toy.start("new", branch, env=env)
    toy.wait_for(Path(env["SLOW_HERE"]).exists)
    running.send_signal(number)
    out, err = running.communicate(timeout=DEADLINE)
    assert running.returncode == 128 + number
    told_once(out + err)
    assert toy.git("branch", "--list", branch) == ""


def test_a_terminal_that_is_closed_meanwhile_leaves_nothing_half_made(toy, terminal, slow):
    branch = toy.fresh("closed")
    env = slow(" worktree add ")
    child = terminal("new", branch, env=env, program=True)
    toy.wait_for(Path(env["SLOW_HERE"]).exists)
    child.ptyproc.fileobj.close()  # the kernel sends SIGHUP to all that run there
    assert child.wait() == 129
    assert not (toy.root / branch).exists()
    assert toy.git("branch", "--list", branch) == ""
    assert [row["branch"] for row in toy.rows("worktree")].count(branch) == 0


def test_a_lasting_step_shows_its_seconds_and_becomes_its_line(toy, terminal, slow):
    branch = toy.fresh("live")
    child = terminal("new", branch)
    child.expect(r"[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏].* (main|worktree|containers|network) +(\S.* )?\d+\.\d s")
    code, shown = ended(child)
    assert code == 0
    assert re.search(r"✓ containers +web, vite, worker: answering after", plain(shown))
    assert plain(shown).rstrip().splitlines()[-1].startswith("→ http://")
    assert "\x1b[?25h" in shown
    code, shown = ended(terminal("remove", branch, "--quiet"))
    assert (code, plain(shown).strip()) == (0, f"→ {branch} is gone")


def test_a_failed_step_becomes_a_line_that_says_so(toy, terminal):
    branch = toy.branch(toy.fresh("fail"), {"server.py": "raise SystemExit(3)\n"})
    code, shown = ended(terminal("new", branch))
    assert code == 1
    lines = plain(shown).splitlines()
    assert any(re.match(r"✗ containers +failed after \d+\.\d s", line) for line in lines)
    assert any(line.startswith("✗ ") and "exited with code 3" in line for line in lines)
    toy.wt("remove", branch)


def test_quiet_says_nothing_but_the_result_and_errors(toy):
    branch = toy.fresh("quiet")
    done = toy.wt("new", branch, "--no-start", "--quiet")
    assert (done.out, done.err) == (f"→ {branch}: created\n", "")
    done = toy.wt("start", "nothing-like-it", "--quiet", code=2)
    assert done.err.startswith("✗ ")
    assert toy.wt("remove", branch, "--quiet").err == ""


def test_verbose_shows_what_compose_says_without_secrets(toy):
    changes = {
        "Dockerfile": "FROM python:3.11-slim\nRUN echo built-with 'a$b#c' t%24oy\n",
        "compose.yaml": (toy.main / "compose.yaml")
        .read_text()
        .replace("  worker:\n    image: python:3.11-slim", "  worker:\n    build: ."),
    }
    branch = toy.branch(toy.fresh("verbose"), changes)
    done = toy.wt("new", branch, "--verbose", "--json", env={"DOCKER_BUILDKIT": "1"})
    assert done.json["state"] == "running"
    said = [line for line in done.err.splitlines() if line.startswith("│ ")]
    assert any("built-with" in line for line in said)
    assert any("Started" in line for line in said)
    assert "t%24oy" not in done.err
    toy.wt("remove", branch)


def test_a_closed_stdin_and_closed_output_are_no_accident(toy, tree):
    script = f'exec "{sys.executable}" -m invoke "$@"'
    closed = toy.run("sh", "-c", f"{script} <&-", "sh", "wt.list", "--json")
    assert (closed.code, closed.json["project"]) == (0, toy.name)
    assert toy.run("sh", "-c", f"{script} <&-", "sh", "wt.clean").code in (0, 2)
    assert toy.run("sh", "-c", f"{script} <&- >&- 2>&-", "sh", "wt.list").code == 0
    head = toy.run("sh", "-c", f"({script.removeprefix('exec ')}; echo $? >&2) | :", "sh", "wt.list")
    assert head.err.strip() == "0"
    assert toy.run("sh", "-c", f"{script} 2>&-", "sh", "wt.stop", tree["name"]).code == 0
    toy.wt("start", tree["name"])
