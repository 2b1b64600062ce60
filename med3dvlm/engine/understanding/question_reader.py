"""Reads a free question: the network's labels, corrected by the names that the lexicon knows.

reader = QuestionReader(load_reader(folder), Lexicon())
reader.read("r/o water on the lungs").wish        # Wish(intent="presence", kind="pleural effusion")
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch

from med3dvlm.engine.understanding.asked_alone import (
    alone_in_place,
    meant_alone,
    side_named,
    stands_alone,
)
from med3dvlm.engine.understanding.compositions import composed_of, with_compositions
from med3dvlm.engine.understanding.contents import Contents
from med3dvlm.engine.understanding.lexicon import Found, Lexicon, Sort
from med3dvlm.engine.understanding.neighbours import by_itself, with_general, with_neighbours
from med3dvlm.engine.understanding.paraphrases import plainly
from med3dvlm.engine.understanding.shortened import written_out
from med3dvlm.engine.understanding.spelling import Spelling
from med3dvlm.model.reader import LoadedReader
from med3dvlm.phantoms.acquisition import REGIONS
from med3dvlm.phantoms.findings import KINDS
from med3dvlm.phantoms.vocabulary.wishes import Wish
from med3dvlm.values import whole_text

# B = 1 text  L tokens

OF_A_FINDING = ("presence", "side check", "place", "size", "count", "more than one")
CHECKS = ("plane check", "phase check", "region check")
REFUSED = ("untaught", "off topic")
# What "right" says besides a side.
AGREED = re.compile(
    r"\b(?:is|isn'?t|am|be|all|that'?s|it's) ?(?:that|this|it|i)? right\b"
    r"(?! (?:sid|lung|kid))"
    r"|(?<!\bthe)(?<!\bmy)(?<!\bhis)(?<!\bher)(?<!\bon)(?<!\bor),? right\s*[?.!]*$",
    re.IGNORECASE,
)  # fmt: skip
# A question that names a finding, and no organ besides, is none of these.
NOT_OF_FINDING = (
    "organ", "small talk", "off topic", "plane", "phase", "contrast", "region", "plane check",
    "phase check", "region check",
)  # fmt: skip
# Asked to agree with what is said, the finding is meant.
CONFIRMED = re.compile(
    r"\b(?:confirm|agree|am i (?:right|correct)|is (?:that|it|this) (?:right|true|correct|so))\b",
    re.IGNORECASE,
)
LONGEST_TOKENS = 64
# A name of at most this many letters is taken for an abbreviation.
LONGEST_ABBREVIATION = 6
# A finding may be guessed from unknown words from this certainty on: below it, there are bananas in
# the lung.
GUESSED = 0.85
# And an organ from this one on.
ORGAN_GUESSED = 0.5
# Found with one of these in between, a finding is said in a sentence of its own.
VERB = re.compile(r"\b(?:is|are|was|were|has|have|had|been|be|does|do|how)\b", re.IGNORECASE)
# Above this, a question names no finding that is known.
UNNAMED = 0.5
# Above this, a question names a finding that was taught.
TAUGHT = 0.8
# A second meaning counts from this share of the first one's probability on.
RIVAL = 0.1
# Few words describe a finding from this probability on; where they name what is untaught, from the
# other.
DESCRIBED, CERTAIN = 0.4, 0.9
ANY = "Is there any {}?"
Shares = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a question seems to ask.

    Attributes:
        wish: the likeliest.
        certainty: how sure that is, 0 to 1.
        others: the same about other findings or organs that it could mean, the likeliest first.
        every: whether it means them all.
    """

    wish: Wish
    certainty: float
    others: tuple[Wish, ...] = ()
    every: bool = False


class QuestionReader:
    """One network and one lexicon; the same text always reads the same."""

    def __init__(self, loaded: LoadedReader, lexicon: Lexicon) -> None:
        self._loaded = loaded
        self._lexicon = lexicon
        self._contents = Contents(lexicon.terms)
        self._spelling = Spelling(
            lexicon.terms, common={*loaded.tokenizer.get_vocab(), *composed_of()}
        )

    def corrected(self, text: str) -> str:
        """A text without misspelt, shortened and roundabout words."""
        find = self._lexicon.find
        return written_out(self._spelling.corrected(plainly(text, find)), find)

    def read(self, text: str) -> Reading:
        """The wish behind a question."""
        found = with_neighbours(text, self.names(text))
        if not found and (general := by_itself(text)) and stands_alone(text, general):
            found = [general]
        if len(found) == 1 and stands_alone(text, found[0]):
            return with_others(Reading(meant_alone(found[0]), 1.0), found)
        if placed := alone_in_place(text, found):
            return with_others(Reading(placed, 1.0), found)
        shares = self._shares(in_full(text, found))
        if not (side := side_named(AGREED.sub("", text))):
            shares["intent"]["side check"] = 0.0
        elif side in shares["side"]:
            shares["side"] = {side: 1.0}
        if CONFIRMED.search(text) and any(one.sort == "kind" for one in found):
            shares["intent"]["untaught"] = 0.0
        reading = decided(shares, found)
        if self._invented(text, found, reading):
            return Reading(Wish(intent="untaught"), reading.certainty)
        return with_others(reading, found)

    def _invented(self, text: str, found: Sequence[Found], reading: Reading) -> bool:
        """Whether no known finding is named, and what is said instead is likely none."""
        wish = reading.wish
        if any(one.sort == "kind" for one in found) or not (wish.kind or wish.organ):
            return False
        if self._contents.foreign(text, found) or elsewhere(wish, found):
            return True
        if wish.organ and all(one.sort != "organ" for one in found):
            return reading.certainty < ORGAN_GUESSED
        hinted = reading.certainty >= GUESSED or self._lexicon.hints(without(text, found))
        return bool(wish.kind) and not hinted

    def described(self, text: str) -> str:
        """The kind of finding that a few words describe; empty if that is uncertain.

        They are read as a question whether it is there, which the network knows far better than a
        few words alone.
        """
        found = with_neighbours(text, self.names(text))
        if len(found) == 1 and found[0].sort != "kind" and stands_alone(text, found[0]):
            return ""  # an organ, and nothing that is wrong with it
        asked = text if text.endswith("?") else ANY.format(in_full(text, found))
        shares = self._shares(asked)["kind"]
        kind, share = best({name: value for name, value in shares.items() if name})
        untaught = any(one.sort == "untaught" for one in found)
        return kind if share >= (CERTAIN if untaught else DESCRIBED) else ""

    def names(self, text: str) -> list[Found]:
        """The known names in a text."""
        return with_general(text, with_compositions(text, self._lexicon.find(text)))

    @torch.inference_mode()
    def _shares(self, text: str) -> dict[str, dict[str, float]]:
        """The probability of every label, by slot."""
        told = self._loaded.tokenizer(
            [whole_text(text)], truncation=True, max_length=LONGEST_TOKENS, return_tensors="pt"
        )
        scores = self._loaded.model(told["input_ids"], told["attention_mask"])
        slots = self._loaded.model.config.slots.all
        return {
            slot: dict(zip(slots[slot], values[0].softmax(dim=0).tolist(), strict=True))
            for slot, values in scores.items()
        }


