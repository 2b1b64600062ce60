"""The folder of one server, in which all that its visitors leave on the disk is.

    folder = ServerFolder.of(os.environ)        # removes those of servers that have ended
    folder.take_temporary_files(os.environ)     # all temporary files of this process go there

Nobody else can look into it, and it is gone after the end: at the exit, or, after a crash, when the
next server starts. A server holds a lock in its folder for as long as it runs.
"""

import atexit
import fcntl
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

GRADIO, TEMPORARY = "GRADIO_TEMP_DIR", "TMPDIR"
PREFIX, LOCK = "med3dvlm-server-", "running"
FRESH_SECONDS = 60.0  # a server that has just started may not hold its lock yet

Environment = MutableMapping[str, str]


@dataclass(frozen=True, slots=True)
class ServerFolder:
    """Folders of a running server.

    Attributes:
        path: the server's folder; only its user may enter it.
        lock: open, and locked, until the process ends.
    """

    path: Path
    lock: IO[bytes]

    @classmethod
    def of(cls, environment: Environment) -> "ServerFolder":
        """Make the folder where the operator wants it, else among the temporary files."""
        parent = Path(environment.get(GRADIO) or tempfile.gettempdir())
        parent.mkdir(parents=True, exist_ok=True)
        remove_dead(parent)
        path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent)).resolve()
        lock = (path / LOCK).open("wb")
        fcntl.flock(lock, fcntl.LOCK_EX)
        folder = cls(path, lock)
        for part in (folder.page, folder.temporary):
            part.mkdir(mode=0o700)
        environment[GRADIO] = str(folder.page)
        atexit.register(shutil.rmtree, path, ignore_errors=True)
        return folder

    @property
    def page(self) -> Path:
        """Where Gradio keeps uploads and what the page shows."""
        return self.path / "page"

    @property
    def temporary(self) -> Path:
        """Where everything else goes: open uploads, and what is unpacked from them."""
        return self.path / "temporary"

    def take_temporary_files(self, environment: Environment) -> None:
        """Let this process and those that it starts put their temporary files here."""
        environment[TEMPORARY] = tempfile.tempdir = str(self.temporary)


def leave_at_a_signal() -> None:
    """Let a process that is ended before it serves run what it has to do at its exit."""
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))


def remove_dead(parent: Path) -> None:
    """Remove the folders of servers that have ended without doing so."""
    for folder in parent.glob(f"{PREFIX}*"):
        if folder.is_dir() and not folder.is_symlink() and _is_dead(folder):
            shutil.rmtree(folder, ignore_errors=True)


def _is_dead(folder: Path) -> bool:
    try:
        if folder.stat().st_uid != os.getuid():
            return False
        with (folder / LOCK).open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
    except FileNotFoundError:
        return folder.exists() and time.time() - folder.stat().st_mtime > FRESH_SECONDS
    except OSError:  # locked: it runs
        return False


def libraries_folder(environment: Environment) -> Path | None:
    """A folder of this user alone that outlives the server; None if there can't be one."""
    given = environment.get("XDG_CACHE_HOME")
    home = Path(given) if given else Path("~/.cache").expanduser()
    folder = home / "med3dvlm" / "libraries"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError:
        return None
    return folder if os.access(folder, os.W_OK) else None
