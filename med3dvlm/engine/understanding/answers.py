"""Answers composed from what the model says in its own words, one function for each intent.

ANSWERS["presence"](model, Wish(intent="presence", kind="gallstone"))
# Said("No gallstone is seen.", 0.93)

The model decides, by its yes and no and by the places and sizes that it names; the sentence around
it says what was decided about.
"""

from collections.abc import Callable, Mapping

from med3dvlm.engine.understanding import own_words
from med3dvlm.engine.understanding.model import Model, Said, regions_shown
from med3dvlm.engine.understanding.overview import any_abnormality, count_all, what_is_shown
from med3dvlm.engine.understanding.sentences import (
    a_name,
    appears,
    in_place,
    is_or_are,
    listed,
    organ_name,
    perhaps,
    trunk,
)
from med3dvlm.metrics.statements import sides_stated
from med3dvlm.model.prompt import Turn
from med3dvlm.phantoms.acquisition import REGIONS
from med3dvlm.phantoms.findings import KINDS
from med3dvlm.phantoms.vocabulary.wishes import Intent, Wish

Composer = Callable[[Model, Wish], Said]
# Above this, a yes is likelier than a no.
HALF = 0.5
NO_CONTRAST = "non-contrast"
WITHOUT_CONTRAST = "this is a non-contrast scan"


def sure(share: float) -> float:
    """The probability of a decision: of the yes if it is likelier, else of the no."""
    return max(share, 1 - share)


def presence(model: Model, wish: Wish) -> Said:
    """Whether a finding is there."""
    share = model.yes(own_words.presence_question(wish.kind))
    if share <= HALF:
        return Said(absent(wish.kind), 1 - share)
    return Said(f"Yes, there {_is(wish.kind)} {a_name(wish.kind)}.", share)


def seen_or_not(model: Model, wish: Wish) -> Said:
    """Whether a finding is there, as a statement: no yes that could be taken for another one."""
    share = model.yes(own_words.presence_question(wish.kind))
    if share <= HALF:
        return Said(absent(wish.kind), 1 - share)
    name = a_name(wish.kind)
    return Said(f"{name[0].upper()}{name[1:]} can be seen.", share)


def absent(kind: str) -> str:
    """That a finding isn't there."""
    return f"No {_name(kind)} {_is(kind)} seen."


def where_found(compose: Callable[[Model, Wish, Said], Said]) -> Composer:
    """For what can only be said of a finding that is there; else says that it isn't."""

    def composer(model: Model, wish: Wish) -> Said:
        share = model.yes(own_words.presence_question(wish.kind))
        if share <= HALF:
            return Said(absent(wish.kind), 1 - share)
        place = Said(KINDS[wish.kind].organ, 1.0)
        if KINDS[wish.kind].places:
            place = _lower(model.said(own_words.place_question(wish.kind)))
        return compose(model, wish, Said(place.text, share * place.probability))

    return composer


def place_of(_: Model, wish: Wish, place: Said) -> Said:
    """Where it is."""
    verb = _is(wish.kind)
    return Said(f"The {_name(wish.kind)} {verb} {in_place(place.text)}.", place.probability)


def side_of(_: Model, wish: Wish, place: Said) -> Said:
    """Whether it is on a side."""
    sides = sides_stated(place.text)
    where = f"the {_name(wish.kind)} {_is(wish.kind)} {in_place(place.text)}."
    if not sides:
        return Said(where[0].upper() + where[1:], place.probability)
    return Said(f"{'Yes' if wish.side in sides else 'No'}, {where}", place.probability)


def size_of(model: Model, wish: Wish, place: Said) -> Said:
    """How large it is."""
    before = Turn(own_words.presence_question(wish.kind), "Yes")
    size = _lower(model.said(own_words.SIZE, (before,)))
    said = f"The {_name(wish.kind)} {_is(wish.kind)} {size.text}."
    return Said(said, place.probability * size.probability)


def count_of(_: Model, wish: Wish, place: Said) -> Said:
    """How many there are."""
    if _several(wish.kind):
        return Said(f"There are several {_name(wish.kind)}.", place.probability)
    if place.text.startswith("both"):
        return Said(
            f"There are two: {a_name(wish.kind)} {in_place(place.text)}.", place.probability
        )
    return Said(f"There is one {_name(wish.kind)}, {in_place(place.text)}.", place.probability)


