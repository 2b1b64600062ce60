"""The address to listen on, with sockets of this machine."""

import errno
import socket
from collections.abc import Iterator

import pytest

from med3dvlm.errors import ConfigError
from med3dvlm.hosting.operations import address
from med3dvlm.hosting.operations.address import checked_address


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that something listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def free_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return str(server.getsockname()[1])


def asked(host: str = "", port: str | None = None) -> str:
    given = {"GRADIO_SERVER_PORT": port or free_port()}
    return checked_address(given | ({"GRADIO_SERVER_NAME": host} if host else {}))


@pytest.mark.parametrize(
    ("host", "address"),
    [("", "127.0.0.1"), ("0.0.0.0", "0.0.0.0"), ("localhost", "localhost")],
)
def test_addresses_of_version_4_and_names_stay(host: str, address: str) -> None:
    assert asked(host) == address


@pytest.mark.skipif(not socket.has_ipv6, reason="needs IPv6")
@pytest.mark.parametrize("host", ["::1", "[::1]"])
def test_an_address_of_version_6_gets_brackets(host: str) -> None:
    assert asked(host) == "[::1]"


def test_a_port_in_use_is_said(taken: int) -> None:
    with pytest.raises(ConfigError, match=rf"Port {taken} is in use.*={taken + 1} python app.py"):
        asked(port=str(taken))


def test_without_a_port_the_next_free_one_is_left_to_gradio(
    taken: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(address, "USUAL_PORT", taken)
    assert checked_address({}) == "127.0.0.1"
    assert f"Port {taken} is in use" in caplog.text


@pytest.mark.parametrize("port", ["0", "65536", "-1", "http", "78 60"])
def test_what_is_no_port_is_refused(port: str) -> None:
    with pytest.raises(ConfigError, match=r"is a number from 1 to 65535"):
        asked(port=port)


@pytest.mark.parametrize("host", ["203.0.113.9", "no.such.name.invalid"])
def test_an_address_of_another_machine_is_refused(host: str) -> None:
    with pytest.raises(ConfigError, match=f"This machine has no address {host}"):
        asked(host)


@pytest.mark.parametrize(
    ("number", "words"),
    [(errno.EACCES, "may not use port 81"), (errno.EINVAL, "Can't listen on 127.0.0.1, port 81")],
)
def test_other_reasons_are_said(number: int, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(host: str, port: int) -> None:
        raise OSError(number, "no")

    monkeypatch.setattr(address, "_try", refuse)
    with pytest.raises(ConfigError, match=words):
        asked(port="81")


def test_the_last_port_in_use_suggests_the_usual_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(host: str, port: int) -> None:
        raise OSError(errno.EADDRINUSE, "in use")

    monkeypatch.setattr(address, "_try", refuse)
    with pytest.raises(ConfigError, match="GRADIO_SERVER_PORT=7860"):
        asked(port="65535")
