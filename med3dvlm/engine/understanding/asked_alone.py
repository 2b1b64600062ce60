"""Names that are asked about by themselves: no network is needed to read these.

stands_alone("Is there any gallstone?", found[0])      # True
meant_alone(found[0])                                # Wish(intent="presence", kind="gallstone")
"""

import re
from collections.abc import Collection, Mapping

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
