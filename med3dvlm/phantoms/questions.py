"""Questions about a phantom in the five M3D types, as closed, open and yes/no questions.

    for item in ask(facts, rng):
        item.question, item.answer         # "Where is the cyst? Choices: A. ..", "B. left kidney"

Made so that a reader without the picture can only guess: distractors are as likely to be true as
the answer, yes is as frequent as no for every kind, and no wording names the organ it asks for.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations, product
from typing import Literal, TypeVar, get_args

import numpy as np

from med3dvlm.phantoms.acquisition import PHASES, PLANES, REGIONS, Region
from med3dvlm.phantoms.facts import FINDING_COUNTS, Facts
from med3dvlm.phantoms.findings import KINDS, KINDS_IN, Finding, Kind
from med3dvlm.phantoms.report import describe, joined, named, organs_of, write_report

T = TypeVar("T")
QuestionType = Literal["plane", "phase", "organ", "abnormality", "location"]
Form = Literal["closed", "open", "yes/no"]
QUESTION_TYPES: tuple[QuestionType, ...] = get_args(QuestionType)
LETTERS = "ABCD"

PLANE_ASKED = (
    "Which plane was this scan acquired in?",
    "What is the acquisition plane?",
    "In which plane are the slices?",
    "What is the imaging plane of this CT?",
)
PHASE_ASKED = (
    "Which contrast phase is this?",
    "What is the phase of contrast enhancement?",
    "In which phase was the scan taken?",
    "What is the contrast phase of this CT?",
)
ORGAN_ASKED = (
    "Which organ is abnormal?",
    "Which of these organs shows a finding?",
    "Where does the abnormality arise?",
    "Which organ is affected?",
)
ORGANS_ASKED = (
    "Which organs are abnormal?",
    "Name the affected organs.",
    "Which organs show a finding?",
)
ABNORMALITY_ASKED = (
    "Which abnormality is present?",
    "What abnormality can be seen?",
    "Which of these findings does the scan show?",
    "What does the scan show?",
)
ABNORMALITIES_ASKED = (
    "What abnormalities are present?",
    "Name the findings.",
    "What is wrong in this scan?",
    "What can be seen?",
    "What do you see?",
)
LOCATION_ASKED = (
    "Where is the {name}?",
    "Where is the {name} located?",
    "Which place does the {name} have?",
    "In which location is the {name}?",
)
PRESENCE_ASKED = (
    "Is there a {name}?",
    "Is there evidence of a {name}?",
    "Does the scan show a {name}?",
    "Is a {name} visible?",
    "Can you see a {name}?",
    "Does the patient have a {name}?",
    "Any {name}?",
    "Is a {name} present?",
)
SIZE_ASKED = ("How large is it?", "What is its size?", "How big is the {name}?")
FOLLOWING_LOCATION = ("Where is it?", "Where exactly?", "On which side or where is it?")
STATE_ASKED = (
    "How does the {organ} look?",
    "Is there anything in the {organ}?",
    "Describe the {organ}.",
    "What about the {organ}?",
)
REGION_ASKED = ("Which part of the body is shown?", "Which body region is this?",
                "What region does the scan cover?")  # fmt: skip
REPORT_ASKED = (
    "Write a report.",
    "Describe the findings.",
    "Please describe this scan.",
    "What are the findings?",
    "Write a radiology report for this scan.",
    "Report this CT.",
    "Generate a report.",
    "Summarize the findings.",
    "Describe the image.",
    "Can you write the report?",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question with its answer.

    Attributes:
        kind: M3D question type, or `other` for what only training uses.
        form: closed, open or yes/no.
        question: as it is put to a model, choices included.
        answer: as a model should answer.
        options: of a closed question, in the order of their letters.
    """

    kind: QuestionType | Literal["other"]
    form: Form
    question: str
    answer: str
    options: tuple[str, ...] = ()

    @property
    def letter(self) -> str:
        """The right letter of a closed question."""
        return self.answer[0] if self.options else ""


Conversation = tuple[Question, ...]


def ask(facts: Facts, rng: np.random.Generator) -> list[Question]:
    """One closed, one open question per type where the facts allow it, and yes/no questions."""
    made = [
        closed_plane(rng, facts), closed_phase(rng, facts), closed_organ(rng, facts),
        closed_abnormality(rng, facts), closed_location(rng, facts),
        open_plane(rng, facts), open_phase(rng, facts), open_organs(rng, facts),
        open_abnormalities(rng, facts), open_location(rng, facts),
        presence(rng, facts), presence(rng, facts), plane_or_phase(rng, facts),
        place_or_not(rng, facts),
    ]  # fmt: skip
    return [question for question in made if question is not None]


def closed(
    rng: np.random.Generator, kind: QuestionType, question: str, answer: str, others: list[str]
) -> Question:
    """A closed question with shuffled choices, in the published wording of choices."""
    options = [answer, *others]
    options = [options[i] for i in rng.permutation(len(options))]
    choices = " ".join(f"{letter}. {text}" for letter, text in zip(LETTERS, options, strict=False))
    letter = LETTERS[options.index(answer)]
    return Question(
        kind=kind,
        form="closed",
        question=f"{question} Choices: {choices}",
        answer=f"{letter}. {answer}",
        options=tuple(options),
    )


