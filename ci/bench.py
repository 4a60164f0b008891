"""Measures worktree-tasks against the same work by hand, side by side on one machine, and prints ratios.

new    `inv wt.new` to the first HTTP 200, against one shell script that does the same steps
list   `inv wt.list` with 1, 10 and 50 worktrees, against `git worktree list` plus `docker ps`, and what
       each further worktree costs
shell  what a TAB, `shell-init` and `wt.path` take, against a Python that does nothing
start  `inv --list` with the collection loaded, against the same without it
"""

from __future__ import annotations

import argparse
import os
import pty
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

CI = Path(__file__).resolve().parent
INV = str(CI.parent / ".venv" / "bin" / "inv")
PROGRAM = str(CI.parent / ".venv" / "bin" / "worktree-tasks")
WEB, VITE = 18800, 18900

# What a careful person would write for one worktree of the shop: no leases, no checks, no way back.
BY_HAND = """
set -euo pipefail
name=$1 n=$2 main=$3 tree=$4
cd "$main"
git worktree add --quiet --no-track -b "$name" "$tree" main
sed -e "s/$WEB/$((WEB + n))/g" -e "s/$VITE/$((VITE + n))/g" .env >"$tree/.env"
sed -e "s/$WEB/$((WEB + n))/g" frontend/.env.local >"$tree/frontend/.env.local"
network=shopbench_worktree_$name
docker network create --subnet "10.214.$n.0/26" "$network" >/dev/null
docker network connect --alias db "$network" shopbench-db-1
docker network connect --alias redis "$network" shopbench-redis-1
for service in web worker vite; do docker tag "shopbench-$service" "shopbench-$name-$service"; done
cat >"$tree/compose.override.yaml" <<YAML
name: shopbench-$name
services:
  db: !reset null
  redis: !reset null
  web: {depends_on: !override {}}
  worker: {depends_on: !override {}}
networks:
  default: !override {name: $network, external: true}
YAML
cd "$tree"
docker compose up --detach >/dev/null 2>&1
"""


def main() -> None:
    """Run the measurements that were asked for."""
    shape = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=shape)
    parser.add_argument("--rounds", type=int, default=5, help="rounds of each (default 5)")
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory(prefix="wt-bench-") as folder:
        home = Path(folder)
        shop = home / "shopbench"
        os.environ["XDG_STATE_HOME"] = str(home / "state")
        # An installed package is compiled; a checkout is at its first use, unless that is forbidden.
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        try:
            sh([str(CI / "demo-project"), str(shop), str(WEB), str(VITE)])
            sh(["docker", "compose", "up", "--detach", "--build", "--wait"], cwd=shop)
            bench_new(shop, rounds)
            bench_list(shop, rounds)
            bench_shell(shop, rounds)
            bench_start(shop, rounds)
        finally:
            for tree in sorted(home.glob("shopbench.worktrees/*")):
                subprocess.run([INV, "wt.remove", tree.name], cwd=shop, capture_output=True, check=False)
            sh(["docker", "compose", "down", "--volumes", "--rmi", "local"], cwd=shop)


def bench_new(shop: Path, rounds: int) -> None:
    """Measure `wt.new` against a script, in turns, each to the first HTTP 200 of web."""
    ours, theirs = [], []
    for turn in range(rounds):
        name = f"hand{turn}"
        tree = shop.parent / name
        started = time.perf_counter()
        environ = {**os.environ, "WEB": str(WEB), "VITE": str(VITE)}
        words = ["bash", "-c", BY_HAND, "by-hand", name, str(turn + 20), str(shop), str(tree)]
        sh(words, env=environ)
        until_answer(WEB + turn + 20)
        theirs.append(time.perf_counter() - started)
        take_down_by_hand(shop, name, tree)

        started = time.perf_counter()
        sh([INV, "wt.new", f"ours{turn}"], cwd=shop)
        until_answer(WEB + 1)
        ours.append(time.perf_counter() - started)
        sh([INV, "wt.remove", f"ours{turn}"], cwd=shop)
    report("new to first HTTP 200", ours, "by hand", theirs, "<= 1.10")


def bench_list(shop: Path, rounds: int) -> None:
    """Measure `wt.list` with 1, 10 and 50 worktrees, one of them running, and what each further one costs."""
    made = 0
    medians: dict[tuple[str, int], float] = {}
    for count in (1, 10, 50):
        while made < count:
            start = [] if made == 0 else ["--no-start"]
            sh([INV, "wt.new", f"many{made}", *start], cwd=shop)
            made += 1
        times: dict[str, list[float]] = {"terminal": [], "pipe": [], "json": [], "hand": []}
        for _ in range(max(rounds, 5)):
            times["terminal"].append(timed([INV, "wt.list"], shop, terminal=True))
            times["pipe"].append(timed([INV, "wt.list"], shop))
            times["json"].append(timed([INV, "wt.list", "--json"], shop))
            git = timed(["git", "worktree", "list"], shop)
            times["hand"].append(git + timed(["docker", "ps", "--all"], shop))
        goal = {10: "(goal under 200 ms)", 50: "(goal under 300 ms)"}.get(count, "")
        for form in ("terminal", "pipe", "json"):
            report(f"list with {count:>2}, {form}", times[form], "git and docker ps", times["hand"], goal)
            medians[form, count] = statistics.median(times[form])
    for form in ("terminal", "pipe", "json"):
        one = (medians[form, 50] - medians[form, 10]) / 40 * 1000
        print(f"{f'one more, {form}':<24}{one:>7.1f} ms (goal under 3 ms)")