def more_than_one(_: Model, wish: Wish, place: Said) -> Said:
    """Whether there are several."""
    if _several(wish.kind):
        return Said(f"Yes, several {_name(wish.kind)} are seen.", place.probability)
    if place.text.startswith("both"):
        return Said(f"Yes, {a_name(wish.kind)} {in_place(place.text)}.", place.probability)
    return Said(f"No, only one {_name(wish.kind)} is seen.", place.probability)


def organ_state(model: Model, wish: Wish) -> Said:
    """Whether an organ is normal, by asking about each of its findings that the scan can show."""
    regions = regions_shown(model)
    kinds = [k for k in KINDS.values() if k.organ == wish.organ and set(k.regions) & set(regions)]
    shares = {kind.name: model.yes(own_words.presence_question(kind.name)) for kind in kinds}
    likely = [kind for kind, share in shares.items() if share > HALF]
    affirmed = [kind for kind in likely if model.sure_of(kind)]
    probability = min(map(sure, shares.values()), default=HALF)
    name = organ_name(wish.organ)
    if likely and not affirmed:
        return Said(perhaps(likely), probability)
    if not affirmed:
        return Said(f"The {name} {appears(wish.organ)} normal.", probability)
    verb = "are" if appears(wish.organ) == "appear" else "is"
    there = f"there {_is(affirmed[0])} {listed(affirmed)}"
    return Said(f"The {name} {verb} affected: {there}.", probability)


def plane(model: Model, _: Wish) -> Said:
    """The plane of the slices."""
    said = _lower(model.said(own_words.PLANE))
    return Said(f"The acquisition plane is {said.text}.", said.probability)


def phase(model: Model, _: Wish) -> Said:
    """The contrast phase."""
    said = _lower(model.said(own_words.PHASE))
    text = f"The contrast phase is {said.text}."
    if said.text == NO_CONTRAST:
        text = f"T{WITHOUT_CONTRAST[1:]}."
    return Said(text, said.probability)


def contrast(model: Model, _: Wish) -> Said:
    """Whether contrast was given."""
    said = _lower(model.said(own_words.PHASE))
    if said.text == NO_CONTRAST:
        return Said("No, this is a scan without contrast.", said.probability)
    return Said(f"Yes, with contrast, in the {said.text} phase.", said.probability)


def plane_check(model: Model, wish: Wish) -> Said:
    """Whether the plane is the named one."""
    said = _lower(model.said(own_words.PLANE))
    agrees = "Yes" if said.text == wish.value else "No"
    return Said(f"{agrees}, the acquisition plane is {said.text}.", said.probability)


def phase_check(model: Model, wish: Wish) -> Said:
    """Whether the phase is the named one."""
    said = _lower(model.said(own_words.PHASE))
    agrees = "Yes" if said.text == wish.value else "No"
    what = f"the contrast phase is {said.text}"
    if said.text == NO_CONTRAST:
        what = WITHOUT_CONTRAST
    return Said(f"{agrees}, {what}.", said.probability)


def region(model: Model, _: Wish) -> Said:
    """Which part of the body is shown."""
    said = _lower(model.said(own_words.REGION))
    article = "" if said.text.startswith("no ") else "the "
    return Said(f"The scan shows {article}{said.text}.", said.probability)


def region_check(model: Model, wish: Wish) -> Said:
    """Whether a part of the body is shown."""
    asked = tuple(region for region in REGIONS if region == wish.value)
    shown = regions_shown(model, asked)
    if wish.value in shown:
        return Said(f"Yes, the scan shows the {wish.value}.", 1.0)
    return Said(f"No, the scan shows {trunk(shown)}.", 1.0)


def _several(kind: str) -> bool:
    """Whether a kind is always several: liver metastases."""
    return is_or_are(_name(kind)) == "are"


def _is(kind: str) -> str:
    return is_or_are(_name(kind))


def _name(kind: str) -> str:
    return KINDS[kind].names[0]


def _lower(said: Said) -> Said:
    """An answer as it stands within a sentence; vertebrae keep their capitals."""
    first = said.text.split(" ")[0]
    text = said.text.rstrip(".")
    return Said(text if first[1:2].isdigit() else text[:1].lower() + text[1:], said.probability)


ANSWERS: Mapping[Intent, Composer] = {
    "presence": presence, "side check": where_found(side_of), "place": where_found(place_of),
    "size": where_found(size_of), "count": where_found(count_of),
    "more than one": where_found(more_than_one), "count all": count_all, "organ": organ_state,
    "any abnormality": any_abnormality, "what is shown": what_is_shown, "plane": plane,
    "plane check": plane_check, "phase": phase, "phase check": phase_check,
    "contrast": contrast, "region": region, "region check": region_check,
}  # fmt: skip
