"""The painter's own masks of a phantom: of its findings and of its organs.

masks = masks_of(seed, (64, 128, 128))
masks["liver"], masks["the kidney stone"]
"""

from med3dvlm.phantoms.case import Mask, Shape, make_case
from med3dvlm.phantoms.organs import organ_masks


def masks_of(seed: int, shape: Shape) -> dict[str, Mask]:
    """The painter's masks of a phantom: of its findings, as "the ...", and of its organs."""
    case = make_case(seed, shape=shape, masked=True)
    found = {
        f"the {finding.kind}": mask
        for finding, mask in zip(case.facts.findings, case.masks, strict=True)
    }
    return found | organ_masks(seed, shape=shape)
