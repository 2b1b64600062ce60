"""Names that are asked about by themselves: no network is needed to read these.

stands_alone("Is there any gallstone?", found[0])      # True
meant_alone(found[0])                                # Wish(intent="presence", kind="gallstone")
"""

import re
from collections.abc import Collection, Mapping, Sequence

from med3dvlm.engine.understanding.lexicon import WORD, Found, Sort
from med3dvlm.phantoms.acquisition import PHASES, PLANES, REGIONS
from med3dvlm.phantoms.vocabulary.hurry import SHORT_FORMS
from med3dvlm.phantoms.vocabulary.wishes import Intent, Wish

# What may stand beside a name that is asked about by itself, and what beside a finding's.
FILLERS = frozenset(
    WORD.findall("""
    a an any the q query r o ro rule out please pls plz hi hello present seen visible
""")
)
PRESENCE = FILLERS | frozenset(
    WORD.findall("""
    is are there do does did you u can could see have has had i he she it they we got get one some
    evidence sign signs of in on this that scan ct image picture here show shows patient tell me
    if whether check for look looking find found detect also my his her now possible suspected
    anywhere somewhere suspect suspects suspicion question confirm exclude excluded spot picture
    recognise recognize identify identified detectable detected notice noticed yes no y n to be
    doctor think thinks says said may might maybe perhaps concern features suggestive suggesting
    consistent compatible bilateral bilat small tiny large big moderate mild severe minimal trace
    new old single multiple several acute chronic
""")
)
ORGAN = FILLERS | frozenset(
    WORD.findall("""
    check look at on assess evaluate examine inspect comment describe review about how is are was
    were s hows status state of tell me us can could would you kindly and also now my his her their
    this that image scan ct ok okay fine normal good alright healthy clear unremarkable well
""")
)
VALUE = FILLERS | frozenset(
    WORD.findall("""
    is are was were it this that scan ct image images picture study view phase plane slices slice
    series in it's
""")
)
# What tells where a finding is, beside it.
PLACING = frozenset(
    WORD.findall("""
    l r lt rt left right side sided lobe wing upper lower middle mid pole inside within my the his
    her of at around under over near
""")
)
SIDES = {
    "left": re.compile(r"\b(?:left|lt|(?-i:L)(?!\d))\b|\bleft-?sided?\b", re.IGNORECASE),
    "right": re.compile(r"\b(?:right|rite|rt|(?-i:R))\b|\bright-?sided?\b", re.IGNORECASE),
}
BOTH = "either"
HALF = re.compile(r"sided\b|lateral", re.IGNORECASE)
BESIDE: Mapping[Sort, frozenset[str]] = {
    "kind": PRESENCE, "organ": ORGAN, "value": VALUE, "untaught": FILLERS,
}  # fmt: skip
CHECKED: Mapping[Intent, Collection[str]] = {
    "plane check": PLANES, "phase check": PHASES, "region check": REGIONS,
}  # fmt: skip


def stands_alone(text: str, name: Found) -> bool:
    """Whether a text only asks for a name: "TAA?", "Is there any gallstone?"."""
    if text[name.start : name.end].lower() in SHORT_FORMS.values():
        return False  # thanks, and not the thorax
    rest = f"{text[: name.start]} {text[name.end :]}".lower()
    return all(word in BESIDE[name.sort] for word in re.findall(r"\w+", rest))


def side_named(text: str) -> str:
    """The one side that a text names; "either" of both, and of a word like lateral."""
    named = [side for side, words in SIDES.items() if words.search(text)]
    if len(named) == 1:
        return named[0]
    return BOTH if named or HALF.search(text) else ""


def alone_in_place(text: str, found: Sequence[Found]) -> Wish | None:
    """What is asked by a finding and the part that it is in: "lytic lesion R ilium?"."""
    kinds = [one for one in found if one.sort == "kind"]
    if len(kinds) != 1 or len(found) < 2 or any(one.sort == "untaught" for one in found):
        return None
    rest = text
    for one in reversed(found):
        rest = f"{rest[: one.start]} {rest[one.end :]}"
    words = re.findall(r"\w+", rest.lower())
    if not all(word in PRESENCE | PLACING for word in words) or _asks_how(found):
        return None
    return meant_alone(kinds[0])


def _asks_how(found: Sequence[Found]) -> bool:
    """Whether plane, phase or region of the scan is named too, which may be what is asked for."""
    return any(one.sort == "value" for one in found)


def meant_alone(name: Found) -> Wish:
    """What a name asks that stands alone."""
    if name.sort == "kind":
        return Wish(intent="presence", kind=name.name)
    if name.sort == "organ":
        return Wish(intent="organ", organ=name.name)
    if name.sort == "untaught":
        return Wish(intent="untaught")
    check = next(intent for intent, values in CHECKED.items() if name.name in values)
    return Wish(intent=check, value=name.name)
