"""What a grounding card asks: about phantoms, or about any scans by a file of questions.

    cases = phantom_cases(40)
    cases = read_cases(Path("questions.jsonl"))

A line of such a file is a JSON object: {"scan": "a.nii.gz", "text": "Is there a stone?", "options":
["Yes", "No"], "truth": "Yes", "finding": true}, where `mirrored` names the truth after left and
right are swapped. Scans are named relative to the file.
"""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

from med3dvlm.choices import YES_NO, make_choices
from med3dvlm.engine.understanding.own_words import PLANE, place_question, presence_question
from med3dvlm.errors import Med3DVLMError, TrainingError
from med3dvlm.explain.trust.asking import Case, Question
from med3dvlm.phantoms.acquisition import PLANES
from med3dvlm.phantoms.case import make_case
from med3dvlm.phantoms.facts import Facts, draw_facts
from med3dvlm.phantoms.findings import KINDS, Finding
from med3dvlm.phantoms.splits import TEST
from med3dvlm.values import from_dict
from med3dvlm.volumes import Volume, open_volume

# Says something of the scan that is true in one of three, so that a model that copies gives in.
SUGGESTION = "Somebody called it {plane}. "
MOST_QUESTIONS = 20_000


def phantom_cases(count: int, *, first: int = TEST.start) -> list[Case]:
    """Test phantoms with questions about findings, sides and the plane."""
    return [
        Case(open=partial(_phantom, seed), questions=tuple(_questions(draw_facts(seed))))
        for seed in range(first, first + count)
    ]


def _phantom(seed: int) -> Volume:
    return make_case(seed).volume


def _questions(facts: Facts) -> Iterator[Question]:
    rng = np.random.default_rng([facts.seed, 7])
    absent = [kind for kind in facts.deniable if not facts.has(kind.name)]
    asked = [(kind.name, "Yes") for kind in facts.kinds[:2]]
    asked += [(absent[i].name, "No") for i in rng.permutation(len(absent))[: max(1, len(asked))]]
    for kind, truth in asked:
        yield Question(text=presence_question(kind), options=YES_NO, truth=truth, finding=True)
    for finding in facts.findings:
        other = _mirrored(finding)
        alone = sum(one.kind == finding.kind for one in facts.findings) == 1
        if other and alone:
            yield _side(finding, other, first_is_left=bool(rng.integers(2)))
    plane = facts.acquisition.plane
    if plane in PLANES:
        yield _plane(plane, suggested=str(rng.choice(PLANES)))


def _mirrored(finding: Finding) -> str:
    """The same place on the other side; empty if its kind has none."""
    swapped = " ".join(
        {"left": "right", "right": "left"}.get(word, word) for word in finding.place.split()
    )
    known = swapped in KINDS[finding.kind].places
    return swapped if known and swapped != finding.place else ""


def _side(finding: Finding, other: str, *, first_is_left: bool) -> Question:
    places = sorted((finding.place, other), reverse=not first_is_left)
    made = make_choices(place_question(finding.kind), places)
    truth, mirrored = (made.options[places.index(place)] for place in (finding.place, other))
    return Question(text=made.text, options=made.options, truth=truth, mirrored=mirrored)


def _plane(plane: str, *, suggested: str) -> Question:
    made = make_choices(SUGGESTION.format(plane=suggested) + PLANE, PLANES)
    truth = made.options[PLANES.index(plane)]
    return Question(text=made.text, options=made.options, truth=truth)


def read_cases(path: Path) -> list[Case]:
    """The scans of a file of questions, in the order in which it names them first.

    Raises:
        TrainingError: the file can't be read, a line is no question, or there are too many.
    """
    by_scan: dict[str, list[Question]] = {}
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise TrainingError(f"{path}: it can't be read ({error})") from None
    if len(lines) > MOST_QUESTIONS:
        raise TrainingError(f"{path}: {len(lines)} questions; at most {MOST_QUESTIONS} fit a card")
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            scan, question = _parsed(line)
        except (ValueError, TypeError, AttributeError, Med3DVLMError) as error:
            raise TrainingError(f"{path}, line {number}: {error}") from None
        by_scan.setdefault(scan, []).append(question)
    return [
        Case(open=partial(open_volume, path.parent / scan), questions=questions)
        for scan, questions in by_scan.items()
    ]


def _parsed(line: str) -> tuple[str, Question]:
    stored = json.loads(line)
    scan = stored.pop("scan", "")
    if not isinstance(scan, str) or not scan:
        raise TrainingError("it names no scan")
    return scan, from_dict(Question, stored)
