"""The library that comes with the app: phantoms with reports, searchable from the start.

    build_starter_library(engine, folder, count=200, progress=print)
    with open_starter_library(engine, shipped, cache=cache) as library: ...

Entries have `source="phantom:SEED"`, from which the volume can be regenerated.
"""

import hashlib
import logging
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from med3dvlm.engine.estimates import with_estimates
from med3dvlm.errors import LibraryError, OtherModelError
from med3dvlm.phantoms.canvas import Box
from med3dvlm.phantoms.case import Case, make_case
from med3dvlm.phantoms.facts import Facts, draw_facts
from med3dvlm.phantoms.findings import KINDS
from med3dvlm.phantoms.splits import SHOWROOM
from med3dvlm.retrieval import Entry, Library
from med3dvlm.retrieval.sealing import STORE_NAME
from med3dvlm.volumes.views.thumbnail import thumbnail
from med3dvlm.volumes.window import ABDOMEN, CT_PRESETS, LUNG, MEDIASTINUM, Window

if TYPE_CHECKING:  # the engine imports transformers; the page needs `first_look` earlier
    from med3dvlm.engine.engine import Engine

COUNT = 200
# Phantoms of each kind of finding, if there are so many: the first results of a search.
OF_EACH_KIND = 10
COLLECTION = "phantoms"
SOURCE = "phantom:"
DAMAGED = (
    "The library that comes with the app is damaged, so another one was made of the same phantoms. "
    "The log of the app says more; installing the app again brings the library back."
)
LUNG_KINDS = {"lung nodule", "consolidation", "pneumothorax"}
BONE = next(window for window in CT_PRESETS if window.name == "Bone")
BONE_ORGANS = {"spine", "hip", "pelvic bone"}

Voxel = tuple[float, float, float]
Progress = Callable[[int, int], None]

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Look:
    """The first view of a phantom: grey scale, and voxel `(z, y, x)` of its first finding."""

    window: Window
    center: Voxel | None


def first_look(case: Case) -> Look:
    """The window that shows the findings, through the middle of the first one."""
    boxes = next((found for found in case.extents if found), ())
    return Look(reading_window(case.facts), middle_of(boxes[0]) if boxes else None)


def look_at(case: Case, kind: str = "", place: str = "") -> Look:
    """One finding in the window in which it is seen: of this kind and place, else the first."""
    drawn = [
        (finding, boxes[0])
        for finding, boxes in zip(case.facts.findings, case.extents, strict=True)
        if boxes
    ]
    if not drawn:
        return first_look(case)
    finding, box = max(
        drawn, key=lambda one: (one[0].kind == kind, one[0].kind == kind and one[0].place == place)
    )
    return Look(window_for(finding.kind, case.facts.acquisition.region), middle_of(box))


def middle_of(box: Box) -> Voxel:
    """The voxel in the middle of a box."""
    z, y, x = ((side.start + side.stop - 1) / 2 for side in box)
    return z, y, x


def window_for(kind: str, region: str) -> Window:
    """The grey scale in which a kind of finding is looked for."""
    if kind in LUNG_KINDS:
        return LUNG
    if KINDS[kind].organ in BONE_ORGANS:
        return BONE
    return MEDIASTINUM if region == "chest" else ABDOMEN


def reading_window(facts: Facts) -> Window:
    """The window a radiologist would choose first for such a scan."""
    if facts.acquisition.region != "chest":
        return ABDOMEN
    lungs = not facts.findings or any(finding.kind in LUNG_KINDS for finding in facts.findings)
    return LUNG if lungs else MEDIASTINUM


def title_of(facts: Facts) -> str:
    """Region and findings: `Abdomen: kidney stone, ascites`."""
    found = ", ".join(kind.name for kind in facts.kinds) or "no finding"
    return f"{facts.acquisition.region.capitalize()}: {found}"


def seed_of(source: str) -> int | None:
    """The seed in an entry's source; None if it is not a phantom."""
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
    """Ignores progress."""


def library_seeds(count: int = COUNT) -> list[int]:
    """The phantoms of the library: the first that show each kind ten times, then the first others.

    The first two hundred alone have six or seven phantoms of some kinds, so that the first ten
    results of a search could not all be right.
    """
    needed = seeds_with_each_kind(SHOWROOM)
    taken = set(needed)
    others = (seed for seed in SHOWROOM if seed not in taken)
    return sorted(islice(chain(needed, others), count))


def seeds_with_each_kind(seeds: Iterable[int]) -> list[int]:
    """The first seeds whose phantoms show each kind ten times, as far as these do."""
    shown: Counter[str] = Counter()
    needed = []
    for seed in seeds:
        kinds = [kind.name for kind in draw_facts(seed).kinds]
        if any(shown[kind] < OF_EACH_KIND for kind in kinds):
            needed.append(seed)
            shown.update(kinds)
        if all(shown[kind] >= OF_EACH_KIND for kind in KINDS):
            break
    return needed


def build_starter_library(
    engine: "Engine", folder: Path, *, count: int = COUNT, progress: Progress = nobody
) -> None:
    """Build a library of `count` showroom phantoms in a new folder.

    Args:
        engine: its dual encoder computes the vectors.
        folder: must not contain a library yet.
        count: how many phantoms.
        progress: called with the number done and the total.

    Raises:
        CheckpointError: the engine has no dual encoder.
        LibraryError: the folder can't be written, or already contains a library.
    """
    model, dim = engine.retrieval_key, engine.retrieval_width
    entries, vectors = [], []
    for done, seed in enumerate(library_seeds(count)):
        progress(done, count)
        case = make_case(seed)
        features = engine.encode(case.volume)
        entries.append(with_estimates(phantom_entry(case), engine.estimates(features)))
        engine.forget_prefixes()
        vectors.append(features.embedding)
    with Library.create(folder, dim=dim, model=model) as library:
        library.add(entries, np.stack(vectors))
    progress(count, count)


def open_starter_library(
    engine: "Engine", shipped: Path, *, cache: Path, progress: Progress = nobody
) -> Library:
    """The shipped library if this model made it; else one from the cache, built if necessary.

    A shipped library that is damaged is named in the log, and in the `note` of the one that takes
    its place.

    Args:
        engine: the model that searches.
        shipped: folder of the prebuilt library.
        cache: folder for libraries of other models, one for each.
        progress: called with the number of phantoms done and the total.

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
    """Build in a temporary folder and move it, so that nobody finds a partial library."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as aside:
            build_starter_library(engine, Path(aside) / "library", progress=progress)
            shutil.rmtree(folder, ignore_errors=True)
            (Path(aside) / "library").replace(folder)
    except OSError as error:
        raise LibraryError(f"{folder}: can't be written ({error.strerror})") from error
