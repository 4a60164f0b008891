"""What sets a worktree's branch and its databases apart, and whose branch it was."""

from __future__ import annotations

import hashlib

import pytest
from harness.projects import Project

from worktree_tasks.command import Result
from worktree_tasks.configuration.databases.postgres_statements import FIELD, ROW
from worktree_tasks.configuration.drift.custom_tool import Described
from worktree_tasks.orchestration.flows.doctor.drift import look
from worktree_tasks.orchestration.runtimes.compose.compose_runtime import ComposeRuntime
from worktree_tasks.orchestration.steps.drift import drift_of, note_drift

pytestmark = pytest.mark.usefixtures("compose_program")

FIRST = ("orders", "0001_initial")
FOREIGN = ("orders", "0002_paid")
OF_PACKAGES = (("auth", "0001_initial"), ("sessions", "0001_initial"))
HELP = "or wt.database search --mode clone"
HERE = "the database postgres in db, which is shared,"


class Server:
    """A server that answers from tables; the rest of it is tried in tests/integration."""

    def __init__(self) -> None:
        self.tables: dict[str, list[tuple[str, ...]]] = {}
        self.asked: list[str] = []
        self.down = False

    def __call__(self, _project, _service, argv, _env) -> Result | None:
        if self.down:
            return None
        self.asked.append(argv[-1])
        table = next((one for one in self.tables if f'"{one}"' in argv[-1]), None)
        if table is None:
            return Result(tuple(argv), 1, "", 'ERROR:  relation "x" does not exist')
        return Result(tuple(argv), 0, ROW.join(FIELD.join(row) for row in self.tables[table]) + "\n", "")


@pytest.fixture
def server(monkeypatch) -> Server:
    played = Server()
    monkeypatch.setattr(ComposeRuntime, "execute", lambda _, *args: played(*args))
    return played


def put(tree, *paths, text=""):
    for path in paths:
        place = tree.record.path / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)


def put_django(tree, *names):
    put(tree, "manage.py", *(f"orders/migrations/{name}.py" for name in ("__init__", "0001_initial", *names)))


def said(told, tree) -> list[str]:
    """Return what is said while a stack starts."""
    told.lines.clear()
    note_drift(tree)
    return told.lines


def test_what_only_another_worktree_has_is_said_with_its_name_and_what_helps(tree, told, server):
    search, pay = tree("search"), tree("pay")
    put_django(search)
    put_django(pay, "0002_paid")
    server.tables["django_migrations"] = [*OF_PACKAGES, FIRST, FOREIGN]
    what = f"{HERE} has migrations that this branch does not know: orders 0002_paid, from pay"
    assert said(told, search) == [
        f"{what}; `git rebase pay` in the worktree; or undo them in the database; {HELP}"
    ]
    assert said(told, pay) == []


def test_what_the_branch_has_first_is_said_as_yet_to_come(tree, told, server):
    search = tree("search")
    put_django(search, "0002_paid")
    server.tables["django_migrations"] = [FIRST]
    line = f"{HERE} lacks this branch's migrations orders 0002_paid"
    assert said(told, search) == [f"{line}; applying them there applies them for everyone"]


def test_an_app_that_only_another_worktree_has_is_told_from_installed_ones(tree, server):
    search, pay = tree("search"), tree("pay")
    put_django(search)
    put(pay, "refunds/migrations/0001_initial.py")
    server.tables["django_migrations"] = [*OF_PACKAGES, FIRST, ("refunds", "0001_initial")]
    (found,) = drift_of(search)
    assert found.unknown == ("refunds 0001_initial",)
    assert (found.owners, found.branch, found.tool) == (("pay",), "pay", "Django")


def test_main_is_named_where_its_branch_went_on(project, tree, server):
    search = tree("search")
    put_django(search)
    project.write("orders/migrations/0002_paid.py", "")
    server.tables["django_migrations"] = [FIRST, FOREIGN]
    (found,) = drift_of(search)
    assert (found.owners, found.branch) == (("main",), "main")


