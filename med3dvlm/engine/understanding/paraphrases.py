"""Parts of the body in everyday pictures, put into the words that names are made of.

plainly("a rock in the wee bag", lexicon.find)       # "a rock in the bladder"

No finding that is known as it stands is touched.
"""

import re
from collections.abc import Sequence

from med3dvlm.engine.understanding.lexicon import Found
from med3dvlm.engine.understanding.shortened import Names, in_a_finding

URINE = r"(?:pee|wee|urine|piss|waterworks?|urinary|piddle|peeing|pissing|weeing)"
HOLDS = r"(?:bag|sac|pouch|tank|balloon|pot|holder|container|bladder|reservoir|store)"
ABOVE = r"(?:above|over|on top of|atop|sitting on|sat on|on)"
KIDNEY = r"(?:the |my |his |her |your )?(?:left |right )?kidneys?"
MAIN = r"(?:main|big|large|largest|biggest|great|body'?s|heart)"
PIPE = r"(?:pipe|tube|hose)"
PARTS: Sequence[tuple[str, str]] = (
    (rf"{URINE} {HOLDS}", "bladder"),
    (r"waterworks(?! (?:problem|trouble|infection))", "bladder"),
    (r"(?:stress[- ]?|adrenaline |cortisol |steroid )?hormone glands?|(?:stress|"
     r"adrenaline) glands?|"
     rf"(?:little |small |tiny )?(?:gland|organ)s? (?:that (?:is|sits) )?{ABOVE} {KIDNEY}|"
     r"kidney (?:hat|cap|top)s?|(?:cap|hat)s? on (?:the |my )?kidneys?", "adrenal gland"),
    (r"(?:gall|bile) (?:bag|sac|pouch|bladder)|gall(?:e|) blader|bile (?:store|holder|balloon)",
     "gallbladder"),
    (rf"{MAIN} (?:blood )?{PIPE}", "aorta"),
    (r"heart (?:bag|pouch|wrapper|sack|envelope|cover(?:ing)?|casing)|"
     r"(?:bag|sack|pouch|wrapping) (?:around|round|of) (?:the |my |his |her )?heart", "heart sac"),
    (r"egg (?:sacs?|makers?|organs?|stores?|holders?)|women'?s (?:egg )?glands?", "ovary"),
    (r"back[- ]bones?|bones? of (?:the |my |his |her )(?:back|spine)|spine bones?", "backbone"),
    (r"breathing (?:bag|sac|organ|balloon)s?|air bags?(?= (?:of|in) (?:the )?chest)", "lung"),
    (r"belly[- ]?button|navel", "belly"),
    (r"water[- ]?bell(?:y|ies)|belly[- ]water|tummy[- ]water", "water in the belly"),
    (r"food (?:pipes?|tubes?) of the (?:belly|tummy)|poo(?:p)? (?:pipe|tube)s?|gut (?:pipe|tube)s?",
     "bowel"),
    (r"(?:hip|pelvis|pelvic) (?:blade|wing|cup)s?", "pelvic bone"),
)  # fmt: skip
SAID = tuple((re.compile(rf"\b(?:{said})\b", re.IGNORECASE), meant) for said, meant in PARTS)


def plainly(text: str, names: Names) -> str:
    """The text with the parts of the body by their names."""
    for said, meant in SAID:
        if said.search(text) is not None:
            text = _by_name(text, said, meant, names(text))
    return text


def _by_name(text: str, said: re.Pattern[str], meant: str, found: Sequence[Found]) -> str:
    return said.sub(lambda match: match[0] if in_a_finding(match, found) else meant, text)
