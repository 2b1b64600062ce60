"""The sealed part of a library's index: files that are written once and mapped into memory.

    made = write_segment(folder, store.vectors_in_turn(), dim=512, name="segment-7", upto=7)
    segment = Segment(folder, made, dim=512)
    ids, scores = segment.nearest(query, 10)

Three files: ids and unit vectors as plain little-endian numbers, and, where there are too many to
compare each, FAISS's inverted lists of short codes (RaBitQ, 2 bits a number). The codes choose
candidates, which are compared by their true vectors.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from med3dvlm.errors import LibraryError
from med3dvlm.retrieval.tuning import EXACT, Search, lists_for, tuned

Vectors = NDArray[np.float32]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]
FORMAT = 1
FEW = 5_000  # up to so many chosen entries, comparing each is faster than the codes
AT_ONCE = 16_384  # rows in memory while codes are made
SAMPLED = 64  # vectors for each list that the lists are learned from
CODE_BITS = 2
IDS, VECTORS, CODES = ".ids", ".vectors", ".codes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What is known of a segment, kept in the store as JSON.

    Attributes:
        name: of its files, without their endings.
        upto: number of the last change that it holds.
        count: how many vectors.
        search: how its codes are searched; `EXACT` if it has none.
    """

    name: str
    upto: int
    count: int
    search: Search = EXACT
    format: int = FORMAT

    def to_json(self) -> str:
        """As text for the store."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Made":
        """From the store's text.

        Raises:
            LibraryError: another version of the program wrote it.
        """
        try:
            values = json.loads(text)
            made = cls(**values | {"search": Search(**values["search"])})
        except (ValueError, TypeError, KeyError) as error:
            raise LibraryError(f"the library's index has an unknown form ({error})") from error
        if made.format != FORMAT:
            raise LibraryError(f"the library's index has format {made.format}, not {FORMAT}")
        return made


class Segment:
    """Vectors under ascending ids; opening reads none of them.

    Raises:
        LibraryError: a file is missing, or not as long as it was written.
    """

    def __init__(self, folder: Path, made: Made, dim: int) -> None:
        self.made = made
        path = folder / made.name
        self.ids: Ints = _mapped(path.with_suffix(IDS), "<i8", (made.count,))
        self.rows: Vectors = _mapped(path.with_suffix(VECTORS), "<f4", (made.count, dim))
        self.alive: Mask = np.ones(made.count, dtype=bool)
        self._codes = None if made.search.exact else _codes(path.with_suffix(CODES), made, dim)

    def __len__(self) -> int:
        return int(self.alive.sum())

    def drop(self, ids: Iterable[int]) -> None:
        """These are gone, or have another vector elsewhere."""
        self.alive[self.places(ids)] = False

    def places(self, ids: Iterable[int]) -> Ints:
        """Where ids lie, those that are here."""
        known = ids if isinstance(ids, np.ndarray) else np.fromiter(ids, np.int64)
        wanted = np.unique(known)
        places = np.searchsorted(self.ids, wanted)
        held = places < len(self.ids)
        held[held] = self.ids[places[held]] == wanted[held]
        return places[held]

    def nearest(
        self, query: Vectors, k: int, *, among: Iterable[int] | None = None
    ) -> tuple[Ints, Vectors]:
        """The ids and cosines of the `k` nearest, in no order, and of what is as near as the last.

        Args:
            query: (dim,) of length 1.
            k: at most how many.
            among: if given, only these ids are searched.
        """
        chosen = self.alive if among is None else self._among(among)
        if self._codes is None and among is None:
            scores = np.where(chosen, self.rows @ query, -np.inf)
            return self._best(np.flatnonzero(chosen), scores[chosen], k)
        if self._codes is None or int(chosen.sum()) <= FEW:
            places = np.flatnonzero(chosen)
        else:
            places = self._by_codes(query, k, chosen)
        return self._best(places, self.rows[places] @ query, k)

    def _among(self, ids: Iterable[int]) -> Mask:
        chosen = np.zeros(len(self.ids), bool)
        chosen[self.places(ids)] = True
        return chosen & self.alive

    def _best(self, places: Ints, scores: Vectors, k: int) -> tuple[Ints, Vectors]:
        """The `k` with the highest scores; equal ones are all kept for whoever orders them."""
        if k < len(places):
            kept = scores >= np.partition(scores, -k)[-k]
            places, scores = places[kept], scores[kept]
        return self.ids[places], scores

    def _by_codes(self, query: Vectors, k: int, chosen: Mask) -> Ints:
        """Candidates from the lists nearest to the query; more lists where few are chosen."""
        search, count = self.made.search, int(chosen.sum())
        selector = None
        if count < len(chosen):
            bits = np.packbits(chosen, bitorder="little")
            # faiss's stub file doesn't know that its Python wrapper takes an array
            selector = faiss.IDSelectorBitmap(bits)  # type: ignore[call-arg, arg-type]
        wanted = min(max(search.rerank, 4 * k), count)
        probes = min(search.lists, -(-search.probes * len(chosen) // max(count, 1)))
        found = candidates(self._codes, query, wanted, probes, selector)
        if len(found) < min(k, count):
            found = candidates(self._codes, query, wanted, search.lists, selector)
        return found


def candidates(codes: Any, query: Vectors, wanted: int, probes: int, selector: Any = None) -> Ints:
    """Places of the nearest by their codes, ascending, so that their vectors are read in order."""
    params = faiss.SearchParametersIVF(
        nprobe=int(probes), **({"sel": selector} if selector else {})
    )  # type: ignore[call-arg]
    found = codes.search(query[None], int(wanted), params=params)[1][0]
    return np.sort(found[found >= 0])


def write_segment(
    folder: Path, parts: Iterable[tuple[list[int], Vectors]], *, dim: int, name: str, upto: int
) -> Made:
    """Write the files of a segment, from ids and unit vectors that come in ascending order.

    Raises:
        LibraryError: the files can't be written.
    """
    path, count = folder / name, 0
    try:
        with (
            path.with_suffix(IDS).open("wb") as ids,
            path.with_suffix(VECTORS).open("wb") as vectors,
        ):
            for some, rows in parts:
                ids.write(np.asarray(some, "<i8").tobytes())
                vectors.write(rows.astype("<f4", copy=False).tobytes())
                count += len(some)
        search = EXACT
        if lists_for(count):
            rows = _mapped(path.with_suffix(VECTORS), "<f4", (count, dim))
            codes = coded(rows, lists_for(count))
            search = tuned(rows, lambda *how: candidates(codes, *how), lists_for(count))
            if not search.exact:
                faiss.write_index(codes, str(path.with_suffix(CODES)))
    except (OSError, RuntimeError) as error:
        raise LibraryError(
            f"{folder}: the search index can't be written ({error}). Check free space and "
            "permissions; no entry is lost, and searches go on without it."
        ) from error
    return Made(name=name, upto=upto, count=count, search=search)


def remove_segments(folder: Path, *, but: str) -> None:
    """Delete the files of all segments but one."""
    for ending in (IDS, VECTORS, CODES):
        for path in folder.glob(f"segment-*{ending}"):
            if path.stem != but:
                path.unlink(missing_ok=True)


def coded(rows: Vectors, lists: int) -> Any:
    """The codes of all rows, in inverted lists that are learned from a sample of them."""
    dim = rows.shape[1]
    codes = faiss.IndexIVFRaBitQFastScan(
        faiss.IndexFlatIP(dim), dim, lists, faiss.METRIC_INNER_PRODUCT, 32, True, CODE_BITS
    )
    codes.cp.niter = 8
    sample = np.random.default_rng(0).permutation(len(rows))[: lists * SAMPLED]
    codes.train(rows[np.sort(sample)])
    for start in range(0, len(rows), AT_ONCE):
        codes.add(np.ascontiguousarray(rows[start : start + AT_ONCE]))
    return codes


def _mapped(path: Path, kind: str, shape: tuple[int, ...]) -> Any:
    if 0 in shape:
        return np.empty(shape, kind)
    try:
        found, wanted = path.stat().st_size, np.dtype(kind).itemsize * int(np.prod(shape))
        if found != wanted:
            raise LibraryError(f"{path}: has {found} bytes, not {wanted}")
        return np.asarray(np.memmap(path, dtype=kind, mode="r", shape=shape))
    except OSError as error:
        raise LibraryError(f"{path}: can't be read ({error.strerror})") from error


def _codes(path: Path, made: Made, dim: int) -> Any:
    try:
        codes = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
    except RuntimeError as error:
        raise LibraryError(f"{path}: can't be read") from error
    if (codes.ntotal, codes.d) != (made.count, dim):
        raise LibraryError(f"{path}: holds {codes.ntotal} codes, not {made.count}")
    return codes
