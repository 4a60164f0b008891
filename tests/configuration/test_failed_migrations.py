"""What a failed migration's last lines tell of a database that is ahead of its branch.

The lines have the form in which each framework, with each of its database drivers, prints them.
"""

from __future__ import annotations

import pytest

from worktree_tasks.configuration.failed_migrations import (
    Ahead,
    ahead_hint,
    ahead_words,
    recognize_ahead,
)

ALEMBIC = """\
INFO  [alembic.runtime.migration] Context impl PostgresqlImpl.
INFO  [alembic.runtime.migration] Will assume transactional DDL.
ERROR [alembic.util.messaging] Can't locate revision identified by '9728d4a4062e'
  FAILED: Can't locate revision identified by '9728d4a4062e'
"""
ALEMBIC_AT_STARTUP = """\
  File "/app/.venv/lib/python3.11/site-packages/alembic/script/base.py", line 283, in _catch_revision_errors
    raise util.CommandError(resolution) from re
alembic.util.exc.CommandError: Can't locate revision identified by 'bc804d8e7a18'
[2026-07-24 03:11:41 +0000] [31] [ERROR] Application startup failed. Exiting.
[2026-07-24 03:11:41 +0000] [31] [INFO] Worker exiting (pid: 31)
"""
ALEMBIC_TABLE = """\
INFO  [alembic.runtime.migration] Running upgrade 1a2b -> 3c4d, add refunds
sqlalchemy.exc.ProgrammingError: (psycopg2.errors.DuplicateTable) relation "refunds" already exists

[SQL:
CREATE TABLE refunds (
	id SERIAL NOT NULL
)
]
(Background on this error at: https://sqlalche.me/e/20/f405)
"""
ALEMBIC_ASYNCPG = """\
sqlalchemy.exc.ProgrammingError: (sqlalchemy.dialects.postgresql.asyncpg.ProgrammingError) <class \
'asyncpg.exceptions.DuplicateColumnError'>: column "paid" of relation "orders" already exists
"""
ALEMBIC_MYSQL = """\
sqlalchemy.exc.OperationalError: (pymysql.err.OperationalError) (1060, "Duplicate column name 'paid'")
"""
DJANGO_TABLE = """\
  Applying orders.0003_refund...Traceback (most recent call last):
  File "/usr/local/lib/python3.11/site-packages/django/db/backends/utils.py", line 89, in _execute
    return self.cursor.execute(sql, params)
psycopg.errors.DuplicateTable: relation "orders_refund" already exists

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/code/manage.py", line 22, in <module>
    main()
django.db.utils.ProgrammingError: relation "orders_refund" already exists
"""
DJANGO_COLUMN = (
    'django.db.utils.ProgrammingError: column "customer_id" of relation "orders_order" already exists\n'
)
DJANGO_MYSQL = "django.db.utils.OperationalError: (1050, \"Table 'orders_refund' already exists\")\n"
DJANGO_HISTORY = """\
    raise InconsistentMigrationHistory(
django.db.migrations.exceptions.InconsistentMigrationHistory: Migration invoice.0001_initial is applied \
before its dependency order.0085_delete_invoice on database 'default'.
"""
RAILS = """\
rails aborted!
StandardError: An error has occurred, this and all later migrations canceled: (StandardError)

PG::DuplicateColumn: ERROR:  column "paid_at" of relation "orders" already exists
/rails/db/migrate/20260925112219_add_paid_at_to_orders.rb:3:in 'AddPaidAtToOrders#change'

Caused by:
ActiveRecord::StatementInvalid: PG::DuplicateColumn: ERROR:  column "paid_at" of relation "orders" already \
exists (ActiveRecord::StatementInvalid)
/rails/db/migrate/20260925112219_add_paid_at_to_orders.rb:3:in 'AddPaidAtToOrders#change'

Tasks: TOP => db:prepare
(See full trace by running task with --trace)
"""
RAILS_MYSQL = "Mysql2::Error: Table 'refunds' already exists\n"
RAILS_VERSION = """\
rails aborted!
ActiveRecord::UnknownMigrationVersionError:

No migration with version number 20260925112219.
"""
LARAVEL = """\
  2026_03_16_000000_create_refunds_table ............................ 12.30ms FAIL

   Illuminate\\Database\\QueryException

  SQLSTATE[42S01]: Base table or view already exists: 1050 Table 'refunds' already exists \
(Connection: mysql, SQL: create table `refunds` (`id` bigint unsigned not null))

  at vendor/laravel/framework/src/Illuminate/Database/Connection.php:829
    825▕                     $this->getName(), $query, $this->prepareBindings($bindings), $e
"""
LARAVEL_POSTGRES = (
    'SQLSTATE[42701]: Duplicate column: 7 ERROR:  column "paid_at" of relation "orders" already exists'
    ' (SQL: alter table "orders" add column "paid_at" timestamp(0) null)\n'
)
PRISMA = """\
4 migrations found in prisma/migrations

Applying migration `20260302000000_add_refund`
Error: P3018

A migration failed to apply. New migrations cannot be applied before the error is recovered from.

Migration name: 20260302000000_add_refund

Database error code: 42P07

Database error:
ERROR: relation "Refund" already exists

DbError { severity: "ERROR", parsed_severity: Some(Error), code: SqlState(E42P07), message: "relation \
\\"Refund\\" already exists", detail: None, routine: Some("heap_create_with_catalog") }
"""
PRISMA_DEVELOPMENT = """\
- Drift detected: Your database schema is not in sync with your migration history.

- The following migration(s) are applied to the database but missing from the local migrations directory: \
20260802174846_refund

We need to reset the "public" schema at "db:5432"
"""
PRISMA_STATUS = """\
The migrations from the database are not found locally in prisma/migrations:
20260802174846_refund
"""
PRISMA_FAILED = """\
Error: P3009

migrate found failed migrations in the target database, new migrations will not be applied.
The `20260802174846_refund` migration started at 2026-08-02 17:48:50.534 UTC failed
"""
KNEX = """\
Error: The migration directory is corrupt, the following files are missing: 20260802174846_refund.js
    at validateMigrationList (/app/node_modules/knex/lib/migrations/migrate/Migrator.js:597:11)
"""


