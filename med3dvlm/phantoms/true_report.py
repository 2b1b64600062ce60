"""A phantom's true report: radiology-style text in many phrasings; and parsing findings from it.

report = true_report(facts)              # the wording of the case's own seed
read_findings(report.text)               # {("kidney stone", "left kidney")}
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TypeVar

import numpy as np

from med3dvlm.phantoms.acquisition import Region
from med3dvlm.phantoms.facts import WORDING_STREAM, Facts
from med3dvlm.phantoms.findings import KINDS, KINDS_IN, Finding, Kind

T = TypeVar("T")

PHASE_WORDS: dict[str, tuple[str, ...]] = {
    "non-contrast": ("without contrast", "non-contrast", "without intravenous contrast"),
    "arterial": ("in the arterial phase", "arterial phase"),
    "portal venous": ("in the portal venous phase", "portal venous phase"),
    "delayed": ("in the delayed phase", "delayed phase"),
}
HEADERS = (
    "{Plane} CT of the {region}, {phase}.",
    "CT {region}, {plane} plane, {phase}.",
    "{Plane} CT images of the {region} {phase}.",
)
HABITUS_WORDS: dict[str, tuple[str, ...]] = {
    "slim": ("Slim build.", "Little subcutaneous fat."),
    "average": ("Average build.", "Normal body habitus."),
    "obese": ("Obese habitus.", "Abundant subcutaneous fat."),
}
SCOLIOSIS_WORDS: dict[str, tuple[str, ...]] = {
    "none": ("The spine is straight.", "Straight spinal alignment."),
    "convex to the right": ("Scoliosis convex to the right.", "Spinal curve convex to the right."),
    "convex to the left": ("Scoliosis convex to the left.", "Spinal curve convex to the left."),
}
CALCIFICATION_WORDS: dict[str, tuple[str, ...]] = {
    "none": ("The aortic wall is smooth.", "The aorta is free of plaque."),
    "moderate": ("Moderate aortic calcification.", "Moderate calcified aortic plaque."),
    "severe": ("Severe aortic calcification.", "Severe calcified aortic plaque."),
}
NORMAL = (
    "{List} appear normal.",
    "{List} are unremarkable.",
    "Normal appearance of {list}.",
)
ORGAN_WORDS = {
    "lung": "lungs", "kidney": "kidneys", "adrenal gland": "adrenal glands", "hip": "hips",
    "pelvic bone": "pelvic bones",
}  # fmt: skip
HEADERS_WITHOUT_PLANE = (
    "CT of the {region}, {phase}.",
    "Thin-slice CT of the {region}, {phase}.",
    "CT images of the {region} {phase}.",
)
# Where head, neck, a limb or no body at all is scanned.
NO_TRUNK = (
    "This scan shows no chest, abdomen or pelvis.",
    "Neither chest nor abdomen nor pelvis is in this scan.",
    "No part of chest, abdomen or pelvis is shown.",
)
NOT_ASSESSED = ("not assessed", "no assessment of chest, abdomen or pelvis")
NOTHING = ("no abnormality", "normal examination", "no relevant finding")


@dataclass(frozen=True, slots=True)
class TrueReport:
    """A report in two parts: findings and impression."""

    description: str
    impression: str

    @property
    def text(self) -> str:
        """The whole report, as the models read and write it."""
        return f"{self.description} Impression: {self.impression}"


def wording(facts: Facts, variant: int = 0) -> np.random.Generator:
    """The random generator for a case's wording; each variant is another paraphrase."""
    return np.random.default_rng([facts.seed, WORDING_STREAM, variant])


def true_report(facts: Facts, *, variant: int = 0) -> TrueReport:
    """Write a report of the facts; another `variant` says the same in other words."""
    rng = wording(facts, variant)
    if facts.acquisition.region == "other":
        return TrueReport(pick(rng, NO_TRUNK), f"{pick(rng, NOT_ASSESSED)}.")
    lines = [_header(facts, rng), *_person_lines(facts, rng)]
    lines += [describe(finding, rng) for finding in facts.findings]
    lines += _normal_line(facts, rng)
    return TrueReport(" ".join(lines), _impression(facts, rng))


def _person_lines(facts: Facts, rng: np.random.Generator) -> list[str]:
    """Build, spine and aorta, as far as the field of view shows them."""
    said = {
        "habitus": HABITUS_WORDS[facts.habitus],
        "scoliosis": SCOLIOSIS_WORDS[facts.scoliosis],
        "calcification": CALCIFICATION_WORDS[facts.calcification],
    }
    return [pick(rng, words) for name, words in said.items() if name not in facts.hidden]


