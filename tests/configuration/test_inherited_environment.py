from __future__ import annotations

import subprocess

import pytest

from worktree_tasks.configuration.inherited_environment import for_hooks, for_programs

HARMLESS = (
    "GIT_CONFIG_COUNT", "GIT_CONFIG_KEY_0", "GIT_CONFIG_VALUE_0", "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_PARAMETERS", "GIT_ASKPASS", "GIT_SSH", "GIT_SSH_COMMAND", "GIT_SSL_NO_VERIFY",
    "GIT_PROXY_COMMAND", "GIT_EXEC_PATH",
    "GIT_AUTHOR_NAME", "GIT_COMMITTER_EMAIL", "GIT_TRACE", "GIT_TRACE2_EVENT", "GIT_LFS_SKIP_SMUDGE",
    "GIT_TERMINAL_PROMPT", "COMPOSE_PARALLEL_LIMIT", "COMPOSE_BAKE",
)  # fmt: skip
# Ways to configure git, of which only what says where a repository is must go.
CONFIGURING = {"GIT_CONFIG_COUNT", "GIT_CONFIG_PARAMETERS"}


def local_to_a_repository() -> set[str]:
    argv = ["git", "rev-parse", "--local-env-vars"]
    return set(subprocess.run(argv, capture_output=True, text=True, check=True).stdout.split()) - CONFIGURING


@pytest.mark.parametrize("choose", [for_programs, for_hooks])
@pytest.mark.parametrize("name", [*HARMLESS, "PATH", "DOCKER_HOST", "GITHUB_TOKEN"])
def test_what_says_how_git_and_compose_work_and_reach_arrives(choose, name):
    assert choose({name: "x"}) == {name: "x"}


@pytest.mark.parametrize("choose", [for_programs, for_hooks])
def test_what_aims_at_another_repository_or_project_does_not(choose):
    aiming = local_to_a_repository() | {
        "GIT_NAMESPACE",
        "GIT_QUARANTINE_PATH",
        "COMPOSE_FILE",
        "COMPOSE_PROJECT_NAME",
        "COMPOSE_PROFILES",
        "COMPOSE_ENV_FILES",
        "COMPOSE_PATH_SEPARATOR",
    }
    assert choose(dict.fromkeys(aiming, "x")) == {}


def test_a_variable_of_git_or_compose_that_is_not_known_reaches_only_hooks():
    unknown = {"GIT_FUTURE": "x", "COMPOSE_FUTURE": "x"}
    assert for_programs(unknown) == {}
    assert for_hooks(unknown) == unknown


@pytest.mark.parametrize("choose", [for_programs, for_hooks])
def test_settings_for_git_never_say_where_a_repository_is(choose):
    given = {
        "GIT_CONFIG_COUNT": "3",
        "GIT_CONFIG_KEY_0": "Core.WorkTree",
        "GIT_CONFIG_VALUE_0": "/elsewhere",
        "GIT_CONFIG_KEY_1": "core.worktreeConfig",
        "GIT_CONFIG_KEY_2": "core.bare",
        "GIT_CONFIG_PARAMETERS": "'core.bare'='true'",
    }
    chosen = choose(given)
    assert "GIT_CONFIG_PARAMETERS" not in chosen
    keys = [chosen[f"GIT_CONFIG_KEY_{number}"] for number in range(3)]
    assert keys == ["worktree-tasks.unused", "core.worktreeConfig", "worktree-tasks.unused"]


def test_a_trace_never_goes_where_git_answers():
    traced = {"GIT_TRACE": "/dev/stdout", "GIT_TRACE2_EVENT": "/proc/self/fd/1", "GIT_TRACE_SETUP": "1"}
    assert for_programs(traced) == {"GIT_TRACE_SETUP": "1"}
