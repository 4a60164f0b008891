"""Signs of workers and schedulers: in a command, in a program's text, in a name."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from ...printable import shortened
from .job_duties import Duties, Duty
from .job_tools import CRON, GENERIC, TOOLS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = ["in_command", "in_names", "in_packages", "in_source"]

_SERVES = re.compile(
    r"(?:gunicorn|uvicorn|daphne|hypercorn|granian|waitress-serve|uwsgi|puma|unicorn|thin|passenger|php-fpm\S*"
    r"|nginx|apache2\S*|httpd|caddy|vite|next|nuxt|ng|serve|http-server|streamlit|jupyter\S*|flower)(?= |\Z)"
    r"|flask (?:.* )?run\b|fastapi (?:dev|run)\b|\S*manage\.py runserver\S*|rails s(?:erver)?\b"
    r"|celery (?:.* )?flower\b|\S*artisan (?:serve|octane:\S+)|php -S\b|mix phx\.server\b"
    r"|airflow (?:webserver|api-server)\b|wrangler (?:pages )?dev\b"
)
_MODULE = re.compile(r"(\w+)\.__main__\.main")
# Programs that run the command in their arguments.
_STARTERS = frozenset({"busybox", "dumb-init", "exec", "gosu", "service", "su-exec", "sudo", "tini"})
_WORDS_OF_WORKERS = frozenset({
    "arq", "bull", "bullmq", "celeryd", "celeryworker", "consumer", "consumers", "dramatiq", "horizon",
    "huey", "queue", "resque", "rq", "rqworker", "sidekiq", "worker", "workers",
})  # fmt: skip
_WORDS_OF_SCHEDULERS = frozenset({
    "beat", "celerybeat", "clock", "clockwork", "cron", "crond", "cronjob", "cronjobs", "crontab",
    "rqscheduler", "scheduler", "schedulers",
})  # fmt: skip
_SHOWN = 60


def in_command(words: Sequence[str], through: tuple[str, ...]) -> Duties | None:
    """Return the duties that a command itself shows; None if only what it runs may show them."""
    plain = [_MODULE.sub(r"\1", word) for word in words]
    for at, word in enumerate(plain):
        rest = " ".join(plain[at + 1 :])
        base = posixpath.basename(word)
        lines = {f"{one} {rest}".rstrip() for one in (base, word.removeprefix("./"))}
        workers = [tool for tool in TOOLS if any(map(tool.works, lines))]
        starts = at == 0 or posixpath.basename(plain[0]) in _STARTERS
        planners = [tool for tool in (*TOOLS, *((CRON,) if starts else ())) if any(map(tool.plans, lines))]
        serves = any(map(_SERVES.match, lines))
        if workers or planners or serves:
            what = shortened(" ".join(plain[at:]), _SHOWN)
            both = set(workers) & set(planners)
            duties = {tool: Duty(tool, what, through, both=tool in both) for tool in {*workers, *planners}}
            return Duties(
                tuple(duties[one] for one in workers), tuple(duties[one] for one in planners), serves=serves
            )
    return None


def in_source(text: str, through: tuple[str, ...]) -> Iterator[Duties]:
    """Yield what a program does, by the libraries in its text."""
    name = posixpath.basename(through[-1])
    for tool in TOOLS:
        if tool.library and re.search(tool.library, text):
            yield Duties(workers=(Duty(tool, name, through[:-1]),))
        if tool.planner and re.search(tool.planner, text):
            yield Duties(schedulers=(Duty(tool, name, through[:-1]),))


def in_packages(names: Iterable[str], manifest: str) -> Iterator[Duties]:
    """Yield what a program may do, by the packages that its manifest requires."""
    for name in names:
        for tool in TOOLS:
            if tool.library and re.search(tool.library, f'import "{name}"'):
                yield Duties(workers=(Duty(tool, name, (manifest,), named=True),))


def in_names(names: Iterable[str]) -> Duties:
    """Return what a service does, by its name and the names of its programs."""
    for name in map(posixpath.basename, names):
        words = {*re.split(r"[^a-z0-9]+", posixpath.splitext(name)[0].lower())}
        duty = Duty(GENERIC, name, named=True)
        if words & _WORDS_OF_SCHEDULERS:
            return Duties(schedulers=(duty,))
        if words & _WORDS_OF_WORKERS:
            return Duties(workers=(duty,))
    return Duties()
