"""A scan as an entry of a library: what is known of it without a report.

entry = scan_entry(volume, tags=("trauma",))
entry.facts["modality"], entry.facts["tags"]
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from med3dvlm.engine.estimates import with_estimates
from med3dvlm.retrieval import Entry
from med3dvlm.volumes import Volume
from med3dvlm.volumes.views.body import sample
from med3dvlm.volumes.views.opening import opening_window
from med3dvlm.volumes.views.thumbnail import thumbnail

TAGS = "tags"


def scan_entry(
    volume: Volume, *, title: str = "", tags: Sequence[str] = (), collection: str = "",
    source: str = "", estimates: Mapping[str, float] = MappingProxyType({}),
) -> Entry:  # fmt: skip
    """The entry of a scan; its title tells nothing of whose scan it is unless one is given.

    `estimates` are what the model that made its vector makes of its findings.
    """
    facts = {
        "modality": volume.modality,
        "unit": volume.unit,
        "slices": volume.shape[0],
        "spacing_mm": [round(float(one), 3) for one in volume.spacing_mm],
    }
    entry = Entry(
        title=title or f"Scan {volume.digest[:8]}",
        text="",
        digest=volume.digest,
        collection=collection,
        source=source,
        thumbnail=thumbnail(volume, opening_window(volume, sample(volume))),
        facts=facts | ({TAGS: list(tags)} if tags else {}),
    )
    return with_estimates(entry, estimates)
