from __future__ import annotations

from worktree_tasks.configuration.compose.build_output import failed_step

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