def closed_plane(rng: np.random.Generator, facts: Facts) -> Question:
    """Three planes to choose from."""
    plane = facts.acquisition.plane
    return closed(rng, "plane", _pick(rng, PLANE_ASKED), plane, [p for p in PLANES if p != plane])


def closed_phase(rng: np.random.Generator, facts: Facts) -> Question:
    """Four phases to choose from."""
    phase = facts.acquisition.phase
    return closed(rng, "phase", _pick(rng, PHASE_ASKED), phase, [p for p in PHASES if p != phase])


def closed_organ(rng: np.random.Generator, facts: Facts) -> Question | None:
    """An affected organ among three unaffected ones of the same region, where that tells nothing.

    An organ with more kinds of finding is more often the answer, which a reader who knows that
    would use; so a question is asked the more rarely, the likelier its answer is by its options.
    """
    if not facts.findings:
        return None
    region = facts.acquisition.region
    affected = list(dict.fromkeys(kind.organ for kind in facts.kinds))
    free = [organ for organ in organs_of(region) if organ not in affected]
    others = _draw(rng, free, np.ones(len(free)), 3)
    answer = _pick(rng, affected)
    odds = organ_odds(region).get(frozenset((answer, *others)), {})
    if odds and rng.random() * odds[answer] > min(odds.values()):
        return None
    return closed(rng, "organ", _pick(rng, ORGAN_ASKED), answer, others)


@cache
def organ_odds(region: Region) -> dict[frozenset[str], dict[str, float]]:
    """For each set of options, how often each of them would be the answer."""
    odds: dict[frozenset[str], dict[str, float]] = {}
    for count, share in enumerate(FINDING_COUNTS):
        sets = list(combinations(KINDS_IN[region], count))
        for kinds in sets:
            affected = {kind.organ for kind in kinds}
            free = [organ for organ in organs_of(region) if organ not in affected]
            choices = list(combinations(free, min(3, len(free))))
            for answer, others in product(affected, choices):
                row = odds.setdefault(frozenset((answer, *others)), defaultdict(float))
                row[answer] += share / (len(sets) * len(affected) * len(choices))
    return odds


def closed_abnormality(rng: np.random.Generator, facts: Facts) -> Question | None:
    """A present kind among three absent ones that the same region could show."""
    if not facts.findings:
        return None
    region = facts.acquisition.region
    absent = [kind.name for kind in KINDS_IN[region] if not facts.has(kind.name)]
    others = _draw(rng, absent, np.ones(len(absent)), 3)
    answer = _pick(rng, [finding.kind for finding in facts.findings])
    return closed(rng, "abnormality", _pick(rng, ABNORMALITY_ASKED), answer, others)


def closed_location(rng: np.random.Generator, facts: Facts) -> Question | None:
    """The place of a finding among the others that its kind can have."""
    finding = _placed(rng, facts)
    if finding is None:
        return None
    kind = KINDS[finding.kind]
    others = [place for place in places_in(kind, facts) if place != finding.place]
    others = _draw(rng, others, np.ones(len(others)), 3)
    question = named(_pick(rng, LOCATION_ASKED), _pick(rng, kind.names))
    return closed(rng, "location", question, finding.place, others)


def places_in(kind: Kind, facts: Facts) -> list[str]:
    """The places of a kind that this scan's region can show."""
    region = facts.acquisition.region
    return [place for place in kind.places if kind.place_words.get(place, region) == region]


def _placed(rng: np.random.Generator, facts: Facts) -> Finding | None:
    placed = [finding for finding in facts.findings if finding.place]
    return placed[int(rng.integers(len(placed)))] if placed else None


def open_plane(rng: np.random.Generator, facts: Facts) -> Question:
    """The plane in words."""
    return _open("plane", _pick(rng, PLANE_ASKED), facts.acquisition.plane)


def open_phase(rng: np.random.Generator, facts: Facts) -> Question:
    """The phase in words."""
    return _open("phase", _pick(rng, PHASE_ASKED), facts.acquisition.phase)


def open_organs(rng: np.random.Generator, facts: Facts) -> Question:
    """Every affected organ, or none."""
    organs = list(dict.fromkeys(kind.organ for kind in facts.kinds))
    return _open("organ", _pick(rng, ORGANS_ASKED), joined(organs) or "none")


def open_abnormalities(rng: np.random.Generator, facts: Facts) -> Question:
    """Every kind that is present, or none."""
    names = [kind.name for kind in facts.kinds]
    return _open("abnormality", _pick(rng, ABNORMALITIES_ASKED), joined(names) or "none")


def open_location(rng: np.random.Generator, facts: Facts) -> Question | None:
    """The place of a finding in words."""
    finding = _placed(rng, facts)
    if finding is None:
        return None
    name = _pick(rng, KINDS[finding.kind].names)
    return _open("location", named(_pick(rng, LOCATION_ASKED), name), finding.place)


