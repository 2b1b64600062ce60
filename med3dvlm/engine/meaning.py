"""What an answer says, whatever its words, so that answers can be compared.

asked = "Is there a pleural effusion?"
agree(meaning_of("No", asked), meaning_of("No pleural effusion is seen.", asked))       # True
meaning_of("No", asked).words                        # "there is no pleural effusion"

Findings with their places, what is denied, what is normal, planes, phases and regions, and sizes
are read. An answer with none of these means its own words.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from med3dvlm.engine.understanding.lexicon import whole_lexicon
from med3dvlm.engine.understanding.sentences import a_name, in_place, is_or_are, organ_name
from med3dvlm.metrics.answer_kinds import answer_kind
from med3dvlm.metrics.answers import normalised
from med3dvlm.metrics.statements import (
    DENIES,
    LEADING_NO,
    LEADING_YES,
    SENTENCES,
    WELL,
    millimetres_stated,
    size_class_stated,
    size_fits,
)
from med3dvlm.phantoms.acquisition import REGIONS
from med3dvlm.phantoms.findings import KINDS
from med3dvlm.phantoms.true_report import joined, read_findings

OPENING = re.compile(r"^\W*(?:yes|yeah|yep|no|nope)\s*(?:[,.:;!]\s*|$)", re.IGNORECASE)
NOTHING_WRONG = re.compile(
    r"^\W*(?:none|nothing)\W*$|\b(?:no|nothing) (?:\w+ ){0,2}(?:abnormal|finding|wrong)",
    re.IGNORECASE,
)
EVERYTHING = ""
Finding = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What an answer says.

    Attributes:
        text: the answer.
        there: findings with their places; an empty place where none is named.
        absent: findings, planes, phases and regions that it denies.
        normal: organs that are normal; `EVERYTHING` if nothing is abnormal.
        values: planes, phases and regions.
        size_mm: of the one finding that it is about.
        size_class: the same as a word.
    """

    text: str
    there: frozenset[Finding] = frozenset()
    absent: frozenset[str] = frozenset()
    normal: frozenset[str] = frozenset()
    values: frozenset[str] = frozenset()
    size_mm: float | None = None
    size_class: str | None = None

    @property
    def known(self) -> bool:
        """Whether anything of it is understood, besides a size."""
        return bool(self.there or self.absent or self.normal or self.values)

    @property
    def words(self) -> str:
        """What it says, to follow "said"; empty if it isn't understood."""
        there = [_found(*one) for one in sorted(self.there)]
        size = "" if self.size_mm is None else f", {self.size_mm:g} mm"
        verb = is_or_are(KINDS[min(self.there)[0]].names[0]) if self.there else "is"
        parts = [f"there {verb} {joined(there)}{size}"] if there else []
        parts += [_denied(name) for name in sorted(self.absent)]
        parts += [_well(organ) for organ in sorted(self.normal)]
        parts += [_valued(value) for value in sorted(self.values)]
        return joined(parts)


def meaning_of(text: str, question: str = "") -> Meaning:
    """What an answer says to a question."""
    if answer_kind(text) != "answer":
        return Meaning(text=text)
    asked = _names(question)
    no, yes = bool(LEADING_NO.search(text)), bool(LEADING_YES.search(text))
    if asked["value"] and (no or yes):
        value = frozenset(asked["value"])
        return Meaning(text=text, values=value) if yes else Meaning(text=text, absent=value)
    return _about_findings(text, asked)


def _about_findings(text: str, asked: Mapping[str, tuple[str, ...]]) -> Meaning:
    rest, no = OPENING.sub("", text), bool(LEADING_NO.search(text))
    affirmed = bool(LEADING_YES.search(text))
    there = frozenset(read_findings(rest)) or _in_context(rest, asked["kind"], affirmed=affirmed)
    if there:
        about_one = len(SENTENCES.split(text)) == 1 and len({kind for kind, _ in there}) == 1
        return Meaning(
            text=text, there=there,
            size_mm=millimetres_stated(rest) if about_one else None,
            size_class=size_class_stated(rest) if about_one else None,
        )  # fmt: skip
    named, denied = _names(rest), no or bool(DENIES.search(rest))
    if NOTHING_WRONG.search(text) or (WELL.search(rest) and not denied):
        organs = named["organ"] or asked["organ"] or (EVERYTHING,)
        return Meaning(text=text, normal=frozenset(organs))
    if denied and (kinds := named["kind"] or asked["kind"]):
        return Meaning(text=text, absent=frozenset(kinds))
    return Meaning(text=text, values=frozenset(named["value"]))


def agree(one: Meaning, other: Meaning) -> bool:
    """Whether two answers to one question say the same, as far as both say it."""
    if not (one.known and other.known):
        return normalised(one.text) == normalised(other.text)
    said, told = _places(one.there), _places(other.there)
    return (
        said.keys() == told.keys()
        and all(_same_places(said[kind], told[kind]) for kind in said)
        and one.absent == other.absent
        and one.normal == other.normal
        and one.values == other.values
        and _same_size(one, other)
    )


def _in_context(text: str, kinds: Iterable[str], *, affirmed: bool) -> frozenset[Finding]:
    """What an answer without names says of the findings asked about: that and where they are."""
    if DENIES.search(text):
        return frozenset()
    low, found = text.lower(), set[Finding]()
    for kind in kinds:
        places = {(kind, place) for place in KINDS[kind].places if place.lower() in low}
        sized = affirmed or millimetres_stated(text) is not None
        found |= places or ({(kind, "")} if sized else set())
    return frozenset(found)


def _places(there: Iterable[Finding]) -> dict[str, set[str]]:
    """The places of each kind; none where one is named without a place."""
    places: dict[str, set[str]] = {}
    for kind, place in there:
        places.setdefault(kind, set()).update({place} - {""})
    return places


def _same_places(one: set[str], other: set[str]) -> bool:
    return one == other or not one or not other


def _same_size(one: Meaning, other: Meaning) -> bool:
    if one.size_mm is None or other.size_mm is None:
        return one.size_class == other.size_class or not (one.size_class and other.size_class)
    return size_fits(f"{one.size_mm} mm", other.size_mm, "")


def _found(kind: str, place: str) -> str:
    return f"{a_name(kind)} {in_place(place)}" if place else a_name(kind)


def _denied(name: str) -> str:
    if name in REGIONS:
        return f"the scan doesn't show the {name}"
    if name not in KINDS:
        return f"it is not {name}"
    known = KINDS[name].names[0]
    return f"there {is_or_are(known)} no {known}"


def _valued(value: str) -> str:
    return f"the scan shows the {value}" if value in REGIONS else f"it is {value}"


def _well(organ: str) -> str:
    if organ == EVERYTHING:
        return "nothing is abnormal"
    name = organ_name(organ)
    return f"the {name} {'are' if name != organ else 'is'} normal"


def _names(text: str) -> dict[str, tuple[str, ...]]:
    """The names in a text, by sort."""
    found = whole_lexicon().find(text)
    sorts = ("kind", "organ", "value", "untaught")
    return {
        sort: tuple(dict.fromkeys(one.name for one in found if one.sort == sort)) for sort in sorts
    }
