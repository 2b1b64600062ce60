"""The value that every file of labels becomes: named voxels on the grid of one scan.

labels = open_labels(path, volume)
[label.name for label in labels.labels]
labels.mask("liver")                 # bool [z, y, x]
labels.at((12, 80, 64))              # names at a voxel

Labels may overlap. So a voxel's number stands for a combination of labels, and 0 for none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from med3dvlm.errors import VolumeError
from med3dvlm.volumes.labels.colours import Colour, colour_of

MOST_COMBINATIONS = 256  # a byte for each voxel, in memory and in the browser
NAME_LENGTH = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """One label of a map.

    Attributes:
        name: as the file has it, printable.
        colour: red, green and blue, told apart by colour-blind people while there are few.
        voxels: how many of the scan's voxels it covers.
        millilitres: their volume.
    """

    name: str
    colour: Colour
    voxels: int
    millilitres: float


@dataclass(frozen=True, kw_only=True, eq=False)
class LabelMap:
    """Labels on the grid of a scan.

    Attributes:
        codes: `[z, y, x]`, which of the combinations each voxel is.
        combinations: for each code the numbers of its labels, the smallest label last.
        labels: the largest first.
        notes: what the reader had to do, for the user.
    """

    codes: NDArray[np.uint8]
    combinations: tuple[tuple[int, ...], ...]
    labels: tuple[Label, ...]
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.codes.flags.writeable = False

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the labels."""
        return tuple(label.name for label in self.labels)

    def mask(self, name: str) -> NDArray[np.bool_]:
        """The voxels of a label.

        Raises:
            VolumeError: there is no label of that name.
        """
        if name not in self.names:
            raise VolumeError(f"There is no label {name!r}. There are: {', '.join(self.names)}.")
        number = self.names.index(name)
        chosen = np.array([number in members for members in self.combinations])
        found: NDArray[np.bool_] = chosen[self.codes]
        return found

    def at(self, index: tuple[int, int, int]) -> tuple[str, ...]:
        """Names of the labels at a voxel `(z, y, x)`."""
        return tuple(self.names[n] for n in self.combinations[int(self.codes[index])])


class LabelPainter:
    """Lays one layer after the other onto the grid of a scan."""

    def __init__(self, shape: tuple[int, int, int], voxel_ml: float) -> None:
        self._codes = np.zeros(shape, np.uint8)
        self._combinations: list[tuple[int, ...]] = [()]
        self._names: list[str] = []
        self._voxel_ml = voxel_ml

    def add(self, layer: NDArray[Any], names: Sequence[str]) -> None:
        """Lay a layer down, whose numbers from 1 on are labels with these names.

        Raises:
            VolumeError: more labels overlap in more ways than a byte can tell apart.
        """
        first, many = len(self._names), len(names) + 1
        self._names += names
        met = np.zeros(len(self._combinations) * many, bool)
        for codes, numbers in zip(self._codes, layer, strict=True):
            met[codes.astype(np.uint32) * many + numbers] = True
        table = np.zeros(met.size, np.uint8)
        for pair in np.flatnonzero(met):
            code, number = divmod(int(pair), many)
            table[pair] = self._code(code, first + number - 1) if number else code
        for codes, numbers in zip(self._codes, layer, strict=True):
            codes[:] = table[codes.astype(np.uint32) * many + numbers]

    def _code(self, code: int, label: int) -> int:
        members = (*self._combinations[code], label)
        if members not in self._combinations:
            if len(self._combinations) == MOST_COMBINATIONS:
                raise VolumeError(
                    f"its labels, or the ways in which they overlap, are more than "
                    f"{MOST_COMBINATIONS - 1}. Save fewer labels, or those that overlap apart."
                )
            self._combinations.append(members)
        return self._combinations.index(members)

    def finish(self, notes: Sequence[str] = ()) -> LabelMap:
        """The map, with the largest label first.

        Raises:
            VolumeError: no label is left on the scan's grid.
        """
        counts = np.bincount(self._codes.ravel(), minlength=len(self._combinations))
        sizes = np.zeros(len(self._names), np.int64)
        for members, count in zip(self._combinations, counts, strict=True):
            sizes[list(members)] += count
        order = [n for n in np.argsort(-sizes, kind="stable").tolist() if sizes[n]]
        lost = [name for name, size in zip(self._names, sizes, strict=True) if not size]
        if not order:
            raise VolumeError("no voxel of the scan is labelled: its labels are smaller than one.")
        if lost:
            notes = (*notes, f"Labels that cover no voxel of the scan: {len(lost)}.")
        rank = {old: new for new, old in enumerate(order)}
        names = told_apart([self._names[n] for n in order])
        return LabelMap(
            codes=self._codes,
            combinations=tuple(
                tuple(sorted(rank[n] for n in members)) for members in self._combinations
            ),
            labels=tuple(
                Label(
                    name=name, colour=colour_of(new), voxels=int(sizes[old]),
                    millilitres=float(sizes[old]) * self._voxel_ml,
                )
                for new, (old, name) in enumerate(zip(order, names, strict=True))
            ),
            notes=tuple(dict.fromkeys(notes)),
        )  # fmt: skip


def labels_of_masks(masks: Mapping[str, NDArray[np.bool_]], voxel_ml: float) -> LabelMap:
    """Masks of one grid as a label map."""
    shape = next(iter(masks.values())).shape
    painter = LabelPainter((shape[0], shape[1], shape[2]), voxel_ml)
    for name, mask in masks.items():
        painter.add(mask.astype(np.uint8), (name,))
    return painter.finish()


def printable(name: Any, otherwise: str) -> str:
    """A name from a file, for the page: one line that is not too long."""
    text = "".join(c if c.isprintable() else " " for c in str(name or ""))
    return " ".join(text.split())[:NAME_LENGTH] or otherwise


def told_apart(names: Sequence[str]) -> list[str]:
    """Names of which no two are the same."""
    told: list[str] = []
    for name in names:
        number, candidate = 1, name
        while candidate in told:
            number += 1
            candidate = f"{name} ({number})"
        told.append(candidate)
    return told
