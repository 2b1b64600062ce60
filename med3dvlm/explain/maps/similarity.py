"""Which cells resemble the cell at a point, and all cells as colours.

    likeness = similar_cells(cells, 5)       # (N,), 1 at the cell itself
    colours = principal_colours(cells)       # (N, 3) in [0, 1]

Colours are the first three principal components of the cells, as is usual for pictures of what
vision transformers learn (Oquab et al., DINOv2, arXiv 2304.07193, figure 1).
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
COLOURS = 3

MEANS = "How alike the model's numbers of a cell and of the chosen one are: their cosine."
MEANS_NOT = (
    "Not that both show the same organ: cells also share what they have seen of the whole scan."
)
NO_CERTIFICATE = (
    "No certificate can exist: nobody knows how alike two cells should be, so there is no truth to "
    "measure this against. The numbers themselves are those of the loaded model."
)
COLOURS_MEAN = "Cells of like colour are alike in the three directions in which cells vary most."
COLOURS_MEAN_NOT = "Not the same from scan to scan: in each scan a colour has another meaning."


def similar_cells(cells: Floats, chosen: int) -> Floats:
    """Cosine (N,) of every cell (N, C) with the chosen one; 0 where a cell is all zeros."""
    wide = cells.astype(np.float64)
    lengths = np.linalg.norm(wide, axis=1)
    units = wide / np.where(lengths > 0, lengths, 1.0)[:, None]
    likeness: Floats = (units @ units[chosen]).astype(np.float32)
    return likeness


def principal_colours(cells: Floats) -> Floats:
    """Red, green and blue (N, 3) in [0, 1]: the first three principal components, each stretched.

    Each component's sign is such that its largest number is positive, so that the colours of a scan
    are the same every time. Components that don't vary are grey.
    """
    centred = cells.astype(np.float64) - cells.mean(axis=0, dtype=np.float64)
    left, strengths, _ = np.linalg.svd(centred, full_matrices=False)
    parts = np.zeros((len(cells), COLOURS))
    found = (left * strengths)[:, :COLOURS]
    found *= np.where(np.take_along_axis(found, np.abs(found).argmax(0)[None], 0) < 0, -1, 1)
    parts[:, : found.shape[1]] = found
    lowest, span = parts.min(axis=0), np.ptp(parts, axis=0)
    flat = span <= 1e-6 * max(float(span.max()), 1e-12)
    colours = np.where(flat, 0.5, (parts - lowest) / np.where(flat, 1.0, span))
    return colours.astype(np.float32)
