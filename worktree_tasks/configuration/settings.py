"""The settings of a project with their defaults, read from Invoke's configuration levels."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any

from ..quick_dataclasses import as_dict, dataclass, field
from .setting_mappings import Reader

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .drift.custom_tool import Described
    from .hosts import Host

__all__ = ["DEFAULTS", "MODES", "Settings", "parse", "with_defaults"]

# Which databases a worktree uses.
MODES = ("shared", "clone", "empty")
_OF_SERVICES = ("own", "shared")


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of a project. `inv table` writes the table in `docs/configuration.md` from these words.

    Attributes:
        root: Where worktrees are made, relative to the main checkout; `{project}` is filled in.
        main: The main checkout, for bare repositories, relative to the git directory or to the one around it.
        host: The host name of every URL; `{slug}` and `{project}` are filled in.
        base: The branch that new ones start from and finished ones are merged into (default: the default
            branch).
        compose: Compose files, like `docker compose -f`, relative to the main checkout; those that a branch
            lacks are left out (default: as Compose finds them; else the one that git tracks in a folder).
        env_files: Files that Compose takes values from, like `docker compose --env-file` (default: the
            `.env`, or the shell's `COMPOSE_ENV_FILES`).
        profiles: Active profiles, like `docker compose --profile` (default: `COMPOSE_PROFILES` in the
            `.env`).
        own: Which services run in each worktree (default: by rule, see `wt.plan`).
        shared: Which services run once, in main (default: by rule, see `wt.plan`).
        files: Further ignored files to copy, as gitignore patterns; `.worktreeinclude` in the repository does
            the same.
        env: Values for the worktree's `.env`, by key; `{slug}`, `{slot}`, `{project}`, `{branch}`,
            `{url.web}` and `{port.web}` are filled in.
        brokers: Further keys whose URL is a message broker's, besides those that workers are known to use.
        queues: `own` gives each worktree its own message brokers, empty, instead of a place on main's.
        schedulers: The job schedulers that start in worktrees too.
        bind: The address that worktrees publish ports on.
        network: `project` puts all worktrees into one network, in which they see each other as
            `SERVICE-NAME`, and a plain name such as `web` leads to any of theirs.
        subnets: The range of addresses from which each network gets a /26.
        database: What worktrees get without `--database`: `shared`, `clone` or `empty`.
        databases: Further databases of shared servers that own services use, as `name` or `service/name`.
        redis: `shared` keeps main's Redis databases for a worktree that has its own database.
        template_max_age: Seconds after which `clone` says how old its data is.
        migrate: The command that migrates a worktree's own database, such as `{service: web, command: "python
            manage.py migrate"}` (default: by the project's files, for an empty database or one that the
            branch is ahead of).
        drift: Where another tool keeps its migrations: `table`, `column` and `files` (default: the tools that
            we know).
        ready: By service, the port in its container that has to answer, such as `{web: 8000}`; `no` for a
            service that is ready as soon as it runs (default: by health check, else by the first port that
            serves pages).
        wait: Seconds that a stack has to become ready.
        fetch: Whether `wt.new` fetches from the remote first, as `--fetch` does (default: no).
        git_in_containers: `ro` lets git read in the containers of services that mount the worktree, `rw` lets
            it commit, `no` allows neither (default: `ro` where the image has git).
        clean_min_age: The age in seconds from which `wt.clean` removes a worktree; 0 for any.
        trash_days: Days that restore points and databases in the trash are kept; only `wt.clean` deletes
            older ones, once it has found them too old twice, a day apart; the newest restore point of each
            worktree stays.
        trash_max_bytes: The most bytes of ignored files that a restore point holds; what does not fit is
            named, not dropped silently.
        copy_max_bytes: The most bytes of a folder such as `node_modules` that is copied into a worktree,
            where the file system cannot share blocks.
        on: The machine that tasks run on, as `--on` says (default: this one).
        hosts: Other machines by name, such as `{box: {ssh: me@10.0.0.5, path: ~/code/shop, python:
            python3.12}}` (default: what `ssh` knows).
        plain: Whether a terminal shows no colours and no animation, and lists as plain lines, for screen
            readers; for one call, pass `--plain` to the program (default: no).
        hooks: Commands or functions, by when they run: `after_new`, `before_start`, `before_remove`.
    """

    root: str = "../{project}.worktrees"
    main: str | None = None
    host: str = "localhost"
    base: str | None = None
    compose: tuple[str, ...] = ()
    env_files: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    brokers: tuple[str, ...] = ()
    queues: str = "shared"
    schedulers: tuple[str, ...] = ()
    bind: str = "127.0.0.1"
    network: str = "worktree"
    subnets: ipaddress.IPv4Network = field(default_factory=lambda: ipaddress.IPv4Network("10.213.0.0/16"))
    database: str = "shared"
    databases: tuple[str, ...] = ()
    redis: str = "own"
    template_max_age: float = 86400
    migrate: Mapping[str, str] = field(default_factory=dict)
    drift: Described | None = None
    ready: Mapping[str, int] = field(default_factory=dict)
    wait: float = 60
    fetch: bool = False
    git_in_containers: str | None = None
    clean_min_age: float = 3600
    trash_days: float = 30
    trash_max_bytes: int = 100 << 20
    copy_max_bytes: int = 1 << 30
    on: str | None = None
    hosts: Mapping[str, Host] = field(default_factory=dict)
    plain: bool = False
    hooks: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)


