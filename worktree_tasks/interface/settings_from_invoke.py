"""Settings from Invoke's configuration levels, even when a project's own task calls ours."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING, Any

from invoke.collection import Collection

from ..configuration import setting_variables, settings
from ..configuration.hosts import with_on
from ..machine.remote_caller import caller
from .invoke_config import load_exported, mergeable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from invoke.config import Config
    from invoke.context import Context

    from ..configuration.settings import Settings

__all__ = ["configure", "hooks_of", "is_dry_run", "ns", "settings_for_others", "settings_of"]

# From strongest to weakest: https://docs.pyinvoke.org/en/stable/concepts/configuration.html#config-hierarchy
_LEVELS = ("modifications", "runtime", "env", "project", "user", "system", "overrides", "collection")
# Those whose values may have any shape.
_OF_FILES = ("runtime", "project", "user", "system", "collection")

# Settings that apply to this machine, or to this user's terminal.
_OF_HERE = ("hooks", "hosts", "main", "on", "plain")


# The package's own collection; what projects configure on it also counts where their own tasks call ours.
ns = Collection("wt")
# The settings of one of our collections, as a project may make several. Neither they nor the defaults have
# the key `wt`: Invoke ends with a traceback where it cannot merge a file with them, such as an empty `wt:`.
_OF_COLLECTION = "wt_collection"


def configure(made: Collection, given: Mapping[str, Any]) -> None:
    """Give a collection of our tasks the settings of a project.

    Args:
        made: The collection.
        given: The settings.
    """
    made.configure({_OF_COLLECTION: tuple(given.items())})
    # A project's own task that calls ours is not in `made`; it finds the settings in our collection.
    ns.configure({"wt": dict(given)})


def settings_of(c: Context, collection: Collection) -> Settings:
    """Read our settings for a context.

    Invoke hands a collection's defaults to that collection's tasks only. A project's own task that calls ours
    has a context without them, and without what the shell exports for them, so both are loaded here.

    Args:
        c: The context of the running task.
        collection: Ours, with what the project configured on it.

    Raises:
        BadUse: A value cannot be used; the message names key, value and source.
    """
    return _read(c.config.clone(), collection)


def settings_for_others(c: Context, collection: Collection) -> dict[str, Any]:
    """Return the settings that differ from the defaults and also apply on other machines.

    Args:
        c: The context of the running task.
        collection: Ours, with what the project configured on it.
    """
    given = _all_levels(c.config.clone(), collection)
    changed = {
        key: value
        for key, value in given.items()
        if key not in _OF_HERE and key in settings.DEFAULTS and value != settings.DEFAULTS[key]
    }
    # Forwards reach pages on 127.0.0.1 there, and a tracked file has this machine's address there too.
    return {**changed, "bind": settings.DEFAULTS["bind"]} if "bind" in changed else changed


def is_dry_run(c: Context) -> bool:
    """Return whether Invoke runs dry: `--dry`, the setting `run.dry` or INVOKE_RUN_DRY."""
    config = c.config.clone()
    load_exported(config)
    return bool(config.run.dry)


def hooks_of(c: Context, collection: Collection, main: Path) -> dict[str, tuple[Any, ...]]:
    """Read the hooks for a context, functions with the context bound to them.

    If Invoke read a worktree's configuration file, the main checkout's is used instead: a branch must not
    decide which commands run.

    Args:
        c: The context of the running task.
        collection: Ours, with what the project configured on it.
        main: The main checkout.

    Raises:
        BadUse: A value cannot be used; the message names key, value and source.
    """
    config = c.config.clone()
    config.set_project_location(main)
    config.load_project()
    found = _read(config, collection).hooks
    return {
        moment: tuple(partial(one, c) if callable(one) else one for one in hooks)
        for moment, hooks in found.items()
    }


def _all_levels(config: Config, collection: Collection) -> dict[str, Any]:
    of_made = config.get(_OF_COLLECTION)
    ours = dict(of_made) if of_made is not None else collection.configuration().get("wt") or {}
    _make_mergeable(config)
    config.load_defaults({"wt": settings.with_defaults(_plain(ours))}, merge=False)
    load_exported(config)
    texts = setting_variables.exported(os.environ, _plain(config.get("wt") or {}))
    config._set(_env={**config._env, "wt": texts})  # noqa: SLF001 - as Invoke does
    config.merge()
    given: dict[str, Any] = _plain(config.get("wt") or {})
    elsewhere = caller()
    return {**given, **elsewhere.settings} if elsewhere else given


def _make_mergeable(config: Any) -> None:  # noqa: ANN401 - changed by its levels' names
    """Change what Invoke has read into what it can merge with our defaults.

    Raises:
        BadUse: A value is no mapping but has to be one, or the reverse.
    """
    for level in _OF_FILES:
        found = getattr(config, f"_{level}", None) or {}
        if "wt" in found:
            ours = {"wt": with_on(found["wt"]) if isinstance(found["wt"], dict) else found["wt"]}
            source = str(getattr(config, f"_{level}_path", None) or _words(level))
            made = mergeable(ours, {"wt": settings.DEFAULTS}, source)
            config._set(**{f"_{level}": {**found, **made, "wt": made.get("wt", {})}})  # noqa: SLF001 - as Invoke does


def _read(config: Config, collection: Collection) -> Settings:
    given = _all_levels(config, collection)
    setting_variables.refuse_ignored(os.environ, given)
    return settings.parse(settings.with_defaults(given), lambda key: _source(config, key))


def _plain(value: Any) -> Any:  # noqa: ANN401 - a configuration value
    return {key: _plain(value[key]) for key in value.keys()} if hasattr(value, "keys") else value  # noqa: SIM118 - Invoke's proxy iterates differently


def _source(config: Any, key: str) -> str:  # noqa: ANN401 - read by its levels' names
    variable = f"environment variable {setting_variables.variable(key)}"
    for level in _LEVELS:
        if _holds(getattr(config, f"_{level}", None) or {}, key):
            path = getattr(config, f"_{level}_path", None)
            return str(path) if path else variable if level == "env" else _words(level)
    return _words("collection")


def _words(level: str) -> str:
    """Return how messages name a level without a file."""
    return "ns.configure in tasks.py" if level == "collection" else level


def _holds(values: Mapping[str, Any], key: str) -> bool:
    found: Any = values.get("wt")
    for part in key.split("."):
        if not hasattr(found, "keys") or part not in found:
            return False
        found = found[part]
    return True
