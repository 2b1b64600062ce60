"""Findings put together from a general word and a place: a stone in the liver, a splenic cyst.

with_neighbours("a stone in the bladder of urine", found)   # adds the bladder stone
with_neighbours("any cyst in the spleen", found)            # adds that it is untaught

No list of names has all of these. Which of them were taught, is a table; to the reader, whatever is
near what was taught is the same.
"""

import re
from collections.abc import Mapping, Sequence

from med3dvlm.engine.understanding.lexicon import Found, Sort

WORD = re.compile(r"[A-Za-z]+")
Meanings = Mapping[str, tuple[str, ...]]
# What a general word means in the places where it was taught; elsewhere it was not.
TAUGHT: Mapping[str, Mapping[str, str]] = {
    r"stones?|calcul(?:us|i)|lithiasis|pebbles?|concre(?:tion|ment)s?|calcif\w*|calcium": {
        "gallbladder": "gallstone", "kidney": "kidney stone", "bladder": "bladder stone",
    },
    r"cysts?": {
        "liver": "liver cyst", "kidney": "renal cyst", "ovary": "adnexal cyst",
    },
    r"metastas[ei]s|mets?|secondaries": {
        "liver": "liver metastases", "lung": "lung nodule", "pelvic bone": "lytic bone lesion",
    },
    r"fractures?|broken|cracked": {"spine": "vertebral fracture"},
    r"prosthes[ei]s|replacements?|artificial": {"hip": "hip prosthesis"},
    r"(?:air|gas)(?: bubbles?)? (?:in|inside|within)": {
        "pleura": "pneumothorax", "chest": "pneumothorax", "lung": "pneumothorax",
        "abdomen": "free air", "peritoneum": "free air", "pelvis": "free air",
    },
    r"holes?": {
        "lung": "pneumothorax", "pelvic bone": "lytic bone lesion", "small bowel": "free air",
    },
}  # fmt: skip
# Of these people speak in many ways: in any part that was taught, the network knows them better.
VAGUE = r"mass(?:es)?|tumou?rs?|growths?|neoplasms?|nodules?|fluid|effusions?|water|liquid"
# A mass was taught in none of these.
NO_MASS = re.compile(
    r"\b(?:mass(?:es)?|tumou?rs?|neoplas\w+|cancers?|carcinomas?|malignanc\w+|sarcomas?)\b"
    r"(?: (?:\w+ )?(?:in|of|on|at|inside|within|from))(?: (?:the|my|his|her|a|either|both|left|"
    r"right|"
    r"one|lower|upper|pole|of))* (?:kidneys?|spleen|gall ?bladder|small bowel|bowels?|heart|guts?|"
    r"intestines?)\b|"
    r"\b(?:kidney|renal|splenic|spleen|gall ?bladder|cardiac|heart|bowel|intestinal)"
    r" (?:mass(?:es)?|tumou?rs?|neoplas\w+|cancers?|carcinomas?|malignanc\w+|sarcomas?)\b",
    re.IGNORECASE,
)  # fmt: skip
# Conditions that were taught nowhere.
NEVER = (
    r"abscess(?:es)?|infarct\w*|ha?emorrhag\w*|bleed\w*|ha?ematomas?|thromb\w*|embol\w*|clots?|"
    r"herni\w*|polyps?|ulcers?|dissections?|lacerations?|ruptured?|stenos[ei]s|strictures?|"
    r"fibrosis|o?edemas?|emphysemas?|sclerosis|infections?|torn|tears?|dislocat\w*|"
    r"inflam\w*|(?!arthritis\b)\w{3,}itis|atroph\w*|scarr?\w*|transplant\w*|catheters?|"
    r"thicken(?:ed|ing)|tubes?|drains?|stents?|pacemakers?|foreign bod(?:y|ies)|"
    r"(?:central|picc|arterial) lines?|dysplasia|arthrosis|osteoporosis|osteopenia|degenerat\w*|"
    r"spondylo\w+|necrosis|isch?a?emia\w*|steatosis|siderosis|dysfunction|malformations?|fistulas?"
)
# What a general word means where no place is named; some only where little else is said, for a
# fracture of what isn't known here is none of the spine.
ALONE: Meanings = {r"effusions?": ("pleural effusion",), r"nodules?": ("lung nodule",)}
BARE: Meanings = {
    r"fractures?|fx|broken|fractured": ("vertebral fracture",),
    r"aneurysms?|aneurisms?": ("abdominal aortic aneurysm", "thoracic aortic aneurysm"),
    r"stones?|calcul(?:us|i)": ("kidney stone", "gallstone", "bladder stone"),
}
# What is asked about by itself, and all that this means. A tumour beside other words may be one
# that was never taught.
MASSES = (
    "lung nodule", "mediastinal mass", "liver metastases", "adrenal mass", "bladder mass",
    "lytic bone lesion",
)  # fmt: skip
BY_ITSELF: Mapping[str, tuple[Sort, tuple[str, ...]]] = {
    r"tumou?rs?|neoplasms?|growths?|something growing|mass(?:es)?|lumps?": ("kind", MASSES),
    r"bones?|bony structures?|skeleton|osseous structures?": ("organ", ("spine", "pelvic bone")),
    r"pulm": ("organ", ("lung",)),
}
PLAIN = frozenset(
    WORD.findall("""
    a an any the is are there s do does did you u can could see have has i he she it they we got
    some one more than of on in this that these scan ct image picture here show shows patient tell
    me if whether check for look find anything something anywhere somewhere how many much number
    big large size where which side left right or and no not what diameter measure count please pls
    also now my his her yes n y positive negative been
""")
)
# Places by their adjective, and some that are no organ that was taught (empty).
PLACES: Mapping[str, str] = {
    "hepatic": "liver", "renal": "kidney", "pulmonary": "lung", "splenic": "spleen",
    "cardiac": "heart", "pericardial": "heart", "pleural": "pleura", "vesical": "bladder",
    "adrenal": "adrenal gland", "suprarenal": "adrenal gland", "mediastinal": "mediastinum",
    "vertebral": "spine", "spinal": "spine", "ovarian": "ovary", "adnexal": "ovary",
    "peritoneal": "peritoneum", "abdominal": "abdomen", "pelvic": "pelvis", "thoracic": "chest",
} | dict.fromkeys(WORD.findall("""
    pancreatic thyroid cerebral intracranial gastric colonic colorectal rectal prostatic ureteric
    ureteral uterine endometrial cervical oesophageal esophageal tracheal bronchial biliary
    duodenal femoral tibial sternal costal humeral iliac carotid mammary breast testicular
    muscular parotid laryngeal spleen rib ribs skull leg arm wrist ankle knee shoulder finger toe
    bile ureter appendix
"""),
    "",
)  # fmt: skip
# More words between the two belong to something else.
APART = 4