def bench_start(shop: Path, rounds: int) -> None:
    """Measure `inv --list` with our collection loaded and without it, in turns."""
    bare = shop.parent / "bare"
    bare.mkdir()
    (bare / "tasks.py").write_text(
        "from invoke import Collection, task\n\n\n@task\ndef own(c):\n    pass\n\n\nns = Collection(own)\n"
    )
    ours, without = [], []
    for _ in range(max(rounds, 9)):
        without.append(timed([INV, "--list"], bare))
        ours.append(timed([INV, "--list"], shop))
    report("inv --list", ours, "without the collection", without, "")
    more = (statistics.median(ours) - statistics.median(without)) * 1000
    print(f"{'the collection':<24}{more:>+7.0f} ms (goal +25 ms)")


def bench_shell(shop: Path, rounds: int) -> None:
    """Measure what the shell waits for at a TAB, when it starts, and when it asks where a worktree is."""
    words = {
        "a TAB after wt": [PROGRAM, "--candidates", "wt", ""],
        "a TAB after a task": [PROGRAM, "--candidates", "worktree-tasks", "new", "--"],
        "shell-init": [PROGRAM, "shell-init", "bash"],
        "path, the program": [PROGRAM, "path", "many0"],
        "path, inv": [INV, "wt.path", "many0"],
    }
    for what, argv in words.items():
        ours = [timed(argv, shop) for _ in range(max(rounds, 5))]
        bare = [timed([sys.executable, "-c", "pass"], shop) for _ in range(max(rounds, 5))]
        report(what, ours, "python -c pass", bare, "" if "path" in what else "(goal under 100 ms)")


def until_answer(port: int) -> None:
    """Wait until a page is served on a port."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as page:
                if page.status == 200:  # noqa: PLR2004 - HTTP OK
                    return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.02)
    sys.exit(f"ci/bench: nothing answers on port {port}")


def take_down_by_hand(shop: Path, name: str, tree: Path) -> None:
    """Take away what the script made."""
    sh(["docker", "compose", "down", "--volumes", "--rmi", "local", "--timeout", "1"], cwd=tree)
    for service in ("db", "redis"):
        sh(["docker", "network", "disconnect", f"shopbench_worktree_{name}", f"shopbench-{service}-1"])
    sh(["docker", "network", "rm", f"shopbench_worktree_{name}"])
    sh(["git", "worktree", "remove", "--force", str(tree)], cwd=shop)


def timed(words: list[str], cwd: Path, *, terminal: bool = False) -> float:
    """Return how long a command takes, in seconds; on a pseudo-terminal where that is asked for."""
    if not terminal:
        started = time.perf_counter()
        sh(words, cwd=cwd)
        return time.perf_counter() - started
    ours, theirs = pty.openpty()
    started = time.perf_counter()
    with subprocess.Popen(words, cwd=cwd, stdin=theirs, stdout=theirs, stderr=theirs) as running:
        os.close(theirs)
        try:
            while os.read(ours, 1 << 16):
                pass
        except OSError:  # how Linux says that nobody writes any more
            pass
        code = running.wait()
    took = time.perf_counter() - started
    os.close(ours)
    if code:
        sys.exit(f"ci/bench: {' '.join(words)} failed with {code}")
    return took


def sh(words: list[str], cwd: Path | None = None, env: dict[str, str] | None = None) -> None:
    """Run a command; show what it said when it fails."""
    done = subprocess.run(words, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        said = "\n".join((done.stdout + done.stderr).splitlines()[-15:])
        sys.exit(f"ci/bench: {' '.join(words[:3])} failed:\n{said}")


def report(what: str, ours: list[float], other: str, theirs: list[float], goal: str) -> None:
    """Print medians, their ratio and the spread."""
    mine, others = statistics.median(ours), statistics.median(theirs)
    spread = f"{min(ours) * 1000:.0f} to {max(ours) * 1000:.0f}"
    ratio = f"ratio {mine / others:.2f}"
    print(f"{what:<24}{mine * 1000:>7.0f} ms ({spread}); {other} {others * 1000:.0f} ms; {ratio} {goal}")


if __name__ == "__main__":
    main()