def _defaults() -> dict[str, Any]:
    """Return the defaults in the form of Invoke's configuration: texts, mappings, or None.

    Invoke reads INVOKE_WT_… only for keys that it knows, and casts values to the type of the default. None
    and text leave parsing, and errors that name key and source, to `parse`.
    """
    found: dict[str, Any] = {}
    for name, value in as_dict(Settings()).items():
        level = found.setdefault("services", {}) if name in _OF_SERVICES else found
        level[name] = {} if name == "drift" or isinstance(value, dict) else str(value) if value else None
    return found


DEFAULTS = _defaults()


def with_defaults(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the `wt` part of a configuration with the defaults for what it does not set."""
    values = {**DEFAULTS, **given}
    if isinstance(given.get("services"), dict):
        values["services"] = {**DEFAULTS["services"], **given["services"]}
    return values


def parse(values: Mapping[str, Any], source: Callable[[str], str]) -> Settings:
    """Read settings from the merged `wt` configuration.

    Args:
        values: The `wt` part of Invoke's configuration.
        source: Returns where a key's value comes from, for errors; called only for bad ones.

    Raises:
        BadUse: A key is unknown, or its value cannot be used; the message names key, value and source.
    """
    reader = Reader(values, DEFAULTS, source)
    reader.refuse_unknown(values, DEFAULTS, "")
    services = values.get("services") or {}
    if hasattr(services, "keys"):
        reader.refuse_unknown(services, DEFAULTS["services"], "services.")
    else:
        raise reader.bad("services", services, "write services.own and services.shared")
    own, shared = (reader.names(f"services.{key}", services.get(key)) for key in _OF_SERVICES)
    for name in own:
        if name in shared:
            raise reader.bad("services.own", name, "it is in services.shared too; keep it in one of them")
    return Settings(
        root=reader.template("root", {"project"}),
        main=reader.text("main"),
        host=reader.host("host"),
        base=reader.text("base"),
        compose=reader.names("compose", values.get("compose")),
        env_files=reader.names("env_files", values.get("env_files")),
        profiles=reader.names("profiles", values.get("profiles")),
        own=own,
        shared=shared,
        files=reader.names("files", values.get("files")),
        env=reader.templates("env"),
        brokers=reader.names("brokers", values.get("brokers")),
        queues=reader.one_of("queues", ("shared", "own")),
        schedulers=reader.names("schedulers", values.get("schedulers")),
        bind=reader.address("bind"),
        network=reader.one_of("network", ("worktree", "project")),
        subnets=reader.subnets("subnets"),
        database=reader.one_of("database", MODES),
        databases=reader.names("databases", values.get("databases")),
        redis=reader.one_of("redis", ("own", "shared")),
        template_max_age=reader.amount("template_max_age", "seconds"),
        migrate=reader.fields("migrate", ("service", "command")),
        drift=reader.described("drift"),
        ready=reader.ports("ready"),
        wait=reader.amount("wait", "seconds"),
        fetch=reader.flag("fetch"),
        git_in_containers=reader.maybe_one_of("git_in_containers", ("ro", "rw", "no")),
        clean_min_age=reader.amount("clean_min_age", "seconds"),
        trash_days=reader.amount("trash_days", "days"),
        trash_max_bytes=int(reader.amount("trash_max_bytes", "bytes")),
        copy_max_bytes=int(reader.amount("copy_max_bytes", "bytes")),
        on=reader.text("on"),
        hosts=reader.hosts("hosts"),
        plain=reader.flag("plain"),
        hooks=reader.hooks("hooks"),
    )
