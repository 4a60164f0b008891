from __future__ import annotations

import pytest

from worktree_tasks.configuration.compose.build_errors import build_cause, failed_step

BUILDKIT = """\
#5 [web 2/3] RUN echo hello
#5 1.080 hello
#5 DONE 1.2s
#6 [web 3/3] RUN pip install nope
#6 0.575 trying
#6 0.576 ERROR: no matching distribution for nope
#6 ERROR: executor failed running [/bin/sh -c pip install nope]: exit code: 1
------
 > [web 3/3] RUN pip install nope:
0.575 trying
0.576 ERROR: no matching distribution for nope
------
Dockerfile:3
--------------------
   3 | >>> RUN pip install nope
--------------------
"""
CLASSIC = """\
Step 2/3 : RUN echo hello
 ---> Running in 10db303b48d2
hello
Removing intermediate container 10db303b48d2
Step 3/3 : RUN pip install nope
 ---> Running in 23f96a971d19
\x1b[91mERROR: no matching distribution for nope
\x1b[0mtrying
"""


def test_buildkits_failed_step_is_told_with_what_it_said():
    assert failed_step(BUILDKIT.splitlines()) == [
        " > [web 3/3] RUN pip install nope:",
        "trying",
        "ERROR: no matching distribution for nope",
    ]


def test_the_classic_builders_last_step_is_told():
    assert failed_step(CLASSIC.splitlines()) == ["ERROR: no matching distribution for nope", "trying"]


def test_output_that_does_not_tell_is_not_guessed_at():
    assert failed_step(["failed to solve: no such file"]) == []
    assert failed_step([]) == []


COPY = "------\n > [web build 2/7] COPY nope /code:\n------\n"
NOT_COPIED = "failed to compute cache key: failed to calculate checksum of ref 1a2b::3c4d: "
UNKNOWN = "dockerfile parse error on line 3: unknown instruction: RUNN (did you mean RUN?)"
BASE = "------\n > [web internal] load metadata for docker.io/library/nope:1:\n------\n"
NO_BASE = (
    "nope:1: failed to resolve source metadata for docker.io/library/nope:1: pull access denied, repository"
    " does not exist or may require authorization: server message: insufficient_scope: authorization failed"
)
NO_IMAGE = "image docker.io/library/nope:1 does not exist, or needs `docker login`"


@pytest.mark.parametrize(
    ("printed", "said", "cause"),
    [
        (BUILDKIT, "", "RUN pip install nope: ERROR: no matching distribution for nope"),
        (CLASSIC, "", "ERROR: no matching distribution for nope"),
        (COPY, f'failed to solve: {NOT_COPIED}"/nope": not found', 'COPY nope /code: "/nope": not found'),
        ("", f"failed to solve: {UNKNOWN}", UNKNOWN),
        (BASE, f"failed to solve: {NO_BASE}", f"load metadata for docker.io/library/nope:1: {NO_IMAGE}"),
        ("", "", ""),
    ],
)
def test_the_cause_is_the_step_and_the_line_that_says_why(printed, said, cause):
    assert build_cause(failed_step(printed.splitlines()), said.splitlines()) == cause
