"""The ground truth of a phantom without its image: acquisition, person, findings.

facts = draw_facts(seed)        # microseconds; make_case(seed) uses the same facts
"""

from dataclasses import dataclass

import numpy as np

from med3dvlm.phantoms.acquisition import Acquisition, draw_acquisition
from med3dvlm.phantoms.anatomy import Anatomy, draw_anatomy
from med3dvlm.phantoms.findings import KINDS, KINDS_IN, Finding, Kind

# Share of cases with 0, 1, 2, 3 findings.
FINDING_COUNTS = (0.08, 0.32, 0.35, 0.25)
FACTS_STREAM, PAINT_STREAM, WORDING_STREAM = range(3)


@dataclass(frozen=True, kw_only=True)
class Facts:
    """The ground truth of one phantom."""

    seed: int
    acquisition: Acquisition
    habitus: str
    scoliosis: str
    calcification: str
    findings: tuple[Finding, ...]

    @property
    def labels(self) -> set[tuple[str, str]]:
        """(kind, place) of every finding."""
        return {finding.label for finding in self.findings}

    def has(self, kind: str) -> bool:
        """Whether a kind is present."""
        return any(finding.kind == kind for finding in self.findings)

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds that are present, in the order of `KINDS`."""
        return tuple(kind for kind in KINDS.values() if self.has(kind.name))


def draw_facts(seed: int, *, count: int | None = None) -> Facts:
    """Facts of a seed; `count` sets the number of findings (fewer if they would overlap)."""
    return draw_person(seed, count=count)[0]


def draw_person(seed: int, *, count: int | None = None) -> tuple[Facts, Anatomy]:
    """Facts of a seed and their anatomy, before findings change it."""
    rng = np.random.default_rng([seed, FACTS_STREAM])
    acquisition = draw_acquisition(rng)
    anatomy = draw_anatomy(rng)
    if count is None:
        count = int(rng.choice(len(FINDING_COUNTS), p=FINDING_COUNTS))
    facts = Facts(
        seed=seed,
        acquisition=acquisition,
        habitus=anatomy.habitus,
        scoliosis=anatomy.scoliosis,
        calcification=anatomy.calcification,
        findings=_draw_findings(rng, acquisition, count),
    )
    return facts, anatomy


def _draw_findings(
    rng: np.random.Generator, acquisition: Acquisition, count: int
) -> tuple[Finding, ...]:
    kinds = KINDS_IN[acquisition.region]
    chosen: list[Finding] = []
    for index in rng.permutation(len(kinds)):
        if len(chosen) == count:
            break
        for _ in range(4):
            finding = kinds[index].draw_finding(rng, acquisition.region)
            if not any(hides(finding, other) or hides(other, finding) for other in chosen):
                chosen.append(finding)
                break
    order = list(KINDS)
    return tuple(sorted(chosen, key=lambda finding: order.index(finding.kind)))


def hides(a: Finding, b: Finding) -> bool:
    """Whether `a` would cover `b`, so that no reader could identify both."""
    sides = {side for side in ("right", "left") if side in a.place and side in b.place}
    if a.place == "both sides" or b.place == "both sides":
        sides = {"right"}
    lobar = {"lung nodule", "consolidation"}
    if a.kind == "pneumothorax" and b.kind in {*lobar, "pleural effusion"}:
        return bool(sides)
    if a.kind == "pleural effusion" and b.kind in lobar:
        return bool(sides) and "lower" in b.place
    if {a.kind, b.kind} == lobar:
        return a.place == b.place
    if {a.kind, b.kind} == {"liver metastases", "liver cyst"}:
        return a.place == b.place or "both" in a.place + b.place
    return {a.kind, b.kind} == {"hydronephrosis", "renal cyst"} and a.place == b.place
