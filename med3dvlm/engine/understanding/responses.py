"""The answer to a plan: one composed from the model's own, or one of the fixed sentences.

respond(model, plan)             # Said("No gallstone is seen.", 0.93); None: it speaks for itself
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import islice

from med3dvlm.engine.understanding import own_words, sentences
from med3dvlm.engine.understanding.answers import ANSWERS, HALF, seen_or_not
from med3dvlm.engine.understanding.model import Model, Said, regions_shown
from med3dvlm.engine.understanding.overview import listed_without
from med3dvlm.engine.understanding.plan import Plan, own_question
from med3dvlm.engine.understanding.question_reader import OF_A_FINDING, REFUSED
from med3dvlm.model.prompt import Turn
from med3dvlm.phantoms.acquisition import REGIONS, Region
from med3dvlm.phantoms.findings import KINDS
from med3dvlm.phantoms.vocabulary.wishes import Intent, Wish

Refusal = Callable[[Model, Plan], Said | None]
# Of scans of other parts, was taught nothing of this, and it is said so.
OF_THE_TRUNK: Mapping[Intent, str] = {
    "phase": sentences.NO_PHASE, "phase check": sentences.NO_PHASE,
    "contrast": sentences.NO_PHASE, "what is shown": sentences.NO_FINDINGS,
    "any abnormality": sentences.NO_FINDINGS, "count all": sentences.NO_FINDINGS,
}  # fmt: skip


def in_view(model: Model, plan: Plan) -> Plan:
    """The plan, about something else that was perhaps meant if the scan doesn't show its own."""
    if plan.also:
        first, *others = (one for part in plan.all for one in in_view(model, part).all)
        return replace(first, also=tuple(others))
    if plan.wish is None or not plan.question:
        return plan
    shown = (one for one in (plan.wish, *plan.others) if not not_shown(model, one))
    meant = list(shown if plan.every else islice(shown, 1)) or [plan.wish]
    first, *others = (_about(plan, wish) for wish in meant)
    return replace(first, also=tuple(others))


def _about(plan: Plan, wish: Wish) -> Plan:
    """The plan for something else that was meant."""
    if wish == plan.wish:
        return plan
    return replace(plan, wish=wish, question=own_question(wish))


def respond(model: Model, plan: Plan) -> Said | None:
    """The composed answer; None for a report, which the model writes itself."""
    assert plan.wish is not None
    if plan.wish.intent == "report":
        return None
    if plan.worried and plan.wish.kind:
        return seen_or_not(model, plan.wish)
    if plan.spoken_of:
        return listed_without(model, plan.spoken_of)
    return ANSWERS[plan.wish.intent](model, plan.wish)


def deciding_question(model: Model, plan: Plan) -> tuple[tuple[Turn, ...], str]:
    """The turns and the question of the model's own whose answer decides what a plan gets."""
    assert plan.wish is not None
    kind = plan.wish.kind
    if plan.wish.intent not in OF_A_FINDING or plan.wish.intent == "presence":
        return (), plan.question
    there = own_words.presence_question(kind)
    if model.yes(there) <= 0.5:
        return (), there
    if plan.wish.intent == "size":
        return (Turn(there, "Yes"),), own_words.SIZE
    return (), own_words.place_question(kind) if KINDS[kind].places else there


def remarked(model: Model, plan: Plan, said: Said) -> Said:
    """An answer with what is to be added to it: how sure it is, or whom to ask about a worry."""
    if plan.worried and not (plan.also or plan.doubted) and said.text not in OF_THE_TRUNK.values():
        return Said(f"{said.text} {sentences.FOR_A_DOCTOR}", said.probability)
    small_talk = plan.wish is not None and plan.wish.intent == "small talk"
    return confirmed(model, plan, said) if plan.doubted and not small_talk else said


