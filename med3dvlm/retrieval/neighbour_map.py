"""A map of a folder's library on which neighbours lie together (UMAP), kept beside its entries.

    draw_neighbour_map(library)                  # minutes for a large library; needs umap-learn
    found = read_neighbour_map(library)          # None if none was drawn by the same model
    places = found.places(ids, vectors)          # (n, 2)

Two principal components show how a library varies most, but part neighbours; UMAP (McInnes et al.
2018, arXiv:1802.03426) keeps neighbours together and says nothing of longer distances. Drawing is
work for once: what comes later lies among the neighbours that it has in the library.
"""

import logging
import warnings
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from med3dvlm.errors import LibraryError
from med3dvlm.retrieval.beside import Beside
from med3dvlm.retrieval.library import Library
from med3dvlm.retrieval.vector_store import VectorReader

FILE = "neighbours.npz"
FEWEST = 10  # volumes; fewer have no neighbourhoods to keep together
NEIGHBOURS = 15  # UMAP's default: how many of them a place is made from
NEAREST = 3  # among these a newcomer is placed
AT_ONCE = 1024  # newcomers compared with all others in one step
NOT_INSTALLED = (
    "Drawing this map needs the package umap-learn. Install it: pip install 'med3dvlm[maps]'"
)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class NeighbourMap:
    """Where the entries lay when the map was drawn.

    Attributes:
        ids: (n,) of the entries, ascending.
        drawn: (n, 2) their places; the library's spread in each direction is about one.
    """

    ids: NDArray[np.int64]
    drawn: NDArray[np.float32]

    def newcomers(self, ids: Sequence[int]) -> int:
        """How many of these entries were not there when the map was drawn."""
        return int((~np.isin(np.asarray(ids, np.int64), self.ids)).sum())

    def places(self, ids: Sequence[int], vectors: NDArray[np.float32]) -> NDArray[np.float64]:
        """Places (n, 2) of entries, those not yet on the map among their neighbours.

        Args:
            ids: of the entries.
            vectors: (n, dim) unit vectors of these.
        """
        numbers = np.asarray(ids, np.int64)
        known = np.isin(numbers, self.ids)
        places = np.zeros((len(numbers), 2))
        places[known] = self.drawn[np.searchsorted(self.ids, numbers[known])]
        if known.any() and not known.all():
            places[~known] = among_neighbours(vectors[~known], vectors[known], places[known])
        return places


def among_neighbours(
    newcomers: NDArray[np.float32], vectors: NDArray[np.float32], places: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Places (m, 2) between the nearest of (n, dim) unit vectors that have places (n, 2).

    The nearer one is, the more it counts: a copy lies where the original lies.
    """
    count = min(NEAREST, len(vectors))
    found = np.empty((len(newcomers), 2))
    for start in range(0, len(newcomers), AT_ONCE):
        cosines = newcomers[start : start + AT_ONCE] @ vectors.T
        nearest = np.argpartition(-cosines, count - 1, axis=1)[:, :count]
        away = 1 - np.take_along_axis(cosines, nearest, axis=1).astype(np.float64)
        weights = 1 / np.maximum(away, 1e-6)
        weights /= weights.sum(axis=1, keepdims=True)
        found[start : start + len(away)] = (weights[..., None] * places[nearest]).sum(axis=1)
    return found


def draw_neighbour_map(library: VectorReader, *, progress: bool = False) -> NeighbourMap:
    """Draw the map of a folder's library and keep it there; the same library gives the same map.

    Raises:
        LibraryError: umap-learn is not installed, the library lies in a server or has too few
            volumes, or its folder can't be written.
    """
    folder = _folder_of(library)
    ids, vectors = library.vectors()
    if len(ids) < FEWEST:
        raise LibraryError(f"A map of neighbours needs {FEWEST} volumes; there are {len(ids)}.")
    try:
        with warnings.catch_warnings():  # it speaks of TensorFlow, which nothing here needs
            warnings.simplefilter("ignore", ImportWarning)
            from umap import UMAP
    except ImportError as error:
        raise LibraryError(NOT_INSTALLED) from error
    # One thread and a seed: the same map again.
    drawing = UMAP(
        n_neighbors=min(NEIGHBOURS, len(ids) - 1), metric="cosine", random_state=0, n_jobs=1,
        verbose=progress,
    )  # fmt: skip
    drawn = np.asarray(drawing.fit_transform(vectors), np.float32)
    drawn = (drawn - drawn.mean(axis=0)) / max(float(drawn.std()), 1e-12)
    made = NeighbourMap(np.asarray(ids, np.int64), drawn)
    _write(folder, made, library.model)
    return made


def read_neighbour_map(library: VectorReader) -> NeighbourMap | None:
    """The map that was drawn of a library; None if there is none, or one of another model."""
    if isinstance(library, Beside):
        library = library.library
    if not isinstance(library, Library):
        return None
    path = library.folder / FILE
    try:
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            model, ids, drawn = str(file["model"]), file["ids"], file["drawn"]
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        log.warning("a library's map of neighbours can't be read: %s", type(error).__name__)
        return None
    sound = ids.ndim == 1 and drawn.shape == (len(ids), 2) and bool(np.all(np.diff(ids) > 0))
    if model != library.model or not sound or not np.isfinite(drawn).all():
        return None
    return NeighbourMap(ids.astype(np.int64), drawn.astype(np.float32))


def _folder_of(library: VectorReader) -> Path:
    if not isinstance(library, Library):
        raise LibraryError(
            "Only a library in a folder keeps a map of neighbours; one in a server is shown by its "
            "principal components."
        )
    return library.folder


def _write(folder: Path, made: NeighbourMap, model: str) -> None:
    """Whole or not at all."""
    aside = folder / f".{FILE}"
    try:
        with aside.open("wb") as file:
            np.savez_compressed(file, ids=made.ids, drawn=made.drawn, model=np.str_(model))
        aside.replace(folder / FILE)
    except OSError as error:
        aside.unlink(missing_ok=True)
        raise LibraryError(f"{folder}: the map can't be written ({error.strerror})") from error
