"""Why an answer may mean nothing: said beside it, before anybody believes it.

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

# What a scan can't tell a model that was taught to describe pictures, by what is asked.
UNKNOWABLE: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("the patient's age", re.compile(
        r"\b(how old|what age|(?:the |patient'?s? |her |his )age\b|age of|years? old|date of birth|"
        r"birth ?(?:day|date)|born)", re.IGNORECASE)),
    ("who the patient is", re.compile(
        r"\b(who is|whose|name of (?:the )?(?:patient|person|man|woman)|patient'?s? name|"
        r"(?:his|her|their) name|name of this (?:patient|person)|identi(?:ty|fy) (?:of )?"
        r"(?:the |this )?(?:patient|person|man|woman)|patient id|address|race|ethnicity)\b",
        re.IGNORECASE)),
    ("how it will go on", re.compile(
        r"\b(prognos\w*|surviv\w*|life expectancy|how long (?:will|does|has|can|to live)|"
        r"will (?:the |this )?(?:patient|he|she|it|they)|outcome|curable|recover\w*|mortality|die|"
        r"dying|chances?)\b", re.IGNORECASE)),
    ("what should be done", re.compile(
        r"\b(treat\w*|therap\w*|surgery|surgical|operat(?:e|ion)|chemotherapy|drugs?|medication|"
        r"medicine|dose|prescri\w*|should (?:the |this )?(?:patient|i|we|he|she)|biops(?:y|ied)|"
        r"follow-?up (?:interval|advice)|recommend\w*|manage(?:d|ment)?)\b", re.IGNORECASE)),
    ("what happened before", re.compile(
        r"\b(medical history|smok(?:e|es|er|ing)|symptoms?|complain\w*|compared (?:to|with) "
        r"(?:the )?(?:last|previous|prior)|since (?:the )?last|previous (?:scan|exam|study))\b",
        re.IGNORECASE)),
)  # fmt: skip


def cautions_for(
    question: str, *, limits: Sequence[str] = (), unfamiliar: bool = False
) -> tuple[str, ...]:
    """What a user must know before believing the answer; empty for most questions.

    Args:
        question: as it was asked.
        limits: what the model's card says it does badly.
        unfamiliar: whether the scan is unlike what the model was trained on.
    """
    found = [
        f"No model can read {what} from a scan. Whatever the answer says is made up."
        for what, pattern in UNKNOWABLE
        if pattern.search(question)
    ]
    if SIDE.search(question) and any(SIDES_ARE_WEAK.search(limit) for limit in limits):
        found.append(
            "This model does not know left from right reliably: check the side in the viewer."
        )
    if unfamiliar:
        found.append(
            "This scan is unlike what the model was trained on: its answer means little, however "
            "sure it sounds."
        )
    return tuple(found)
