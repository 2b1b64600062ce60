"""The parts of a server besides the page: files, guard, queue, metrics and shutdown.

server = open_server(settings, os.environ, model=services, library=library, metrics=Metrics())
page.launch(app_kwargs={"middleware": [guard_middleware(server.guard)]})
server.wait_for_the_end()         # until SIGTERM or Ctrl-C; running requests may finish
"""

import logging
import shutil
import signal
import socket
import threading
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from med3dvlm.config import Settings
from med3dvlm.engine.scan_files import ScanFiles
from med3dvlm.hosting.gate.guard import LOOPBACK, MEBI, STOPPING, Guard, GuardRules
from med3dvlm.hosting.gate.login import Logins, read_logins
from med3dvlm.hosting.gate.ownership import ExpirySweeper, Ownership
from med3dvlm.hosting.gate.pace import Pace
from med3dvlm.hosting.gate.rate_limits import VisitorLimits
from med3dvlm.hosting.gate.sessions import Room
from med3dvlm.hosting.gate.upload_room import RoomLimits, UploadRoom
from med3dvlm.hosting.models.loading import Loading
from med3dvlm.hosting.models.queue import ModelQueue
from med3dvlm.hosting.operations.address import ADDRESS
from med3dvlm.hosting.operations.health import Health
from med3dvlm.hosting.operations.memory import MemoryBudget, budget_bytes
from med3dvlm.hosting.operations.metrics import Metrics
from med3dvlm.hosting.operations.server_folder import ServerFolder
from med3dvlm.hosting.reading.readers import Readers

SPACE = "SPACE_ID"
LOOK_SECONDS = 0.5
KEEP_SECONDS = 3600.0

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Server:
    """What runs around the page.

    Attributes:
        folder: everything that visitors leave on the disk.
        ownership: which visitor owns which sessions and files.
        guard: decides which requests are accepted.
        queue: shares the model between visitors.
        budget: memory of open scans.
        readers: read uploads in processes of their own.
        scans: of further libraries, by the library's name.
        metrics: numbers for Prometheus.
        logins: who may log in; None for no login.
        grace_seconds: how long a shutdown waits for running requests.
    """

    folder: ServerFolder
    ownership: Ownership
    guard: Guard
    queue: ModelQueue
    budget: MemoryBudget
    readers: Readers
    scans: Mapping[str, ScanFiles]
    metrics: Metrics
    logins: Logins | None
    grace_seconds: float

    def wait_for_the_end(self, needed: Loading[Any] | None = None) -> None:
        """Serve until a signal; then refuse new requests and let running ones finish.

        It ends, too, where something that is needed could not be loaded.
        """
        ended = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: ended.set())
        while not ended.wait(LOOK_SECONDS):
            if needed is not None and needed.failed:
                break
        logger.info("Stopping: new requests are refused, running answers may finish.")
        self.guard.stopping.set()
        done = self.queue.close(STOPPING, seconds=self.grace_seconds)
        self.readers.close()
        logger.info("Stopped." if done else "Stopped; some answers were cut off.")


def open_server(
    settings: Settings,
    environment: MutableMapping[str, str],
    *,
    model: Loading[Any],
    library: Loading[Any],
    metrics: Metrics,
) -> Server:
    """Make the server from settings and environment, and the folder for visitors' files.

    Raises:
        ConfigError: the login file can't be used.
    """
    space = SPACE in environment
    address = environment.get(ADDRESS, "")
    logins = read_logins(settings.login) if settings.login else None
    folder = ServerFolder.of(environment)
    ownership = Ownership(
        folder.page,
        forget_seconds=settings.forget_seconds,
        keep_seconds=KEEP_SECONDS,
        room=Room(address=settings.pages_of_address, all=settings.pages),
    )
    rules = GuardRules(
        hosts=_hosts(settings, loopback=_is_loopback(address), space=space),
        numbers=not settings.host_names and not _is_loopback(address),
        proxy=settings.proxy or space,
        upload_bytes=settings.max_upload_mb * MEBI,
        framed=space,
    )
    health = Health(
        required={"model": model},
        others={"library": library},
        metrics=metrics,
        readers=settings.metrics,
    )
    server = Server(
        ownership=ownership,
        folder=folder,
        guard=Guard(
            rules=rules,
            ownership=ownership,
            health=health,
            logins=logins,
            limits=VisitorLimits(of_address=settings.requests_of_address),
            pace=Pace(work_a_second=settings.work_of_address / 100),
            room=UploadRoom(folder.page, _room(settings, folder.page)),
        ),
        queue=ModelQueue(
            at_once=settings.at_once,
            most_waiting=settings.waiting,
            per_visitor=settings.per_visitor,
        ),
        budget=MemoryBudget(budget_bytes(settings.memory_mb)),
        readers=Readers(settings.at_once),
        scans=_scans_of(settings),
        metrics=metrics,
        logins=logins,
        grace_seconds=settings.grace_seconds,
    )
    _watch(server)
    ExpirySweeper(ownership, keep_seconds=KEEP_SECONDS).start()
    if not _is_loopback(address) and not space:
        _warn(address, login=logins is not None)
    return server


def _scans_of(settings: Settings) -> dict[str, ScanFiles]:
    """The folders of scans; the table of a library in a server lies in the folder of its scans."""
    places = settings.further_libraries
    return {
        name: ScanFiles(folder=folder, tables=(Path(places[name]), folder))
        for name, folder in settings.scan_folders.items()
    }


def _watch(server: Server) -> None:
    gauge = server.metrics.gauge
    gauge("med3dvlm_waiting", "Requests in the queue", lambda: server.queue.waiting)
    gauge("med3dvlm_running", "Requests being served", lambda: server.queue.running)
    sessions = server.ownership.sessions
    gauge("med3dvlm_sessions", "Open pages", lambda: len(sessions))
    gauge("med3dvlm_visitors", "Different browsers", lambda: len(sessions.visitors))
    gauge("med3dvlm_scan_bytes", "Memory of open scans", lambda: server.budget.held)
    gauge("med3dvlm_scan_bytes_allowed", "Memory limit for open scans", lambda: server.budget.most)


def _room(settings: Settings, folder: Path) -> RoomLimits:
    """Room for four of the largest uploads of a visitor, and for half of the free disk of all."""
    allowed = settings.disk_mb * MEBI or shutil.disk_usage(folder).free // 2
    return RoomLimits(visitor=4 * settings.max_upload_mb * MEBI, all=allowed)


def _hosts(settings: Settings, *, loopback: bool, space: bool) -> tuple[str, ...]:
    """Accepted host names, empty for any; Gradio calls itself on a loopback name at startup.

    Where none are named, those of this machine: a name that an attacker's DNS points here would
    make his page one of ours.
    """
    if space:
        return settings.host_names and (*settings.host_names, *LOOPBACK)
    if settings.host_names or loopback:
        return (*settings.host_names, *LOOPBACK)
    return (socket.gethostname().lower(), socket.getfqdn().lower(), *LOOPBACK)


def _is_loopback(address: str) -> bool:
    return address.strip("[]") in ("", *LOOPBACK)


def _warn(address: str, *, login: bool) -> None:
    logger.warning(
        "Listening on %s: other machines can open this page, over plain HTTP%s. "
        "See docs/security.md before you open patients' scans here.",
        address,
        "" if login else ", and nobody has to log in (MED3DVLM_LOGIN)",
    )
