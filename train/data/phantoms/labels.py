"""A phantom's ground truth as loss targets: class indices, finding labels, grid cells.

labels = labels_of(facts)
labels.findings                  # float32 (L,), one entry per (kind, place)
cells = cells_of(case, mapping, (3, 6, 6))    # float32 (K, 3, 6, 6), one map per kind
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from med3dvlm.phantoms.acquisition import PHASES, PLANES, REGIONS
from med3dvlm.phantoms.anatomy import CALCIFICATION, HABITUS, SCOLIOSIS
from med3dvlm.phantoms.canvas import Box
from med3dvlm.phantoms.case import Case
from med3dvlm.phantoms.facts import Facts
from med3dvlm.phantoms.findings import KINDS
from med3dvlm.volumes.grid import GridMap

Field = NDArray[np.float32]
IGNORED = -100

KIND_NAMES = tuple(KINDS)
FINDING_LABELS = tuple(label for kind in KINDS.values() for label in kind.labels)
# Attributes with their classes; the loss ignores what a scan can't show. Only varied phantoms have
# no plane that can be seen, or show something other than a trunk.
ATTRIBUTES: dict[str, tuple[str, ...]] = {
    "plane": (*PLANES, "none"),
    "phase": PHASES,
    "region": (*REGIONS, "other"),
    "habitus": HABITUS,
    "scoliosis": SCOLIOSIS,
    "calcification": CALCIFICATION,
}


class Labels(NamedTuple):
    """Targets of one case."""

    attributes: NDArray[np.int64]  # (6,), class index, -100 if it can't be seen
    findings: Field  # (L,), 1 where the (kind, place) is present
    sizes: Field  # (K,), size in [0, 1] of each present kind, NaN elsewhere
    places: NDArray[np.int64]  # (K,), 0 if the kind is absent, otherwise 1 + index of its place


def labels_of(facts: Facts) -> Labels:
    """Image-level targets of a case; what is hidden or has no class is ignored."""
    acquisition = facts.acquisition
    values = {
        "plane": acquisition.plane,
        "phase": acquisition.phase,
        "region": acquisition.region,
        "habitus": facts.habitus,
        "scoliosis": facts.scoliosis,
        "calcification": facts.calcification,
    }
    indices = [
        IGNORED
        if name in facts.hidden or values[name] not in classes
        else classes.index(values[name])
        for name, classes in ATTRIBUTES.items()
    ]
    findings = np.zeros(len(FINDING_LABELS), np.float32)
    sizes = np.full(len(KIND_NAMES), np.nan, np.float32)
    places = np.zeros(len(KIND_NAMES), np.int64)
    for finding in facts.findings:
        kind, row = KINDS[finding.kind], KIND_NAMES.index(finding.kind)
        findings[FINDING_LABELS.index(finding.label)] = 1
        sizes[row] = (finding.size_mm - kind.size_mm[0]) / (kind.size_mm[1] - kind.size_mm[0])
        places[row] = 1 + (kind.places.index(finding.place) if finding.place else 0)
    return Labels(np.array(indices, np.int64), findings, sizes, places)


def cells_of(case: Case, mapping: GridMap, grid: tuple[int, int, int]) -> Field:
    """Which cells of a coarse grid over the model input hold a finding: (K, d, h, w) in {0, 1}.

    A cell counts if it and the finding's box overlap, along every axis, by at least a quarter of
    the shorter of the two.
    """
    cells = np.zeros((len(KIND_NAMES), *grid), np.float32)
    for finding, boxes in zip(case.facts.findings, case.extents, strict=True):
        kind = KIND_NAMES.index(finding.kind)
        for box in boxes:
            along = [_touched(box, mapping, axis, grid[axis]) for axis in range(3)]
            cells[kind][np.ix_(*along)] = 1
    return cells


def _touched(box: Box, mapping: GridMap, axis: int, count: int) -> NDArray[np.intp]:
    """Cells along one axis that a box overlaps far enough."""
    size = (mapping.stop[axis] - mapping.start[axis]) / count
    low = (box[axis].start - mapping.start[axis]) / size
    high = (box[axis].stop - mapping.start[axis]) / size
    edges = np.arange(count)
    shared = np.minimum(high, edges + 1) - np.maximum(low, edges)
    return np.flatnonzero(shared > 0.25 * min(1.0, high - low))
