"""How MySQL's and MariaDB's own programs are run: by either name, with the container's own password."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from harness.client_programs import Container

from worktree_tasks.configuration.databases.mysql_statements import COPY
from worktree_tasks.errors import Failure
from worktree_tasks.orchestration.databases.mysql import MySQL

if TYPE_CHECKING:
    from pathlib import Path


VERSION = "echo 10.11.6-MariaDB"


@pytest.mark.parametrize("program", ["mariadb", "mysql"])
def test_the_client_is_found_by_either_name(tmp_path: Path, program: str):
    box = Container(tmp_path, {}, program, f"{program}-dump", "mysqldump", script=VERSION)
    assert MySQL().version(box.server) == "10.11.6-MariaDB"
    assert box.log.startswith(f"{program} pwd=none --host=localhost --protocol=socket --user=root ")


@pytest.mark.parametrize("key", ["MYSQL_ROOT_PASSWORD", "MARIADB_ROOT_PASSWORD"])
@pytest.mark.parametrize("ending", ["", "_FILE"])
def test_the_password_is_the_containers_own_and_on_no_command_line(tmp_path: Path, key: str, ending: str):
    secret = tmp_path / "secret"
    secret.write_text("it's $ecret\n")
    value = str(secret) if ending else "it's $ecret"
    box = Container(tmp_path, {key + ending: value}, "mysql", "mysqldump", script=VERSION)
    MySQL().version(box.server)
    assert "pwd=it's $ecret " in box.log
    assert box.log.count("$ecret") == 1


def test_what_only_speaks_the_protocol_is_refused(tmp_path: Path):
    box = Container(tmp_path, {}, "mysql", "mysqldump", script="echo 8.0.11-TiDB-v7.5.0")
    with pytest.raises(Failure, match=r"db is 8\.0\.11-TiDB-v7\.5\.0, whose databases cannot be copied"):
        MySQL().version(box.server)


def test_a_container_without_the_programs_is_told(tmp_path: Path):
    with pytest.raises(Failure, match="it has no client program"):
        MySQL().version(Container(tmp_path, {}).server)


@pytest.mark.parametrize(
    ("said", "helps"),
    [
        ("ERROR 1045 (28000): Access denied", "MYSQL_ROOT_PASSWORD or MARIADB_ROOT_PASSWORD of db"),
        ("ERROR 2006 (HY000) at line 306: Server has gone away", "max_allowed_packet of db"),
        ("ERROR 1044 (42000): no", "docker compose logs db"),
    ],
)
def test_a_refusal_has_the_servers_words_and_what_helps(tmp_path: Path, said: str, helps: str):
    box = Container(tmp_path, {}, "mysql", "mysqldump", script=f"echo '{said}' >&2; exit 1")
    with pytest.raises(Failure, match="db: cannot read its databases") as caught:
        MySQL().stored(box.server)
    assert said in caught.value.what
    assert helps in caught.value.hint


@pytest.mark.parametrize("failing", ["mysqldump", "mysql"])
def test_a_copy_fails_when_either_of_its_programs_does(tmp_path: Path, failing: str):
    box = Container(tmp_path, {}, "mysql", "mysqldump")
    (tmp_path / failing).write_text("#!/bin/sh\nexit 3\n")
    assert box.run(["sh", "-c", COPY, "sh", "shop", "own"], {}).code != 0
    (tmp_path / failing).write_text("#!/bin/sh\ncat </dev/null\n")
    assert box.run(["sh", "-c", COPY, "sh", "shop", "own"], {}).code == 0
