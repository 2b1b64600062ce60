"""Our text metrics beside the packages that others use, on many sentences of the reports' kind."""

import numpy as np
import pytest

from med3dvlm.metrics.meteor import meteor_tokens, open_meteor
from med3dvlm.metrics.text import bleu, bleu_tokens, rouge_1, rouge_l
from med3dvlm.phantoms.facts import draw_facts
from med3dvlm.phantoms.true_report import true_report

rouge_scorer = pytest.importorskip("rouge_score.rouge_scorer", reason="rouge-score is missing")
sacrebleu = pytest.importorskip("sacrebleu", reason="sacrebleu is missing")

# fmt: off
WORDS = [
    "the", "a", "cyst", "stone", "of", "12", "mm", "3.5", "cm", "left", "right", "kidney,",
    "liver;", "(HU=-12)", "T2-weighted", "50%", "no", "Impression:", "well-known", "It's",
    "&", "normal.", "unremarkable",
]
# fmt: on


def pairs() -> list[tuple[str, str]]:
    """Reports beside paraphrases and other reports, and sentences of drawn words."""
    rng = np.random.default_rng(5)
    made = []
    for seed in range(12):
        said = true_report(draw_facts(seed)).text
        made.append((said, true_report(draw_facts(seed), variant=1).text))
        made.append((said, true_report(draw_facts(seed + 100)).text))
    for _ in range(60):
        first, second = (rng.choice(WORDS, int(rng.integers(1, 25))) for _ in range(2))
        made.append((" ".join(first), " ".join(second)))
    return made


PAIRS = pairs()


@pytest.mark.parametrize("order", [1, 4])
def test_bleu_is_sacrebleus(order: int) -> None:
    public = sacrebleu.BLEU(smooth_method="none", max_ngram_order=order, effective_order=False)
    ours = [bleu(said, [meant], order=order) for said, meant in PAIRS]
    theirs = [public.sentence_score(said, [meant]).score / 100 for said, meant in PAIRS]
    assert ours == pytest.approx(theirs, abs=1e-9)
    assert len(set(ours)) > 10


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_bleu_is_nltks_on_the_same_tokens() -> None:
    from nltk.translate.bleu_score import sentence_bleu

    ours = [bleu(said, [meant], order=1) for said, meant in PAIRS]
    theirs = [
        sentence_bleu([bleu_tokens(meant)], bleu_tokens(said), weights=(1,))
        for said, meant in PAIRS
    ]
    assert ours == pytest.approx(theirs, abs=1e-9)


def test_rouge_is_rouge_scores() -> None:
    public = rouge_scorer.RougeScorer(["rouge1", "rougeL"], use_stemmer=False)
    for said, meant in PAIRS:
        theirs = public.score(meant, said)
        assert rouge_1(said, [meant]) == pytest.approx(theirs["rouge1"].fmeasure)
        assert rouge_l(said, [meant]) == pytest.approx(theirs["rougeL"].fmeasure)


def test_meteor_is_nltks_on_the_same_tokens() -> None:
    from nltk.translate.meteor_score import single_meteor_score

    meteor = open_meteor()
    for said, meant in PAIRS[:40]:
        theirs = single_meteor_score(
            meteor_tokens(meant), meteor_tokens(said), wordnet=meteor.synonyms
        )
        assert meteor.score(said, [meant]) == pytest.approx(theirs)
