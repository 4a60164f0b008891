"""What an image starts and where files of the project lie in it, by its Dockerfile."""

from __future__ import annotations

from dataclasses import replace

from worktree_tasks.configuration.compose.image_contents import Image, image_of, program_of
from worktree_tasks.configuration.compose.model import Spec

TEXT = """\
FROM python:3.11 AS base
ARG FOLDER=local
WORKDIR /app
ENV ROLE=web QUEUE="a b"
COPY ./compose/${FOLDER}/start /start
COPY --chmod=755 scripts/*.sh /usr/local/bin/
FROM node AS assets
COPY src /build/src
FROM base
COPY . .
COPY --from=assets /build /srv
ENTRYPOINT ["/entrypoint", "--flag"]
CMD celery -A app worker
"""


def source(image: Image, path: str) -> str | None:
    return next(image.sources(path), None)


def test_what_is_started_is_read_through_the_stages():
    image = image_of(TEXT)
    assert image.entrypoint == ("/entrypoint", "--flag")
    assert image.command == ("/bin/sh", "-c", "celery -A app worker")
    assert image.directory == "/app"
    assert dict(image.values) == {"ROLE": "web", "QUEUE": "a b"}
    assert image_of(TEXT, "base").command == ()


def test_files_are_found_where_they_were_copied_from():
    image = image_of(TEXT)
    assert source(image, "/start") == "compose/local/start"
    assert source(image_of(TEXT, arguments={"FOLDER": "production"}), "/start") == "compose/production/start"
    assert source(image, "/usr/local/bin/boot.sh") == "scripts/boot.sh"
    assert source(image, "/app/worker.py") == "worker.py"
    assert source(image, "/srv/src/worker.ts") == "src/worker.ts"
    assert source(image, "/etc/passwd") is None


def test_what_the_compose_file_says_goes_before_the_image():
    image = image_of(TEXT)
    assert program_of(Spec("it"), image).words == (*image.entrypoint, *image.command)
    assert program_of(Spec("it", command=("rq",)), image).words == (*image.entrypoint, "rq")
    assert program_of(Spec("it", entrypoint=("sh",)), image).words == ("sh",)
    given = program_of(Spec("it", environment={"ROLE": "a$$b"}, working_dir="/srv"), image)
    assert (given.values["ROLE"], given.directory) == ("a$b", "/srv")


def test_the_command_of_a_known_image_is_its_programs():
    command = ("celery", "worker")
    published = Spec("it", image="docker.io/apache/airflow:3.0.1", command=command)
    assert program_of(published, Image()).words == ("airflow", *command)
    assert program_of(replace(published, entrypoint=("/bin/bash",)), Image()).words == ("/bin/bash", *command)
    built = image_of("ARG TAG=2\nFROM apache/airflow:${TAG} AS a\nFROM a\nCOPY . .\n")
    assert built.entrypoint == ("airflow",)
    assert program_of(Spec("it", image="n8nio/n8n", command=("worker",)), Image()).words == ("n8n", "worker")


def test_what_is_no_dockerfile_tells_nothing():
    assert image_of("") == Image()
    assert image_of('FROM a\nCOPY "\nCMD ["broken').entrypoint == ()
