"""Several sampled answers to one question, and how well they agree.

agreement_of(["Normal", "Yes"], exchange).words       # "1 of 2 agrees with this answer; ..."
"""

from collections.abc import Sequence
from typing import NamedTuple

from med3dvlm.engine.dialogue import Agreement, Alike, Exchange
from med3dvlm.engine.meaning import Meaning, agree, meaning_of


class Sample(NamedTuple):
    """One of several answers: its text so far, and whether it is complete."""

    text: str = ""
    complete: bool = False


def agreement_of(texts: Sequence[str], exchange: Exchange) -> Agreement:
    """Sampled answers to the question of an exchange, grouped by what they say.

    Each joins the first group that says the same; groups are worded by their first answer.
    """
    question = exchange.understood or exchange.question
    groups: list[tuple[Meaning, list[str]]] = []
    for text in texts:
        said = meaning_of(text, question)
        same = next((wordings for first, wordings in groups if agree(first, said)), None)
        if same is None:
            groups.append((said, [text]))
        else:
            same.append(text)
    answered = meaning_of(exchange.answer, question)
    return Agreement(
        tuple(
            Alike(
                texts=tuple(dict.fromkeys(wordings)), count=len(wordings), meaning=first.words,
                as_answered=agree(answered, first),
            )
            for first, wordings in sorted(groups, key=lambda group: -len(group[1]))
        )
    )  # fmt: skip
