"""A report in sections, generated from several prompts and streamed section by section.

for state in write_report(engine, features, volume):
    state.sections      # the text so far, by title
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from med3dvlm.engine.claims import ClaimCheck
from med3dvlm.engine.conversation import Conversation, TokenEvent
from med3dvlm.engine.decoding import Decoding, never
from med3dvlm.engine.features import VolumeFeatures
from med3dvlm.engine.sentences import Sentence, by_region, sentences_of
from med3dvlm.engine.understanding.sentences import NO_PHASE
from med3dvlm.volumes.volume import Volume

if TYPE_CHECKING:  # it brings transformers, for which the page does not wait
    from med3dvlm.engine.engine import Engine

IMPRESSION_MARK = "Impression:"
PLANE_PROMPT = "What is the acquisition plane?"
PHASE_PROMPT = "What is the phase of contrast enhancement?"
FINDINGS_PROMPT = "Describe the findings."
IMPRESSION_PROMPT = "What abnormalities are present?"
UNTOLD = "The contrast phase is not assessed."  # the findings say why
PROMPTS = (PLANE_PROMPT, PHASE_PROMPT, FINDINGS_PROMPT, IMPRESSION_PROMPT)
TECHNIQUE, FINDINGS, IMPRESSION = TITLES = ("Technique", "Findings", "Impression")
LONGEST = 300
MEASURE = re.compile(r"^-?[\d.]+ (?:mm|kV|T|degrees)$")
# Facts from a file's header on how a scan was acquired. Header text may contain a name, so only
# values of the expected form are used.
TECHNICAL = {
    "Body part": re.compile(
        r"^(?:chest|thorax|lung|heart|abdomen|pelvis|abdomenpelvis|chestabd\w*|head|brain|neck|"
        r"headneck|spine|[clt]spine|liver|kidney|whole ?body|extremity|hip|knee|leg|arm|shoulder)$",
        re.IGNORECASE,
    ),
    "Slice thickness": MEASURE,
    "Tube voltage": MEASURE,
    "Field strength": MEASURE,
    "Gantry tilt": MEASURE,
    "Kernel": re.compile(
        r"^(?:[A-Z]{1,2}\d{1,3}[a-z]{0,2}|standard|soft|bone|lung|detail|boneplus)$", re.IGNORECASE
    ),
    "Contrast agent": re.compile("^given$"),
}


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the report."""

    title: str
    sentences: tuple[Sentence, ...] = ()

    @property
    def text(self) -> str:
        """All sentences."""
        return " ".join(sentence.text for sentence in self.sentences)

    @property
    def groups(self) -> list[tuple[str, list[Sentence]]]:
        """Findings by body region; other sections are one group without a name."""
        if self.title == FINDINGS:
            return by_region(self.sentences)
        return [("", list(self.sentences))] if self.sentences else []

    @property
    def edited(self) -> bool:
        """Whether a reader has changed it."""
        return any(sentence.source == "reader" for sentence in self.sentences)


@dataclass(frozen=True, slots=True)
class ReportState:
    """A report in progress; `done` of `steps` prompts are answered."""

    sections: tuple[Section, ...]
    done: int
    steps: int

    def markdown(self) -> str:
        """The sections under headings, findings by body region."""
        return "\n\n".join(_markdown(section) for section in self.sections if section.text)

    @property
    def text(self) -> str:
        """Only findings and impression, in the form of the reference reports."""
        said = {section.title: section.text for section in self.sections}
        impression = said.get(IMPRESSION, "")
        closing = f"{IMPRESSION_MARK} {impression}" if impression else ""
        return f"{said.get(FINDINGS, '')} {closing}".strip()

    def edited(self, title: str, text: str) -> "ReportState":
        """The report with a section edited by a reader; unchanged sentences stay the model's."""
        known = {
            sentence.text: sentence
            for section in self.sections
            if section.title == title
            for sentence in section.sentences
        }
        plain = TokenEvent(text=text, probability=1.0, alternatives=(), seconds=0.0)
        cut = (Sentence(part) for part in _cut(plain.text))
        sentences = tuple(
            known.get(sentence.text, replace(sentence, source="reader")) for sentence in cut
        )
        return replace(
            self,
            sections=tuple(
                Section(title, sentences) if section.title == title else section
                for section in self.sections
            ),
        )


def _cut(text: str) -> list[str]:
    """Sentences of a plain text."""
    letters = [TokenEvent(text=c, probability=1.0, alternatives=(), seconds=0.0) for c in text]
    return [" ".join(sentence.text.split()) for sentence in sentences_of(letters)]


def _markdown(section: Section) -> str:
    lines = [f"### {section.title}"]
    groups = section.groups
    for name, sentences in groups:
        text = " ".join(plain_markdown(sentence.text) for sentence in sentences)
        lines.append(f"- **{name}:** {text}" if name else text)
    return "\n".join(lines)


def plain_markdown(text: str) -> str:
    """Text escaped so that Markdown shows it literally: no links, images or tags."""
    return "".join(f"\\{c}" if c in "\\`*_[]<>#|!~" else c for c in text)


