"""Says where the slices of one volume were not made alike: by kernel, voltage, echo and the like.

    notes = mixture(frames)
    kernels_of(frames)      # "B30f and B70f"

Parts of a series that continue one another are one volume, whatever changes on the way; a reader
of the scan has to know of it.
"""

from collections import Counter
from collections.abc import Sequence

from med3dvlm.volumes.formats.dicom.frame import Frame
from med3dvlm.volumes.formats.dicom.marks import MARKS, PLACES, amount_of

KERNEL = "Kernel"
CHANGING = (
    "KVP", "SliceThickness", "EchoTime", "EffectiveEchoTime", "InversionTime", "FlipAngle",
    "DiffusionBValue",
)  # fmt: skip
# Numbers that differ by less than this share of the largest were meant to be the same.
SAME_SHARE = 0.05
MOST_NAMED = 4


def mixture(frames: Sequence[Frame]) -> tuple[str, ...]:
    """A note on what differs between the slices; none if they were made alike."""
    kernels = Counter(filter(None, map(_kernel, frames)))
    kinds = {frame.marks[PLACES["ConvolutionKernel"]].digest for frame in frames} - {""}
    parts = [f"kernel {_listed(kernels)}"] if len(kernels) > 1 else []
    if len(kernels) < 2 <= len(kinds):
        parts = [f"kernel of {len(kinds)} kinds"]
    parts += [part for keyword in CHANGING if (part := _mixed(frames, keyword))]
    return (f"The slices were not all made alike: {'; '.join(parts)}.",) if parts else ()


def kernels_of(frames: Sequence[Frame]) -> str:
    """The reconstruction kernels of some frames, in their order; empty if none is stated."""
    return " and ".join(dict.fromkeys(filter(None, map(_kernel, frames))))


def _kernel(frame: Frame) -> str:
    return dict(frame.instance.details).get(KERNEL, "")


def _mixed(frames: Sequence[Frame], keyword: str) -> str:
    amounts = [amount_of(frame.marks, keyword) for frame in frames]
    known = [amount for amount in amounts if amount is not None]
    if not known or max(known) - min(known) <= SAME_SHARE * max(map(abs, known)):
        return ""
    mark = MARKS[PLACES[keyword]]
    return f"{mark.name} {_listed(Counter(f'{amount:g} {mark.unit}' for amount in known))}"


def _listed(counts: Counter[str]) -> str:
    """For instance `B30f in 12 slices, B70f in 12`."""
    if len(counts) > MOST_NAMED:
        return f"of {len(counts)} kinds"
    (first, slices), *others = counts.items()
    return ", ".join([f"{first} in {slices} slices", *(f"{one} in {n}" for one, n in others)])
