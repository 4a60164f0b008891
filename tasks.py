"""This repository's own tasks, and our collection used on itself."""

import os
import shutil
import sys
import tempfile
from contextlib import chdir
from pathlib import Path

from invoke.collection import Collection
from invoke.context import Context
from invoke.tasks import task

import worktree_tasks as wt
from worktree_tasks.interface.collection import program_collection
from worktree_tasks.interface.task_table import table as words_of

ROOT = Path(__file__).parent
WHEEL = ROOT / "build" / "wheel"


@task
def lint(c: Context) -> None:
    """Check style, imports, lengths of modules, workflows."""
    with c.cd(str(ROOT)):
        c.run("ruff check")
        c.run("ruff format --check")
        c.run("lint-imports --no-cache")
        c.run("python ci/figures.py")
        c.run("check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml")
        c.run("zizmor --offline --quiet .github/workflows")


@task
def types(c: Context) -> None:
    """Check types."""
    with c.cd(str(ROOT)):
        c.run("mypy")


@task(
    help={
        "match": "Only tests whose names match, as with pytest -k.",
        "slowest": "List the ten tests that took the longest.",
    }
)
def test(c: Context, match: str = "", slowest: bool = False) -> None:
    """Run the tests of the checkout; ci/test runs them against the wheel."""
    chosen = f" -k '{match}'" if match else ""
    with c.cd(str(ROOT)):
        listed = " --durations=10" if slowest else ""
        c.run(f"pytest -n 3 --dist loadfile --no-loadscope-reorder{chosen}{listed}", pty=False)


@task
def wheel(c: Context) -> None:
    """Build the wheel and lay it out in build/wheel."""
    shutil.rmtree(ROOT / "build", ignore_errors=True)
    with c.cd(str(ROOT)):
        c.run("python -m build --wheel --outdir build/dist . >/dev/null")
        c.run("python -m pip install --quiet --no-deps --target build/wheel build/dist/*.whl")


@task
def schemas(c: Context) -> None:
    """Write the schemas of all JSON documents."""
    with c.cd(str(ROOT)):
        c.run(f"'{sys.executable}' ci/schemas.py")


@task(pre=[schemas])
def table(c: Context) -> None:
    """Generate from the tasks: schemas, words for the completion, the reference."""
    path = ROOT / "worktree_tasks" / "interface" / "tasks.tsv"
    path.write_text(words_of(program_collection()), encoding="utf-8")
    c.run(f"'{sys.executable}' {ROOT}/ci/reference.py")


@task(help={"serve": "Show it in the browser, and rebuild what changes."})
def docs(c: Context, serve: bool = False) -> None:
    """Build the site of docs in build/site; a dead link is an error."""
    c.run(f"{ROOT}/ci/docs{' serve' if serve else ''}", pty=serve)


@task
def smoke(c: Context) -> None:
    """Open, check, list and remove a worktree of the demo shop."""
    with tempfile.TemporaryDirectory(prefix="wt-smoke-") as folder:
        shop = Path(folder) / "wtsmoke"
        c.run(f"{ROOT}/ci/demo-project {shop} 18000 18173")
        with chdir(shop):
            try:
                c.run("docker compose up --detach --build --wait db redis")
                wt.smoke(c)
            finally:
                c.run("docker compose down --volumes --rmi local")


@task
def bench(c: Context) -> None:
    """Measure the times and ratios that the README promises."""
    c.run(f"{ROOT}/ci/bench")


@task(help={"version": "The new version, such as 0.2.0."})
def cut(c: Context, version: str) -> None:
    """Set the version, and give what is unreleased its heading in CHANGELOG."""
    with c.cd(str(ROOT)):
        c.run(f"python ci/releasing.py cut '{version}'")


@task(help={"tag": "The tag that has to match the version, such as v0.2.0."})
def release(c: Context, tag: str = "") -> None:
    """Build what is uploaded, and check it."""
    c.run(f"{ROOT}/ci/release {tag}")


os.environ["PATH"] = f"{ROOT / '.venv' / 'bin'}{os.pathsep}{os.environ['PATH']}"

ns = Collection(lint, types, test, wheel, table, schemas, docs, smoke, bench, cut, release, wt)
