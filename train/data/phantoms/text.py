"""The words of the phantom models: tokenizers and what is said about a case in training.

tokenizer = language_tokenizer(1024)
text, claim = describe_case(facts, rng)      # a report, a sentence, or a short query
claim.holds(other_facts)                     # whether it is true of another case
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from tokenizers import (
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)
from transformers import PreTrainedTokenizerFast

from med3dvlm.model.prompt import PLACEHOLDER, TURN_END, TURN_START
from med3dvlm.phantoms import questions
from med3dvlm.phantoms.facts import Facts, draw_facts
from med3dvlm.phantoms.findings import KINDS
from med3dvlm.phantoms.splits import TRAINING
from med3dvlm.phantoms.true_report import PHASE_WORDS, describe, true_report

CORPUS = 3000
PADDING = "<|endoftext|>"
QUERY_TOKENS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


def corpus() -> Iterator[str]:
    """Reports, questions and answers of training phantoms, for the tokenizers."""
    for seed in range(TRAINING.start, TRAINING.start + CORPUS):
        facts, rng = draw_facts(seed), np.random.default_rng([seed, 7])
        yield true_report(facts).text
        for question in questions.ask(facts, rng):
            yield question.question
            yield question.answer


def language_tokenizer(size: int, texts: Iterable[str] | None = None) -> PreTrainedTokenizerFast:
    """Byte-level BPE as Qwen's, small; every text can be written with it.

    It learns from `texts`, or from what is said about phantoms.
    """
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=[PADDING, TURN_START, TURN_END, PLACEHOLDER],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(corpus() if texts is None else texts, trainer)
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer,
        eos_token=TURN_END,
        pad_token=PADDING,
        additional_special_tokens=[TURN_START, PLACEHOLDER],
        clean_up_tokenization_spaces=False,
    )


def query_tokenizer(size: int, texts: Iterable[str] | None = None) -> PreTrainedTokenizerFast:
    """Lower-case WordPiece as BERT's, opening with [CLS], for the text tower.

    It learns from `texts`, or from what is said about phantoms.
    """
    tokenizer = _word_pieces(models.WordPiece(unk_token="[UNK]"))
    # The trainer numbers what it has not been told of in an order of its own, each time another,
    # so it is told of all letters inside words, too; as special tokens, for the training alone.
    trainer = trainers.WordPieceTrainer(
        vocab_size=size,
        special_tokens=[*QUERY_TOKENS, *(f"##{letter}" for letter in LETTERS)],
        initial_alphabet=list(LETTERS + ".,;:?!'()-/"),
        show_progress=False,
    )
    tokenizer.train_from_iterator(corpus() if texts is None else texts, trainer)
    tokenizer = _word_pieces(models.WordPiece(vocab=tokenizer.get_vocab(), unk_token="[UNK]"))
    cls, sep = (tokenizer.token_to_id(token) for token in ("[CLS]", "[SEP]"))
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", cls), ("[SEP]", sep)]
    )
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer,
        unk_token="[UNK]",
        pad_token="[PAD]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        model_max_length=192,
    )


def _word_pieces(model: models.WordPiece) -> Tokenizer:
    tokenizer = Tokenizer(model)
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    return tokenizer


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a text says: attributes, findings (an empty place means any), and whether that is all.

    A whole report also says sizes and that nothing else is there, so it belongs to its case alone
    (`seed`).
    """

    seed: int | None = None
    attributes: tuple[tuple[str, str], ...] = ()
    findings: frozenset[tuple[str, str]] = frozenset()

    def holds(self, facts: Facts) -> bool:
        """Whether the text is true of a case."""
        if self.seed is not None:
            return facts.seed == self.seed
        acquisition = facts.acquisition
        if any(getattr(acquisition, name) != value for name, value in self.attributes):
            return False
        return all(
            (kind, place) in facts.labels if place else facts.has(kind)
            for kind, place in self.findings
        )


def describe_case(facts: Facts, rng: np.random.Generator) -> tuple[str, Claim]:
    """A text about a case: its whole report, or as often something short that a user would type."""
    kind = rng.random()
    if kind < 0.45 or not facts.findings:
        variant = int(rng.integers(0, 1_000_000))
        report = true_report(facts, variant=variant)
        return report.text, Claim(seed=facts.seed)
    if kind < 0.50:
        return _setting(facts, rng)
    finding = facts.findings[int(rng.integers(len(facts.findings)))]
    names = KINDS[finding.kind].names
    name = names[int(rng.integers(len(names)))]
    if kind < 0.66:
        return describe(finding, rng), Claim(findings=frozenset({finding.label}))
    if kind < 0.86 or not finding.place:
        template = ("{}", "CT with {}", "{} on CT", "scan showing {}")[int(rng.integers(4))]
        return template.format(name), Claim(findings=frozenset({(finding.kind, "")}))
    template = ("{} in the {}", "{}, {}", "{} of the {}")[int(rng.integers(3))]
    return template.format(name, finding.place), Claim(findings=frozenset({finding.label}))


def _setting(facts: Facts, rng: np.random.Generator) -> tuple[str, Claim]:
    """Region, and sometimes plane or phase."""
    acquisition = facts.acquisition
    words = PHASE_WORDS[acquisition.phase]
    phase = words[int(rng.integers(len(words)))]
    options = (
        (f"{acquisition.region} CT", ("region",)),
        (f"{acquisition.plane} CT of the {acquisition.region}", ("plane", "region")),
        (f"CT of the {acquisition.region} {phase}", ("region", "phase")),
        (f"{acquisition.plane} scan", ("plane",)),
    )
    if acquisition.plane == "none":
        options = options[::2]
    text, names = options[int(rng.integers(len(options)))]
    return text, Claim(attributes=tuple((name, getattr(acquisition, name)) for name in names))
