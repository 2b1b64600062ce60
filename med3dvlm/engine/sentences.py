"""Splits an answer into sentences, each with its tokens and its body region.

for sentence in sentences_of(tokens):
    sentence.text, sentence.probability, region_of(sentence.text)
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from med3dvlm.engine.confidence import mean_probability
from med3dvlm.engine.conversation import TokenEvent

Source = Literal["file", "model", "reader"]
# A full stop ends a sentence before a space and a capital or digit; not in 3.5 or "e.g. a".
SENTENCE_START = re.compile(r"(?<=[.!?;])\s+(?=[A-Z0-9(])|\n+")

GENERAL = "General"
# Of the whole trunk, or none of it: it stands before all parts, without a heading.
WHOLE = ""
TRUNK = re.compile(r"(?=.*\bchest\b)(?=.*\babdomen\b)(?=.*\bpelvis\b)", re.IGNORECASE)
# "Lungs, liver, spleen and spine are normal" belongs to none of them.
MOST_REGIONS = 2
# Body regions in the order of a report, with the beginnings of words that refer to them.
REGIONS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(rf"\b(?:{words})", re.IGNORECASE))
    for name, words in (
        ("Lungs and pleura",
         "lung|pulmonary|lobe|pleura|pneumo(?!perit)|hydrothorax|ha?emothorax|bronch|trachea|"
         "emphysema|airway"),
        ("Heart and mediastinum", "heart|cardi|pericardi|mediastin|coronary|hilar|thym"),
        ("Vessels",
         "aort|arter(?!ial phase)|vein|venous thromb|vascular|vena|embol|plaque|aneurysm"),
        ("Liver and bile ducts",
         "liver|hepat|gallbladder|gallstone|biliary|bile|cholecyst|cholelith"),
        ("Spleen and pancreas", "spleen|splen|pancrea"),
        ("Kidneys and adrenals", "kidney|renal|adrenal|ureter|hydroneph|nephro"),
        ("Bowel and peritoneum",
         "bowel|colon|stomach|gastr|duoden|appendi|intestin|periton|ascites|mesent|ileus|"
         "intraperit|pneumoperit|retroperit|free (?:\\w+ )?(?:air|fluid|gas)"),
        ("Pelvis", "pelvi|bladder|vesical|adnex|ovar|uter|prostat|rect|inguin"),
        ("Bones and soft tissue",
         "bone|spine|spinal|verteb|rib|fractur|hip|sacr|femor|scolio|osse|skelet|muscle|"
         "subcutaneous|prosthes|arthroplast|compression"),
        ("Head and neck", "brain|skull|crani|thyroid|neck|sinus|cerebr|ventric"),
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a report.

    Attributes:
        text: without surrounding spaces.
        tokens: the model's tokens; none if it comes from the file or the reader.
        source: who wrote it.
    """

    text: str
    tokens: tuple[TokenEvent, ...] = ()
    source: Source = "model"

    @property
    def probability(self) -> float | None:
        """Geometric mean of its tokens' probabilities; None if the model didn't write it."""
        return mean_probability(self.tokens)


def sentences_of(tokens: Sequence[TokenEvent]) -> tuple[Sentence, ...]:
    """Split a text into sentences; a token belongs to the sentence of its first letter."""
    text = "".join(token.text for token in tokens)
    starts = [0, *(match.end() for match in SENTENCE_START.finditer(text))]
    groups: list[list[TokenEvent]] = [[] for _ in starts]
    place, number = 0, 0
    for token in tokens:
        first = place + len(token.text) - len(token.text.lstrip())
        while number + 1 < len(starts) and first >= starts[number + 1]:
            number += 1
        groups[number].append(token)
        place += len(token.text)
    sentences = (Sentence(_joined(group), tuple(group)) for group in groups)
    return tuple(sentence for sentence in sentences if sentence.text)


def _joined(tokens: Sequence[TokenEvent]) -> str:
    """The text of tokens, without surrounding spaces."""
    return "".join(token.text for token in tokens).strip()


def region_of(text: str) -> str:
    """The first body region a sentence mentions; `GENERAL` if it mentions none, or several.

    `WHOLE` if it is about all of the trunk, as where a limb shows none of it.
    """
    if TRUNK.search(text):
        return WHOLE
    found = [(match.start(), name) for name, words in REGIONS if (match := words.search(text))]
    return min(found)[1] if 0 < len(found) <= MOST_REGIONS else GENERAL


def by_region(sentences: Sequence[Sentence]) -> list[tuple[str, list[Sentence]]]:
    """Sentences by body region in the order of a report: the whole scan, what is general, parts.

    A reader's sentence without a region ("It is large.") stays with the one before it.
    """
    order = [WHOLE, GENERAL, *(name for name, _ in REGIONS)]
    groups: dict[str, list[Sentence]] = {name: [] for name in order}
    region = GENERAL
    for sentence in sentences:
        own = region_of(sentence.text)
        region = region if own == GENERAL and sentence.source == "reader" else own
        groups[region].append(sentence)
    return [(name, group) for name, group in groups.items() if group]