def test_what_a_branch_deleted_itself_it_knows(tree, server):
    search = tree("search")
    put_django(search, "0002_paid")
    git = Project(search.record.path).git
    for change in (("add", "."), ("rm", "--quiet", "orders/migrations/0002_paid.py")):
        git(*change)
        git("-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "--quiet", "-m", "Change")
    server.tables["django_migrations"] = [FIRST, FOREIGN]
    assert drift_of(search) == ()


def test_a_revision_is_found_in_the_text_of_a_file_that_is_called_otherwise(tree, server):
    search, pay = tree("search"), tree("pay")
    put(search, "alembic/versions/first.py", text='revision = "1a1a1a1a"\ndown_revision = None\n')
    put(pay, "alembic/versions/refund.py", text='revision = "9728d4a4"\ndown_revision = "1a1a1a1a"\n')
    server.tables["alembic_version"] = [("9728d4a4",)]
    (found,) = drift_of(search)
    assert found.unknown == ("revision 9728d4a4",)
    assert found.owners == ("pay",)


def test_a_version_of_rails_counts_where_another_worktree_has_it_and_a_gems_does_not(tree, server):
    search, pay = tree("search"), tree("pay")
    put(search, "db/migrate/20260101120000_create_orders.rb")
    put(pay, "db/migrate/20260801120000_add_paid.rb")
    server.tables["schema_migrations"] = [("20260101120000",), ("20260801120000",), ("20200101000000",)]
    (found,) = drift_of(search)
    assert found.unknown == ("20260801120000",)


def test_a_script_that_was_changed_since_it_was_applied_is_said(tree, told, server):
    search = tree("search")
    script = "prisma/migrations/20260101_init/migration.sql"
    put(search, "prisma/migrations/migration_lock.toml", script, text="CREATE TABLE orders;\n")
    checksum = hashlib.sha256(b"CREATE TABLE other;\n").hexdigest()
    server.tables["_prisma_migrations"] = [("20260101_init", checksum, "2026-01-01", "")]
    what = f"{HERE} has migrations whose files were changed since: 20260101_init"
    assert said(told, search) == [f"{what}; put the change into a new migration, {HELP}"]


def test_another_tool_is_looked_at_as_the_setting_describes_it(tree, server):
    search = tree("search")
    put(search, "db/steps/1_one.js", "db/steps/2_two.js")
    described = Described("app.Steps", "name", ("db/steps/*.js",))
    object.__setattr__(search.project.settings, "drift", described)
    server.tables['app"."Steps'] = [("1_one.js",), ("3_three.js",)]
    (found,) = drift_of(search)
    assert server.asked == ['SELECT "name" FROM "app"."Steps"']
    assert found.unknown == ("3_three.js",)
    assert found.pending == ("2_two.js",)


@pytest.mark.parametrize("down", [True, False])
def test_a_server_that_does_not_answer_and_a_table_that_is_not_there_say_nothing(tree, told, server, down):
    search = tree("search")
    put_django(search)
    server.down = down
    assert said(told, search) == []


def test_a_branch_without_migrations_asks_no_database(tree, server):
    assert drift_of(tree("search")) == ()
    assert server.asked == []


def test_a_database_of_the_worktrees_own_container_is_not_looked_at(tree, server):
    search = tree("search")
    put_django(search)
    server.tables["django_migrations"] = [FIRST, FOREIGN]
    search.wanted = {"db": "own"}
    assert drift_of(search) == ()


def test_doctor_names_the_worktrees_that_are_apart_and_counts_what_is_pending(shop, tree, server):
    search, pay = tree("search"), tree("pay")
    put_django(search)
    put_django(pay, "0002_paid", "0003_more")
    server.tables["django_migrations"] = [FIRST, FOREIGN]
    seen = look(shop)
    assert seen.summary == "2 worktrees compared, 1 with pending migrations"
    (trouble,) = seen.troubles
    finding = trouble.finding
    assert (finding.kind, finding.subject, trouble.repair) == ("drift", "search", None)
    assert "orders 0002_paid, from pay" in finding.what
    assert finding.fix.endswith(HELP)
