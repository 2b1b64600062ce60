"""The address and port to listen on, tried before anything is loaded.

    address = checked_address(os.environ)       # "127.0.0.1", "0.0.0.0", "[::1]"

Gradio would try other ports without a word, or end with a traceback.
"""

import errno
import logging
import os
import socket
from collections.abc import Mapping

from med3dvlm.errors import ConfigError

ADDRESS, PORT = "GRADIO_SERVER_NAME", "GRADIO_SERVER_PORT"
LOCAL, USUAL_PORT, LAST_PORT = "127.0.0.1", 7860, 65535

logger = logging.getLogger(__name__)


def checked_address(environment: Mapping[str, str]) -> str:
    """The address for Gradio; one of IPv6 in brackets, as in an URL.

    Raises:
        ConfigError: the port is in use or no port, or this machine has no such address.
    """
    host = environment.get(ADDRESS, "").strip().strip("[]") or LOCAL
    given = environment.get(PORT, "").strip()
    port = _port(given) if given else USUAL_PORT
    try:
        family = _try(host, port)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise ConfigError(_why_not(host, port, error)) from None
        if given:
            raise ConfigError(
                f"Port {port} is in use. Stop what uses it, or choose another: "
                f"{PORT}={_next(port)} python app.py"
            ) from None
        logger.warning("Port %s is in use; the page takes the next one that is free.", port)
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return f"[{host}]" if family == socket.AF_INET6 and ":" in host else host


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= LAST_PORT:
        raise ConfigError(f"{PORT} is a number from 1 to {LAST_PORT}, not {text!r}.")
    return int(text)


def _next(port: int) -> int:
    return port + 1 if port < LAST_PORT else USUAL_PORT


def _try(host: str, port: int) -> socket.AddressFamily:
    """Listen for a moment, and return the kind of address."""
    family, kind, protocol, _, place = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    with socket.socket(family, kind, protocol) as probe:
        # As servers do: a port that was left a minute ago is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(place)
    return family


def _why_not(host: str, port: int, error: OSError) -> str:
    if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
        return (
            f"This machine has no address {host}. Set {ADDRESS} to 127.0.0.1 for this machine "
            "alone, or to 0.0.0.0 for others, too."
        )
    if error.errno == errno.EACCES:
        return f"You may not use port {port}. Set {PORT} to one above 1023."
    return f"Can't listen on {host}, port {port} ({os.strerror(error.errno or 0)})."
