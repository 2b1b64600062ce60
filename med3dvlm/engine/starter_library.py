"""The library that comes with the app: phantoms with reports, searchable from the first minute.

    build_starter_library(engine, folder, count=200, progress=print)
    with open_starter_library(engine, shipped, cache=cache) as library: ...

Entries carry `source="phantom:SEED"`, from which anybody makes the volume again.
"""

import hashlib
import logging
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from med3dvlm.errors import LibraryError, OtherModelError
from med3dvlm.phantoms.case import Case, make_case
from med3dvlm.phantoms.facts import Facts
from med3dvlm.phantoms.splits import SHOWROOM
from med3dvlm.retrieval import Entry, Library
from med3dvlm.retrieval.library import STORE_NAME
from med3dvlm.volumes.views.thumbnail import thumbnail
from med3dvlm.volumes.window import ABDOMEN, LUNG, MEDIASTINUM, Window

if TYPE_CHECKING:  # the engine brings transformers; the page uses `first_look` before it is there
    from med3dvlm.engine.engine import Engine

COUNT = 200
COLLECTION = "phantoms"
SOURCE = "phantom:"
DAMAGED = (
    "The library that comes with the app is damaged, so another one was made of the same phantoms. "
    "The log of the app says more; installing the app again brings the library back."
)
LUNG_KINDS = {"lung nodule", "consolidation", "pneumothorax"}

Voxel = tuple[float, float, float]
Progress = Callable[[int, int], None]

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Look:
    """How to look at a phantom first: grey scale, and voxel `(z, y, x)` of its first finding."""

    window: Window
    center: Voxel | None


def first_look(case: Case) -> Look:
    """The window that shows the findings, through the middle of the first one."""
    boxes = next((found for found in case.extents if found), ())
    center = None
    if boxes:
        z, y, x = ((side.start + side.stop - 1) / 2 for side in boxes[0])
        center = (z, y, x)
    return Look(reading_window(case.facts), center)


def reading_window(facts: Facts) -> Window:
    """The window a radiologist would open such a scan with."""
    if facts.acquisition.region != "chest":
        return ABDOMEN
    lungs = not facts.findings or any(finding.kind in LUNG_KINDS for finding in facts.findings)
    return LUNG if lungs else MEDIASTINUM


def title_of(facts: Facts) -> str:
    """Region and findings: `Abdomen: kidney stone, ascites`."""
    found = ", ".join(kind.name for kind in facts.kinds) or "no finding"
    return f"{facts.acquisition.region.capitalize()}: {found}"


def seed_of(source: str) -> int | None:
    """The seed in an entry's source; None where it is no phantom."""
    number = source.removeprefix(SOURCE)
    return int(number) if source.startswith(SOURCE) and number.isdecimal() else None


def phantom_entry(case: Case) -> Entry:
    """A phantom as an entry of a library."""
    acquisition, look = case.facts.acquisition, first_look(case)
    return Entry(
        title=title_of(case.facts),
        text=case.report,
        digest=case.volume.digest,
        collection=COLLECTION,
        source=f"{SOURCE}{case.seed}",
        thumbnail=thumbnail(case.volume, look.window, center=look.center),
        facts={
            "kinds": [kind.name for kind in case.facts.kinds],
            "region": acquisition.region,
            "plane": acquisition.plane,
            "phase": acquisition.phase,
        },
    )


def nobody(_done: int, _of: int) -> None:
    """The progress of a caller who doesn't look."""


def build_starter_library(
    engine: "Engine", folder: Path, *, count: int = COUNT, progress: Progress = nobody
) -> None:
    """Make the first `count` phantoms of the showroom into a library in a new folder.

    Args:
        engine: its dual encoder makes the vectors.
        folder: there must be no library in it yet.
        count: how many phantoms.
        progress: told how many are done, and of how many.

    Raises:
        CheckpointError: the engine has no dual encoder.
        LibraryError: the folder can't be written, or holds a library.
    """
    model, dim = engine.retrieval_key, engine.retrieval_width
    entries, vectors = [], []
    for done, seed in enumerate(SHOWROOM[:count]):
        progress(done, count)
        case = make_case(seed)
        entries.append(phantom_entry(case))
        vectors.append(engine.encode(case.volume).embedding)
    with Library.create(folder, dim=dim, model=model) as library:
        library.add(entries, np.stack(vectors))
    progress(count, count)


def open_starter_library(
    engine: "Engine", shipped: Path, *, cache: Path, progress: Progress = nobody
) -> Library:
    """The shipped library where it was made by this model; else one of our own in the cache.

    A shipped library that is damaged is named in the log, and in the `note` of the one that takes
    its place.

    Args:
        engine: the model that searches.
        shipped: folder of the prebuilt library.
        cache: folder for libraries of other models, one for each.
        progress: told how many phantoms are done, and of how many.

    Raises:
        CheckpointError: the engine has no dual encoder.
        LibraryError: the cache can't be written.
    """
    key = engine.retrieval_key
    own = cache / hashlib.sha256(key.encode()).hexdigest()[:16]
    library, damaged = _sound(shipped, key)
    if library is None:
        library, _ = _sound(own, key)
    if library is None:
        _build_aside(engine, own, progress)
        library = Library.open(own, model=key)
    library.note = DAMAGED if damaged else ""
    return library


def _sound(folder: Path, key: str) -> tuple[Library | None, bool]:
    """The library of a folder, if there is one of this model; and whether it is damaged."""
    if not (folder / STORE_NAME).is_file():
        return None, False
    try:
        return Library.open(folder, model=key), False
    except OtherModelError as error:
        logger.debug("%s", error)
        return None, False
    except LibraryError as error:
        logger.warning("A library is damaged, another one takes its place: %s", error)
        return None, True


def _build_aside(engine: "Engine", folder: Path, progress: Progress) -> None:
    """Build next to the place and move it there, so that half a library is never found."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as aside:
            build_starter_library(engine, Path(aside) / "library", progress=progress)
            shutil.rmtree(folder, ignore_errors=True)
            (Path(aside) / "library").replace(folder)
    except OSError as error:
        raise LibraryError(f"{folder}: can't be written ({error.strerror})") from error
