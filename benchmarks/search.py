"""A library's search against exact search of the same vectors, in the same run.

python -m benchmarks.search --count 120000 --width 512
python -m benchmarks.search --count 120000 --intrinsic 0     # no structure: the worst case

The vectors lie in clusters, on a few directions with noise, as those of scans do; with `--intrinsic
0` every number is drawn for itself. The plain way is FAISS's flat index over the same vectors. CPU
milliseconds stand beside those of the clock, because other load on the machine hardly affects them.
"""

import argparse
import os
import platform
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from benchmarks.stopwatch import seconds
from med3dvlm.retrieval import Entry, Library

HERE = Path(__file__).resolve().parent
Vectors = NDArray[np.float32]
MODEL, K, CLUSTERS, BATCH, ADDS = "benchmark", 10, 1500, 5000, 100
SHARES = (100, 10)  # filters of 1 % and 10 %: every hundredth entry, every tenth
MARK_RECALL, MARK_P99_MS, MARK_ADD_MS, MARK_OPEN_S, MARK_MEMORY = 0.99, 10.0, 20.0, 1.0, 2.0


@dataclass(frozen=True, slots=True)
class Timed:
    """Milliseconds of one search each, and what they found: by the clock, and CPU."""

    clock: NDArray[np.float64]
    cpu: NDArray[np.float64]
    found: list[set[int]]

    def recall(self, truth: "Timed") -> float:
        """Share of the nearest that were found."""
        return float(
            np.mean([len(a & b) / len(b) for a, b in zip(self.found, truth.found, strict=True)])
        )


def drawn(seed: int, count: int, *, width: int, intrinsic: int) -> Vectors:
    """Unit vectors (count, width); clusters and directions are the same for every seed."""
    generator, shared = np.random.default_rng(seed), np.random.default_rng(7)
    rows = generator.normal(size=(count, width)).astype(np.float32)
    if intrinsic:
        directions = shared.normal(size=(intrinsic, width)).astype(np.float32)
        middles = 2 * shared.normal(size=(CLUSTERS, intrinsic)).astype(np.float32)
        place = middles[generator.integers(0, CLUSTERS, count)]
        place += generator.normal(size=place.shape).astype(np.float32)
        rows = 0.5 * rows + place @ directions
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


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
        for start in range(0, len(rows), BATCH):
            part = range(start, min(start + BATCH, len(rows)))
            library.add([entry(n) for n in part], rows[part.start : part.stop])
        library.seal()


def entry(number: int) -> Entry:
    """An entry of which filters choose every hundredth, and every tenth."""
    facts = {f"of{share}": number % share for share in SHARES}
    return Entry(title=f"Scan {number}", text="", digest=str(number), facts=facts)


def plain(rows: Vectors, share: int) -> Callable[[Vectors], list[int]]:
    """Exact search of every vector that the filter leaves."""
    flat: Any = faiss.IndexFlatIP(rows.shape[1])
    chosen = np.arange(0, len(rows), share)
    flat.add(rows[chosen])
    return lambda query: chosen[flat.search(query[None], K)[1][0]].tolist()


def ours(library: Library, share: int) -> Callable[[Vectors], list[int]]:
    """The library's search, entries and all, with a filter inside."""
    where = {f"of{share}": 0} if share > 1 else None
    return lambda query: [int(h.entry.digest) for h in library.search(query, K, where=where)]


def measure(arguments: argparse.Namespace, folder: Path) -> list[str]:
    """Lines of the report."""
    how = {"width": arguments.width, "intrinsic": arguments.intrinsic}
    rows = drawn(0, arguments.count, **how)
    queries = drawn(1, arguments.queries, **how)
    size = rows.nbytes / 2**20
    building = seconds(lambda: build(folder, rows))
    disk = sum(path.stat().st_size for path in folder.iterdir()) / 2**20
    exact = {share: timed(queries, plain(rows, share)) for share in (1, *SHARES)}
    before = resident_mib()
    library: Library | None = None

    def opened() -> None:
        nonlocal library
        library = Library.open(folder, model=MODEL)

    opening = seconds(opened)
    assert library is not None
    found = {share: timed(queries, ours(library, share)) for share in (1, *SHARES)}
    memory = resident_mib() - before
    fresh = drawn(2, ADDS, **how)
    adds = [
        1000 * seconds(lambda n=n: library.add([entry(-1 - n)], fresh[n][None]))  # type: ignore[misc]
        for n in range(ADDS)
    ]
    assert library.segment is not None
    search = library.segment.made.search
    library.close()
    lines = [
        f"Vectors: {size:.0f} MiB. Build {building:.1f} s, {disk / size:.2f} times the vectors on "
        f"the disk. Search: {search}.", "",
        "| what | found | mark |", "|---|---|---|",
        f"| open, s | {opening:.3f} | {MARK_OPEN_S} |",
        f"| memory, times the vectors | {memory / size:.2f} | {MARK_MEMORY} |",
        f"| add one, median ms | {np.median(adds):.1f} | {MARK_ADD_MS} |",
        f"| add one, p99 ms | {np.percentile(adds, 99):.1f} | {MARK_ADD_MS} |", "",
        "| filter | recall@10 | p50 ms | p99 ms | median CPU ms | exact p50 ms | exact p99 ms "
        "| exact CPU ms | exact CPU / ours |",
        "|---|---|---|---|---|---|---|---|---|",
    ]  # fmt: skip
    for share, one in found.items():
        flat = exact[share]
        cpu, slow = float(np.median(one.cpu)), float(np.median(flat.cpu))
        lines.append(
            f"| {'none' if share == 1 else f'{100 // share} %'} | {one.recall(flat):.4f} | "
            f"{np.median(one.clock):.2f} | {np.percentile(one.clock, 99):.2f} | {cpu:.2f} | "
            f"{np.median(flat.clock):.2f} | {np.percentile(flat.clock, 99):.2f} | {slow:.2f} | "
            f"{slow / cpu:.1f} |"
        )
    p99, recall = np.percentile(found[1].clock, 99), found[1].recall(exact[1])
    within = "within" if p99 < MARK_P99_MS and recall >= MARK_RECALL else "outside"
    return [*lines, "", f"Without a filter: {within} the mark of p99 < {MARK_P99_MS:.0f} ms at "
            f"recall {MARK_RECALL}."]  # fmt: skip


def main() -> None:
    """Measure and write a page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=120_000)
    parser.add_argument("--width", type=int, default=512)
    parser.add_argument("--intrinsic", type=int, default=24, help="directions with structure")
    parser.add_argument("--queries", type=int, default=300)
    parser.add_argument("--out", type=Path, help="a page to write; else one in this folder")
    chosen = parser.parse_args()
    load = (
        f"Load of the machine before it began: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores."
    )
    with tempfile.TemporaryDirectory() as place:
        lines = measure(chosen, Path(place) / "library")
    today = datetime.now(UTC).date()
    heading = [
        f"# Search of {chosen.count:,} vectors of {chosen.width} numbers", "",
        f"{today}, {platform.machine()}, FAISS {faiss.__version__}, {chosen.intrinsic} directions "
        f"with structure, {chosen.queries} queries. {load}", "",
    ]  # fmt: skip
    name = f"search-{chosen.count}-{chosen.intrinsic}_{platform.machine()}_{today}.md"
    (chosen.out or HERE / name).write_text("\n".join([*heading, *lines, ""]))


if __name__ == "__main__":
    main()
