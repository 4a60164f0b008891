"""What a database of a worktree's own costs, beside what its server takes for the same."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from .commands import PROGRAM, sh, timed
from .goals import Goal, Row
from .stacks import parts_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .project import Project

__all__ = ["copies", "footprint"]

# About 1 GB: rows that do not compress away, with an index.
_FILL = """
CREATE TABLE bulk AS
SELECT i AS id, md5(i::text) || md5((i + 1)::text) || md5((i + 2)::text) AS text
FROM generate_series(1, 6500000) AS i;
CREATE INDEX ON bulk (id);
"""
_BY_HAND = """
createdb -U shop plain
pg_dump -U shop -Fc shop | pg_restore -U shop -d plain
dropdb -U shop plain
"""
_TRASHED = """
SELECT datname FROM pg_database WHERE shobj_description(oid, 'pg_database') LIKE '%"trashed"%'
"""
_MEASURED = ("ours", "server", "first", "dump", "step", "new", "clone")
_BY_SERVER = "CREATE DATABASE plain TEMPLATE shop_wt_template STRATEGY file_copy"


def copies(shop: Project, rounds: int) -> Iterator[Row]:
    """Measure a copy of 1 GB from a ready template, the first one, and `new` with one."""
    _psql(shop, _FILL)
    sh([PROGRAM, "new", "own", "--database", "clone", "--quiet"], cwd=shop.main)
    ready: dict[str, list[float]] = {name: [] for name in _MEASURED}
    for turn in range(rounds):
        ready["server"].append(timed(_exec(shop, "psql", "-U", "shop", "-c", _BY_SERVER), shop.main))
        _psql(shop, "DROP DATABASE plain")
        ready["ours"].append(timed([PROGRAM, "database", "own", "--reset"], shop.main))
        ready["step"].append(_copying(shop, f"step{turn}"))
        ready["new"].append(timed([PROGRAM, "new", f"plain{turn}"], shop.main))
        ready["clone"].append(timed([PROGRAM, "new", f"clone{turn}", "--database", "clone"], shop.main))
        for name in (f"step{turn}", f"plain{turn}", f"clone{turn}"):
            sh([PROGRAM, "remove", name], cwd=shop.main)
        for name in _psql(shop, _TRASHED).split():
            _psql(shop, f'DROP DATABASE "{name}"')
    for _ in range(max(1, rounds // 2)):
        ready["dump"].append(timed(_exec(shop, "sh", "-c", _BY_HAND), shop.main))
        ready["first"].append(timed([PROGRAM, "database", "own", "--refresh"], shop.main))
    server, ours = tuple(ready["server"]), tuple(ready["ours"])
    step = tuple(ready["step"])
    yield Row("the copy in new --database clone, 1 GB", step, "CREATE DATABASE … TEMPLATE", server, Goal(1.1))
    yield Row("database --reset, 1 GB", ours, "CREATE DATABASE … TEMPLATE", server, None)
    first, dump = tuple(ready["first"]), tuple(ready["dump"])
    yield Row("database --refresh, 1 GB", first, "pg_dump | pg_restore", dump, Goal(1.0))
    both = tuple(new + copy for new, copy in zip(ready["new"], server, strict=True))
    yield Row("new --database clone, 1 GB", tuple(ready["clone"]), "new, and the copy", both, Goal(1.0, 150))


def _copying(shop: Project, name: str) -> float:
    """Return how long the step takes that copies the database, while a worktree is made."""
    parts = parts_of(shop, "worktree-tasks", "new", name, "--database", "clone")
    return next(float(one["end"] - one["begin"]) for one in parts if one["name"] == "database")


def footprint(shop: Project) -> str:
    """Return what one further worktree takes of disk and memory, beside a full copy of the stack."""
    size = int(_psql(shop, "SELECT pg_database_size('shop')"))
    stacks: dict[bool, float] = {True: 0.0, False: 0.0}
    for line in sh(["docker", "stats", "--no-stream", "--format", "{{json .}}"]).splitlines():
        told = json.loads(line)
        if told["Name"].startswith(f"{shop.name}-"):
            stacks[told["Name"].startswith(f"{shop.name}-own-")] += _bytes(told["MemUsage"].split(" / ")[0])
    disk, own, full = (number / 2**20 for number in (size, stacks[True], stacks[False]))
    return (
        f"a further worktree: {own:.0f} MiB of memory; on disk no data where shared, {disk:.0f} MiB of a"
        f" clone. A full copy of the stack: {full:.0f} MiB of memory, {disk:.0f} MiB on disk."
    )


def _exec(shop: Project, *words: str) -> list[str]:
    return ["docker", "exec", f"{shop.name}-db-1", *words]


def _psql(shop: Project, statements: str) -> str:
    return sh(_exec(shop, "psql", "-U", "shop", "-d", "shop", "-Atc", statements)).strip()


def _bytes(text: str) -> float:
    """Return a number of bytes as Docker writes it."""
    units = {"GiB": 2**30, "MiB": 2**20, "KiB": 2**10, "kB": 10**3, "MB": 10**6, "GB": 10**9, "B": 1}
    unit = next(one for one in units if text.endswith(one))
    return float(text.removesuffix(unit)) * units[unit]