def confirmed(model: Model, plan: Plan, said: Said) -> Said:
    """What is said of an answer that was doubted."""
    if plan.refused and not plan.also:
        return Said(sentences.still_not_taught(regions_shown(model)), said.probability)
    if said.probability == 1.0:
        return Said(f"As far as I can tell, yes: {said.text}", said.probability)
    if sentences.UNLIKE in said.text:
        return said
    remark = sentences.how_sure(said.probability) if model.familiar else sentences.SURENESS_UNKNOWN
    return Said(f"{said.text} {remark}", said.probability)


def together(model: Model, plan: Plan) -> Said:
    """The answers to all questions of a message; the same sentence is said once."""
    said = [_part(model, part) for part in plan.all]
    text = " ".join(dict.fromkeys(one.text for one in said))
    return Said(text, min(one.probability for one in said))


def _part(model: Model, part: Plan) -> Said:
    """The answer to one of several questions; what was not taught is named."""
    if part.worried:
        return Said(sentences.FOR_A_DOCTOR, 1.0)
    if part.refused:
        return Said(sentences.left_out(part.typed), part.certainty)
    said = refused(model, part) or respond(model, part)
    assert said is not None, "a report is asked for alone"
    return said


def idle(model: Model, plan: Plan) -> Said | None:
    """Small talk."""
    assert plan.wish is not None
    if plan.wish.intent != "small talk":
        return None
    return Said(sentences.small_talk(regions_shown(model)), plan.certainty)


def untaught(model: Model, plan: Plan) -> Said | None:
    """What training left out."""
    assert plan.wish is not None
    if plan.wish.intent not in REFUSED:
        return None
    return Said(sentences.not_taught(regions_shown(model)), plan.certainty)


def unclear(model: Model, plan: Plan) -> Said | None:
    """A follow-up with nothing before it, or a reading that is too uncertain."""
    assert plan.wish is not None
    if not plan.question:
        return Said(sentences.missing_subject(regions_shown(model)), plan.certainty)
    if plan.sure:
        return None
    return Said(sentences.not_understood(plan.question, regions_shown(model)), plan.certainty)


def elsewhere(model: Model, plan: Plan) -> Said | None:
    """A part of the body that the scan doesn't show."""
    assert plan.wish is not None
    return not_shown(model, plan.wish)


def doubtful(model: Model, plan: Plan) -> Said | None:
    """A finding that isn't sure enough to be told of a scan unlike the training data."""
    return unsure(model, plan.wish)


REFUSALS: tuple[Refusal, ...] = (idle, untaught, unclear, elsewhere, doubtful)


def refused(model: Model, plan: Plan) -> Said | None:
    """The fixed sentence that a plan gets; None if it is to be answered from the image."""
    found = (refusal(model, plan) for refusal in REFUSALS)
    return next((said for said in found if said is not None), None)


def unsure(model: Model, wish: Wish | None) -> Said | None:
    """That the model's yes can't be trusted, if a question needs one and it can't."""
    if wish is None or wish.intent not in OF_A_FINDING or model.familiar:
        return None
    share = model.yes(own_words.presence_question(wish.kind))
    if share <= HALF or model.sure_of(wish.kind):
        return None
    return Said(sentences.perhaps([wish.kind]), share)


def not_shown(model: Model, wish: Wish | None) -> Said | None:
    """That the scan doesn't show the part that a question is about, if so."""
    if wish is None:
        return None
    if wish.intent in OF_THE_TRUNK and not regions_shown(model, ()):
        return Said(OF_THE_TRUNK[wish.intent], 1.0)
    regions = regions_of(wish)
    if set(regions) == set(REGIONS):
        return None
    shown = regions_shown(model, regions)
    if set(shown) & set(regions):
        return None
    organ = KINDS[wish.kind].organ if wish.kind else wish.organ
    return Said(sentences.not_in_scan(sentences.organ_name(organ), shown), 1.0)


def regions_of(wish: Wish) -> tuple[Region, ...]:
    """The regions that show what a question is about."""
    if wish.intent in OF_A_FINDING:
        return KINDS[wish.kind].regions
    if wish.intent == "organ":
        there = {r for kind in KINDS.values() if kind.organ == wish.organ for r in kind.regions}
        return tuple(region for region in REGIONS if region in there)
    return REGIONS
