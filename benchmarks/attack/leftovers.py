"""What visits leave: parts of uploads, files of those who have gone, folders after the end."""

import stat
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.attack.attempt import Attack, Target, expect, upload
from benchmarks.attack.logs import cut_upload
from benchmarks.attack.served import Served, served, start

PATIENCE = 30.0
FORGOTTEN_SECONDS = 60.0  # names that never opened anything, and the sweeps after that
ALLOWED_GROWTH = 1.5
MEBI = 2**20


def cut_uploads(target: Target) -> str:
    """Uploads that end in the middle stayed for an hour."""
    number = target.of(10, 40)
    before = {path for path in target.app.kept() if path.name.startswith("tmp")}
    for place in range(number):
        cut_upload(target, f"cut{place}", b"x" * 200_000)

    def parts() -> set[Path]:
        return {path for path in target.app.kept() if path.name.startswith("tmp")} - before

    expect(_soon(lambda: not parts()), f"{len(parts())} parts are left")
    return f"{number} parts removed"


def open_folders(target: Target) -> str:
    """Folders that other users of the machine can look into."""
    [home] = target.app.homes()
    with target.browser() as client:
        upload(client, "scan.bin", b"x").raise_for_status()
    mode = stat.S_IMODE(home.stat().st_mode)
    expect(mode == 0o700, f"mode {mode:o}")
    others = [path for path in target.app.temporary.iterdir() if path != home]
    expect(not others, f"beside the folder: {[path.name for path in others]}")
    return "all in one folder, mode 700"


def back_to_its_level(target: Target, memory: int, kept: int) -> str:
    """Check that what visitors took is free again, some time after the last of them.

    Raises:
        FellError: it is not.
    """
    allowed = FORGOTTEN_SECONDS + PATIENCE
    disk = _soon(lambda: len(target.app.kept()) <= kept, allowed)
    left = [path.name for path in target.app.kept()]
    expect(disk, f"{len(left)} files are left, such as {left[:3]}")
    now = target.app.memory_bytes()
    most = ALLOWED_GROWTH * memory + 200 * MEBI
    expect(now < most, f"memory {memory / MEBI:.0f} MB before, {now / MEBI:.0f} MB after")
    return f"memory {memory / MEBI:.0f} MB before, {now / MEBI:.0f} MB after, no file left"


def after_a_stop(app: Served) -> str:
    """Check that a server that has ended has left nothing.

    Raises:
        FellError: it has.
    """
    left = sorted(path.name for path in app.temporary.rglob("*"))
    expect(app.ended_after is not None, "it did not end and had to be killed")
    expect(not left, f"left: {left[:5]}")
    return f"ended after {app.ended_after:.1f} s, nothing left"


def after_a_kill(folder: Path) -> str:
    """Kill a server that has an upload, start another, and check what is left of the first.

    Raises:
        FellError: something is.
    """
    first = start(folder)
    try:
        with Target(first, short=True).browser() as client:
            upload(client, "private.bin", b"private" * 1000).raise_for_status()
        held = [path for path in first.kept() if path.name == "private.bin"]
        expect(bool(held), "the upload is not where it was looked for")
        readers = first.processes()[1:]
    finally:
        first.kill()
    gone = _soon(lambda: not any(reader.is_running() for reader in readers))
    expect(gone, "its readers live on")
    with served(folder) as second:
        found = [path for path in second.kept() if path.name == "private.bin"]
        expect(not found and len(second.homes()) == 1, f"left: {[str(path) for path in found]}")
    after_a_stop(second)
    return "swept at the next start, nothing left after its end"


def _soon(true: Callable[[], bool], seconds: float = PATIENCE) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if true():
            return True
        time.sleep(0.2)
    return true()


ATTACKS = (
    Attack("cut uploads on the disk", cut_uploads),
    Attack("folders that others can read", open_folders),
)
