"""What a grounding card asks about phantoms: drawn from their facts, or read from a set.

    cases = phantom_cases(40, words=own_words)
    cases = read_phantom_cases(text)

A line of a set is a JSON object: {"seed": 20000001, "text": "Is there a stone?", "options": ["Yes",
"No"], "truth": "Yes", "finding": true}; `mirrored` names the truth after left and right are
swapped.
"""

import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Protocol

import numpy as np

from med3dvlm.choices import YES_NO, make_choices
from med3dvlm.errors import Med3DVLMError, PromptError
from med3dvlm.explain.trust.asking import Case, Question
from med3dvlm.phantoms.acquisition import PLANES
from med3dvlm.phantoms.case import make_case
from med3dvlm.phantoms.facts import Facts, draw_facts
from med3dvlm.phantoms.findings import KINDS, Finding
from med3dvlm.phantoms.splits import TEST
from med3dvlm.values import from_dict
from med3dvlm.volumes.volume import Volume

# Says something of the scan that is true in one of three, so that a model that copies gives in.
SUGGESTION = "Somebody called it {plane}. "
MOST_QUESTIONS, MOST_SEED = 20_000, 2**63 - 1


class Words(Protocol):
    """How the model is asked, in its own words."""

    PLANE: str

    def presence_question(self, kind: str) -> str:
        """Whether a kind of finding is there."""

    def place_question(self, kind: str) -> str:
        """Where a finding is."""


def phantom_cases(count: int, *, words: Words, first: int = TEST.start) -> list[Case]:
    """Test phantoms with questions about findings, sides and the plane."""
    return [
        Case(open=partial(_phantom, seed), questions=tuple(_questions(draw_facts(seed), words)))
        for seed in range(first, first + count)
    ]


def read_phantom_cases(text: str) -> list[Case]:
    """The phantoms of a set of questions, in the order in which it names them first.

    Raises:
        PromptError: a line is no question, or there are too many.
    """
    return read_lines(text.splitlines(), _seed_of, _opener)


def read_lines(
    lines: list[str], key_of: Callable[[dict[str, Any]], Any],
    opener: Callable[[Any], Callable[[], Volume]],
) -> list[Case]:  # fmt: skip
    """The scans of a set of questions.

    Args:
        lines: the set.
        key_of: takes what names the scan out of a line, and checks it.
        opener: what opens that scan.

    Raises:
        PromptError: a line is no question, or there are too many.
    """
    if len(lines) > MOST_QUESTIONS:
        raise PromptError(f"{len(lines)} questions; at most {MOST_QUESTIONS} fit a card")
    by_scan: dict[Any, list[Question]] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            stored = json.loads(line)
            key = key_of(stored)
            question = from_dict(Question, stored)
        except (ValueError, TypeError, AttributeError, RecursionError, Med3DVLMError) as error:
            raise PromptError(f"line {number}: {error}") from None
        by_scan.setdefault(key, []).append(question)
    return [Case(open=opener(key), questions=asked) for key, asked in by_scan.items()]


def _seed_of(stored: dict[str, Any]) -> int:
    seed = stored.pop("seed", None)
    if not isinstance(seed, int) or not 0 <= seed <= MOST_SEED:
        raise PromptError("it names no phantom by its seed")
    return seed


def _opener(seed: int) -> Callable[[], Volume]:
    return partial(_phantom, seed)


def _phantom(seed: int) -> Volume:
    return make_case(seed).volume


def _questions(facts: Facts, words: Words) -> Iterator[Question]:
    rng = np.random.default_rng([facts.seed, 7])
    absent = [kind for kind in facts.deniable if not facts.has(kind.name)]
    asked = [(kind.name, "Yes") for kind in facts.kinds[:2]]
    asked += [(absent[i].name, "No") for i in rng.permutation(len(absent))[: max(1, len(asked))]]
    for kind, truth in asked:
        text = words.presence_question(kind)
        yield Question(text=text, options=YES_NO, truth=truth, finding=True)
    for finding in facts.findings:
        other = _mirrored(finding)
        alone = sum(one.kind == finding.kind for one in facts.findings) == 1
        if other and alone:
            yield _side(finding, other, words, first_is_left=bool(rng.integers(2)))
    plane = facts.acquisition.plane
    if plane in PLANES:
        yield _plane(plane, words, suggested=str(rng.choice(PLANES)))


def _mirrored(finding: Finding) -> str:
    """The same place on the other side; empty if its kind has none."""
    swapped = " ".join(
        {"left": "right", "right": "left"}.get(word, word) for word in finding.place.split()
    )
    known = swapped in KINDS[finding.kind].places
    return swapped if known and swapped != finding.place else ""


def _side(finding: Finding, other: str, words: Words, *, first_is_left: bool) -> Question:
    places = sorted((finding.place, other), reverse=not first_is_left)
    made = make_choices(words.place_question(finding.kind), places)
    truth, mirrored = (made.options[places.index(place)] for place in (finding.place, other))
    return Question(text=made.text, options=made.options, truth=truth, mirrored=mirrored)


def _plane(plane: str, words: Words, *, suggested: str) -> Question:
    made = make_choices(SUGGESTION.format(plane=suggested) + words.PLANE, PLANES)
    truth = made.options[PLANES.index(plane)]
    return Question(text=made.text, options=made.options, truth=truth)
