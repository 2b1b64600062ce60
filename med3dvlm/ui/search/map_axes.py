"""How the map of a library is laid out: along principal components, or neighbours together.

laid = lay_out(library, ids, vectors, axes=NEIGHBOURS)
laid.places, laid.place(query)
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from med3dvlm.retrieval.neighbour_map import NeighbourMap, among_neighbours, read_neighbour_map
from med3dvlm.retrieval.projection import principal_projection
from med3dvlm.retrieval.vector_store import VectorReader

COMPONENTS, NEIGHBOURS = "components", "neighbours"
CHOICES = (("Where it varies most (PCA)", COMPONENTS), ("Neighbours together (UMAP)", NEIGHBOURS))
ABOUT_NEIGHBOURS = (
    "Neighbours lie together here (UMAP). How far groups lie apart, and how large they are, says "
    "nothing."
)
NEWCOMERS = (
    "{count} volumes came after this map was drawn and lie between the three that they are most "
    "like."
)


@dataclass(frozen=True, slots=True, eq=False)
class Laid:
    """Where everything lies.

    Attributes:
        places: (n, 2) of the entries.
        place: gives the place (2,) of another vector (dim,).
        shares: of the variance along both axes; None where the axes have no such meaning.
        about: what to know of it, in a sentence or two; empty for nothing.
    """

    places: NDArray[np.float64]
    place: Callable[[NDArray[np.float32]], NDArray[np.float64]]
    shares: tuple[float, float] | None = None
    about: str = ""


def lay_out(
    library: VectorReader, ids: Sequence[int], vectors: NDArray[np.float32], axes: str
) -> Laid:
    """Lay entries out; along principal components if neighbours have no map."""
    drawn = read_neighbour_map(library) if axes == NEIGHBOURS else None
    return _neighbours(drawn, ids, vectors) if drawn else _components(vectors)


def _components(vectors: NDArray[np.float32]) -> Laid:
    projection = principal_projection(vectors)
    return Laid(
        projection.places(vectors), lambda row: projection.places(row[None])[0], projection.shares
    )


def _neighbours(drawn: NeighbourMap, ids: Sequence[int], vectors: NDArray[np.float32]) -> Laid:
    places, count = drawn.places(ids, vectors), drawn.newcomers(ids)
    about = [ABOUT_NEIGHBOURS, *([NEWCOMERS.format(count=count)] if count else [])]
    return Laid(
        places,
        lambda row: among_neighbours(np.asarray(row, np.float32)[None], vectors, places)[0],
        about=" ".join(about),
    )
