"""The language model's own answer to a question, without a sentence put around it.

spoken = own_answer(engine, features, "liver ok?")
spoken.question, spoken.text        # as the language model read it, and what it said
spoken.pieces[0].alternatives       # what else could have stood there
"""

import re
import threading
from dataclasses import dataclass

from med3dvlm.engine.conversation import Conversation, TokenEvent
from med3dvlm.engine.decoding import Decoding, never
from med3dvlm.engine.engine import Engine
from med3dvlm.engine.features import VolumeFeatures
from med3dvlm.engine.prefix_cache import PrefixCache
from med3dvlm.engine.speaker import Speaker
from med3dvlm.errors import PromptError

ANSWER_TOKENS, LONGEST_QUESTION = 60, 1000

NO_QUESTION = "Type a question, such as: Is there a kidney stone?"
LONG_QUESTION = "A question has at most {most} characters here."
NO_ANSWER = "The model answered nothing, so there is no word to look into. Ask something else."


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnAnswer:
    """What the language model said.

    Attributes:
        question: in the model's own words.
        pieces: the answer, token by token.
    """

    question: str
    pieces: tuple[TokenEvent, ...]

    @property
    def text(self) -> str:
        """The whole answer."""
        return "".join(piece.text for piece in self.pieces).strip()


def own_answer(engine: Engine, features: VolumeFeatures, question: str) -> OwnAnswer:
    """Ask the language model itself; earlier turns are left out, and it says up to 60 tokens.

    Raises:
        PromptError: the question is empty or too long, or the answer is empty.
    """
    if not question.strip():
        raise PromptError(NO_QUESTION)
    if len(question) > LONGEST_QUESTION:
        raise PromptError(LONG_QUESTION.format(most=LONGEST_QUESTION))
    asked = _understood(engine, features, question.strip())
    with engine.models() as (vlm, _):
        speaker = Speaker(
            vlm, device=next(vlm.model.parameters()).device, lock=threading.Lock(),
            prefixes=PrefixCache(0), calibration=None,
        )  # fmt: skip
        decoding = Decoding(max_new_tokens=ANSWER_TOKENS)
        said = speaker.answer(features, Conversation(), asked, decoding=decoding, stopped=never)
        answer = OwnAnswer(question=asked, pieces=tuple(said))
    if not answer.text:
        raise PromptError(NO_ANSWER)
    return answer


def _understood(engine: Engine, features: VolumeFeatures, question: str) -> str:
    """The question in the model's own words; of several, the first."""
    decoding = Decoding(max_new_tokens=1)
    first = next(iter(engine.answer(features, Conversation(), question, decoding=decoding)), None)
    own = first.understood if first else ""
    return re.split(r"(?<=[?.]) ", own)[0] or question
