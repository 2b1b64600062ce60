"""A scan as an entry of a library: what is known of it without a report.

entry = scan_entry(volume, tags=("trauma",))
entry.facts["modality"], entry.facts["tags"]
"""

from collections.abc import Sequence

import numpy as np

from med3dvlm.retrieval import Entry
from med3dvlm.volumes import Volume
from med3dvlm.volumes.views.thumbnail import thumbnail
from med3dvlm.volumes.window import MEDIASTINUM, Window

TAGS = "tags"
BRIGHTEST = (1, 99)  # percentiles between which an image without units is shown


def scan_entry(
    volume: Volume, *, title: str = "", tags: Sequence[str] = (), collection: str = "",
    source: str = "",
) -> Entry:  # fmt: skip
    """The entry of a scan; its title tells nothing of whose scan it is unless one is given."""
    facts = {
        "modality": volume.modality,
        "unit": volume.unit,
        "slices": volume.shape[0],
        "spacing_mm": [round(float(one), 3) for one in volume.spacing_mm],
    }
    return Entry(
        title=title or f"Scan {volume.digest[:8]}",
        text="",
        digest=volume.digest,
        collection=collection,
        source=source,
        thumbnail=thumbnail(volume, _window_of(volume)),
        facts=facts | ({TAGS: list(tags)} if tags else {}),
    )


def _window_of(volume: Volume) -> Window:
    if volume.unit == "HU":
        return MEDIASTINUM
    low, high = np.percentile(volume.voxels[:: max(1, volume.shape[0] // 16)], BRIGHTEST)
    return Window((low + high) / 2, max(high - low, 1.0), "whole range")
