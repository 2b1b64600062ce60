"""A report in sections from several prompts, streamed section by section.

for state in write_report(engine, features, volume):
    state.sections      # finished and growing text, by title
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from med3dvlm.engine.conversation import Conversation
from med3dvlm.engine.decoding import Decoding, never
from med3dvlm.engine.engine import Engine
from med3dvlm.engine.features import VolumeFeatures
from med3dvlm.volumes.volume import Volume

IMPRESSION_MARK = "Impression:"
PLANE_PROMPT = "What is the acquisition plane?"
PHASE_PROMPT = "What is the phase of contrast enhancement?"
FINDINGS_PROMPT = "Describe the findings."
IMPRESSION_PROMPT = "What abnormalities are present?"
TITLES = ("Technique", "Findings", "Impression")
LONGEST = 300


@dataclass(frozen=True, slots=True)
class ReportState:
    """A report as far as it is written; `done` of `steps` prompts are answered."""

    sections: tuple[tuple[str, str], ...]
    done: int
    steps: int

    def markdown(self) -> str:
        """The sections under headings."""
        return "\n\n".join(f"### {title}\n{text}" for title, text in self.sections if text)


def write_report(
    engine: Engine,
    features: VolumeFeatures,
    volume: Volume,
    *,
    stopped: Callable[[], bool] = never,
) -> Iterator[ReportState]:
    """Ask for plane, phase, findings and impression; yields after every piece of text."""
    steps = 4
    technique = scan_facts(volume)
    for done, (prompt, name) in enumerate(((PLANE_PROMPT, "plane"), (PHASE_PROMPT, "phase"))):
        answer = "".join(_answer(engine, features, prompt, stopped)).strip().rstrip(".")
        technique += f" Model's reading of the {name}: {answer.lower()}."
        yield _state(technique, "", "", done + 1, steps)
    findings = ""
    for piece in _answer(engine, features, FINDINGS_PROMPT, stopped):
        findings += piece
        yield _state(technique, *_split(findings), 2, steps)
    findings, impression = _split(findings)
    if not impression and not stopped():
        for piece in _answer(engine, features, IMPRESSION_PROMPT, stopped):
            impression += piece
            yield _state(technique, findings, impression, 3, steps)
    yield _state(technique, findings, impression, steps, steps)


def scan_facts(volume: Volume) -> str:
    """What the file itself says: modality, size and spacing."""
    z, y, x = volume.shape
    dz, dy, dx = volume.spacing_mm
    modality = volume.modality if volume.modality != "unknown" else "Scan of unknown modality"
    return (
        f"{modality}, {x} x {y} x {z} voxels of {dx:.2f} x {dy:.2f} x {dz:.2f} mm "
        f"(right-left, front-back, foot-head)."
    )


def _answer(
    engine: Engine, features: VolumeFeatures, prompt: str, stopped: Callable[[], bool]
) -> Iterator[str]:
    decoding = Decoding(max_new_tokens=LONGEST)
    events = engine.answer(features, Conversation(), prompt, decoding=decoding, stopped=stopped)
    return (event.text for event in events)


def _split(text: str) -> tuple[str, str]:
    """Findings and, where the model opens one itself, the impression."""
    findings, _, impression = text.partition(IMPRESSION_MARK)
    impression = impression.strip()
    return findings.strip(), impression[:1].upper() + impression[1:]


def _state(technique: str, findings: str, impression: str, done: int, steps: int) -> ReportState:
    texts = (technique, findings, impression)
    return ReportState(tuple(zip(TITLES, texts, strict=True)), done, steps)
