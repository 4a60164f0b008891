"""What a Dockerfile's image starts from, and which files of the project it depends on."""

from __future__ import annotations

import pytest

from worktree_tasks.configuration.compose.dockerfile import base_image, copied


@pytest.mark.parametrize(
    ("text", "target", "image"),
    [
        ("FROM postgres:16\n", None, "postgres:16"),
        ("# FROM redis\nFROM --platform=$BUILDPLATFORM postgres:16 AS db\n", None, "postgres:16"),
        ("FROM node AS build\nRUN x\nFROM postgres:16\nCOPY --from=build a b\n", None, "postgres:16"),
        ("FROM postgres:16 AS db\nFROM python AS web\n", "db", "postgres:16"),
        ("FROM postgres:16 AS db\nFROM python AS web\n", None, "python"),
        ("FROM postgres:16 AS base\nFROM base AS dev\nFROM dev\n", None, "postgres:16"),
        ("from postgres:16 as Base\nfrom BASE\n", None, "postgres:16"),
        ("FROM a AS a\n", None, "a"),
        ("FROM node AS web\nFROM python AS node\n", "web", "node"),
        ("", None, None),
    ],
)
def test_the_base_image_is_followed_through_stages_to_the_target(text, target, image):
    assert base_image(text, target) == image


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("", set()),
        ("COPY a b c /srv/\n", {"a", "b", "c"}),
        ("COPY ./src/ /srv/\nADD /conf/x /srv/\n", {"src", "conf/x"}),
        ("COPY . /srv\n", {"."}),
        ("COPY / /srv\n", {"."}),
        ('COPY ["a b", "c", "/srv/"]\n', {"a b", "c"}),
        ("COPY --chown=1:1 'a b' /srv/\n", {"a b"}),
        ("# COPY a /srv\ncopy b \\\n  # a comment\n  c /srv\n", {"b", "c"}),
        ("ADD https://example.org/x git@example.org:x.git y /srv/\n", {"y"}),
        ("COPY --from=nginx /etc/nginx /etc/nginx\n", set()),
        ("RUN --mount=type=cache,target=/c --mount=type=secret,id=x make\nCOPY a /srv\n", {"a"}),
    ],
)
def test_what_is_copied_goes_into_the_image(text, paths):
    assert copied(f"FROM python\n{text}", None, ("/app",)) == paths


@pytest.mark.parametrize(
    "text",
    [
        "COPY $SOURCE /srv\n",
        "COPY a ${PLACE}\n",
        "WORKDIR $HOME\nCOPY a .\n",
        "COPY <<EOF /srv/x\ntext\nEOF\n",
        "RUN <<EOF\ncp a b\nEOF\n",
        "RUN --mount=type=bind,target=/src make\n",
        "RUN --mount=target=/src make\n",
        "RUN --mount=type=cache,target=/c --mount=target=/src make\n",
    ],
)
def test_a_dockerfile_that_does_not_tell_gives_no_answer(text):
    assert copied(f"FROM python\n{text}", None, ("/app",)) is None


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("COPY . /app\n", set()),
        ("COPY src /app/src\n", set()),
        ("WORKDIR /app\nCOPY . .\n", set()),
        ("WORKDIR /\nWORKDIR 'app'\nCOPY . src/..\n", set()),
        ("COPY . /app/..\n", {"."}),
        ("COPY . /application\n", {"."}),
        ("COPY requirements.txt /app/\nRUN pip install\nCOPY . /app\n", {"requirements.txt"}),
        ("COPY . /app\nRUN make\n", {"."}),
    ],
)
def test_what_a_mount_covers_does_not_count_unless_a_later_command_may_have_read_it(text, paths):
    assert copied(f"FROM python\n{text}", None, ("/app",)) == paths


@pytest.mark.parametrize(
    ("text", "target", "paths"),
    [
        ("FROM a\nCOPY x /\nFROM b\nCOPY y /\n", None, {"y"}),
        ("FROM a AS dev\nCOPY x /\nFROM dev AS prod\nCOPY y /\n", "DEV", {"x"}),
        ("FROM a AS dev\nCOPY x /\nFROM dev AS prod\nCOPY y /\n", None, {"x", "y"}),
        ("FROM a AS built\nCOPY x /app/\nFROM b\nCOPY --from=built /app /srv\n", None, {"x"}),
        ("FROM a\nCOPY x /app/\nFROM b\nCOPY --from=0 /app /srv\n", None, {"x"}),
        ("FROM a AS base\nCOPY x /app/\nFROM base\nCOPY y /app/\n", None, set()),
        ("FROM a AS base\nCOPY x /app/\nFROM base\nRUN make\nCOPY y /app/\n", None, {"x"}),
        ("FROM a AS base\nCOPY x /app/\nFROM base AS mid\nFROM mid\nRUN make\n", None, {"x"}),
        ("FROM a AS base\nCOPY x /app\nFROM base AS b\nRUN c\nFROM base\nCOPY --from=b /o /p\n", None, {"x"}),
        ("FROM a AS base\nCOPY x /app/\nFROM base\nCOPY --from=base /app /srv\n", None, {"x"}),
        ("FROM a AS base\nCOPY x /app/\nFROM base AS other\nRUN make\nFROM base\n", None, set()),
    ],
)
def test_stages_count_that_the_target_is_built_from(text, target, paths):
    assert copied(text, target, ("/app",)) == paths


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("COPY . /app\nRUN make\n", set()),
        ("COPY . /srv\nRUN make\n", {"."}),
        ("COPY lib /lib/\nCOPY . /app\nRUN make\n", {"lib"}),
        ("COPY . /app\nFROM python\nCOPY --from=0 /app/page /srv/\n", {"."}),
        ("COPY . /app\nRUN make\nFROM python\nCOPY --from=0 /app/page /srv/\nCOPY x /app/\n", {"."}),
        ("COPY ${X} /app\n", None),
    ],
)
def test_where_mounts_are_trusted_what_they_cover_never_counts(text, paths):
    assert copied(f"FROM python\n{text}", None, ("/app",), read=False) == paths


def test_a_quote_that_is_not_closed_is_a_part_of_a_name():
    assert copied('FROM python\nCOPY "a b /srv\n', None, ()) == {'"a', "b"}


def test_a_list_that_is_too_deep_for_json_is_read_as_words():
    assert copied(f"FROM python\nCOPY {'[' * 100_000}\nCOPY a /srv\n", None, ()) == {"a"}
