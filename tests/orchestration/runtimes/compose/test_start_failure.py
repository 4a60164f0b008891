"""Which service Docker did not start, why, and what helps."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from worktree_tasks.configuration.compose.model_parsing import parse
from worktree_tasks.configuration.compose.start_error_patterns import recognize_refusal
from worktree_tasks.orchestration.runtimes.compose.start_failure import not_started
from worktree_tasks.orchestration.steps import port_conflict

MODEL = parse(
    {"name": "shop", "services": {"web": {"image": "shop/web:dev"}, "api": {"image": "redis:nope"}}}
)
PROGRAM = (
    "failed to create task for container: failed to create shim task: OCI runtime create failed: runc create"
    ' failed: unable to start container process: exec: "vite": executable file not found in $PATH: unknown'
)


class Engine:
    """Containers of a stack that did not start."""

    def __init__(self, **errors):
        self.errors = errors

    def containers(self, _):
        return [
            SimpleNamespace(id=name, service=name, name=f"shop-{name}-1", state="created")
            for name in self.errors
        ]

    def inspect(self, name):
        return {"State": {"Error": self.errors[name]}}

    def port_holders(self, *, except_project):
        assert except_project == "shop-pay"
        return {(8001, "tcp"): "container other-web-1's"}


@pytest.fixture
def failure(monkeypatch):
    """Return the error for what Compose said."""
    monkeypatch.setattr(port_conflict, "listening", lambda *_: ())

    def of(said, *, ports=None, owner="", **errors):
        project = SimpleNamespace(engine=Engine(**errors), masked=str)
        lines = [" Container shop-web-1  Starting", f"Error response from daemon: {said}"]
        return not_started(
            project,
            recognize_refusal(lines),
            lines,
            "shop-pay",
            model=MODEL,
            ports=ports or {},
            again="wt.start pay",
            owner=owner,
        )

    return of


def test_a_port_is_told_with_its_service_its_owner_and_the_command_that_frees_it(failure):
    said = "Bind for 0.0.0.0:8001 failed: port is already allocated"
    error = failure(said, ports={(8001, "tcp"): "web"})
    assert (error.what, error.kind) == (
        "port 8001, which web needs, is container other-web-1's",
        "port-taken",
    )
    assert error.hint == "`docker stop other-web-1` frees it; then wt.start pay"


def test_a_port_of_mains_is_told_as_mains(failure):
    said = "listen tcp4 0.0.0.0:8001: bind: address already in use"
    error = failure(said, ports={(8001, "tcp"): "db"}, owner="main's ")
    assert error.what.startswith("port 8001, which main's db needs")


def test_a_missing_program_is_told_with_the_service_whose_container_noted_it(failure):
    error = failure(PROGRAM, web="", api=PROGRAM)
    assert error.what == "api does not start: there is no program vite in the container"
    assert error.hint == "correct command or entrypoint of api, or add vite to its image; then wt.start pay"


def test_what_a_container_noted_of_an_earlier_start_is_not_taken_for_the_cause(failure):
    error = failure('could not select device driver "nvidia"', web=PROGRAM)
    assert error.what == 'the stack does not start: could not select device driver "nvidia"'


def test_a_container_that_docker_names_tells_the_service(failure):
    said = "driver failed on endpoint shop-api-1 (1a2b): no space left on device"
    assert failure(said, web="", api="").what == "api does not start: the engine's disk is full"


def test_an_image_is_told_with_the_service_that_has_it(failure):
    error = failure("manifest for redis:nope not found: manifest unknown: manifest unknown")
    assert error.what == "api does not start: image redis:nope does not exist"
    error = failure("pull access denied for shop/web, repository does not exist or may require a login")
    assert error.what == "web does not start: image shop/web does not exist, or needs `docker login`"
