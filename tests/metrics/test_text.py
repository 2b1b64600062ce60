import json
import math
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from med3dvlm.metrics.meteor import DEBIAN_WORDNET, Meteor, open_meteor
from med3dvlm.metrics.text import (
    bleu,
    bleu_tokens,
    common_subsequence,
    rouge_1,
    rouge_l,
    rouge_tokens,
)

PAIRS = Path(__file__).resolve().parents[3] / "shared/volumes/text-metrics/pairs.json"
needs_pairs = pytest.mark.skipif(not PAIRS.exists(), reason=f"{PAIRS} is not on this machine")


def test_bleu_1_worked_by_hand() -> None:
    """5 words, `the` counts twice at most: 4/5. 5 of 6 words long: exp(1 - 6/5)."""
    said, meant = "the the the cat sat", ["the cat on the mat sat"]
    assert bleu(said, meant, order=1) == pytest.approx(4 / 5 * math.exp(-0.2))


def test_bleu_4_worked_by_hand() -> None:
    """1-grams 5/6, 2-grams 4/5, 3-grams 3/4, 4-grams 2/3; nothing for length."""
    product = 5 / 6 * 4 / 5 * 3 / 4 * 2 / 3
    assert bleu("a b c d e x", ["a b c d e y"], order=4) == pytest.approx(product**0.25)


def test_bleu_is_not_smoothed_unless_asked() -> None:
    """Words 2/3 and 2-grams 0/2, which one added makes (0 + 1)/(2 + 1)."""
    assert bleu("a x b", ["a b c"], order=2) == 0.0
    assert bleu("a x b", ["a b c"], order=2, add_to_counts=1) == pytest.approx((2 / 9) ** 0.5)
    assert bleu("yes", ["yes"], order=4) == 0.0


def test_bleu_takes_the_nearest_length_the_shorter_of_two() -> None:
    """3 words; references of 2, 4 and 9: 2 and 4 are as near, 2 sets no penalty."""
    references = ["a b", "a b c d", "a b c d e f g h i"]
    assert bleu("a b c", references, order=1) == 1.0
    assert bleu("a b c", references[1:], order=1) == pytest.approx(math.exp(1 - 4 / 3))


def test_bleu_counts_a_word_as_often_as_one_reference_has_it() -> None:
    assert bleu("a a a", ["a a b", "a b b"], order=1) == pytest.approx(2 / 3)


def test_bleu_keeps_case_and_gives_nothing_for_nothing() -> None:
    assert bleu("Liver", ["liver"], order=1) == 0.0
    assert bleu("", ["liver"], order=1) == 0.0


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("A 3.5 mm cyst, left.", "A 3.5 mm cyst , left ."),
        ("T2-weighted 3-4 cm (HU=-120)", "T2 - weighted 3 - 4 cm ( HU = -120 )"),
        ("50% &amp; more; it's", "50 % & more ; it's"),
        ("well-known", "well-known"),
    ],
)
def test_bleu_tokens_follow_mteval_13a(text: str, tokens: str) -> None:
    assert bleu_tokens(text) == tokens.split()


def test_rouge_1_worked_by_hand() -> None:
    """3 common words of 4 and 5: 2 * 3 / 9; the order doesn't matter, a doublet counts once."""
    assert rouge_1("cat the sat sat", ["The cat sat on it."]) == pytest.approx(6 / 9)
    assert rouge_1("liver", ["spleen", "liver"]) == 1.0
    assert rouge_1("", [""]) == 0.0


def test_rouge_l_worked_by_hand() -> None:
    """Longest common subsequence `the sat on` of 5 and 5 words: 2 * 3 / 10."""
    assert rouge_l("the mat sat on cat", ["The cat sat on mat."]) == pytest.approx(0.6)
    assert rouge_l("cat the", ["the cat"]) == pytest.approx(0.5)
    assert rouge_l("liver", ["spleen", "liver"]) == 1.0


def test_rouge_tokens() -> None:
    assert rouge_tokens("T2-weighted, 3.5 MM") == ["t2", "weighted", "3", "5", "mm"]


def slow_common_subsequence(first: str, second: str) -> int:
    @cache
    def length(i: int, j: int) -> int:
        if i == 0 or j == 0:
            return 0
        if first[i - 1] == second[j - 1]:
            return length(i - 1, j - 1) + 1
        return max(length(i - 1, j), length(i, j - 1))

    return length(len(first), len(second))


@given(first=st.text("abc", max_size=40), second=st.text("abcd", max_size=40))
def test_bit_parallel_subsequence_equals_the_table(first: str, second: str) -> None:
    assert common_subsequence(first, second) == slow_common_subsequence(first, second)


@pytest.fixture(scope="module")
def meteor() -> Meteor:
    return open_meteor()


def pairs(kind: str) -> list[dict[str, object]]:
    return json.loads(PAIRS.read_text())[kind] if PAIRS.exists() else []


@needs_pairs
def test_computed_pairs_agree() -> None:
    """Values computed with sacrebleu 2.6.0 and rouge_score 0.1.2."""
    assert pairs("computed")
    for pair in pairs("computed"):
        said, meant, known = pair["pred"], pair["refs"], pair["scores"]
        found = {
            "bleu1": bleu(said, meant, order=1),
            "bleu4": bleu(said, meant, order=4),
            "rouge1": rouge_1(said, meant),
            "rougeL": rouge_l(said, meant),
        }
        assert found == pytest.approx({name: known[name] for name in found}, abs=1e-6), pair["id"]


@needs_pairs
def test_documented_rouge_agrees() -> None:
    """One README documents a wrong value; `actual` corrects it."""
    known = [pair for pair in pairs("documented") if pair["metric"] == "rouge1-f"]
    assert known
    for pair in known:
        value = pair.get("actual", pair["expected"])
        assert rouge_1(pair["pred"], pair["refs"]) == pytest.approx(value, abs=1e-6), pair["id"]


@needs_pairs
@pytest.mark.skipif(not DEBIAN_WORDNET.exists(), reason="apt-get install wordnet-base")
def test_meteor_agrees_with_known_values(meteor: Meteor) -> None:
    known = {
        (pair["pred"], *pair["refs"]): pair["expected"]
        for pair in pairs("documented")
        if pair["metric"] == "meteor"
    }
    known |= {(p["pred"], *p["refs"]): p["scores"]["meteor"] for p in pairs("computed")}
    assert len(known) > 5
    assert meteor.name == "METEOR"
    for (said, *meant), value in known.items():
        assert meteor.score(said, meant) == pytest.approx(value, abs=5e-5), said
