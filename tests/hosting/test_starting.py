"""Starting `python app.py` where something is wrong, and on an address of IPv6."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 600  # seconds; a start takes five on an idle machine, minutes on a crowded one
pytestmark = pytest.mark.slow


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@contextmanager
def app(folder: Path, *arguments: str, **settings: str) -> Iterator[subprocess.Popen[str]]:
    settings = {"GRADIO_TEMP_DIR": str(folder / "gradio"), "PYTHONPATH": str(ROOT)} | settings
    process = subprocess.Popen(
        [sys.executable, "app.py", *arguments], cwd=ROOT, env=os.environ | settings, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    with process:
        try:
            yield process
        finally:
            process.terminate()


def test_a_wrong_model_ends_the_process_with_its_sentence(tmp_path: Path) -> None:
    """The page stayed open, with nothing behind it, and the terminal scrolled on."""
    wrong = str(tmp_path / "no_model")
    with app(tmp_path, "--model", wrong, GRADIO_SERVER_PORT=str(free_port())) as process:
        _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert said.splitlines()[-1].startswith("The checkpoint can't be used: ")
    assert "no_model" in said.splitlines()[-1]
    assert "Traceback" not in said


def test_a_port_in_use_ends_the_process_with_its_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with app(tmp_path, GRADIO_SERVER_PORT=str(port)) as process:
            _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert said.startswith(f"Port {port} is in use.")
    assert len(said.splitlines()) == 1


@pytest.mark.skipif(not socket.has_ipv6, reason="needs IPv6")
def test_the_page_is_served_on_an_address_of_ipv6(tmp_path: Path) -> None:
    """It was refused as if every port were in use."""
    port = str(free_port())
    with app(tmp_path, GRADIO_SERVER_NAME="::1", GRADIO_SERVER_PORT=port) as process:
        page = wait_for(process, f"http://[::1]:{port}/")
    assert "Med3DVLM" in page


def wait_for(process: subprocess.Popen[str], url: str) -> str:
    started = time.monotonic()
    while time.monotonic() - started < PATIENCE:
        assert process.poll() is None, process.communicate()
        try:
            with urllib.request.urlopen(url, timeout=10) as reply:
                return str(reply.read().decode())
        except OSError:
            time.sleep(0.3)
    raise AssertionError(f"nothing answers at {url}")
