"""The command that migrates a database, by the files that a branch has."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["MIGRATORS", "migrator"]

# By the file that identifies a tool: https://docs.djangoproject.com/en/stable/ref/django-admin/#migrate,
# https://alembic.sqlalchemy.org/en/latest/tutorial.html, https://guides.rubyonrails.org/command_line.html,
# https://laravel.com/docs/migrations, https://www.prisma.io/docs/orm/reference/prisma-cli-reference
MIGRATORS = {
    "manage.py": "python manage.py migrate --noinput",
    "alembic.ini": "alembic upgrade head",
    "bin/rails": "bin/rails db:migrate",
    "artisan": "php artisan migrate --force",
    "prisma/schema.prisma": "npx prisma migrate deploy",
}


def migrator(paths: Collection[str]) -> str | None:
    """Return the command that migrates, to be run in a service; None if no known tool is used."""
    return next((command for file, command in MIGRATORS.items() if file in paths), None)
