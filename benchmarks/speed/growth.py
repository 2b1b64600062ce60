"""How cost grows: seconds of the processor at several sizes, and the exponent fitted to them.

growths = all_growths(folder, rounds=3)        # 1 is linear, 0 does not grow
"""

import statistics
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from benchmarks.encode import QUESTIONS
from benchmarks.search import MODEL, Vectors, build
from benchmarks.speed.rounds import taken
from benchmarks.speed.scans import write_scan
from med3dvlm.config import DEFAULT_MODEL
from med3dvlm.engine.conversation import Conversation
from med3dvlm.engine.engine import Engine, load_engine
from med3dvlm.engine.features import VolumeFeatures
from med3dvlm.model.dcformer import DCFormer
from med3dvlm.model.dcformer_config import small
from med3dvlm.phantoms.case import make_case
from med3dvlm.phantoms.splits import SHOWROOM
from med3dvlm.retrieval import Library
from med3dvlm.volumes import open_volume

GRIDS = ((24, 48, 48), (32, 64, 64), (48, 96, 96), (64, 128, 128))
SLICES = (32, 64, 128, 256)
ENTRIES = (500, 1000, 2000, 4000)
VISITORS, TURNS, ASKED = (1, 2, 4, 8, 16), (1, 2, 4, 8), (4, 8, 16, 32)
PIXELS, WIDTH, SEARCHES = 256, 128, 50


class Growth(NamedTuple):
    """What grew from where to where, and cost ~ size ** exponent."""

    name: str
    sizes: list[int]
    costs: list[float]
    exponent: float


def all_growths(folder: Path, *, rounds: int) -> list[Growth]:
    """By voxels, slices, entries, visitors, turns and questions."""
    engine = load_engine(DEFAULT_MODEL)
    scan = engine.encode(make_case(SHOWROOM[0]).volume)
    return [
        growth("encoding, by voxels", _encoding(), rounds=rounds),
        growth("reading a packed file, by slices", _reading(folder), rounds=rounds),
        growth(
            f"opening a library and {SEARCHES} searches, by its entries",
            _searching(folder),
            rounds=rounds,
        ),
        growth("answering visitors at once, by visitors", _visiting(engine), rounds=rounds),
        growth("a conversation, by its turns", _conversing(engine, scan), rounds=rounds),
        growth("questions to one scan, by questions", _asking(engine, scan), rounds=rounds),
    ]


def growth(name: str, works: Sequence[tuple[int, Callable[[], object]]], *, rounds: int) -> Growth:
    """Time works of growing size in turn and fit a line to the logarithms."""
    for _, work in works:
        work()
    spent = [[taken(work).processor for _, work in works] for _ in range(rounds)]
    seconds = [statistics.median(column) for column in zip(*spent, strict=True)]
    sizes = [size for size, _ in works]
    return Growth(name, sizes, seconds, exponent(sizes, seconds))


def exponent(sizes: Sequence[int], seconds: Sequence[float]) -> float:
    """The slope of log seconds over log size."""
    return float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])


def _encoding() -> list[tuple[int, Callable[[], object]]]:
    encoder = DCFormer(small()).eval()

    @torch.inference_mode()
    def encode(volume: Tensor) -> list[Tensor]:
        states: list[Tensor] = encoder(volume)
        return states

    volumes = [torch.rand(1, 1, *grid) for grid in GRIDS]
    return [(volume.numel(), partial(encode, volume)) for volume in volumes]


def _reading(folder: Path) -> list[tuple[int, Callable[[], object]]]:
    paths = [
        write_scan(folder / f"{count}.nii.gz", slices=count, pixels=PIXELS) for count in SLICES
    ]
    return [(count, partial(open_volume, path)) for count, path in zip(SLICES, paths, strict=True)]


def _searching(folder: Path) -> list[tuple[int, Callable[[], object]]]:
    works: list[tuple[int, Callable[[], object]]] = []
    for count in ENTRIES:
        vectors = np.random.default_rng(0).normal(size=(count, WIDTH)).astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        build(folder / str(count), vectors)
        works.append((count, partial(_searched, folder / str(count), vectors[:SEARCHES])))
    return works


def _searched(folder: Path, queries: Vectors) -> None:
    with Library.open(folder, model=MODEL) as library:
        for query in queries:
            library.search(query, 10)


def _visiting(engine: Engine) -> list[tuple[int, Callable[[], object]]]:
    """Visitors who ask at the same time, each about a scan of their own."""
    scans = [engine.encode(make_case(seed).volume) for seed in SHOWROOM[: VISITORS[-1]]]
    return [(count, partial(_asked_at_once, engine, scans[:count])) for count in VISITORS]


def _asked_at_once(engine: Engine, scans: Sequence[VolumeFeatures]) -> None:
    with ThreadPoolExecutor(len(scans)) as visitors:
        list(visitors.map(partial(_asked, engine, count=len(QUESTIONS)), scans))


def _conversing(engine: Engine, scan: VolumeFeatures) -> list[tuple[int, Callable[[], object]]]:
    """A whole conversation, every question after all the turns before it."""
    return [(count, partial(_conversed, engine, scan, count)) for count in TURNS]


def _conversed(engine: Engine, scan: VolumeFeatures, turns: int) -> None:
    before = Conversation()
    for number in range(turns):
        question = QUESTIONS[number % len(QUESTIONS)]
        said = "".join(event.text for event in engine.answer(scan, before, question))
        before = before.with_turn(question, said)


def _asking(engine: Engine, scan: VolumeFeatures) -> list[tuple[int, Callable[[], object]]]:
    """Questions one after the other, none of which knows of another."""
    return [(count, partial(_asked, engine, scan, count=count)) for count in ASKED]


def _asked(engine: Engine, scan: VolumeFeatures, *, count: int) -> None:
    for number in range(count):
        list(engine.answer(scan, Conversation(), QUESTIONS[number % len(QUESTIONS)]))
