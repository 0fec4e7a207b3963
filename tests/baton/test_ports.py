"""A taken port is named with who has it."""

import os
import socket

import pytest

from baton.errors import PortTakenError
from baton.ports import require_free
from baton.settings import Address


def test_a_free_port_is_fine_and_stays_free() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    require_free(Address("127.0.0.1", port), "BATON_PORT")
    require_free(Address("127.0.0.1", port), "BATON_PORT")


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", "localhost"])
def test_a_taken_port_names_its_owner_and_the_variable(host: str) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        with pytest.raises(PortTakenError) as fault:
            require_free(Address(host, port), "BATON_PORT")
    assert f"Port {port} is taken by " in str(fault.value)
    assert f"(process {os.getpid()})" in str(fault.value)
    assert "set BATON_PORT to another port" in str(fault.value)


@pytest.mark.parametrize("host", ["192.0.2.1", "no.such.host.invalid"])
def test_an_address_of_another_machine_is_said_so(host: str) -> None:
    with pytest.raises(PortTakenError, match=r"Cannot listen on .*set BATON_HOST"):
        require_free(Address(host, 8080), "BATON_PORT")
