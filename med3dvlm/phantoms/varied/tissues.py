"""Tissue values as spread as in people: plain values, contrast by dose and time, bone and lung.

acquisition = enhanced(rng, acquisition, age=70)
acquisition.hu("liver")
"""

from dataclasses import dataclass, field

import numpy as np

from med3dvlm.phantoms.acquisition import Acquisition, Phase

# Plain HU: mean and spread over people.
PLAIN: dict[str, tuple[float, float]] = {
    "artery": (41, 5), "liver": (57, 6), "spleen": (47, 4), "kidney cortex": (32, 4),
    "pancreas": (38, 6), "muscle": (52, 6), "bowel wall": (36, 6), "gland": (40, 6),
    "soft mass": (40, 6), "myocardium": (43, 4), "skin": (10, 25),
}  # fmt: skip
# What contrast of a usual dose adds, at the beginning and at the end of each phase, and the spread
# between people as a share.
GAIN: dict[Phase, dict[str, tuple[float, float, float]]] = {
    "arterial": {
        "artery": (330, 190, 0.25), "vein": (8, 95, 0.3), "right heart": (300, 130, 0.3),
        "myocardium": (50, 75, 0.2), "liver": (3, 30, 0.3), "spleen": (55, 100, 0.25),
        "kidney cortex": (95, 150, 0.2), "kidney medulla": (15, 70, 0.3),
        "pancreas": (45, 75, 0.25), "muscle": (3, 8, 0.3), "bowel wall": (20, 55, 0.3),
        "gland": (20, 45, 0.3), "soft mass": (15, 48, 0.35),
    },
    "portal venous": {
        "artery": (150, 95, 0.16), "vein": (125, 105, 0.16), "right heart": (145, 95, 0.16),
        "myocardium": (80, 60, 0.2), "liver": (48, 58, 0.16), "spleen": (80, 65, 0.16),
        "kidney cortex": (150, 125, 0.16), "kidney medulla": (90, 125, 0.2),
        "pancreas": (55, 45, 0.2), "muscle": (10, 14, 0.3), "bowel wall": (45, 35, 0.3),
        "gland": (45, 42, 0.3), "soft mass": (42, 38, 0.3),
    },
    "delayed": {
        "artery": (78, 45, 0.15), "vein": (80, 46, 0.15), "right heart": (76, 45, 0.15),
        "myocardium": (55, 35, 0.2), "liver": (42, 22, 0.2), "spleen": (55, 30, 0.2),
        "kidney cortex": (115, 70, 0.2), "kidney medulla": (125, 85, 0.2),
        "pancreas": (38, 18, 0.2), "muscle": (10, 6, 0.3), "bowel wall": (26, 16, 0.3),
        "gland": (32, 20, 0.3), "soft mass": (36, 22, 0.3),
    },
}  # fmt: skip
SAME_PLAIN = {"vein": "artery", "right heart": "artery", "kidney medulla": "kidney cortex"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Enhanced(Acquisition):
    """An acquisition whose tissues have values of their own."""

    tissues: dict[str, float] = field(compare=False, repr=False)

    def hu(self, tissue: str) -> float:
        """HU of a tissue in this scan of this person."""
        return self.tissues[tissue]


def enhanced(rng: np.random.Generator, acquisition: Acquisition, *, age: float) -> Enhanced:
    """The acquisition with tissue values drawn for one person and one injection."""
    tissues = {name: float(rng.normal(*spread)) for name, spread in PLAIN.items()}
    if rng.random() < 0.12:  # a fatty liver
        tissues["liver"] = float(rng.uniform(18, 48))
    tissues["muscle"] -= max(age - 60, 0) * 0.25
    for name, other in SAME_PLAIN.items():
        tissues[name] = tissues[other]
    if acquisition.phase != "non-contrast":
        _inject(rng, tissues, acquisition.phase)
    tissues |= _urine(rng, acquisition.phase)
    tissues |= _skeleton(rng, age)
    tissues["fat"] = float(rng.normal(-102, 5))
    tissues["deep fat"] = tissues["fat"] - 4
    tissues["lung"] = float(rng.uniform(-910, -770))
    return Enhanced(
        region=acquisition.region,
        plane=acquisition.plane,
        phase=acquisition.phase,
        tissues=tissues,
    )


def _inject(rng: np.random.Generator, tissues: dict[str, float], phase: Phase) -> None:
    dose, late = float(np.exp(rng.normal(0, 0.14))), float(rng.random())
    for name, (first, last, spread) in GAIN[phase].items():
        gain = first + (last - first) * late
        tissues[name] += dose * gain * float(np.exp(rng.normal(0, spread / 2)))


def _urine(rng: np.random.Generator, phase: Phase) -> dict[str, float]:
    if phase != "delayed":
        plain = float(rng.uniform(0, 12))
        return {"urine in kidney": plain, "urine in bladder": plain}
    return {
        "urine in kidney": float(rng.uniform(180, 900)),
        "urine in bladder": float(rng.choice([rng.uniform(5, 30), rng.uniform(80, 600)])),
    }


def _skeleton(rng: np.random.Generator, age: float) -> dict[str, float]:
    density = float(np.clip(rng.normal(1.12 - max(age - 40, 0) * 0.008, 0.14), 0.45, 1.5))
    return {
        "cortex": 620 * (0.55 + 0.45 * density),
        "marrow": 160 * density,
        "disc": float(rng.uniform(65, 105)),
        "cartilage": float(rng.choice([110.0, 350.0], p=[0.7, 0.3])) if age > 50 else 105.0,
    }
