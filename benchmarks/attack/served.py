"""The app in a process of its own, with a temporary folder of its own, to be attacked and ended.

with served(folder, MED3DVLM_LOG="json") as app:
    app.url, app.log_lines(), app.peak_bytes()
    app.kill()                      # as if the machine ran out of memory
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil

from benchmarks.visitor import VisitError, wait_until_ready

ROOT = Path(__file__).resolve().parents[2]
OPEN_SECONDS, READY_SECONDS, END_SECONDS = 600.0, 600.0, 90.0
FOLDER = "med3dvlm-server-"  # begins the name of what a server keeps among the temporary files
RESET_PEAK = "5"  # for /proc/PID/clear_refs


@dataclass
class Served:
    """A running app.

    Attributes:
        folder: for its log and its temporary files.
        url: where its page is.
        process: the app, not the processes that it has started.
        ended_after: seconds from the signal to its end; None if it runs or had to be killed.
    """

    folder: Path
    url: str
    process: subprocess.Popen[bytes]
    ended_after: float | None = None
    _seen: psutil.Process = field(init=False)

    def __post_init__(self) -> None:
        self._seen = psutil.Process(self.process.pid)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.url.rpartition(":")[2])

    @property
    def temporary(self) -> Path:
        """What is a temporary folder to it."""
        return self.folder / "temporary"

    def log_lines(self) -> list[str]:
        """All that it has said so far."""
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace").split("\n")[:-1]

    def wait_until_ready(self) -> None:
        """Wait for the model."""
        wait_until_ready(self.url, READY_SECONDS)

    def processes(self) -> list[psutil.Process]:
        """The app, and what reads uploads for it."""
        return [self._seen, *self._seen.children(recursive=True)]

    def busy(self, seconds: float) -> float:
        """How many cores it and its readers use while nothing is asked of it."""
        before = self._cpu_seconds()
        time.sleep(seconds)
        return (self._cpu_seconds() - before) / seconds

    def _cpu_seconds(self) -> float:
        total = 0.0
        for process in self.processes():
            with suppress(psutil.Error):
                taken = process.cpu_times()
                total += taken.user + taken.system
        return total

    def memory_bytes(self) -> int:
        """What the app itself holds."""
        return int(self._seen.memory_info().rss)

    def forget_peak(self) -> None:
        """Count the peak from now on."""
        Path(f"/proc/{self.process.pid}/clear_refs").write_text(RESET_PEAK, encoding="ascii")

    def peak_bytes(self) -> int:
        """The most that the app itself has held since `forget_peak`."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024

    def kept(self) -> list[Path]:
        """Files that hold something, in what is a temporary folder to it."""
        found = []
        for folder, _, names in os.walk(self.temporary):  # folders may go meanwhile
            for path in (Path(folder, name) for name in names):
                with suppress(OSError):
                    if path.is_file() and path.stat().st_size:
                        found.append(path)
        return found

    def homes(self) -> list[Path]:
        """What servers have left among the temporary files, or keep there."""
        return sorted(self.temporary.glob(f"{FOLDER}*"))

    def stop(self) -> None:
        """End it as a server is ended."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it without a chance to clear up."""
        self._end(signal.SIGKILL)

    def _end(self, number: signal.Signals) -> None:
        if self.process.poll() is None:
            self.process.send_signal(number)
        begun = time.monotonic()
        try:
            self.process.wait(END_SECONDS)
            self.ended_after = time.monotonic() - begun
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@contextmanager
def served(folder: Path, **settings: str) -> Iterator[Served]:
    """The app as shipped, with these settings, as soon as its page is open.

    Raises:
        VisitError: it did not start.
    """
    app = start(folder, **settings)
    try:
        yield app
    finally:
        app.stop()


def start(folder: Path, **settings: str) -> Served:
    """Start the app and wait for its page.

    Raises:
        VisitError: it did not start.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (folder / "temporary").mkdir(parents=True, exist_ok=True)
    given = {"GRADIO_SERVER_PORT": str(port), "TMPDIR": str(folder / "temporary")} | settings
    environment = {name: value for name, value in os.environ.items() if name != "GRADIO_TEMP_DIR"}
    with (folder / "log").open("a") as log:
        process = subprocess.Popen(
            [sys.executable, "app.py"], cwd=ROOT, env=environment | given, stdout=log, stderr=log
        )
    app = Served(folder, f"http://127.0.0.1:{port}", process)
    try:
        _wait_for_the_page(app)
    except BaseException:
        app.stop()
        raise
    return app


def _wait_for_the_page(app: Served) -> None:
    until = time.monotonic() + OPEN_SECONDS
    while time.monotonic() < until and app.process.poll() is None:
        with suppress(httpx.HTTPError):
            if httpx.get(f"{app.url}/healthz", timeout=10).status_code == 200:
                return
        time.sleep(0.2)
    raise VisitError("the app did not start; its log says why")
