"""Measures worktree-tasks beside the same work by hand, in turns on one machine, and prints goals with it.

stacks   `new` to the first HTTP 200, `remove` and `start`, each beside a script that does the same steps
reading  `list` with 1, 10 and 50 worktrees, `path`, a TAB, `wt NAME`
large    `new` and `list` in a repository of 50,000 files and 3,000 branches
data     a copy of a database of 1 GB, beside its server's own, and what a further worktree takes
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from measuring import databases, large, reading, stacks
from measuring.commands import PROGRAM, sh
from measuring.goals import HEADING
from measuring.project import Project

if TYPE_CHECKING:
    from collections.abc import Iterator

    from measuring.goals import Row

WHEEL = Path(__file__).resolve().parents[1] / "build" / "wheel"
GROUPS = ("stacks", "reading", "large", "data")


def main() -> None:
    """Run the measurements that were asked for."""
    shape = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=shape)
    parser.add_argument("groups", nargs="*", help=f"of {', '.join(GROUPS)}; all without one")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of each (default 5)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there too")
    parser.add_argument("--timeline", action="store_true", help="print what one `inv wt.new` is made of")
    parser.add_argument("--plots", type=Path, metavar="DIR", help="draw the figures there, as SVG")
    asked = parser.parse_args()
    if unknown := set(asked.groups) - set(GROUPS):
        parser.error(f"there is no group {' or '.join(sorted(unknown))}")
    groups = asked.groups or GROUPS
    # An installed package is compiled; a checkout is at its first use, unless that is forbidden.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPATH"] = str(WHEEL)
    with tempfile.TemporaryDirectory(prefix="wt-bench-") as folder:
        os.environ["XDG_STATE_HOME"] = str(Path(folder) / "state")
        # Another run on this machine has names of its own.
        shop = Project(Path(folder) / f"shopbench{os.getpid()}", 28800, 28900)
        bulk = Project(Path(folder) / f"bulkbench{os.getpid()}", 29800, 29900)
        try:
            _measure(asked, groups, shop, bulk)
        finally:
            shop.destroy()
            bulk.destroy()


def _measure(asked: argparse.Namespace, groups: list[str], shop: Project, bulk: Project) -> None:
    shop.make(build=True)
    # Its first call compiles nothing, and reads what later ones have in memory.
    sh([PROGRAM, "list"], cwd=shop.main)
    before = os.getloadavg()[0]
    print(f"load before {before:.2f}, {os.cpu_count()} processors, milliseconds\n{HEADING}", flush=True)
    rows: list[Row] = []
    for row in _rows(groups, shop, bulk, asked.rounds):
        rows.append(row)
        print(row.line(), flush=True)
    footprint = databases.footprint(shop) if "data" in groups else ""
    if footprint:
        print(footprint)
    after = os.getloadavg()[0]
    print(f"load after {after:.2f}")
    parts = stacks.timeline(shop) if asked.timeline or asked.plots else []
    if asked.timeline:
        for part in parts:
            times = f"{part['begin'] * 1000:>7.0f}{part['end'] * 1000:>7.0f}"
            print(f"{times} ms  {part['kind']:<8}{part['name']}")
    if asked.json:
        document = {
            "load": [before, after],
            "footprint": footprint,
            "rows": [row.document() for row in rows],
            "new": parts,
        }
        asked.json.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    if asked.plots:
        from measuring import plots  # noqa: PLC0415 - what draws is large

        plots.draw(asked.plots, rows, parts)
    sys.stdout.flush()


def _rows(groups: list[str], shop: Project, bulk: Project, rounds: int) -> Iterator[Row]:
    measured: list[Iterator[Row]] = []
    if "stacks" in groups:
        measured += [stacks.working(shop, rounds), stacks.starting(shop, rounds), stacks.at_once(shop)]
    if "large" in groups:
        bulk.make("db", "redis")
        measured.append(large.sizes(shop, bulk, rounds))
    if "data" in groups:
        measured.append(databases.copies(shop, min(rounds, 3)))
    if "reading" in groups:
        measured += [reading.asking(shop, max(rounds, 9)), reading.lists(shop, rounds)]
    return chain.from_iterable(measured)


if __name__ == "__main__":
    main()
