"""The sentences with which an answer is given that isn't read from the image, and small grammar.

not_taught(("chest",))       # "I was not taught that: I can be asked, for example, ..."
"""

import re
from collections.abc import Sequence
from functools import cache

from med3dvlm.engine.understanding.own_words import (
    ABNORMALITIES,
    organ_question,
    presence_question,
)
from med3dvlm.phantoms.acquisition import Region
from med3dvlm.phantoms.findings import KINDS
from med3dvlm.phantoms.true_report import ORGAN_WORDS, UNCOUNTED, joined, named

# A finding and an organ of each region to ask about, for the examples.
EXAMPLES: dict[Region, tuple[str, str]] = {
    "chest": ("pleural effusion", "heart"),
    "abdomen": ("kidney stone", "liver"),
    "pelvis": ("bladder stone", "bladder"),
}
# Names that end like a plural or a substance, and are none.
COUNTED = ("mass", "prosthesis")
ARE = {"Is": "Are", "is": "are"}
# Nothing is told to be surer.
MOST_PERCENT = 99
FOR_A_DOCTOR = (
    "What that means for a person, only a doctor can say: this model is not for clinical use."
)
UNLIKE = "this scan is unlike those I learned from"
SURENESS_UNKNOWN = f"I can't say how sure that is: {UNLIKE}."
NO_PHASE = (
    "I was not taught to tell the contrast phase of scans that show no chest, abdomen or pelvis."
)
NO_FINDINGS = (
    "I was not taught to read scans that show no chest, abdomen or pelvis, so I can't say what is "
    "abnormal here."
)
PLURAL = frozenset(ORGAN_WORDS)


def examples(regions: Sequence[Region]) -> str:
    """Three questions that fit the scan."""
    kind, organ = EXAMPLES[regions[0]] if regions else EXAMPLES["chest"]
    asked = (presence_question(kind), organ_question(organ), ABNORMALITIES)
    return joined([f'"{question}"' for question in asked]).replace(" and ", " or ")


def not_taught(regions: Sequence[Region]) -> str:
    """What is said of everything that training left out."""
    return f"I was not taught that: I can be asked, for example, {examples(regions)}"


def still_not_taught(regions: Sequence[Region]) -> str:
    """What is said where somebody doubts that something was not taught."""
    return (
        "Yes: I was not taught what you asked before, so I can't say anything about it. "
        f"I can be asked, for example, {examples(regions)}"
    )


def perhaps(kinds: Sequence[str]) -> str:
    """What is said where a yes isn't sure enough; neither a yes nor a no can be read from it."""
    return f"Unsure: this may be {listed(kinds)}, but {UNLIKE}."


def how_sure(probability: float) -> str:
    """How sure an answer is, for somebody who doubts it."""
    percent = min(MOST_PERCENT, round(100 * probability))
    return f"I am {percent} % sure, by my own estimate."


def left_out(typed: str) -> str:
    """What is said of one question of several that training left out."""
    return f'I was not taught to answer "{typed}".'


def not_understood(guess: str, regions: Sequence[Region]) -> str:
    """What is said where the meaning is uncertain: the best guess, to be asked for."""
    return (
        f'I was not taught to read that question for sure. Did you mean "{as_shown(guess)}"? '
        f"I can be asked, for example, {examples(regions)}"
    )


def missing_subject(regions: Sequence[Region]) -> str:
    """What is said of a follow-up with nothing before it."""
    return (
        "I was not taught what that refers to: name a finding or an organ. "
        f"I can be asked, for example, {examples(regions)}"
    )


def not_in_scan(part: str, regions: Sequence[Region]) -> str:
    """What is said of a part of the body that the scan doesn't show."""
    verb = "are" if part.endswith("s") else "is"
    return (
        f"That part is not in this scan. The {part} {verb} outside this scan, which shows "
        f"{trunk(regions)}."
    )


def trunk(regions: Sequence[str]) -> str:
    """What a scan shows: the chest and the abdomen."""
    return f"the {joined(list(regions))}" if regions else "no chest, abdomen or pelvis"


def small_talk(regions: Sequence[Region]) -> str:
    """What this is, in a line; it follows a greeting as well as thanks."""
    return (
        "I am a small demonstration model that reads CT scans of chest, abdomen and pelvis, "
        f"not a doctor. Ask me about this scan: {examples(regions)}"
    )


def organ_name(organ: str) -> str:
    """An organ as reports name it: lungs, liver."""
    return ORGAN_WORDS.get(organ, organ)


def appears(organ: str) -> str:
    """`appears` or `appear`."""
    return "appear" if organ in PLURAL else "appears"


def is_or_are(name: str) -> str:
    """The verb of a finding's name; what takes no article may still be one thing."""
    return "are" if UNCOUNTED.search(name) and name.endswith(("metastases", "lesions")) else "is"


def a_name(kind: str) -> str:
    """A finding with its article."""
    name = KINDS[kind].names[0]
    return (
        f"{'an' if name[0] in 'aeiou' else 'a'} {name}"
        if name.endswith(COUNTED)
        else named("a {name}", name)
    )


def as_shown(question: str) -> str:
    """Questions of the model's own as English has them: are there metastases, not is there."""
    return _one_for_many().sub(lambda said: f"{ARE[said[1]]}{said[2]}", question)


@cache
def _one_for_many() -> re.Pattern[str]:
    names = (kind.names[0] for kind in KINDS.values())
    many = "|".join(re.escape(name) for name in names if is_or_are(name) == "are")
    return re.compile(rf"\b([Ii]s)( (?:there|the) (?:{many}))\b")


def listed(kinds: Sequence[str]) -> str:
    """Findings with their articles: a kidney stone and ascites."""
    return joined([a_name(kind) for kind in kinds])


def in_place(place: str) -> str:
    """A place with its preposition: in the left kidney, on the right side, in both lobes."""
    if place.endswith(("side", "sides")):
        return f"on {place}" if place.startswith("both") else f"on the {place}"
    return f"in {place}" if place.startswith("both") else f"in the {place}"
