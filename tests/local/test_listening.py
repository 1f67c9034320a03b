"""Where the product listens: names that it answers to, the address to open, and ports that cannot be had."""

from __future__ import annotations

import errno
import os
import socket

import pytest
from django.test import Client

from ragflow_admin.local import listening


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with two addresses, of which the second leads outside."""
    monkeypatch.setattr(listening, "outgoing_address", lambda: "192.168.1.5")
    given = {
        "lo": [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")],
        "docker0": [(socket.AF_INET, "172.17.0.1")],
        "eth0": [(socket.AF_INET, "192.168.1.5"), (socket.AF_INET6, "fd00::5"), (socket.AF_INET6, "fe80::5%eth0")],
    }

    class Address:
        def __init__(self, family: int, address: str) -> None:
            self.family, self.address = family, address

    cards = {name: [Address(*one) for one in addresses] for name, addresses in given.items()}
    monkeypatch.setattr(listening.psutil, "net_if_addrs", lambda: cards)


def test_other_machines_may_use_every_address_of_this_one(machine) -> None:
    names = listening.own_names("0.0.0.0")
    assert {"192.168.1.5", "172.17.0.1", "[fd00::5]", "127.0.0.1", "localhost", socket.gethostname()} <= set(names)
    assert not [name for name in names if "fe80" in name]
    assert "172.17.0.1" not in listening.own_names("192.168.1.5")


def test_the_address_to_open_is_the_one_that_others_reach(machine) -> None:
    allowed = listening.own_names("0.0.0.0")
    assert listening.addresses_to_open("0.0.0.0", allowed) == ["192.168.1.5", "127.0.0.1"]
    assert listening.addresses_to_open("::", allowed) == ["192.168.1.5", "[::1]"]
    assert listening.addresses_to_open("127.0.0.1", allowed) == ["127.0.0.1"]
    assert listening.addresses_to_open("0.0.0.0", ["admin.example.org"]) == ["admin.example.org"]
    assert listening.addresses_to_open("127.0.0.1", [".example.org"]) == ["127.0.0.1"]


def refuse(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    def bind(self: socket.socket, address: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(listening.socket, "socket", type("Refusing", (socket.socket,), {"bind": bind}))


def test_a_port_that_only_root_may_use_comes_with_advice(monkeypatch) -> None:
    refuse(monkeypatch, errno.EACCES)
    with pytest.raises(listening.PortUnusable, match=r"Port 80 requires root.*make run PORT=8080.*proxy"):
        listening.check_port("127.0.0.1", 80)


def test_an_address_of_another_machine_comes_with_advice(monkeypatch, machine) -> None:
    refuse(monkeypatch, errno.EADDRNOTAVAIL)
    with pytest.raises(listening.PortUnusable, match=r"HOST=192.0.2.7 is not an address of this machine.*192.168.1.5"):
        listening.check_port("192.0.2.7", 8000)


def test_a_host_name_that_is_not_allowed_is_told_which_variable_to_set(db) -> None:
    answer = Client().get("/sign-in/", headers={"Host": "dashboard.example.org"})
    assert answer.status_code == 400
    assert b"ALLOWED_HOSTS" in answer.content
    assert b"process this request" not in answer.content
