"""One reader process, as the app sees it.

    process = ReaderProcess()
    process.ask(message)
    while (answered := process.answer(0.1)) is None: ...
    process.end()

The process is a fresh interpreter, no fork: the app has threads and models, which a fork would copy
in whatever state they are. It has no terminal: warnings of the libraries quote what is in a file.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import psutil

from med3dvlm.hosting.reading.wire import (
    WAIT_SECONDS,
    BrokenWireError,
    Content,
    Message,
    receive,
    send,
    wire_pair,
)

CHILD = "med3dvlm.hosting.reading.child"
ROOT = Path(__file__).resolve().parents[3]
LEAVE_SECONDS = 5.0
EASY_SECONDS = 5.0  # of a processor; whatever takes more is not urgent
SLOW = 10  # as `nice` counts: a tenth of the time of a process that has work at the same time
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}  # several reserve memory


class ReaderProcess:
    """A process that reads uploads, with a folder of its own for what it unpacks.

    Attributes:
        upload: what it has open; None for nothing.
    """

    def __init__(self) -> None:
        self.upload: Path | None = None
        self._home = Path(tempfile.mkdtemp(prefix="med3dvlm-reader-"))
        self._wire, theirs = wire_pair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", CHILD, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=os.environ | ONE_THREAD | {"TMPDIR": str(self._home), "PYTHONPATH": str(ROOT)},
            )
        self._seen = psutil.Process(self._process.pid)
        self._ready = False
        self._slowed = False
        self._spent = 0.0

    def ask(self, message: Message) -> None:
        """Send a request.

        Raises:
            BrokenWireError: the process has ended.
        """
        try:
            self._spent = self._processor_seconds()
            self._wire.settimeout(WAIT_SECONDS)
            send(self._wire, message)
        except OSError:
            raise BrokenWireError from None

    def answer(self, seconds: float, *, most_content: int = 0) -> tuple[Message, Content] | None:
        """The answer, or None if it has not begun within some seconds.

        Args:
            seconds: to wait for it.
            most_content: bytes of voxels that may come with it.

        Raises:
            BrokenWireError: the process has ended.
        """
        self._wire.settimeout(seconds)
        try:
            self._wire.recv(1, socket.MSG_PEEK)
            self._wire.settimeout(WAIT_SECONDS)
            told = receive(self._wire, most_content=most_content)
        except TimeoutError:
            return None
        except OSError:
            raise BrokenWireError from None
        if not self._ready:  # its first words are that it has started
            self._ready = True
            return None
        return told

    def let_go(self) -> None:
        """Remove what was unpacked."""
        with suppress(BrokenWireError):
            self.ask({"ask": "close"})
        self.upload = None

    def give_way(self) -> None:
        """If the request has kept a processor busy for long, let others at it first, for good."""
        if not self._slowed and self._processor_seconds() - self._spent > EASY_SECONDS:
            self._slowed = True
            with suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, self._process.pid, SLOW)

    def _processor_seconds(self) -> float:
        with suppress(psutil.Error):
            taken = self._seen.cpu_times()
            return float(taken.user + taken.system)
        return 0.0

    def fit(self, most_bytes: int) -> bool:
        """Whether it runs, at its usual pace, and has not grown above some bytes."""
        if self._slowed or self._process.poll() is not None:
            return False
        try:
            return bool(self._seen.memory_info().rss < most_bytes)
        except psutil.Error:
            return False

    def end(self) -> None:
        """End it at once, and remove what it has unpacked."""
        self._process.kill()
        self._process.wait()
        self._wire.close()
        shutil.rmtree(self._home, ignore_errors=True)

    def leave(self) -> None:
        """Let it end by itself, for which it has a few seconds."""
        self._wire.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(LEAVE_SECONDS)
        self.end()
