"""Work that worker processes import: it counts what was begun and ended, and can die."""

import os
import signal
from pathlib import Path

from med3dvlm.errors import VolumeError

Item = tuple[Path, int]  # folder of the log, and a number
DEADLY, BROKEN = 5, 7


def square(item: Item) -> int:
    """The square of a number; the first worker that is given 5 dies in the middle of it."""
    folder, number = item
    told(folder, f"begun {number}")
    if number == DEADLY and not (folder / "died").exists():
        (folder / "died").touch()
        os.kill(os.getpid(), signal.SIGKILL)
    if number == BROKEN:
        raise VolumeError("seven can't be read")
    told(folder, f"ended {number}")
    return number**2


def deadly(item: Item) -> int:
    """Never ends."""
    os.kill(os.getpid(), signal.SIGKILL)
    return 0


def told(folder: Path, line: str) -> None:
    with (folder / "log").open("a") as log:
        log.write(f"{line}\n")


def said(folder: Path) -> list[str]:
    return (folder / "log").read_text().splitlines()
