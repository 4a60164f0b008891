"""Main's values of ports that programs read from a mounted env file, in which they moved."""

from __future__ import annotations

import pytest

from worktree_tasks.configuration.compose.kept_port_values import kept_values
from worktree_tasks.configuration.compose.model_parsing import parse
from worktree_tasks.configuration.env.address_targets import OwnPort, PortVariable, Surroundings

SERVICES = parse(
    {
        "services": {
            "web": {"image": "app", "ports": [{"target": 3000, "published": "3000"}]},
            "mail": {"image": "mail", "ports": [{"target": 1025, "published": "1025"}]},
        }
    }
)
AROUND = Surroundings(
    own=(OwnPort("web", 3000, 3000, 3001), OwnPort("mail", 1025, 1025, 1026)),
    port_variables={
        "WEB_PORT": PortVariable("3000", frozenset({"web"}), moves=True),
        "MAIL_PORT": PortVariable("1025", frozenset({"mail"}), moves=True),
    },
)


@pytest.mark.parametrize(
    ("host", "kept"),
    [
        ("mail", {"WEB_PORT": "3000", "MAIL_PORT": "1025"}),
        ("localhost", {"WEB_PORT": "3000"}),
        ("smtp.example.com", {"WEB_PORT": "3000"}),
    ],
)
def test_the_port_of_a_service_that_is_reached_by_name_stays_mains_in_containers(host, kept):
    values = {"WEB_PORT": "3000", "MAIL_PORT": "1025", "MAIL_HOST": host}
    found = kept_values(SERVICES, SERVICES, ["web", "mail"], AROUND, ["web"], values)
    assert found == {"web": kept}


def test_programs_that_cannot_read_the_file_need_no_value():
    assert kept_values(SERVICES, SERVICES, ["web", "mail"], AROUND, [], {"MAIL_HOST": "mail"}) == {}