def with_others(reading: Reading, found: Sequence[Found]) -> Reading:
    """A reading with all that a general name in it means."""
    wish = reading.wish
    others = [
        replace(wish, kind=other) if one.sort == "kind" else replace(wish, organ=other)
        for one in found if one.name and one.name in (wish.kind, wish.organ)
        for other in one.others
    ]  # fmt: skip
    return replace(reading, others=tuple(others), every=True) if others else reading


def elsewhere(wish: Wish, found: Sequence[Found]) -> bool:
    """Whether a finding is asked for in a region that never shows it: metal, in the chest."""
    regions = {one.name for one in found if one.name in REGIONS}
    return bool(wish.kind and regions) and not regions & set(KINDS[wish.kind].regions)


def in_full(text: str, found: Sequence[Found]) -> str:
    """A text with findings by their own names, which the network knows better."""
    for one in reversed(found):
        said = text[one.start : one.end]
        if one.sort == "kind" and not one.others and not VERB.search(said):
            own = KINDS[one.name].names
            if text[one.start : one.end].lower() not in " ".join(own):
                text = f"{text[: one.start]}{own[0]}{text[one.end :]}"
    return text


def without(text: str, found: Sequence[Found]) -> str:
    """A text without its names."""
    for one in reversed(found):
        text = text[: one.start] + text[one.end :]
    return text


def decided(shares: Shares, found: list[Found]) -> Reading:
    """The wish that fits the labels and the names best."""
    named = {one.sort: one.name for one in found}
    intents = dict(shares["intent"])
    taught = "kind" in named or 1 - shares["kind"][""] > TAUGHT
    if taught and "untaught" not in named:
        # A known finding is not an untaught one; what to do about it may be untaught all the same.
        intents["untaught"] = max(0.0, 2 * intents["untaught"] - 1)
    if "untaught" in named and "kind" not in named:
        return Reading(Wish(intent="untaught"), 1.0)
    if "kind" in named and "organ" not in named and "value" not in named:
        intents = {label: share for label, share in intents.items() if label not in NOT_OF_FINDING}
    intent = max(intents, key=lambda label: intents[label])
    slots: dict[str, Any] = {"intent": intent}
    certainty = intents[intent] / max(sum(intents.values()), 1e-9)
    for slot in needed(intent):
        label, share = (named[slot], 1.0) if slot in named else likeliest(slot, shares[slot])
        slots[slot] = label
        certainty *= share
    if intent in ("organ", "any abnormality"):
        slots["tone"] = best(shares["tone"])[0]
    wish = Wish(**slots)
    return Reading(wish, certainty, tuple(_rivals(wish, shares, named)))


def _rivals(wish: Wish, shares: Shares, named: Mapping[Sort, str]) -> Iterator[Wish]:
    """The same wish about whatever else its name could mean."""
    if wish.kind and "kind" not in named:
        yield from (replace(wish, kind=other) for other in _close(shares["kind"], wish.kind))
    if wish.organ and "organ" not in named:
        yield from (replace(wish, organ=other) for other in _close(shares["organ"], wish.organ))


def _close(shares: Mapping[str, float], label: str) -> list[str]:
    """The labels that are nearly as likely, the likeliest first."""
    ranked = sorted(shares.items(), key=lambda pair: -pair[1])
    least = RIVAL * shares[label]
    return [other for other, share in ranked if other not in ("", label) and share >= least]


def needed(intent: str) -> tuple[str, ...]:
    """The slots, besides the intent, that an answer depends on."""
    if intent == "side check":
        return ("kind", "side")
    if intent in OF_A_FINDING:
        return ("kind",)
    if intent in CHECKS:
        return ("value",)
    return ("organ",) if intent == "organ" else ()


def likeliest(slot: str, shares: Mapping[str, float]) -> tuple[str, float]:
    """The label of a slot that must be filled; only a finding may be left to what came before."""
    label, share = best(shares)
    if label or (slot == "kind" and share > UNNAMED):
        return label, share
    return best({name: value for name, value in shares.items() if name})


def best(shares: Mapping[str, float]) -> tuple[str, float]:
    """The most probable label, with its probability."""
    label = max(shares, key=lambda name: shares[name])
    return label, shares[label]
