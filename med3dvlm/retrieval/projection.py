"""The projection that spreads a library's vectors most, for a map of them (PCA).

projection = principal_projection(vectors)
projection.places(vectors)        # (n, 2)
projection.places(query[None])    # another vector on the same map
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from med3dvlm.errors import LibraryError

DECIDING = 4096  # vectors; more turn the axes by no more than can be seen


@dataclass(frozen=True, slots=True, eq=False)
class Projection:
    """A point and two orthogonal directions.

    Attributes:
        middle: (dim,) mean of the vectors.
        axes: (2, dim) unit directions, the one with more spread first; zeros if there is none.
        shares: share of the variance that each direction explains, 0 to 1.
    """

    middle: NDArray[np.float64]
    axes: NDArray[np.float64]
    shares: tuple[float, float]

    def places(self, vectors: ArrayLike) -> NDArray[np.float64]:
        """Projects (n, dim) to (n, 2)."""
        places: NDArray[np.float64] = (np.asarray(vectors, np.float64) - self.middle) @ self.axes.T
        return places


def principal_projection(vectors: ArrayLike) -> Projection:
    """The first two principal components; each axis's largest coefficient is positive.

    Of many vectors, a part that is spread evenly over them all decides.

    Raises:
        LibraryError: there are no vectors.
    """
    rows = np.asarray(vectors)
    if rows.ndim != 2 or 0 in rows.shape:
        raise LibraryError(f"a map needs vectors (n, dim), got an array of shape {rows.shape}")
    rows = rows[:: -(-len(rows) // DECIDING)].astype(np.float64)
    middle = rows.mean(axis=0)
    _, lengths, directions = np.linalg.svd(rows - middle, full_matrices=False)
    axes = np.zeros((2, rows.shape[1]))
    spread = np.zeros(2)
    for axis in range(min(2, len(lengths))):
        if lengths[axis] > 1e-9 * max(lengths[0], 1e-300):
            direction = directions[axis]
            axes[axis] = direction * np.sign(direction[np.abs(direction).argmax()])
            spread[axis] = lengths[axis] ** 2
    total = float((lengths**2).sum()) or 1.0
    return Projection(middle, axes, (float(spread[0] / total), float(spread[1] / total)))
