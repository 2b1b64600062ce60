"""What an answer states, read from a free sentence: yes or no, well or ill, side, size, number.

The usual calls:

    states_yes("There is a small stone in the left kidney.")     # True
    states_well("The liver appears normal.")                     # True
    sides_stated("in the left kidney")                           # frozenset({"left"})
    millimetres_stated("large, about 4.5 cm")                    # 45.0

None means that the text says nothing of the kind.
"""

import math
import re

NUMBER_WORDS = {
    "no": 0.0, "none": 0.0, "zero": 0.0, "nothing": 0.0, "one": 1.0, "single": 1.0, "solitary": 1.0,
    "two": 2.0, "both": 2.0, "three": 3.0, "four": 4.0, "five": 5.0, "six": 6.0,
    "several": math.inf, "multiple": math.inf, "many": math.inf, "numerous": math.inf,
}  # fmt: skip
SIZE_WORDS = {
    "small": "small", "little": "small", "tiny": "small", "moderate": "moderate",
    "medium": "moderate", "medium-sized": "moderate", "large": "large", "big": "large",
    "massive": "large", "huge": "large",
}  # fmt: skip
LEADING_YES = re.compile(r"^\W*(?:yes|yeah|yep|correct|indeed)\b", re.IGNORECASE)
LEADING_NO = re.compile(r"^\W*(?:no|nope|none|nothing|not|neither)\b", re.IGNORECASE)
DENIES = re.compile(
    r"\b(?:no|not|none|nothing|without|absent|cannot|free of|negative|excluded)\b|n't\b",
    re.IGNORECASE,
)
AFFIRMS = re.compile(
    r"\bthere(?:'s| is| are)\b|\b(?:I|we) (?:can )?see\b|\b(?:shows?|present|visible|seen|found|"
    r"positive|evidence|contains?|measur\w+|has|have)\b",
    re.IGNORECASE,
)
WELL = re.compile(
    r"\b(?:normal|unremarkable|fine|ok|okay|healthy|intact|clear|well|all right)\b"
    r"|\bno (?:\w+ ){0,2}(?:abnormalit\w+|findings?|problems?|disease|lesions?|changes?)\b"
    r"|\bnothing (?:is )?(?:wrong|abnormal|suspicious|to worry|found|seen)\b|\bnot affected\b",
    re.IGNORECASE,
)
ILL = re.compile(
    r"\babnormal\b|\b(?:not|n't) (?:\w+ )?(?:normal|fine|ok|okay|healthy|clear|well)\b|"
    r"\b(?:something|anything) is wrong\b|\bis affected\b",
    re.IGNORECASE,
)
SENTENCES = re.compile(r"(?<=[.!?;:])\s+")
# "No, there is a cyst" and a bare "No" answer the question; "No abnormality" states something.
DENIES_ALONE = re.compile(r"^\W*(?:no|nope)\s*(?:[,.:;!]|$)", re.IGNORECASE)
SIDE = re.compile(r"\b(left|right|both|bilateral|bilaterally)\b", re.IGNORECASE)
LENGTH = re.compile(r"(\d+(?:\.\d+)?)\s*(mm|millimet\w+|cm|centimet\w+)\b", re.IGNORECASE)
MEASURES = re.compile(rf"{LENGTH.pattern}|[TL]\d+\b", re.IGNORECASE)


def states_yes(text: str) -> bool | None:
    """Yes, no, or neither: by the first word, else by what the first sentence says is there.

    "The liver appears normal" says neither: it is no answer to "is there a cyst?".
    """
    if LEADING_YES.search(text):
        return True
    if LEADING_NO.search(text):
        return False
    first = re.split(r"(?<=[.!?])\s", text.strip(), maxsplit=1)[0]
    if DENIES.search(first):
        return False
    return True if AFFIRMS.search(first) else None


def states_well(text: str, *, yes_is_well: bool | None = None) -> bool | None:
    """Whether an answer says that something is as it should be.

    What its sentences say goes before its yes or no, which counts as the question was put; one
    sentence that finds something outweighs others that don't.

    Args:
        text: the answer.
        yes_is_well: True after "is it normal?", False after "is anything wrong?", None after a
            question that no yes answers.
    """
    yes, no = LEADING_YES.match(text), LEADING_NO.match(text)
    rest = text[yes.end() :] if yes else text
    found = [_sentence_is_well(part) for part in SENTENCES.split(rest)]
    if no and DENIES_ALONE.match(text):
        found = [_sentence_is_well(part) for part in SENTENCES.split(text[no.end() :])]
    if False in found:
        return False
    if True in found:
        return True
    return bool(yes) is yes_is_well if (yes or no) and yes_is_well is not None else None


def _sentence_is_well(sentence: str) -> bool | None:
    if ILL.search(sentence):
        return False
    if WELL.search(sentence) or DENIES.search(sentence):
        return True
    return False if AFFIRMS.search(sentence) or LENGTH.search(sentence) else None


def sides_stated(text: str) -> frozenset[str]:
    """The patient's sides that are named; empty when none is."""
    found = {side.lower() for side in SIDE.findall(text)}
    if found & {"both", "bilateral", "bilaterally"}:
        return frozenset({"left", "right"})
    return frozenset(found)


def millimetres_stated(text: str) -> float | None:
    """The first length given, in mm."""
    found = LENGTH.search(text)
    if found is None:
        return None
    return float(found[1]) * (10 if found[2].lower().startswith("c") else 1)


def size_class_stated(text: str) -> str | None:
    """`small`, `moderate` or `large`, where the answer says so in a word."""
    words = re.findall(r"[a-z-]+", text.lower())
    return next((SIZE_WORDS[word] for word in words if word in SIZE_WORDS), None)


def size_fits(text: str, size_mm: float, size_class: str, *, tolerance: float = 0.25) -> bool:
    """Whether a size is right: its length within a share of the truth, or else its class."""
    said = millimetres_stated(text)
    if said is not None:
        return abs(said - size_mm) <= tolerance * size_mm
    return size_class_stated(text) == size_class


def number_stated(text: str) -> float | None:
    """The first number of things, in digits or words; `inf` for several, 0 for none."""
    rest = MEASURES.sub(" ", text.lower())
    for word in re.findall(r"\d+|[a-z]+", rest):
        if word.isdecimal():
            return float(word)
        if word in NUMBER_WORDS:
            return NUMBER_WORDS[word]
    return None


def number_fits(text: str, number: int) -> bool:
    """Whether a number is right; `several` is right of two and more."""
    said = number_stated(text)
    if said is None:
        return False
    return number >= 2 if math.isinf(said) else said == number
