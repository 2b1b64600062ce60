"""A scan as an entry of a library, whatever its unit."""

import numpy as np
import pytest

from med3dvlm.engine.scan_entry import scan_entry
from med3dvlm.volumes.volume import Volume, canonical_affine


@pytest.mark.parametrize("unit", ["HU", "arbitrary"])
def test_facts_picture_and_tags(unit: str) -> None:
    """An image without Hounsfield units ended the embedding of its whole folder."""
    voxels = np.random.default_rng(0).integers(0, 900, (8, 20, 30)).astype(np.int16)
    affine = canonical_affine((5.0, 1.0, 0.5), (0.0, 0.0, 0.0))
    volume = Volume(voxels=voxels, affine=affine, unit=unit, modality="CT")
    entry = scan_entry(volume, tags=["trauma"])
    assert entry.title == f"Scan {volume.digest[:8]}"
    assert entry.facts == {
        "modality": "CT", "unit": unit, "slices": 8, "spacing_mm": [5.0, 1.0, 0.5],
        "tags": ["trauma"],
    }  # fmt: skip
    assert entry.thumbnail.startswith(b"RIFF")
    named = scan_entry(volume, title="Knee", collection="mine", source="phantom:7")
    assert (named.title, named.collection, named.source) == ("Knee", "mine", "phantom:7")
    assert "tags" not in named.facts
