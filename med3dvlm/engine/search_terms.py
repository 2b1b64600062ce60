"""What a search text names, and which known facts of a hit answer it.

sought = sought_in("right pleural effusion on coronal slices")
match = match_of(sought, entry)
match.fits, match.differs         # ("pleural effusion, right side", "coronal"), ()

Similarity orders the hits. What is known of each, from its report and its facts, tells why one is
among them, or that it isn't what was searched for.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from med3dvlm.engine.understanding.lexicon import whole_lexicon
from med3dvlm.metrics.statements import SIDE, sides_stated
from med3dvlm.phantoms.findings import KINDS
from med3dvlm.phantoms.true_report import NEGATION, joined, read_findings
from med3dvlm.retrieval import Entry

CLAUSES = re.compile(r"[,.;]|\bbut\b|\bwith\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """What a search text names, each in the words that are used for it everywhere.

    Attributes:
        kinds: findings that are to be there.
        absent: findings that are not to be there.
        organs: of which some finding is to be there.
        values: planes, contrast phases and regions.
        sides: left or right; on another side a finding is not the one that is sought.
    """

    kinds: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    organs: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    sides: frozenset[str] = frozenset()

    @property
    def words(self) -> str:
        """The same in words: `right pleural effusion, no ascites and coronal`."""
        on = f"{next(iter(self.sides))} " if len(self.sides) == 1 else ""
        parts = [
            on + name for name in (*self.kinds, *(f"{organ} finding" for organ in self.organs))
        ]
        return joined([*parts, *(f"no {kind}" for kind in self.absent), *self.values])


NOTHING_SOUGHT = Sought()
Finding = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """How a hit answers a search.

    Attributes:
        fits: what of it was sought.
        differs: what was sought and is not so.
        finding: the kind and place to look at first; None where none was sought, or none fits.
    """

    fits: tuple[str, ...] = ()
    differs: tuple[str, ...] = ()
    finding: Finding | None = None

    @property
    def whole(self) -> bool:
        """Whether all that was sought is so."""
        return bool(self.fits) and not self.differs


NO_MATCH = Match()


def sought_in(text: str) -> Sought:
    """What a search text names."""
    there: list[str] = []
    absent: list[str] = []
    others: dict[str, list[str]] = {"organ": [], "value": []}
    # A left kidney stone is a kidney stone on the left, and not the left kidney.
    for clause in CLAUSES.split(SIDE.sub(" ", text)):
        negation = NEGATION.search(clause)
        for found in whole_lexicon().find(clause):
            denied = negation is not None and negation.end() <= found.start
            if found.sort == "kind":
                (absent if denied else there).append(found.name)
            elif found.sort in others and not denied:
                others[found.sort].append(found.name)
    return Sought(
        kinds=_once(there), absent=_once(absent), organs=_once(others["organ"]),
        values=_once(others["value"]), sides=sides_stated(text) if there else frozenset(),
    )  # fmt: skip


def match_of(sought: Sought, entry: Entry) -> Match:
    """Which known facts of an entry answer a search."""
    known = findings_of(entry)
    if sought == NOTHING_SOUGHT or not (known or entry.facts or entry.text):
        return NO_MATCH
    fits: list[str] = []
    differs: list[str] = []
    seen: list[Finding] = []
    for kind in sought.kinds:
        places = [place for name, place in known if name == kind]
        right = [place for place in places if _on_side(place, sought.sides)]
        seen += [(kind, place) for place in right]
        fits += [_named(kind, place) for place in right]
        if not right:
            differs += [_named(kind, place) for place in places] or [f"no {kind}"]
    for organ in sought.organs:
        inside = [one for one in known if KINDS[one[0]].organ == organ]
        seen += inside
        fits += [_named(*one) for one in inside]
        differs += [] if inside else [f"no finding of the {organ}"]
    for kind in sought.absent:
        present = any(name == kind for name, _ in known)
        (differs if present else fits).append(kind if present else f"no {kind}")
    facts = {str(value) for value in entry.facts.values()}
    for value in sought.values if entry.facts else ():
        (fits if value in facts else differs).append(value if value in facts else f"not {value}")
    return Match(fits=_once(fits), differs=_once(differs), finding=seen[0] if seen else None)


def findings_of(entry: Entry) -> tuple[Finding, ...]:
    """The findings that are known of an entry, as kind and place, from its report and its facts."""
    stated = _stated(entry.text)
    kinds = entry.facts.get("kinds", ())
    named = {kind for kind, _ in stated}
    extra = [str(kind) for kind in kinds if kind not in named] if isinstance(kinds, list) else []
    return (*stated, *((kind, "") for kind in extra if kind in KINDS))


@lru_cache(maxsize=4096)
def _stated(report: str) -> tuple[Finding, ...]:
    """What a report of the library states; each search that finds it asks, and it stays as it is.

    Reading fifty hits was three quarters of the work of a search.
    """
    return tuple(sorted(read_findings(report)))


def _on_side(place: str, sides: frozenset[str]) -> bool:
    """Whether a place is on the sides that are sought; a place without side is on any."""
    there = sides_stated(place)
    return not sides or not there or bool(there & sides)


def _named(kind: str, place: str) -> str:
    return f"{kind}, {place}" if place else kind


def _once(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
