"""The shared databases; PostgreSQL is queried inside its own container, as its initial user."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...configuration.compose.service_roles import shared

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ...configuration.compose.service_roles import Service
    from .project import Project

__all__ = ["ask_postgres", "postgres_services", "psql_argv", "sql_services"]

_SECONDS = 2
_SQL = frozenset({"azure-sql-edge", "mssql", "mssql-server", "mysql", "postgres", "tidb"})


def postgres_services(project: Project) -> tuple[str, ...]:
    """Return the shared services that are PostgreSQL servers."""
    return tuple(one.name for one in shared(project.services) if one.kind == "postgres")


def sql_services(services: Iterable[Service]) -> tuple[Service, ...]:
    """Return the shared services that are SQL servers, whose databases frameworks migrate."""
    return tuple(one for one in shared(services) if one.kind in _SQL)


def psql_argv(user: str, database: str, query: str) -> list[str]:
    """Return the command for a query in the server's container, in bounded time and without a password."""
    return [
        "env",
        f"PGCONNECT_TIMEOUT={_SECONDS}",
        f"PGOPTIONS=-c statement_timeout={_SECONDS * 1000} -c default_transaction_read_only=on",
        *("psql", "--no-password", "--no-psqlrc", "-At", "-U", user, "-d", database, "-c", query),
    ]


def ask_postgres(project: Project, service: str, query: str) -> str | None:
    """Return a shared PostgreSQL's answer to a query; None if it is down or denies access."""
    given = project.model.services[service].environment
    user = given.get("POSTGRES_USER") or "postgres"
    database = given.get("POSTGRES_DB") or user
    return project.runtime.exec_shared(project, service, psql_argv(user, database, query))
