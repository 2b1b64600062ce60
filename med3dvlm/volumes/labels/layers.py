"""What a file of labels gives: layers on the grid of a scan, each with the names of its numbers.

layer = laid(planes, ("liver",), place, limits)
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from med3dvlm.volumes.labels.place import Place
from med3dvlm.volumes.labels.planes import Planes, on_grid
from med3dvlm.volumes.limits import Limits


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Layer:
    """Labels that don't overlap.

    Attributes:
        values: `[z, y, x]` on the scan's grid; number `n` from 1 on is `names[n - 1]`.
        names: of the numbers.
        inside: share of what is labelled in the file that lies in the scan.
        points: how many labelled points that was measured on.
        away_mm: from the scan to the nearest of it, where none does.
        notes: what was done, for the user.
    """

    values: NDArray[Any]
    names: tuple[str, ...]
    inside: float
    points: int
    away_mm: float = 0.0
    notes: tuple[str, ...] = ()


LayersOf = Callable[[Path, Place, Limits], Iterator[Layer]]


def laid(
    planes: Planes, names: tuple[str, ...], place: Place, limits: Limits,
    notes: tuple[str, ...] = (),
) -> Layer:  # fmt: skip
    """Planes of numbers as a layer.

    Raises:
        VolumeError: they are empty, or it takes too long.
    """
    planes = planes.trimmed()
    low, high = np.full(3, -0.5), np.array(place.shape[::-1]) - 0.5
    within = points = 0
    nearest = np.inf
    for plane in range(len(planes.values)):
        index = place.index_of(planes.labelled(plane))
        beyond = index - np.clip(index, low, high)
        outside = np.linalg.norm(beyond @ place.affine[:3, :3].T, axis=1)
        within += int((outside < 1e-3).sum())
        points += len(index)
        nearest = min(nearest, float(outside.min(initial=np.inf)))
    share = within / points
    return Layer(
        values=on_grid(planes, place, limits), names=names, inside=share,
        points=points, away_mm=0.0 if share else nearest, notes=notes,
    )  # fmt: skip
