"""What is said of an engine that does not answer."""

from __future__ import annotations

import pytest

from worktree_tasks.engine import compose_command
from worktree_tasks.engine.api import Engine
from worktree_tasks.engine.api_errors import EngineForbidden
from worktree_tasks.errors import DockerUnavailable
from worktree_tasks.orchestration.runtimes.compose.checks.engine_and_compose import examine


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ("unix:///x.sock: no", "from context default"),
        ("it hangs", "at unix:///x.sock, from context default"),
    ],
)
@pytest.mark.parametrize("kind", [EngineForbidden, DockerUnavailable])
def test_who_may_not_use_the_engine_is_sent_to_its_group_and_who_has_none_running_starts_it(
    shop, monkeypatch, kind, said, place
):
    def version(_engine: Engine) -> tuple[str, str]:
        raise kind(f"no Docker Engine answers: {said}.")

    monkeypatch.setattr(Engine, "version", version)
    monkeypatch.setattr(Engine, "endpoint", staticmethod(lambda: ("unix:///x.sock", "context default")))
    monkeypatch.setattr(compose_command, "version", lambda: "2.30.0")
    facts, (of_engine, of_compose) = examine(shop, "2.45.0")
    (finding,) = of_engine.findings
    assert finding.what == f"no Docker Engine answers: {said} ({place})"
    assert ("usermod" in finding.fix) is (kind is EngineForbidden)
    assert (of_compose.findings, facts.compose, facts.git) == ((), "2.30.0", "2.45.0")
