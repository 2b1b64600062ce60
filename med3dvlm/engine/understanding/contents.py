"""What is said to be in an organ: a lesion may be, a sandwich may not.

contents("Is there a sandwich in the spleen?", found)        # "sandwich"
Contents(terms).foreign("Is there a sandwich in the spleen?", found)      # True

The reader knows the organ and takes what lies in it for the finding that is most often asked of it.
"""

import re
from collections.abc import Iterable, Sequence
from functools import cache

from med3dvlm.engine.understanding.lexicon import ROOT, Found, key
from med3dvlm.phantoms.vocabulary.frames import organs, overview
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
    r"^\W*(?:is |are )?(?:full of|filled with|made of|with) (?:\w+ly )?([a-z]+)", re.I
)
# What may be said to be in an organ without a name: general words of medicine and of grammar.
GENERAL = frozenset(
    re.findall(
        r"\w+",
        """
    anything something nothing everything thing things stuff what there here it that this these
    those one ones some any all none more else is are be was see look seen found find show shown
    lie lies located live lives occur occurs sit sits lesion abnormality anomaly pathology disease
    disorder problem issue change alteration finding irregularity defect trouble damage concern
    opacity density hypodensity hyperdensity lucency calcification enhancement attenuation texture
    mass tumour tumor cancer malignancy neoplasm growth lump spot shadow cyst stone calculus nodule
    fluid water liquid air gas collection effusion swelling obstruction fracture break crack
    metastasis met mass aneurysm dilatation deposit inflammation infection pneumonia patch area
    region zone focus side lobe part half wall section segment pole pain where how many which
    large small big tiny wrong abnormal suspicious odd strange weird unusual worrying sinister bad
    normal good going happening visible present evident up off down not up he she you i we they
    patient him her me them up-take activity appearance look state size shape
    """,
    )
)


class Contents:
    """The words with which findings are named, and so may be in an organ."""

    def __init__(self, terms: Iterable[Term]) -> None:
        self._known = frozenset(noun[:ROOT] for term in terms if (noun := _noun(term.text)))

    def foreign(self, text: str, found: Sequence[Found]) -> bool:
        """Whether a text puts something in an organ or region that no finding is named with."""
        thing = contents(text, found)
        if not thing:
            return False
        word = (key(thing) or ("",))[0]
        return word not in _general() and word[:ROOT] not in self._known


def contents(text: str, found: Sequence[Found]) -> str:
    """The noun that is said to be in a named organ; empty if none is."""
    for one in found:
        if one.sort not in ("organ", "value"):
            continue
        inside = WITHIN.search(text[: one.start]) or FULL_OF.match(text[one.end :])
        if inside is not None:
            return inside[1].lower()
    return ""


def _noun(term: str) -> str:
    """The last word of the noun of a term: cyst, of "a chocolate cyst on the ovary"."""
    cut = AFTER_NOUN.search(f"{term} ")
    words = key(term[: cut.start()] if cut else term)
    return words[-1] if words else ""


@cache
def _general() -> frozenset[str]:
    """Words for what is wrong that are no finding's."""
    frames = (organs.ORGAN_ILL, organs.ORGAN_OPEN, organs.ORGAN_WELL, overview.ANY_ABNORMALITY)
    lines = " ".join(line for one in frames for line in one.of("training"))
    return frozenset(key(lines)) | {word for one in GENERAL for word in key(one)}
