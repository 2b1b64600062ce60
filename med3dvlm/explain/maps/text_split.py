"""How much each cell adds to the similarity of a volume and a text: an exact split, no estimate.

    parts = additive_split(cells, text)      # (N,), adds up to the cosine of volume and text

The dual encoder takes the mean of all cells and a linear head, so a text's score is a sum over
cells (the idea of class activation maps, Zhou et al., arXiv 1512.04150).
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

# N cells  E width of the common space
MEANS = "The numbers of all cells add up exactly to the similarity of the scan and the text."
MEANS_NOT = (
    "Not what a cell shows by itself: a cell has seen most of the scan before it is added, and a "
    "number below zero doesn't say that the finding is absent there."
)


def additive_split(cells: Floats, text: Floats) -> Floats:
    """Parts (N,) that add up to the cosine of the mean of `cells` (N, E) and the text (E,).

    Args:
        cells: each cell after the linear head, before anything is normalised.
        text: the text's vector of length 1.
    """
    whole = cells.mean(axis=0, dtype=np.float64)
    length = float(np.linalg.norm(whole)) or 1.0
    parts: Floats = (cells.astype(np.float64) @ text / (len(cells) * length)).astype(np.float32)
    return parts