@pytest.mark.parametrize(
    ("said", "what", "migration"),
    [
        (ALEMBIC, "Alembic revision 9728d4a4062e", "9728d4a4062e"),
        (ALEMBIC_AT_STARTUP, "Alembic revision bc804d8e7a18", "bc804d8e7a18"),
        (RAILS_VERSION, "Rails migration 20260925112219", "20260925112219"),
        (PRISMA_DEVELOPMENT, "Prisma migration 20260802174846_refund", "20260802174846_refund"),
        (PRISMA_STATUS, "Prisma migration 20260802174846_refund", "20260802174846_refund"),
        (KNEX, "Knex migration 20260802174846_refund", "20260802174846_refund"),
    ],
)
def test_a_migration_that_the_branch_has_no_file_for_is_named(said, what, migration):
    assert recognize_ahead(said.splitlines()) == Ahead(what, migration)


@pytest.mark.parametrize(
    ("said", "what", "made"),
    [
        (ALEMBIC_TABLE, "refunds already", ("refunds",)),
        (ALEMBIC_ASYNCPG, "a column paid of orders already", ("paid",)),
        (ALEMBIC_MYSQL, "a column paid already", ("paid",)),
        (DJANGO_TABLE, "orders_refund already", ("orders_refund", "refund")),
        (DJANGO_COLUMN, "a column customer_id of orders_order already", ("customer_id", "customer")),
        (DJANGO_MYSQL, "orders_refund already", ("orders_refund", "refund")),
        (RAILS, "a column paid_at of orders already", ("paid_at",)),
        (RAILS_MYSQL, "refunds already", ("refunds",)),
        (LARAVEL, "refunds already", ("refunds",)),
        (LARAVEL_POSTGRES, "a column paid_at of orders already", ("paid_at",)),
        (PRISMA, "Refund already", ("Refund",)),
    ],
)
def test_what_a_migration_makes_and_the_database_has_is_named(said, what, made):
    assert recognize_ahead(said.splitlines()) == Ahead(what, made=made)


def test_a_history_out_of_order_names_both_migrations():
    ahead = recognize_ahead(DJANGO_HISTORY.splitlines())
    assert ahead is not None
    assert "invoice.0001_initial without order.0085_delete_invoice" in ahead.what


def test_a_migration_that_failed_in_the_database_tells_only_where_another_branch_has_it():
    ahead = recognize_ahead(PRISMA_FAILED.splitlines())
    assert ahead is not None
    assert (ahead.migration, ahead.sure) == ("20260802174846_refund", False)


@pytest.mark.parametrize(
    "said",
    [
        "",
        "ModuleNotFoundError: No module named 'django'",
        # Behind, not ahead.
        'django.db.utils.ProgrammingError: relation "orders_refund" does not exist',
        "ActiveRecord::PendingMigrationError: Migrations are pending. To resolve this issue, run:",
        # The database's own words about what no migration makes.
        'ERROR:  database "shop" already exists',
        'FATAL:  role "shop" does not exist',
        "mkdir: cannot create directory 'x': File exists",
    ],
)
def test_other_failures_tell_nothing_of_it(said):
    assert recognize_ahead(said.splitlines()) is None


def test_the_last_failure_counts():
    ahead = recognize_ahead([*RAILS_MYSQL.splitlines(), *ALEMBIC.splitlines()])
    assert ahead is not None
    assert ahead.migration == "9728d4a4062e"


def test_one_line_names_the_database_and_who_did_it():
    ahead = Ahead("Alembic revision 1a2b", "1a2b")
    alone = ahead_words(ahead, ["db"], [])
    assert alone == "the shared database in db has Alembic revision 1a2b, which this branch does not know"
    told = ahead_words(ahead, ["db", "reports"], [("pay", "versions/1a2b_pay.py")])
    assert told.startswith("the shared database in db or reports has ")
    assert told.endswith(", which this branch does not know; it comes from pay's versions/1a2b_pay.py")


def test_the_hint_takes_the_branch_or_a_database_of_its_own():
    assert ahead_hint("search", "search", ["db"], "pay") == (
        "`git rebase pay` in the worktree, then wt.start search; or, for a database of its own,"
        " wt.database search --mode clone, then wt.start search"
    )
    assert ahead_hint("search", "fix/it", ["db"], "pay", copied=False).endswith(
        "wt.remove search --keep-branch, then wt.new fix/it --own db"
    )
    assert ahead_hint("search", "search", ["db"], None).startswith("undo the migration there; or")
    assert ahead_hint(None, "", ["db"], "pay") == "`git merge pay` in main, or undo its migration"
