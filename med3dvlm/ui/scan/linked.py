"""The open scan in a link: a phantom is a seed, a real example the key of its card, and no more.

    scan_part(scan, voxel)                              # {"scan": "30000388", "at": "64,120,99"}
    linked_scan({"scan": "30000388", "at": "64,120,99"})

A visitor's own scan is in no link. How the model is given a scan is, where the visitor changed it.
"""

from collections.abc import Mapping
from dataclasses import replace
from math import isfinite

from med3dvlm.errors import PromptError, VolumeError
from med3dvlm.lessons.link import checked_seed
from med3dvlm.ui.page.session import Scan
from med3dvlm.ui.scan.examples import open_phantom, open_welcome
from med3dvlm.ui.scan.real_examples import PREFIX, open_real
from med3dvlm.volumes.grid import AS_TRAINED, InputChoice
from med3dvlm.volumes.window import Window

SCAN, AT, WINDOW, CROP, RESIZE = "scan", "at", "window", "crop", "resize"
WHOLE, PUBLISHED, SMOOTH = "no", "published", "smooth"
NO_SCAN = "This link names no scan that comes with the app; the page's own example is open instead."
NO_PLACE = "This link names no place in its scan: a place is three numbers, as 64,120,99."
NO_READING = (
    "This link doesn't say how its scan is read: a window is a level and a width, as 40,400."
)
Voxel = tuple[float, float, float]
Query = Mapping[str, str]


def scan_part(scan: Scan | None, voxel: Voxel | None) -> dict[str, str]:
    """What a link says of the open scan; nothing of a visitor's own."""
    key = key_of(scan)
    if scan is None or not key:
        return {}
    place = voxel or scan.center
    at = {AT: ",".join(f"{one:g}" for one in place)} if place else {}
    return {SCAN: key} | at | _reading_part(scan.choice)


def key_of(scan: Scan | None) -> str:
    """What a scan that comes with the app is called by; empty for any other."""
    if scan is None:
        return ""
    if scan.seed is not None:
        return str(scan.seed)
    return scan.card if scan.card.startswith(PREFIX) else ""


def linked_scan(query: Query) -> Scan | None:
    """The scan of a link, at its place; None where there is none in it.

    Raises:
        PromptError: no such scan comes with the app, or a place or a window is none.
    """
    if not (key := query.get(SCAN, "")):
        return None
    center, choice = _place(query.get(AT, "")), _reading(query)
    try:
        scan = open_real(key) if key.startswith(PREFIX) else open_phantom(checked_seed(key))
    except (PromptError, VolumeError):
        raise PromptError(NO_SCAN) from None
    if center is None:
        return replace(scan, choice=choice)
    z, y, x = (min(c, n - 1) for c, n in zip(center, scan.volume.shape, strict=True))
    return replace(scan, choice=choice, center=(z, y, x))


def first_scan(query: Query) -> tuple[Scan, str]:
    """What a page opens with, and why it isn't the scan of its link; empty where it is."""
    try:
        return linked_scan(query) or open_welcome(), ""
    except PromptError as error:
        return open_welcome(), str(error)


def _place(text: str) -> Voxel | None:
    if not text:
        return None
    z, y, x = _numbers(text, 3, NO_PLACE)
    if min(z, y, x) < 0:
        raise PromptError(NO_PLACE)
    return z, y, x


def _reading(query: Query) -> InputChoice:
    window = None
    if text := query.get(WINDOW, ""):
        center, width = _numbers(text, 2, NO_READING)
        if width <= 0:
            raise PromptError(NO_READING)
        window = Window(center=center, width=width)
    published = {PUBLISHED: True, SMOOTH: False}.get(query.get(RESIZE, ""))
    return InputChoice(window=window, crop=query.get(CROP) != WHOLE, published=published)


def _reading_part(choice: InputChoice) -> dict[str, str]:
    if choice == AS_TRAINED:
        return {}
    window, published = choice.window, choice.published
    said = {WINDOW: f"{window.center:g},{window.width:g}"} if window else {}
    if not choice.crop:
        said[CROP] = WHOLE
    if published is not None:
        said[RESIZE] = PUBLISHED if published else SMOOTH
    return said


def _numbers(text: str, count: int, message: str) -> list[float]:
    try:
        numbers = [float(one) for one in text[:100].split(",")]
    except ValueError:
        raise PromptError(message) from None
    if len(numbers) != count or not all(map(isfinite, numbers)):
        raise PromptError(message)
    return numbers
