"""What is said to be in an organ: a lesion may be, a sandwich may not.

contents("Is there a sandwich in the spleen?", found)        # "sandwich"
Contents(terms).foreign("Is there a sandwich in the spleen?", found)      # True

The reader knows the organ and takes what lies in it for the finding that is most often asked of it.
A list of what is no finding is used, not one of what is: people say a finding in words that are
always new ("a blister on the kidney").
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence

from med3dvlm.engine.understanding.fitting import Fitting
from med3dvlm.engine.understanding.lexicon import Found, key
from med3dvlm.phantoms.vocabulary.lexicon import AFTER_NOUN, Term

# A thing, then where it is, up to the organ.
WITHIN = re.compile(
    r"\b(?!(?:an?|the|any|some|is|are)\b)([a-z][a-z'-]*)(?: (?:that|which) (?:is|are))?"
    r"(?: (?:\w+ing|stuck|hidden|trapped|left|lost|stored|lodged))?"
    r" (?:in|inside|within|into|on|onto|on top of|under|behind)(?: (?:the|a|an|my|his|her|their|"
    r"our|your|this|that|either|both|one|left|right|upper|lower|da|de))*\s*$",
    re.IGNORECASE,
)
FULL_OF = re.compile(
    r"^\W*(?:is |are )?(?:full of|filled with|made of|with) (?:\w+ly )?([a-z]+)", re.IGNORECASE
)
# What nobody means by a finding: food, animals, people, things of every day, substances, ideas.
THINGS = frozenset(
    key("""
    sandwich pizza burger hamburger hotdog bread cake cookie biscuit chocolate candy sweet cheese
    banana apple orange lemon tomato potato carrot onion salad soup pasta noodle rice steak bacon
    beer wine whisky vodka coffee tea milk juice cola soda lemonade sugar salt honey butter
    cat kitten dog puppy mouse rat hamster rabbit bunny horse cow pig sheep goat bird parrot chicken
    duck fish shark whale frog snake lizard crocodile turtle elephant lion tiger bear monkey gorilla
    giraffe hippopotamus rhino kangaroo wolf fox spider ant bee wasp fly beetle cockroach butterfly
    worm snail slug dinosaur dragon unicorn mermaid alien ghost devil demon angel monster zombie
    vampire fairy wizard robot god soul spirit person people man woman somebody someone boy girl
    king queen president pirate ninja soldier doctor nurse clown teacher
    toy teddy doll lego car truck bus train bicycle bike aeroplane airplane helicopter rocket
    ship boat submarine phone smartphone telephone mobile computer laptop tablet television tv radio
    camera router wifi modem battery charger cable lamp torch candle clock watch ring necklace
    bracelet earring key spoon fork knife plate cup mug bottle glass umbrella hat shoe sock glove
    shirt trousers book newspaper letter pen pencil paper scissors hammer screwdriver chair table
    sofa bed door window house castle bridge tree flower grass leaf forest mountain river ocean sea
    moon sun star planet sky rain snow lightning thunder fire smoke money gold silver diamond dollar
    euro treasure jewel bomb gun pistol bullet sword plastic rubber wood steel petrol oil paint ink
    soap shampoo love happiness sadness anger music song joke secret magic electricity internet
    software virus password football piano guitar drum violin sandal wallet purse suitcase
    """)
)


# After these no thing is named, but what is wanted.
WANTED = frozenset(key("report comment information info look word opinion detail focus zoom eye"))
# Before a noun, where something is said to be; after "what" or "something", none is meant.
OBJECT = re.compile(
    r"(?:^|\b(?:an?|any|some|there|no|one|two|three|several|many|few|have|has|had|got|see|find|spot|"
    r"for|with|of))\W+(?:[\w-]+\W+){0,2}$",
    re.IGNORECASE,
)
NONE_NAMED = re.compile(
    r"\b(?:what|which|how|where|why|who|\w+(?:thing|where)|normal|abnormal|wrong)\b", re.IGNORECASE
)


class Contents:
    """The words with which findings are named, and so may be in an organ."""

    def __init__(self, terms: Iterable[Term], common: Collection[str] = ()) -> None:
        """Names that are known, and words at large, in lower case."""
        terms = tuple(terms)
        self._known = frozenset(_noun(term.text) for term in terms)
        self._fitting = Fitting(terms, common)

    def foreign(self, text: str, found: Sequence[Found]) -> bool:
        """Whether a text puts something in an organ or region that is no finding at all."""
        said = next(_contents(text, found), None)
        words = key(said[0]) if said else ()
        if said is None or not words:
            return False
        if words[0] in THINGS and words[0] not in self._known:
            return True
        noun, place, before = said
        named = OBJECT.search(f" {before}") and words[0] not in WANTED
        if not named or NONE_NAMED.search(text):
            return False
        return not self._fitting.fits(noun, place)


def contents(text: str, found: Sequence[Found]) -> str:
    """The noun that is said to be in a named organ; empty if none is."""
    return next(_contents(text, found), ("",))[0]


def _contents(text: str, found: Sequence[Found]) -> Iterator[tuple[str, str, str]]:
    """Each noun that is said to be in an organ, with the organ and what stands before the noun."""
    for one in found:
        if one.sort not in ("organ", "value"):
            continue
        if (inside := WITHIN.search(text[: one.start])) is not None:
            yield inside[1].lower(), one.name, text[: inside.start(1)]
        elif (full := FULL_OF.match(text[one.end :])) is not None:
            yield full[1].lower(), one.name, ""


def _noun(term: str) -> str:
    """The last word of the noun of a term: cyst, of "a chocolate cyst on the ovary"."""
    cut = AFTER_NOUN.search(f"{term} ")
    words = key(term[: cut.start()] if cut else term)
    return words[-1] if words else ""