def describe(finding: Finding, rng: np.random.Generator) -> str:
    """One sentence about a finding."""
    kind = KINDS[finding.kind]
    sentence = _fill(pick(rng, kind.sentences), kind, finding, rng)
    return sentence[0].upper() + sentence[1:]


def _fill(template: str, kind: Kind, finding: Finding, rng: np.random.Generator) -> str:
    where = finding.place if finding.place.startswith("both") else f"the {finding.place}"
    return named(template, pick(rng, kind.names)).format(
        n=finding.size_mm,
        place=finding.place,
        where=where,
        Where=where[0].upper() + where[1:],
        size=kind.size_class(finding.size_mm),
    )


# Names that take no article: plurals, substances and states.
UNCOUNTED = re.compile(
    r"((?<![su])(?<!pelvi)(?<!sthesi)(?<!stasi)s|ia|aly|enlargement|gas|air|fluid)$"
    r"|\b(fluid|air|gas) "
)
ARTICLE = re.compile(r"\b(an?|An?) (\{size\} |\{n\} mm )?\{name\}")


def named(template: str, name: str) -> str:
    """Put a name into a template with the right article: a cyst, an ovarian cyst, ascites."""

    def article(match: re.Match[str]) -> str:
        between = match[2] or ""
        if UNCOUNTED.search(name):
            return between + name
        vowel = not between and name[0] in "aeiou"
        return f"{match[1][0]}{'n' if vowel else ''} {between}{name}"

    return ARTICLE.sub(article, template).replace("{name}", name)


def _header(facts: Facts, rng: np.random.Generator) -> str:
    acquisition = facts.acquisition
    headers = HEADERS if acquisition.plane != "none" else HEADERS_WITHOUT_PLANE
    return pick(rng, headers).format(
        Plane=acquisition.plane.capitalize(),
        plane=acquisition.plane,
        region=acquisition.region,
        phase=pick(rng, PHASE_WORDS[acquisition.phase]),
    )


@cache
def organs_of(region: Region) -> tuple[str, ...]:
    """Organs whose findings a region can show, in reporting order."""
    return tuple(dict.fromkeys(kind.organ for kind in KINDS_IN[region]))


def _normal_line(facts: Facts, rng: np.random.Generator) -> list[str]:
    """What is in view and free of findings; no line where a small field of view has no such."""
    affected = {kind.organ for kind in facts.kinds}
    normal = [organ for organ in facts.organs if organ not in affected]
    if not normal:
        return []
    words = "the " + joined([ORGAN_WORDS.get(organ, organ) for organ in normal])
    return [pick(rng, NORMAL).format(list=words, List=words[0].upper() + words[1:])]


def _impression(facts: Facts, rng: np.random.Generator) -> str:
    if not facts.findings:
        return f"{pick(rng, NOTHING)}."
    parts = []
    for finding in facts.findings:
        kind = KINDS[finding.kind]
        parts.append(_fill(pick(rng, kind.impressions), kind, finding, rng))
    return f"{'; '.join(parts)}."


def joined(words: list[str]) -> str:
    """a, b and c."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def pick(rng: np.random.Generator, options: Sequence[T]) -> T:
    """One of several phrasings, or of whatever they are."""
    return options[int(rng.integers(len(options)))]


NEGATION = re.compile(r"\b(no|not|without|normal|unremarkable|free of|intact)\b", re.IGNORECASE)


@cache
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    """Every name of every kind, the longest first, so that the most specific one is found."""
    names = [(name, kind.name) for kind in KINDS.values() for name in kind.names]
    names.sort(key=lambda pair: -len(pair[0]))
    return [(kind, re.compile(rf"\b{re.escape(name)}\b", re.IGNORECASE)) for name, kind in names]


def read_findings(text: str) -> set[tuple[str, str]]:
    """(kind, place) of every finding a report states; negated findings are left out.

    A kind that has places but is stated without one is returned with an empty place.
    """
    stated: dict[str, set[str]] = {}
    for sentence in re.split(r"[.;]|\bImpression:", text):
        if NEGATION.search(sentence):
            continue
        rest = sentence
        for kind, pattern in _patterns():
            if pattern.search(rest):
                rest = pattern.sub(" ", rest)
                stated.setdefault(kind, set()).update(_places(KINDS[kind], sentence))
    return {(kind, place) for kind, places in stated.items() for place in (places or {""})}


def _places(kind: Kind, sentence: str) -> set[str]:
    low = sentence.lower()
    return {place for place in kind.places if place.lower() in low}
