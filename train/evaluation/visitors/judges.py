"""How much of an answer from the image is right, for each kind of question.

JUDGES["plane"](Wish(intent="plane"), facts, "It is axial.")      # 1.0

A judge returns None if the answer doesn't address the question.
"""

from collections.abc import Callable, Mapping

from med3dvlm.metrics.answers import option_named
from med3dvlm.metrics.statements import (
    millimetres_stated,
    number_fits,
    number_stated,
    sides_stated,
    size_class_stated,
    size_fits,
    states_well,
    states_yes,
)
from med3dvlm.phantoms.acquisition import PHASES, PLANES, REGIONS
from med3dvlm.phantoms.facts import Facts
from med3dvlm.phantoms.findings import KINDS, Finding
from med3dvlm.phantoms.true_report import read_findings
from med3dvlm.phantoms.vocabulary.wishes import Intent, Wish

LETTERS = "ABCDE"


def states_presence(wish: Wish, said: str) -> bool | None:
    """Yes or no about a finding; an answer that simply names it counts as yes."""
    stated = states_yes(said)
    if stated is None and wish.kind in {kind for kind, _ in read_findings(said)}:
        return True
    return stated


def finding_of(facts: Facts, kind: str) -> Finding | None:
    """The finding of a kind, if there is one."""
    return next((finding for finding in facts.findings if finding.kind == kind), None)


def _agree(stated: bool | None, truth: bool) -> float | None:
    """Whether the statement is true; None if there is none."""
    return None if stated is None else float(stated is truth)


def _presence(wish: Wish, facts: Facts, said: str) -> float | None:
    return _agree(states_presence(wish, said), facts.has(wish.kind))


def _denied(said: str) -> float | None:
    """For an absent finding: no is right, anything else about it is wrong."""
    if states_yes(said) is False or number_stated(said) == 0:
        return 1.0
    stated = (states_yes(said), millimetres_stated(said), size_class_stated(said))
    return 0.0 if any(one is not None for one in stated) or sides_stated(said) else None


def _side(wish: Wish, facts: Facts, said: str) -> float | None:
    finding = finding_of(facts, wish.kind)
    there = finding is not None and wish.side in sides_stated(finding.place)
    stated = states_yes(said)
    named = sides_stated(said)
    return _agree(wish.side in named if stated is None and named else stated, there)


def _place(wish: Wish, facts: Facts, said: str) -> float | None:
    finding = finding_of(facts, wish.kind)
    if finding is None:
        return _denied(said)
    places = dict(zip(LETTERS, KINDS[wish.kind].places, strict=False))
    named = option_named(said, places)
    if named is not None:
        return float(places[named] == finding.place)
    sides = sides_stated(said)
    if not sides:
        return 0.0 if states_yes(said) is False else None
    # If each side is a single place, naming the side is enough.
    told_by_side = len({sides_stated(place) for place in places.values()}) == len(places)
    return float(told_by_side and sides == sides_stated(finding.place))


def _size(wish: Wish, facts: Facts, said: str) -> float | None:
    finding = finding_of(facts, wish.kind)
    if finding is None:
        return _denied(said)
    if millimetres_stated(said) is None and size_class_stated(said) is None:
        return 0.0 if states_yes(said) is False else None
    kind = KINDS[wish.kind]
    return float(size_fits(said, finding.size_mm, kind.size_class(finding.size_mm)))


def number_of(finding: Finding | None) -> int:
    """How many there are; metastases count as several."""
    if finding is None:
        return 0
    if finding.kind == "liver metastases":
        return 4
    return 2 if finding.place.startswith("both") else 1


def _counted(number: int, said: str) -> float | None:
    if number_stated(said) is None:
        return _agree(False if states_yes(said) is False else None, number > 0)
    return float(number_fits(said, number))


def _count(wish: Wish, facts: Facts, said: str) -> float | None:
    number = number_of(finding_of(facts, wish.kind))
    return _denied(said) if number == 0 else _counted(number, said)


def _several(wish: Wish, facts: Facts, said: str) -> float | None:
    number = number_of(finding_of(facts, wish.kind))
    stated = states_yes(said)
    return _counted(number, said) if stated is None else _agree(stated, number > 1)


def _count_all(_: Wish, facts: Facts, said: str) -> float | None:
    number = len(facts.findings)
    return _denied(said) if number == 0 else _counted(number, said)


def _organ(wish: Wish, facts: Facts, said: str) -> float | None:
    ill = any(kind.organ == wish.organ for kind in facts.kinds)
    named = {KINDS[kind].organ for kind, _ in read_findings(said)}
    tone = {"well": True, "ill": False}.get(wish.tone)
    stated = False if wish.organ in named else states_well(said, yes_is_well=tone)
    return _agree(stated, not ill)


def _any(wish: Wish, facts: Facts, said: str) -> float | None:
    stated = states_well(said, yes_is_well=wish.tone == "well")
    if stated is None and read_findings(said):
        stated = False
    return _agree(stated, not facts.findings)


def _what(wish: Wish, facts: Facts, said: str) -> float | None:
    """F1 of the kinds named; for "anything else?" without the one already discussed."""
    spoken_of = {wish.kind} if wish.leans else set()
    true = {finding.kind for finding in facts.findings} - spoken_of
    named = {kind for kind, _ in read_findings(said)}
    well = states_well(said, yes_is_well=False)
    if not named and well is None:
        return None
    named -= spoken_of
    if not true:
        return float(not named)
    return 2 * len(true & named) / (len(true) + len(named))


def _option(options: tuple[str, ...], truth: Callable[[Facts], str]) -> "Judge":
    letters = dict(zip(LETTERS, options, strict=False))

    def judge(_: Wish, facts: Facts, said: str) -> float | None:
        named = option_named(said, letters)
        return None if named is None else float(letters[named] == truth(facts))

    return judge


def _check(truth: Callable[[Facts], str]) -> "Judge":
    def judge(wish: Wish, facts: Facts, said: str) -> float | None:
        return _agree(states_yes(said), wish.value == truth(facts))

    return judge


def _contrast(_: Wish, facts: Facts, said: str) -> float | None:
    return _agree(states_yes(said), facts.acquisition.phase != "non-contrast")


def _never(_: Wish, __: Facts, ___: str) -> float | None:
    raise AssertionError("an answer from the picture is never the right kind here")


Judge = Callable[[Wish, Facts, str], float | None]
JUDGES: Mapping[Intent, Judge] = {
    "presence": _presence, "side check": _side, "place": _place, "size": _size, "count": _count,
    "more than one": _several, "count all": _count_all, "organ": _organ,
    "any abnormality": _any, "what is shown": _what, "report": _what,
    "plane": _option(PLANES, lambda facts: facts.acquisition.plane),
    "plane check": _check(lambda facts: facts.acquisition.plane),
    "phase": _option(PHASES, lambda facts: facts.acquisition.phase),
    "phase check": _check(lambda facts: facts.acquisition.phase),
    "contrast": _contrast,
    "region": _option(REGIONS, lambda facts: facts.acquisition.region),
    "region check": _check(lambda facts: facts.acquisition.region),
    "small talk": _never, "untaught": _never, "off topic": _never,
}  # fmt: skip
