"""Ports of another machine that are answered here."""

from __future__ import annotations

import pytest

from worktree_tasks.configuration.port_forwards import Forward, choose_forwards, localised, published_in
from worktree_tasks.errors import Failure


def test_a_port_keeps_its_number_where_that_is_free_here():
    assert choose_forwards([8001, 5174], lambda _: False) == (Forward(5174, 5174), Forward(8001, 8001))


def test_a_port_whose_number_is_taken_has_the_next_free_one_that_no_other_has():
    chosen = choose_forwards([8001, 8002], {8001, 8003}.__contains__)
    assert chosen == (Forward(8002, 8001), Forward(8004, 8002))


def test_a_port_above_which_all_are_taken_is_an_error():
    with pytest.raises(Failure, match="port 65535 cannot be forwarded") as caught:
        choose_forwards([65535], lambda _: True)
    assert caught.value.kind == "no-free-port"


def test_every_published_port_of_a_document_is_found():
    document = {
        "services": {"web": {"ports": [{"published": 8001}, {"published": None}]}, "db": {"ports": []}}
    }
    assert published_in(document) == {8001}


def test_documents_and_sentences_name_the_ports_of_this_machine():
    there = {
        "name": "auth-8001",
        "url": "http://localhost:8001/x?next=http://auth.shop.localhost:8002",
        "services": {"web": {"ports": [{"target": 8001, "published": 8001, "url": "https://[::1]:8001"}]}},
        "said": ["→ http://localhost:8001", "ports 8001"],
        "slot": 1,
    }
    here = localised(there, {8001: 9001, 8002: 9002})
    assert here == {
        "name": "auth-8001",
        "url": "http://localhost:9001/x?next=http://auth.shop.localhost:9002",
        "services": {"web": {"ports": [{"target": 8001, "published": 9001, "url": "https://[::1]:9001"}]}},
        "said": ["→ http://localhost:9001", "ports 8001"],
        "slot": 1,
    }
