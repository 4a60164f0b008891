"""How PostgreSQL's own programs are run: as the superuser that the container was created with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from harness.client_programs import Container

from worktree_tasks.errors import Failure
from worktree_tasks.orchestration.databases.postgres import Postgres

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("ending", ["", "_FILE"])
def test_name_and_password_are_the_containers_own_and_on_no_command_line(tmp_path: Path, ending: str):
    env = {"POSTGRES_USER": "adm in", "POSTGRES_PASSWORD": "it's $ecret"}
    for key, value in [*env.items()] if ending else []:
        file = tmp_path / f"{key}.txt"
        file.write_text(f"{value}\n")
        env = {**env, key + ending: str(file)}
        del env[key]
    box = Container(tmp_path, env, "psql")
    Postgres().stored(box.server)
    assert box.log.startswith("psql pwd=it's $ecret user=adm in ")
    assert box.log.count("$ecret") == 1


@pytest.mark.parametrize("env", [{}, {"POSTGRES_PASSWORD_FILE": "/nowhere", "POSTGRES_USER_FILE": ""}])
def test_without_any_it_is_the_images_default(tmp_path: Path, env: dict[str, str]):
    box = Container(tmp_path, env, "psql")
    Postgres().stored(box.server)
    assert box.log.startswith("psql pwd=none user=postgres ")


@pytest.mark.parametrize(
    ("said", "helps"),
    [
        ("fe_sendauth: no password supplied", "POSTGRES_USER and POSTGRES_PASSWORD of db"),
        (
            'FATAL:  password authentication failed for user "adm"',
            "POSTGRES_USER and POSTGRES_PASSWORD of db",
        ),
        ('FATAL:  role "adm" does not exist', "POSTGRES_USER and POSTGRES_PASSWORD of db"),
        ("FATAL:  the database system is shutting down", "docker compose logs db"),
    ],
)
def test_a_refusal_has_the_servers_words_and_what_helps(tmp_path: Path, said: str, helps: str):
    box = Container(tmp_path, {}, "psql", script=f"echo 'psql: error: {said}' >&2; exit 2")
    with pytest.raises(Failure, match="db: cannot read its databases") as caught:
        Postgres().stored(box.server)
    assert said in caught.value.what
    assert helps in caught.value.hint
