"""The language of the phantom models: tokenizers, and training texts about a case.

tokenizer = language_tokenizer(1024, corpus())
text, claim = describe_case(facts, rng)      # a report, a sentence, or a short query
claim.holds(other_facts)                     # whether it is also true of another case
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


def language_tokenizer(size: int, texts: Iterable[str]) -> PreTrainedTokenizerFast:
    """A small byte-level BPE like Qwen's, trained on texts; it can still encode any other text."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=[PADDING, TURN_START, TURN_END, PLACEHOLDER],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer,
        eos_token=TURN_END,
        pad_token=PADDING,
        additional_special_tokens=[TURN_START, PLACEHOLDER],
        clean_up_tokenization_spaces=False,
    )


def query_tokenizer(size: int, texts: Iterable[str]) -> PreTrainedTokenizerFast:
    """A lower-case WordPiece like BERT's, starting with [CLS], trained on texts."""
    tokenizer = _word_pieces(models.WordPiece(unk_token="[UNK]"))
    # The trainer numbers tokens that it isn't given in an order that changes from run to run. So it
    # gets all word-internal letters as well, as special tokens, during training only.
    trainer = trainers.WordPieceTrainer(
        vocab_size=size,
        special_tokens=[*QUERY_TOKENS, *(f"##{letter}" for letter in LETTERS)],
        initial_alphabet=list(LETTERS + ".,;:?!'()-/"),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return bert_tokenizer(tokenizer.get_vocab(), max_length=192)


def bert_tokenizer(vocabulary: dict[str, int], *, max_length: int) -> PreTrainedTokenizerFast:
    """A lower-case WordPiece of these tokens, between [CLS] and [SEP]."""
    tokenizer = _word_pieces(models.WordPiece(vocab=vocabulary, unk_token="[UNK]"))
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
        model_max_length=max_length,
    )


def _word_pieces(model: models.WordPiece) -> Tokenizer:
    tokenizer = Tokenizer(model)
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    return tokenizer


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a text claims: attributes, findings (an empty place means any), and whether that is all.

    A whole report also states sizes and that there is nothing else, so it is true of its own case
    only (`seed`).
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
    """A text about a case: its report about half the time, otherwise a short query."""
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
    options: tuple[tuple[str, tuple[str, ...]], ...] = (
        (f"{acquisition.region} CT", ("region",)),
        (f"{acquisition.plane} CT of the {acquisition.region}", ("plane", "region")),
        (f"CT of the {acquisition.region} {phase}", ("region", "phase")),
        (f"{acquisition.plane} scan", ("plane",)),
    )
    if acquisition.plane == "none":
        options = options[::2]
    text, names = options[int(rng.integers(len(options)))]
    return text, Claim(attributes=tuple((name, getattr(acquisition, name)) for name in names))
