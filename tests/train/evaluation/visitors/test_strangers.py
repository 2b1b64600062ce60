"""What strangers type, written before the author knew how questions are read."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from med3dvlm.engine.understanding import own_words
from med3dvlm.engine.understanding.opening import open_understanding
from med3dvlm.engine.understanding.plan import Plan
from med3dvlm.model.prompt import Turn
from med3dvlm.phantoms.findings import KINDS
from med3dvlm.phantoms.vocabulary.wishes import Intent, Wish
from train.evaluation.visitors.typed_inputs import kind_of

READER = Path("assets/default_model/reader")
TABLE = Path(__file__).with_name("strangers.txt")
OVERALL: dict[str, tuple[Intent, ...]] = {
    "any": ("any abnormality", "what is shown", "count all", "report"),
    "report": ("report", "what is shown"), "region": ("region", "region check"),
    "phase": ("phase", "contrast", "phase check"), "plane": ("plane", "plane check"),
}  # fmt: skip
# Two are not as wished: lymph nodes "retroperitoneal", and a greeting from Hamburg.
LEAST = 492


def lines() -> Iterator[tuple[list[str], str, list[str]]]:
    """Kinds of answer that would do, what it is about, and the turns of each line."""
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            kinds, about, text = line.split(" | ", maxsplit=2)
            yield kinds.split("/"), about, text.split(" > ")


def is_about(wish: Wish, topic: str) -> bool:
    """Whether a wish is about a finding, "organ ..." or something of the whole scan."""
    if topic.startswith("organ "):
        organ = KINDS[wish.kind].organ if wish.kind else wish.organ
        return topic == f"organ {organ}"
    return wish.kind == topic or wish.intent in OVERALL.get(topic, ())


def fits(plan: Plan, text: str, kinds: list[str], about: str) -> bool:
    """Whether a plan leads to an answer of a right kind about the right thing."""
    if plan.worried:
        return "worry" in kinds
    if kind_of(plan) not in kinds:
        return False
    wishes = [part.wish or own_words.subject_of(text) for part in plan.all]
    meant = [*wishes, *(wish for part in plan.all for wish in part.others)]
    if kind_of(plan) != "answer" or None in meant or about == "-":
        return True
    return all(any(wish and is_about(wish, one) for wish in meant) for one in about.split(" + "))


@pytest.mark.slow
def test_strangers_get_the_kind_of_answer_that_they_ought_to() -> None:
    """173 of the first 190 did before failures were looked at; of 30 others 19, and 27 after.

    Of 75 later ones 68 did, and 71 after the other half of the 150 had been looked at. The last
    34 all failed before: words and inputs of two authors who knew nothing of the reader.
    """
    understanding = open_understanding(READER)
    assert understanding is not None
    wrong = []
    for kinds, about, texts in lines():
        turns = tuple(Turn(text, "Yes") for text in texts[:-1])
        plan = understanding.plan(texts[-1], turns)
        if not fits(plan, texts[-1], kinds, about):
            wrong.append((texts, kinds, about, plan.understood))
    total = len(list(lines()))
    assert total - len(wrong) >= LEAST, wrong
