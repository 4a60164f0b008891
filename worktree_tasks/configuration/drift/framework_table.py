"""The tools whose migrations are known, in the order in which they are looked for."""

from __future__ import annotations

from .alembic import ALEMBIC
from .django import DJANGO
from .flyway import FLYWAY
from .laravel import LARAVEL
from .prisma import PRISMA
from .rails import RAILS

__all__ = ["FRAMEWORKS"]

FRAMEWORKS = (DJANGO, ALEMBIC, RAILS, LARAVEL, PRISMA, FLYWAY)
