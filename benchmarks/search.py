"""A library's search against exact search of the same vectors, in the same run.

python -m benchmarks.search --count 30000 120000 1000000
python -m benchmarks.search --count 120000 --intrinsic 0     # no structure: the worst case

The vectors lie in clusters, on a few directions with noise, as those of scans do; with `--intrinsic
0` every number is drawn for itself. The plain way is FAISS's flat index over the same vectors. CPU
milliseconds stand beside those of the clock, because other load on the machine hardly affects them.
"""

import argparse
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from benchmarks.stopwatch import seconds
from med3dvlm.retrieval import Entry, Library
from med3dvlm.retrieval.tuning import Search

HERE = Path(__file__).resolve().parent
Vectors = NDArray[np.float32]
MODEL, K, CLUSTERS, BATCH, ADDS = "benchmark", 10, 1500, 5000, 100
SHARES = (100, 10)  # filters of 1 % and 10 %: every hundredth entry, every tenth
FACTORS = (1 / 8, 1 / 4, 1 / 2, 1, 2, 4, 8)
MARK_RECALL, MARK_P99_MS, MARK_ADD_MS, MARK_OPEN_S, MARK_MEMORY = 0.99, 10.0, 20.0, 1.0, 2.0
MARK_GROWTH = 0.5


@dataclass(frozen=True, slots=True)
class Timed:
    """Milliseconds of one search each, and what they found: by the clock, and CPU."""

    clock: NDArray[np.float64]
    cpu: NDArray[np.float64]
    found: list[set[int]]

    @property
    def told(self) -> str:
        """Median and p99 by the clock, and the median of CPU time, for a table."""
        return (
            f"{np.median(self.clock):.2f} | {np.percentile(self.clock, 99):.2f} | "
            f"{np.median(self.cpu):.2f}"
        )

    def recall(self, truth: "Timed") -> float:
        """Share of the nearest that were found."""
        return float(
            np.mean([len(a & b) / len(b) for a, b in zip(self.found, truth.found, strict=True)])
        )


def drawn(seed: int, count: int, *, width: int, intrinsic: int) -> Vectors:
    """Unit vectors (count, width); clusters and directions are the same for every seed."""
    generator, shared = np.random.default_rng(seed), np.random.default_rng(7)
    directions = shared.normal(size=(intrinsic, width)).astype(np.float32)
    middles = 2 * shared.normal(size=(CLUSTERS, intrinsic)).astype(np.float32)
    rows = np.empty((count, width), np.float32)
    for start in range(0, count, BATCH):
        part = generator.standard_normal((min(BATCH, count - start), width), np.float32)
        if intrinsic:
            place = middles[generator.integers(0, CLUSTERS, len(part))]
            place += generator.standard_normal(place.shape, np.float32)
            part = 0.5 * part + place @ directions
        rows[start : start + BATCH] = part / np.linalg.norm(part, axis=1, keepdims=True)
    return rows


def resident_mib() -> float:
    """Memory of this process that is its own or mapped, in MiB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def timed(queries: Vectors, search: Callable[[Vectors], list[int]]) -> Timed:
    """Each query by itself, after one to warm up."""
    search(queries[0])
    clock, cpu, found = [], [], []
    for query in queries:
        begun, spent = time.perf_counter(), time.process_time()
        found.append(set(search(query)))
        cpu.append(1000 * (time.process_time() - spent))
        clock.append(1000 * (time.perf_counter() - begun))
    return Timed(np.array(clock), np.array(cpu), found)


def build(folder: Path, rows: Vectors) -> None:
    """A sealed library of all rows; entry n has the digest n."""
    with Library.create(folder, dim=rows.shape[1], model=MODEL) as library:
        library.seal_after = len(rows) + 1
        for start in tqdm(range(0, len(rows), BATCH), "build", unit="batch"):
            part = range(start, min(start + BATCH, len(rows)))
            library.add([entry(n) for n in part], rows[part.start : part.stop])
        library.seal()


def entry(number: int) -> Entry:
    """An entry of which filters choose every hundredth, and every tenth."""
    facts = {f"of{share}": number % share for share in SHARES}
    return Entry(title=f"Scan {number}", text="", digest=str(number), facts=facts)


def plain(rows: Vectors, share: int) -> Callable[[Vectors], list[int]]:
    """Exact search of every vector that the filter leaves."""
    left = rows[::share]
    return lambda query: (share * nearest(query[None], left)[0]).tolist()


def nearest(queries: Vectors, rows: Vectors) -> NDArray[np.int64]:
    """The places of the nearest rows to each query, by FAISS's exact search."""
    places: NDArray[np.int64] = faiss.knn(
        queries, np.ascontiguousarray(rows), K, metric=faiss.METRIC_INNER_PRODUCT
    )[1]
    return places


