"""The ground truth of a phantom without its image: acquisition, person, findings.

facts = draw_facts(seed)        # microseconds; make_case(seed) draws the same facts and paints
facts = draw_facts(seed, variety="varied")      # the same seed is another case in another variety
"""

from dataclasses import dataclass
from functools import cache
from typing import Literal, get_args

import numpy as np

from med3dvlm.phantoms.acquisition import Acquisition, Region, draw_acquisition
from med3dvlm.phantoms.anatomy import Anatomy, draw_anatomy
from med3dvlm.phantoms.findings import KINDS, KINDS_IN, Finding, Kind
from med3dvlm.phantoms.varied.subject import Subject, draw_subject
from med3dvlm.phantoms.varied.visibility import kinds_in_view

# `tidy` phantoms are complete, centred and alike: PhantomBench is made of them. `varied` ones are
# as different as real scans. Of `mixed` ones, those with an odd seed are varied.
Variety = Literal["tidy", "varied", "mixed"]
VARIETIES: tuple[Variety, ...] = get_args(Variety)
Labels = tuple[tuple[str, str], ...]

# Share of cases with 0, 1, 2, 3 findings.
FINDING_COUNTS = (0.08, 0.32, 0.35, 0.25)
FACTS_STREAM, PAINT_STREAM, WORDING_STREAM, VARIED_STREAM, VARIED_PAINT_STREAM = range(5)
HIDDEN_IN_PELVIS = ("scoliosis", "calcification")


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What is true of one phantom, and what of it the scan can show.

    Attributes:
        seed: what it was drawn from.
        acquisition: region, plane and phase; the region is `other` where no trunk is scanned, the
            plane `none` where the scan is as fine along every axis.
        findings: all of them lie in the field of view.
        subject: `trunk`, or what else was scanned.
        regions: those of chest, abdomen and pelvis of which a good part is scanned.
        hidden: attributes that this scan can't show, whatever they are.
        in_view: (kind, place) of every finding that would be seen if it were there.
    """

    seed: int
    acquisition: Acquisition
    habitus: str
    scoliosis: str
    calcification: str
    findings: tuple[Finding, ...]
    subject: str
    regions: tuple[Region, ...]
    hidden: tuple[str, ...]
    in_view: Labels

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

    @property
    def deniable(self) -> tuple[Kind, ...]:
        """The kinds whose absence this scan would show: all their places are in view."""
        return kinds_in_view(self.in_view)

    @property
    def organs(self) -> tuple[str, ...]:
        """Organs that can be judged, in reading order."""
        return tuple(dict.fromkeys(kind.organ for kind in self.deniable))


def draw_facts(seed: int, *, count: int | None = None, variety: Variety = "tidy") -> Facts:
    """Facts of a seed; `count` asks for that many findings (as many as don't hide each other)."""
    if is_varied(seed, variety):
        return draw_varied(seed, count=count)[0]
    return draw_person(seed, count=count)[0]


def is_varied(seed: int, variety: Variety) -> bool:
    """Whether a seed's phantom is a varied one."""
    return variety == "varied" or (variety == "mixed" and seed % 2 == 1)


def draw_varied(seed: int, *, count: int | None = None) -> tuple[Facts, Subject]:
    """Facts of a varied case and the scan they are true of, before anything is painted."""
    rng = np.random.default_rng([seed, VARIED_STREAM])
    subject = draw_subject(rng)
    if count is None:
        count = int(rng.choice(len(FINDING_COUNTS), p=FINDING_COUNTS))
    person = subject.person
    facts = Facts(
        seed=seed,
        acquisition=subject.acquisition,
        habitus=person.habitus,
        scoliosis=person.scoliosis,
        calcification=person.calcification,
        findings=_findings_in_view(rng, subject.in_view, count),
        subject=subject.name,
        regions=subject.regions,
        hidden=subject.hidden,
        in_view=subject.in_view,
    )
    return facts, subject


def _findings_in_view(rng: np.random.Generator, in_view: Labels, count: int) -> tuple[Finding, ...]:
    """As many different kinds as are asked for and can be seen; each place is as likely."""
    names = list(dict.fromkeys(kind for kind, _ in in_view))
    chosen: list[Finding] = []
    for index in rng.permutation(len(names)):
        if len(chosen) == count:
            break
        kind = KINDS[names[index]]
        places = [place for name, place in in_view if name == kind.name]
        for _ in range(4):
            finding = kind.sized_finding(rng, places[int(rng.integers(len(places)))])
            if not any(hides(finding, other) or hides(other, finding) for other in chosen):
                chosen.append(finding)
                break
    order = list(KINDS)
    return tuple(sorted(chosen, key=lambda finding: order.index(finding.kind)))


@cache
def labels_in_region(region: Region) -> Labels:
    """(kind, place) of all findings that a tidy scan of a region shows."""
    return tuple(
        (kind.name, place)
        for kind in KINDS_IN.get(region, ())
        for _, place in kind.labels
        if kind.place_words.get(place, region) == region
    )


def draw_person(seed: int, *, count: int | None = None) -> tuple[Facts, Anatomy]:
    """Facts of a tidy case and the anatomy they are true of, before findings change it."""
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
        subject="trunk",
        regions=(acquisition.region,),
        hidden=HIDDEN_IN_PELVIS if acquisition.region == "pelvis" else (),
        in_view=labels_in_region(acquisition.region),
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