def presence(rng: np.random.Generator, facts: Facts) -> Question | None:
    """Yes or no about a kind: present ones and absent ones are asked about equally often."""
    kinds = KINDS_IN[facts.acquisition.region]
    present = [kind for kind in kinds if facts.has(kind.name)]
    absent = [kind for kind in kinds if not facts.has(kind.name)]
    yes = bool(rng.random() < 0.5)
    if yes and not present:
        return None
    kind = _pick(rng, present if yes else absent)
    name = _pick(rng, kind.names)
    return _yes_no("abnormality", named(_pick(rng, PRESENCE_ASKED), name), yes=yes)


def plane_or_phase(rng: np.random.Generator, facts: Facts) -> Question:
    """Yes or no about plane, phase or region."""
    asked: tuple[tuple[QuestionType, str, tuple[str, ...], str], ...] = (
        ("plane", facts.acquisition.plane, PLANES, "Was this scan acquired in the {} plane?"),
        ("phase", facts.acquisition.phase, PHASES, "Is this the {} phase?"),
        ("organ", facts.acquisition.region, REGIONS, "Does the scan show the {}?"),
    )
    kind, truth, options, template = asked[int(rng.integers(len(asked)))]
    yes = bool(rng.random() < 0.5)
    said = truth if yes else _pick(rng, [option for option in options if option != truth])
    return _yes_no(kind, template.format(said), yes=yes)


def place_or_not(rng: np.random.Generator, facts: Facts) -> Question | None:
    """Yes or no about the place of a finding that is there."""
    finding = _placed(rng, facts)
    if finding is None:
        return None
    kind = KINDS[finding.kind]
    yes = bool(rng.random() < 0.5)
    others = [place for place in places_in(kind, facts) if place != finding.place]
    place = finding.place if yes else _pick(rng, others)
    name = _pick(rng, kind.names)
    return _yes_no("location", f"Is the {name} located here: {place}?", yes=yes)


def converse(facts: Facts, rng: np.random.Generator) -> Conversation:
    """A short conversation whose later questions lean on the first."""
    region = facts.acquisition.region
    if not facts.findings or rng.random() < 0.15:
        absent = [kind for kind in KINDS_IN[region] if not facts.has(kind.name)]
        name = _pick(rng, _pick(rng, absent).names)
        first = _yes_no("abnormality", named(_pick(rng, PRESENCE_ASKED), name), yes=False)
        return first, open_abnormalities(rng, facts)
    finding = facts.findings[int(rng.integers(len(facts.findings)))]
    kind = KINDS[finding.kind]
    name = _pick(rng, kind.names)
    turns = [_yes_no("abnormality", named(_pick(rng, PRESENCE_ASKED), name), yes=True)]
    if finding.place:
        turns.append(_open("location", _pick(rng, FOLLOWING_LOCATION), finding.place))
    if kind.sized or finding.kind == "ascites":
        turns.append(_size(rng, finding, name))
    return tuple(turns)


def _size(rng: np.random.Generator, finding: Finding, name: str) -> Question:
    kind = KINDS[finding.kind]
    size = kind.size_class(finding.size_mm)
    answer = f"{size}, about {finding.size_mm} mm" if kind.sized else size
    return _open("other", named(_pick(rng, SIZE_ASKED), name), answer)


def region_question(rng: np.random.Generator, facts: Facts) -> Question:
    """Which part of the body."""
    return _open("other", _pick(rng, REGION_ASKED), facts.acquisition.region)


def organ_state(rng: np.random.Generator, facts: Facts) -> Question:
    """A sentence about one organ, affected or not."""
    region = facts.acquisition.region
    kinds = {finding.kind: KINDS[finding.kind] for finding in facts.findings}
    affected = [kind.organ for kind in kinds.values()]
    free = [organ for organ in organs_of(region) if organ not in affected]
    organ = _pick(rng, affected if affected and rng.random() < 0.6 else free)
    lines = [
        describe(finding, rng) for finding in facts.findings if kinds[finding.kind].organ == organ
    ]
    answer = " ".join(lines) or f"The {organ} appears normal."
    return _open("other", _pick(rng, STATE_ASKED).format(organ=organ), answer)


def report_question(rng: np.random.Generator, facts: Facts, *, variant: int = 0) -> Question:
    """The whole report."""
    text = write_report(facts, variant=variant).text
    return Question(kind="other", form="open", question=_pick(rng, REPORT_ASKED), answer=text)


def _open(kind: QuestionType | Literal["other"], question: str, answer: str) -> Question:
    return Question(
        kind=kind, form="open", question=question, answer=answer[0].upper() + answer[1:]
    )


def _yes_no(kind: QuestionType, question: str, *, yes: bool) -> Question:
    return Question(kind=kind, form="yes/no", question=question, answer="Yes" if yes else "No")


def _pick(rng: np.random.Generator, options: Sequence[T]) -> T:
    return options[int(rng.integers(len(options)))]


def _draw(
    rng: np.random.Generator, options: list[str], weights: np.ndarray, count: int
) -> list[str]:
    """Up to `count` different options, by weight."""
    count = min(count, len(options))
    if count == 0:
        return []
    picked = rng.choice(len(options), count, replace=False, p=weights / weights.sum())
    return [options[int(i)] for i in picked]
