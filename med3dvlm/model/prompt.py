"""How questions and answers become token ids, for both training and chat.

    prompt = Prompt(tokenizer, PromptConfig(image_tokens=32))
    ids = prompt.question_ids([Turn("Is there a stone?", "Yes.")], "On which side?")
    row = prompt.training_row([Turn("Is there a stone?", "Yes.")])   # ids and label mask

There are two styles. `turns` is ours: the placeholders, then every turn as
`<|im_start|>question<|im_end|>answer<|im_end|>`. `published` is what the released weights were
trained on: the placeholders followed directly by one question, no chat template, one turn, the
answer after a space. Both end an answer with the end token.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from med3dvlm.choices import has_choices
from med3dvlm.errors import PromptError
from med3dvlm.values import whole_text

if TYPE_CHECKING:  # the page doesn't wait for it
    from transformers import PreTrainedTokenizerBase

PLACEHOLDER = "<im_patch>"
TURN_START = "<|im_start|>"
TURN_END = "<|im_end|>"
IGNORED = -100

# Training conversations have at most three turns; a question with choices is always alone.
FOLLOWED_TURNS = 2

Style = Literal["turns", "published"]


class Turn(NamedTuple):
    """One question with its answer."""

    question: str
    answer: str


class Row(NamedTuple):
    """Token ids and, per token, the label to learn (-100 if there is none)."""

    ids: list[int]
    labels: list[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptConfig:
    """Number of placeholders, style, and the longest prompt in training (tokens)."""

    image_tokens: int
    style: Style = "turns"
    max_length: int = 512

    @property
    def follows_up(self) -> bool:
        """Whether the model was trained to use earlier turns."""
        return self.style == "turns"


def followed_turns(question: str, earlier: int, *, follows_up: bool) -> int:
    """How many of the `earlier` turns, counted from the latest, go with a question.

    0 if the checkpoint was trained on single questions, and 0 before a question with choices.
    (A very long conversation may leave room for fewer.)
    """
    if not follows_up or has_choices(question):
        return 0
    return min(FOLLOWED_TURNS, earlier)


class Prompt:
    """Writes token ids for one checkpoint's tokenizer and style."""

    def __init__(self, tokenizer: "PreTrainedTokenizerBase", config: PromptConfig) -> None:
        self.tokenizer = tokenizer
        self.config = config
        self.placeholder_id = self._special(PLACEHOLDER)
        self.end_id = self._special(TURN_END)
        self.start_id = self._special(TURN_START) if config.style == "turns" else None

    def image_ids(self) -> list[int]:
        """The placeholders that start every sequence."""
        return [self.placeholder_id] * self.config.image_tokens

    def text_ids(self, text: str) -> list[int]:
        """Token ids of plain text; special tokens typed by a user stay text."""
        ids: list[int] = self.tokenizer.encode(
            whole_text(text), add_special_tokens=False, split_special_tokens=True
        )
        return ids

    def question_ids(self, turns: Sequence[Turn], question: str) -> list[int]:
        """Everything before the answer: placeholders, earlier turns if trained, the question.

        The oldest turns are dropped if the prompt would exceed the trained length; all of them
        are dropped before a question with choices, which is complete by itself.

        Raises:
            PromptError: the question is empty or too long by itself.
        """
        return [token for segment in self.segments(turns, question) for token in segment]

    def segments(self, turns: Sequence[Turn], question: str) -> list[list[int]]:
        """`question_ids` in segments: image, each kept turn, question; raises the same."""
        if not question.strip():
            raise PromptError("The question is empty. Type a question about the scan.")
        last = self.opening_ids(question)
        room = self.config.max_length - self.config.image_tokens - len(last)
        if room < 1:
            raise PromptError(
                f"The question is {len(last)} tokens long, but this model was trained on at most "
                f"{self.config.max_length - self.config.image_tokens}. Shorten it."
            )
        count = followed_turns(question, len(turns), follows_up=self.config.follows_up)
        kept: list[list[int]] = []
        for turn in reversed(turns[len(turns) - count :]):
            ids = self.turn_row(turn).ids
            if sum(map(len, kept)) + len(ids) > room // 2:
                break
            kept.insert(0, ids)
        return [self.image_ids(), *kept, last]

    def opening_ids(self, question: str) -> list[int]:
        """A question up to the start of its answer, without the placeholders."""
        text = self.text_ids(question)
        if self.start_id is None:
            return text
        return [self.start_id, *text, self.end_id]

    def answer_ids(self, answer: str) -> list[int]:
        """An answer with its end token; the published style puts a space before it."""
        space = " " if self.start_id is None else ""
        return [*self.text_ids(space + answer), self.end_id]

    def turn_row(self, turn: Turn) -> Row:
        """One turn with its end token; only the answer and end token have labels."""
        opening = self.opening_ids(turn.question)
        answer = self.answer_ids(turn.answer)
        return Row([*opening, *answer], [IGNORED] * len(opening) + answer)

    def training_row(self, turns: Sequence[Turn]) -> Row:
        """A whole conversation with placeholders, truncated to the maximum trained length."""
        ids, labels = self.image_ids(), [IGNORED] * self.config.image_tokens
        for turn in turns:
            row = self.turn_row(turn)
            ids += row.ids
            labels += row.labels
        return Row(ids[: self.config.max_length], labels[: self.config.max_length])

    def decode(self, ids: Sequence[int]) -> str:
        """Text of generated ids, without special tokens."""
        return str(self.tokenizer.decode(list(ids), skip_special_tokens=True))

    def _special(self, token: str) -> int:
        found = self.tokenizer.convert_tokens_to_ids(token)
        if not isinstance(found, int) or found == self.tokenizer.unk_token_id:
            raise PromptError(f"the tokenizer has no {token} token: is it this model's own?")
        return found