def with_neighbours(text: str, found: Sequence[Found]) -> list[Found]:
    """The names found, and what a general word means beside the place that is named."""
    if any(one.sort in ("kind", "untaught") for one in found):
        return list(found)
    if none := NO_MASS.search(text):
        return [*found, _untaught(none)]
    beside = _beside(text, found)
    return [*found, *_never(text, found)] if beside is None else beside


def _beside(text: str, found: Sequence[Found]) -> list[Found] | None:
    """The names found, and what a general word means near a place; None if there is none."""
    places = [(one.start, one.name) for one in found]
    places += [
        (word.start(), PLACES[word[0].lower()])
        for word in WORD.finditer(text) if word[0].lower() in PLACES
    ]  # fmt: skip
    for general, kinds in {**TAUGHT, VAGUE: {}}.items():
        for match in re.finditer(rf"\b(?:{general})\b", text, re.IGNORECASE):
            near = [place for at, place in places if _apart(text, match.start(), at) <= APART]
            if near:
                kind = next((kinds[place] for place in near if place in kinds), "")
                if general == VAGUE and any(near):
                    return list(found)
                sort: Sort = "kind" if kind else "untaught"
                return [*found, Found(sort, kind, match.start(), match.end())]
    return None


def _never(text: str, found: Sequence[Found]) -> list[Found]:
    """The first word for a condition that was taught nowhere."""
    named = [(one.start, one.end) for one in found]
    return [
        _untaught(word) for word in re.finditer(rf"\b(?:{NEVER})\b", text, re.IGNORECASE)
        if not any(start <= word.start() < end for start, end in named)
    ][:1]  # fmt: skip


def _untaught(match: re.Match[str]) -> Found:
    return Found("untaught", "", match.start(), match.end())


def with_general(text: str, found: Sequence[Found]) -> list[Found]:
    """The names found, and general words that stand for what they mean without a place."""
    general = [*found, *_meant(text, found, ALONE)]
    bare = _meant(text, found, BARE)
    if bare and _is_plain(text, [*general, *bare]):
        general += bare
    return sorted(general, key=lambda one: one.start)


def by_itself(text: str) -> Found | None:
    """A general word for several findings or organs; None if there is none, or two."""
    said = [
        Found(sort, name, match.start(), match.end(), tuple(others))
        for words, (sort, (name, *others)) in BY_ITSELF.items()
        for match in re.finditer(rf"\b(?:{words})\b", text, re.IGNORECASE)
    ]
    return said[0] if len(said) == 1 else None


def _meant(text: str, found: Sequence[Found], meanings: Meanings) -> list[Found]:
    """The general words of a text without a place, each with all that it means."""
    return [
        Found("kind", kind, match.start(), match.end(), tuple(others))
        for words, (kind, *others) in meanings.items()
        for match in re.finditer(rf"\b(?:{words})\b", text, re.IGNORECASE)
        if not any(one.start < match.end() and match.start() < one.end for one in found)
        and not _placed(text, match, found)
    ]


def _is_plain(text: str, found: Sequence[Found]) -> bool:
    """Whether little is said besides some names."""
    said = (
        word[0].lower() for word in WORD.finditer(text)
        if not any(one.start <= word.start() < one.end for one in found)
    )  # fmt: skip
    return all(word in PLAIN for word in said)


def _placed(text: str, general: re.Match[str], found: Sequence[Found]) -> bool:
    """Whether a place stands near a general word."""
    places = [one.start for one in found if one.sort != "kind"]
    places += [word.start() for word in WORD.finditer(text) if word[0].lower() in PLACES]
    return any(_apart(text, general.start(), at) <= APART for at in places)


def _apart(text: str, one: int, other: int) -> int:
    """How many words two places in a text are apart."""
    return len(WORD.findall(text[min(one, other) : max(one, other)]))
