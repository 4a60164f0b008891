"""Which of our environment variables are inherited by the programs that we start.

Hooks, `git rebase --exec` and people export variables that point git or Compose at another repository or
project. Git and Compose therefore get only those of their variables that are known to be harmless, so that
unknown new ones have no effect. A project's hooks may be any program: they get everything except those that
are known to redirect.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["for_hooks", "for_programs"]

_HARMLESS = (
    # How git is configured, but not `GIT_CONFIG`, the one file that `git config` would read:
    # https://git-scm.com/docs/git-config#ENVIRONMENT
    "GIT_CONFIG_*", "GIT_ATTR_NOSYSTEM", "GIT_EXEC_PATH",
    # Where it stops to look for a repository: https://git-scm.com/docs/git#_environment_variables
    "GIT_CEILING_DIRECTORIES", "GIT_DISCOVERY_ACROSS_FILESYSTEM",
    # How it connects to remotes (the same page), and how it gets credentials: https://git-scm.com/docs/gitcredentials
    "GIT_SSH", "GIT_SSH_*", "GIT_SSL_*", "GIT_HTTP_*", "GIT_PROXY_*", "GIT_ALLOW_PROTOCOL",
    "GIT_PROTOCOL_FROM_USER", "GIT_NO_LAZY_FETCH", "GIT_ASKPASS", "GIT_TERMINAL_PROMPT",
    # Not variables of git itself, but ones that credential helpers in people's configuration often read.
    "GIT_TOKEN", "GIT_USER", "GIT_USERNAME", "GIT_PASSWORD",
    # Author and committer: https://git-scm.com/docs/git-commit#_commit_information
    "GIT_AUTHOR_*", "GIT_COMMITTER_*",
    # Its filters: https://github.com/git-lfs/git-lfs/blob/main/docs/man/git-lfs-config.adoc
    "GIT_LFS_*",
    # Tracing: https://git-scm.com/docs/git#_git_trace
    "GIT_TRACE*", "GIT_CURL_VERBOSE",
    # How Compose works internally; variables that change its output or remove containers are left out:
    # https://docs.docker.com/compose/how-tos/environment-variables/envvars/
    "COMPOSE_PARALLEL_LIMIT", "COMPOSE_BAKE", "COMPOSE_EXPERIMENTAL", "COMPOSE_HTTP_TIMEOUT",
    "COMPOSE_DOCKER_CLI_BUILD", "COMPOSE_CONVERT_WINDOWS_PATHS", "COMPOSE_IGNORE_ORPHANS",
)  # fmt: skip
# A trace that goes there would be in what git answers.
_STDOUT = ("/dev/stdout", "/dev/fd/1", "/proc/self/fd/1")
_AIMING = (
    # Listed by `git rev-parse --local-env-vars`, without those for configuration, which are no locations.
    "GIT_DIR", "GIT_WORK_TREE", "GIT_IMPLICIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE", "GIT_PREFIX",
    "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_SHALLOW_FILE", "GIT_GRAFT_FILE",
    "GIT_NO_REPLACE_OBJECTS", "GIT_REPLACE_REF_BASE", "GIT_CONFIG", "GIT_INTERNAL_*",
    # Further locations, which it leaves out because submodules share them or only a server sets them.
    "GIT_NAMESPACE", "GIT_QUARANTINE_PATH", "GIT_ATTR_SOURCE", "GIT_REF_STORAGE*", "GIT_REFERENCE_BACKEND",
    # The project, its files, names and values.
    "COMPOSE_PROJECT_NAME", "COMPOSE_PROJECT_DIRECTORY", "COMPOSE_FILE", "COMPOSE_PATH_SEPARATOR",
    "COMPOSE_PROFILES", "COMPOSE_ENV_FILES", "COMPOSE_DISABLE_ENV_FILE", "COMPOSE_COMPATIBILITY",
)  # fmt: skip
# Configuration with the location of a repository, as for `git -c`.
_AIMING_SETTING = re.compile(r"core\.(worktree|bare)\b", re.IGNORECASE)
_UNUSED_SETTING = "worktree-tasks.unused"
_PARAMETERS = "GIT_CONFIG_PARAMETERS"


def for_programs(variables: Mapping[str, str]) -> dict[str, str]:
    """Return what git, Compose and our other programs inherit."""
    kept = _without_locations(variables)
    for key in [one for one in kept if one.startswith(("GIT_", "COMPOSE_"))]:
        if not _matches(key, _HARMLESS) or (key.startswith("GIT_TRACE") and kept[key] in _STDOUT):
            del kept[key]
    return kept


def for_hooks(variables: Mapping[str, str]) -> dict[str, str]:
    """Return what a project's hooks inherit."""
    kept = _without_locations(variables)
    return {key: value for key, value in kept.items() if not _matches(key, _AIMING)}


def _without_locations(variables: Mapping[str, str]) -> dict[str, str]:
    """Return the variables, without git settings that contain the location of a repository."""
    kept = dict(variables)
    for key in [one for one in kept if one.startswith(("GIT_CONFIG_KEY_", _PARAMETERS))]:
        if not _AIMING_SETTING.search(kept[key]):
            continue
        if key == _PARAMETERS:
            del kept[key]
        else:
            # Git expects every number up to the count, so none may be missing.
            kept[key] = _UNUSED_SETTING
    return kept


def _matches(key: str, patterns: tuple[str, ...]) -> bool:
    return key in patterns or key.startswith(tuple(one[:-1] for one in patterns if one.endswith("*")))
