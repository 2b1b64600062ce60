"""What thirty seeds were when the shipped model was trained: run this to write it down anew.

python -m tests.phantoms.first_phantoms

Voxels are kept as they are, so that another processor's last bit of a sine is no difference;
facts, places and words are kept as one digest a case.
"""

import hashlib
from pathlib import Path

import numpy as np

from med3dvlm.phantoms.case import Case, make_case
from med3dvlm.phantoms.true_report import true_report

KEPT = Path(__file__).parent / "first_phantoms.npz"
SEEDS = range(30)
SHAPE = (8, 16, 16)


def first_case(seed: int) -> Case:
    return make_case(seed, shape=SHAPE)


def told(case: Case) -> str:
    """Digest of all that is said about a case, places and two wordings included."""
    facts = case.facts
    acquisition = facts.acquisition
    said = (
        *(facts.seed, acquisition.region, acquisition.plane, acquisition.phase),
        *(facts.habitus, facts.scoliosis, facts.calcification, facts.findings),
        *(case.extents, case.report, true_report(facts, variant=5).text),
    )
    return hashlib.sha256(repr(said).encode()).hexdigest()[:16]


if __name__ == "__main__":
    cases = [first_case(seed) for seed in SEEDS]
    np.savez_compressed(
        KEPT,
        told=np.array([told(case) for case in cases]),
        **{str(case.seed): case.volume.voxels for case in cases},
    )
