"""What a model says about each real scan: region, plane, phase and a report, asked as on the page.

told = ask_scans(engine, read_scans(folder))
told[0].invented, told[0].missed
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tqdm import tqdm

from med3dvlm.engine.conversation import Conversation
from med3dvlm.engine.decoding import Decoding
from med3dvlm.engine.engine import Engine
from med3dvlm.engine.features import VolumeFeatures
from med3dvlm.engine.report import PHASE_PROMPT, PLANE_PROMPT, ReportState, write_report
from med3dvlm.metrics.answer_kinds import answer_kind
from med3dvlm.metrics.answers import option_named
from med3dvlm.phantoms.acquisition import PHASES, PLANES, REGIONS
from med3dvlm.phantoms.questions.wording import REGION_ASKED
from med3dvlm.phantoms.true_report import read_findings
from med3dvlm.volumes import open_volume
from med3dvlm.volumes.volume import Volume
from train.evaluation.real_facts.labels import RealScan

REGION_PROMPT = REGION_ASKED[0]
LONGEST = 40
# If slices are about as thick as pixels are wide, the acquisition plane can't be seen.
ISOTROPIC = 1.3
NO_REGION = re.compile(
    r"\b(?:none|neither|outside|no (?:chest|abdomen|pelvis|trunk)|"
    r"not (?:of )?(?:a |the |one of )?(?:my |these |chest|abdomen|pelvis|trunk))",
    re.IGNORECASE,
)
NO_PLANE = re.compile(
    r"\b(?:no plane|can(?:not|'t)|isotropic|not be (?:told|seen)|as fine along every axis)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A scan and the model's answers about it.

    Attributes:
        scan: with its labels.
        region: the answer to "which part of the body".
        plane: the answer about the plane.
        phase: the answer about the contrast phase.
        report: findings and impression.
        isotropic: whether the scan's voxels are nearly cubic.
    """

    scan: RealScan
    region: str
    plane: str
    phase: str
    report: str
    isotropic: bool

    @property
    def claimed(self) -> frozenset[str]:
        """Kinds of finding that the report states."""
        return frozenset(kind for kind, _ in read_findings(self.report))

    @property
    def invented(self) -> frozenset[str]:
        """Claimed kinds that the labels don't list."""
        return self.claimed - self.scan.kinds - self.scan.tolerated

    @property
    def missed(self) -> frozenset[str]:
        """Labelled kinds that the report leaves out."""
        return self.scan.kinds - self.claimed

    @property
    def named_region(self) -> str | None:
        """The region that the answer names; None if it names several or none."""
        return None if self.says_no_region else named(self.region, REGIONS)

    @property
    def says_no_region(self) -> bool:
        """Whether the answer says that it is none of the regions."""
        refused = answer_kind(self.region) in ("not in scan", "not taught")
        return refused or bool(NO_REGION.search(self.region))

    @property
    def plane_right(self) -> bool:
        """Whether it is the labelled plane; for cubic voxels, "can't be seen" is right too."""
        if self.isotropic and NO_PLANE.search(self.plane):
            return True
        return named(self.plane, PLANES) == self.scan.plane

    @property
    def named_phase(self) -> str | None:
        """The phase that the answer names."""
        return named(self.phase, PHASES)


def named(answer: str, options: Sequence[str]) -> str | None:
    """The option that an answer names, if it names exactly one."""
    letters = dict(zip("ABCD", options, strict=False))
    letter = option_named(answer, letters)
    return letters[letter] if letter else None


def ask_scans(engine: Engine, scans: Sequence[RealScan]) -> list[Told]:
    """Ask everything about every scan; decoding is greedy, so every call gives the same."""
    return [
        ask_scan(engine, scan, open_volume(scan.path))
        for scan in tqdm(scans, desc="asking", unit="scan")
    ]


def ask_scan(engine: Engine, scan: RealScan, volume: Volume) -> Told:
    """Ask everything about one scan."""
    features = engine.encode(volume)
    state = ReportState((), 0, 1)
    for state in write_report(engine, features, volume):  # noqa: B007
        pass
    told = Told(
        scan=scan,
        region=_say(engine, features, REGION_PROMPT),
        plane=_say(engine, features, PLANE_PROMPT),
        phase=_say(engine, features, PHASE_PROMPT),
        report=state.text,
        isotropic=max(volume.spacing_mm) < ISOTROPIC * min(volume.spacing_mm),
    )
    engine.forget_prefixes()
    return told


def _say(engine: Engine, features: VolumeFeatures, question: str) -> str:
    events = engine.answer(
        features, Conversation(), question, decoding=Decoding(max_new_tokens=LONGEST)
    )
    return "".join(event.text for event in events).strip()