def ours(library: Library, share: int) -> Callable[[Vectors], list[int]]:
    """The library's search, entries and all, with a filter inside."""
    where = {f"of{share}": 0} if share > 1 else None
    return lambda query: [int(h.entry.digest) for h in library.search(query, K, where=where)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What was measured at one size.

    Attributes:
        count: how many vectors.
        size: of them, MiB.
        building: seconds, until the index was sealed.
        disk: MiB.
        opening: seconds.
        memory: MiB that opening and searching took.
        adds: milliseconds of adding one.
        search: the setting that was chosen.
        exact: searches by comparing all, by the share that the filter leaves.
        found: those of the library.
        curve: recall and searches with more and fewer lists than were chosen.
    """

    count: int
    size: float
    building: float
    disk: float
    opening: float
    memory: float
    adds: list[float]
    search: Search
    exact: dict[int, Timed]
    found: dict[int, Timed]
    curve: list[tuple[int, Timed]]


def measure(count: int, arguments: argparse.Namespace, folder: Path) -> Measured:
    """Build a library of so many vectors in a folder and search it."""
    how = {"width": arguments.width, "intrinsic": arguments.intrinsic}
    rows, queries = drawn(0, count, **how), drawn(1, arguments.queries, **how)
    building = seconds(lambda: build(folder, rows))
    disk = sum(path.stat().st_size for path in folder.iterdir()) / 2**20
    exact = {
        share: timed(queries, plain(rows, share))
        for share in tqdm((1, *SHARES), "exact search", unit="filter")
    }
    before = resident_mib()
    held: list[Library] = []
    opening = seconds(lambda: held.append(Library.open(folder, model=MODEL)))
    [library] = held
    found = {
        share: timed(queries, ours(library, share))
        for share in tqdm((1, *SHARES), "the library's search", unit="filter")
    }
    memory = resident_mib() - before
    assert library.segment is not None
    search = library.segment.made.search
    curve = list(curve_of(library, queries))
    adds = list(added(library, drawn(2, ADDS, **how)))
    library.close()
    return Measured(
        count=count, size=rows.nbytes / 2**20, building=building, disk=disk, opening=opening,
        memory=memory, adds=adds, search=search, exact=exact, found=found, curve=curve,
    )  # fmt: skip


def curve_of(library: Library, queries: Vectors) -> Iterator[tuple[int, Timed]]:
    """Searches with an eighth to eight times the lists that were chosen."""
    assert library.segment is not None
    made = library.segment.made
    for factor in FACTORS if not made.search.exact else ():
        probes = round(factor * made.search.probes)
        if 1 <= probes <= made.search.lists:
            library.segment.made = replace(made, search=replace(made.search, probes=probes))
            yield probes, timed(queries, ours(library, 1))
    library.segment.made = made


def added(library: Library, rows: Vectors) -> Iterator[float]:
    """Milliseconds of adding one entry, again and again."""
    for number, row in enumerate(rows):
        begun = time.perf_counter()
        library.add([entry(-1 - number)], row[None])
        yield 1000 * (time.perf_counter() - begun)


def lines_of(one: Measured) -> Iterator[str]:
    """What was measured at one size."""
    yield from (
        f"## {one.count:,} vectors", "",
        f"{one.size:.0f} MiB. Built in {one.building:.1f} s, {one.disk / one.size:.2f} times the "
        f"vectors on the disk. {said(one.search)}", "",
        "| what | found | mark |", "|---|---|---|",
        f"| open, s | {one.opening:.3f} | {MARK_OPEN_S} |",
        f"| memory, times the vectors | {one.memory / one.size:.2f} | {MARK_MEMORY} |",
        f"| add one, median ms | {np.median(one.adds):.1f} | {MARK_ADD_MS} |",
        f"| add one, p99 ms | {np.percentile(one.adds, 99):.1f} | {MARK_ADD_MS} |", "",
        "| filter | recall@10 | p50 ms | p99 ms | CPU ms | exact p50 ms | exact p99 ms "
        "| exact CPU ms | exact p50 / ours |",
        "|---|---|---|---|---|---|---|---|---|",
    )  # fmt: skip
    for share, ours_ in one.found.items():
        flat, name = one.exact[share], "none" if share == 1 else f"{100 // share} %"
        yield (
            f"| {name} | {ours_.recall(flat):.4f} | {ours_.told} | {flat.told} | "
            f"{np.median(flat.clock) / np.median(ours_.clock):.1f} |"
        )
    p99, recall = np.percentile(one.found[1].clock, 99), one.found[1].recall(one.exact[1])
    within = "within" if p99 < MARK_P99_MS and recall >= MARK_RECALL else "outside"
    yield ""
    yield (
        f"Without a filter: {within} the mark of p99 < {MARK_P99_MS:.0f} ms at recall "
        f"{MARK_RECALL}."
    )
    if one.curve:
        yield from ("", "| lists | recall@10 | p50 ms | p99 ms | CPU ms |", "|---|---|---|---|---|")
        for probes, part in one.curve:
            yield f"| {probes} | {part.recall(one.exact[1]):.4f} | {part.told} |"
    yield ""


def said(search: Search) -> str:
    """The setting in words."""
    if search.exact:
        return "Every vector is compared."
    return (
        f"{search.probes} of {search.lists} lists are looked through, and {search.rerank} "
        "candidates compared by their vectors."
    )


def growth_of(measured: list[Measured]) -> Iterator[str]:
    """By which power of the size the time of a search grows, from size to size."""
    for small, large in pairwise(measured):
        ratio = np.log(large.count / small.count)
        powers = [
            np.log(np.median(b) / np.median(a)) / ratio
            for a, b in (
                (small.found[1].clock, large.found[1].clock),
                (small.exact[1].clock, large.exact[1].clock),
            )
        ]
        yield (
            f"From {small.count:,} to {large.count:,} the median of a search grows by the power "
            f"{powers[0]:.2f} of the size (mark: below {MARK_GROWTH}); exact search by "
            f"{powers[1]:.2f}."
        )


def main() -> None:
    """Measure and write a page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, nargs="+", default=[120_000], help="ascending sizes")
    parser.add_argument("--width", type=int, default=512)
    parser.add_argument("--intrinsic", type=int, default=24, help="directions with structure")
    parser.add_argument("--queries", type=int, default=500)
    parser.add_argument("--out", type=Path, help="a page to write; else one in this folder")
    chosen = parser.parse_args()
    load = (
        f"Load of the machine before it began: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores."
    )
    measured = []
    for count in chosen.count:
        with tempfile.TemporaryDirectory() as place:
            measured.append(measure(count, chosen, Path(place) / "library"))
    today = datetime.now(UTC).date()
    heading = [
        f"# Search among vectors of {chosen.width} numbers", "",
        f"{today}, {platform.machine()}, FAISS {faiss.__version__}, {chosen.intrinsic} directions "
        f"with structure, {chosen.queries} queries. {load}", "",
    ]  # fmt: skip
    lines = [*heading, *(line for one in measured for line in lines_of(one)), *growth_of(measured)]
    name = f"search-{chosen.count[-1]}-{chosen.intrinsic}_{platform.machine()}_{today}.md"
    page = chosen.out or HERE / name
    page.write_text("\n".join([*lines, ""]))
    sys.stderr.write(f"{page}\n")


if __name__ == "__main__":
    main()