def write_report(
    engine: "Engine",
    features: VolumeFeatures,
    volume: Volume,
    *,
    stopped: Callable[[], bool] = never,
) -> Iterator[ReportState]:
    """Ask for plane, phase, findings and impression; yields after every token.

    If the model's claims are calibrated, a finding of which it isn't sure enough is not stated, but
    named as not assessed.
    """
    check = engine.claim_check(features)
    steps = len(PROMPTS)
    technique = [Sentence(scan_facts(volume), source="file")]
    technique += [Sentence(text, source="file") for text in header_facts(volume)]
    answers: list[tuple[str, Sequence[TokenEvent]]] = []
    for done, (prompt, name) in enumerate(((PLANE_PROMPT, "plane"), (PHASE_PROMPT, "phase"))):
        if stopped():
            break
        read = tuple(_answer(engine, features, prompt, stopped))
        answers.append((prompt, read))
        answer = "".join(event.text for event in read).strip()
        reading = f"Model's reading of the {name}: {answer.rstrip('.').lower()}."
        technique.append(Sentence(UNTOLD if answer == NO_PHASE else reading, read))
        yield _state(technique, (), (), done + 1, steps)
    events: list[TokenEvent] = []
    for event in _answer(engine, features, FINDINGS_PROMPT, stopped):
        events.append(event)
        yield _state(technique, *_checked(check, *_split(events)), 2, steps)
    answers.append((FINDINGS_PROMPT, events))
    findings, impression = _checked(check, *_split(events), ended=True)
    if not impression and not stopped():
        events = []
        for event in _answer(engine, features, IMPRESSION_PROMPT, stopped):
            events.append(event)
            impression = sentences_of(events)
            yield _state(technique, *_checked(check, findings, impression), 3, steps)
        answers.append((IMPRESSION_PROMPT, events))
        findings, impression = _checked(check, findings, impression, ended=True)
    if check is not None:
        findings += check.note()
    state = _state(technique, findings, impression, steps, steps)
    yield state
    if not stopped():
        yield _considered(engine, features, state, answers)


def scan_facts(volume: Volume) -> str:
    """Facts from the file itself: modality, size and spacing."""
    z, y, x = volume.shape
    dz, dy, dx = volume.spacing_mm
    modality = volume.modality if volume.modality != "unknown" else "Scan of unknown modality"
    return (
        f"{modality}, {x} x {y} x {z} voxels of {dx:.2f} x {dy:.2f} x {dz:.2f} mm "
        f"(right-left, front-back, foot-head)."
    )


def header_facts(volume: Volume) -> list[str]:
    """How the scan was acquired, as far as the header says."""
    said = [
        f"{name.lower()} {fact}"
        for name, meant in TECHNICAL.items()
        if (fact := volume.details.get(name)) and meant.search(fact)
    ]
    return [f"From the header: {', '.join(said)}."] if said else []


def _answer(
    engine: "Engine", features: VolumeFeatures, prompt: str, stopped: Callable[[], bool]
) -> Iterator[TokenEvent]:
    decoding = Decoding(max_new_tokens=LONGEST)
    return engine.answer(features, Conversation(), prompt, decoding=decoding, stopped=stopped)


def _considered(
    engine: "Engine", features: VolumeFeatures, state: ReportState,
    answers: Sequence[tuple[str, Sequence[TokenEvent]]],
) -> ReportState:  # fmt: skip
    """The same report, with the words that could have stood in the answers to its prompts."""
    known: dict[int, TokenEvent] = {}
    for prompt, events in answers:
        found = engine.considered(features, Conversation(), prompt, events)
        known |= {id(old): new for old, new in zip(events, found, strict=True)}

    def with_words(sentence: Sentence) -> Sentence:
        return replace(sentence, tokens=tuple(known.get(id(t), t) for t in sentence.tokens))

    return replace(
        state,
        sections=tuple(
            Section(section.title, tuple(map(with_words, section.sentences)))
            for section in state.sections
        ),
    )


def _split(
    events: Sequence[TokenEvent],
) -> tuple[tuple[Sentence, ...], tuple[Sentence, ...]]:
    """Findings and, if the model starts one itself, the impression without its heading."""
    text = "".join(event.text for event in events)
    mark = text.find(IMPRESSION_MARK)
    if mark < 0:
        return sentences_of(events), ()
    before: list[TokenEvent] = []
    after: list[TokenEvent] = []
    place = 0
    for event in events:
        first = place + len(event.text) - len(event.text.lstrip())
        if first < mark:
            before.append(event)
        elif first >= mark + len(IMPRESSION_MARK):
            after.append(event)
        place += len(event.text)
    impression = sentences_of(after)
    return sentences_of(before), tuple(
        replace(one, text=one.text[:1].upper() + one.text[1:]) for one in impression
    )


def _checked(
    check: ClaimCheck | None,
    findings: tuple[Sentence, ...],
    impression: tuple[Sentence, ...],
    *,
    ended: bool = False,
) -> tuple[tuple[Sentence, ...], tuple[Sentence, ...]]:
    """Both parts without claims that aren't sure enough; a sentence in progress is held back."""
    if check is None:
        return findings, impression
    if not ended:
        findings, impression = (findings, impression[:-1]) if impression else (findings[:-1], ())
    return check(findings), check(impression)


def _state(
    technique: Sequence[Sentence],
    findings: Sequence[Sentence],
    impression: Sequence[Sentence],
    done: int,
    steps: int,
) -> ReportState:
    parts = (technique, findings, impression)
    sections = (Section(title, tuple(part)) for title, part in zip(TITLES, parts, strict=True))
    return ReportState(tuple(sections), done, steps)
