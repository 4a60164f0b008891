from __future__ import annotations

import docker.errors
import pytest
import requests.exceptions

from worktree_tasks import engine
from worktree_tasks.errors import DockerUnavailable


@pytest.mark.parametrize(
    "raised",
    [
        requests.exceptions.ConnectionError("refused"),
        requests.exceptions.ReadTimeout("Read timed out. (read timeout=60)"),
        requests.exceptions.ChunkedEncodingError("broken off"),
        docker.errors.DockerException("no such host"),
    ],
)
def test_an_engine_that_does_not_answer_to_the_end_is_one_error_with_a_hint(raised):
    with pytest.raises(DockerUnavailable, match="no Docker Engine answers") as told, engine._speaking():
        raise raised
    assert told.value.hint
