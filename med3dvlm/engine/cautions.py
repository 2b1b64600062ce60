"""Reasons why an answer may be meaningless, shown next to it.

cautions_for("How old is the patient?", limits=card.info.limits)
"""

import re
from collections.abc import Sequence

SIDE = re.compile(
    r"\b(left|right|side|sides|sided|lateral(?:ity|ized|ised)?|bilateral|unilateral|"
    r"ipsilateral|contralateral)\b",
    re.IGNORECASE,
)
SIDES_ARE_WEAK = re.compile(
    r"\b(left and right|left from right|laterality|sides?)\b", re.IGNORECASE
)

# What a model trained to describe images can't know from a scan, and questions about it.
UNKNOWABLE: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("the patient's age", re.compile(
        r"\b(how old|what age|(?:the |patient'?s? |her |his )age\b|age of|years? old|date of birth|"
        r"birth ?(?:day|date)|born)", re.IGNORECASE)),
    ("who the patient is", re.compile(
        r"\b(who is|whose|name of (?:the )?(?:patient|person|man|woman)|patient'?s? name|"
        r"(?:his|her|their) name|name of this (?:patient|person)|identi(?:ty|fy) (?:of )?"
        r"(?:the |this )?(?:patient|person|man|woman)|patient id|address|race|ethnicity)\b",
        re.IGNORECASE)),
    ("the prognosis", re.compile(
        r"\b(prognos\w*|surviv\w*|life expectancy|how long (?:will|does|has|can|to live)|"
        r"will (?:the |this )?(?:patient|he|she|it|they)|outcome|curable|recover\w*|mortality|die|"
        r"dying|chances?)\b", re.IGNORECASE)),
    ("what should be done", re.compile(
        r"\b(treat\w*|therap\w*|surgery|surgical|operat(?:e|ion)|chemotherapy|drugs?|medication|"
        r"medicine|dose|prescri\w*|should (?:the |this )?(?:patient|i|we|he|she)|biops(?:y|ied)|"
        r"follow-?up (?:interval|advice)|recommend\w*|manage(?:d|ment)?)\b", re.IGNORECASE)),
    ("the medical history", re.compile(
        r"\b(medical history|smok(?:e|es|er|ing)|symptoms?|complain\w*|compared (?:to|with) "
        r"(?:the )?(?:last|previous|prior)|since (?:the )?last|previous (?:scan|exam|study))\b",
        re.IGNORECASE)),
)  # fmt: skip


def cautions_for(
    question: str, *, limits: Sequence[str] = (), unfamiliar: bool = False, changed: bool = False
) -> tuple[str, ...]:
    """What a user must know before trusting the answer; empty for most questions.

    Args:
        question: as asked.
        limits: known weaknesses, from the model's card.
        unfamiliar: whether the input is unlike the training data.
        changed: whether it was prepared in another way than in training.
    """
    found = [
        f"No model can tell {what} from a scan. Whatever the answer says is made up."
        for what, pattern in UNKNOWABLE
        if pattern.search(question)
    ]
    if SIDE.search(question) and any(SIDES_ARE_WEAK.search(limit) for limit in limits):
        found.append(
            "This model does not reliably tell left from right. Check the side in the viewer."
        )
    if unfamiliar and changed:
        found.append(
            "The input that you set is unlike the model's training data; that says nothing of the "
            "scan. Its answer means little, however confident it sounds."
        )
    elif unfamiliar:
        found.append(
            "This scan is unlike the model's training data. Its answer means little, however "
            "confident it sounds."
        )
    return tuple(found)
