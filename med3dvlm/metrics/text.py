"""Compares reports and open answers with their references: sentence-level BLEU and ROUGE.

    bleu("No effusion is seen.", ["No pleural effusion is seen."], order=1)
    rouge_l("No effusion is seen.", ["No pleural effusion is seen."])

METEOR needs NLTK and is in `meteor`.
"""

import html
import math
import re
from collections import Counter
from collections.abc import Sequence

# What NIST's mteval-v13a script separates; a point, comma or dash within a number stays.
SYMBOLS = re.compile(r"([{-~\[-` -&(-+:-@/])")
AFTER_NON_DIGIT = re.compile(r"([^0-9])([.,])")
BEFORE_NON_DIGIT = re.compile(r"([.,])([^0-9])")
DASH_AFTER_DIGIT = re.compile(r"([0-9])(-)")

Ngrams = Counter[tuple[str, ...]]


def bleu(
    prediction: str, references: Sequence[str], *, order: int, add_to_counts: int = 0
) -> float:
    """BLEU-`order` of one text, 0 to 1: case-sensitive, with mteval-v13a tokens.

    Papineni et al. 2002 (ACL P02-1040). Not smoothed by default, as in the published scores:
    without a common 4-gram BLEU-4 is 0, which is usual for short answers.

    Args:
        prediction: the text to score.
        references: at least one; the one closest in length sets the brevity penalty.
        order: the longest n-gram, 1 or 4 in the published tables.
        add_to_counts: 1 smooths orders above 1 as Lin and Och 2004 (ACL C04-1072) do.
    """
    words = bleu_tokens(prediction)
    sources = [bleu_tokens(reference) for reference in references]
    if not words:
        return 0.0
    logs = []
    for n in range(1, order + 1):
        extra = add_to_counts if n > 1 else 0
        grams = _ngrams(words, n)
        known: Ngrams = Counter()
        for source in sources:
            known |= _ngrams(source, n)
        matched, total = (grams & known).total() + extra, grams.total() + extra
        if not matched:
            return 0.0
        logs.append(math.log(matched / total))
    nearest = min((len(source) for source in sources), key=lambda n: (abs(n - len(words)), n))
    brevity = min(0.0, 1 - nearest / len(words))
    return math.exp(brevity + sum(logs) / order)


def rouge_1(prediction: str, references: Sequence[str]) -> float:
    """F1 of common words, best over references.

    Lin 2004 (ACL W04-1013), lower case, letters and digits only, no stemmer.
    """
    words = rouge_tokens(prediction)
    return max(_rouge_1(words, rouge_tokens(reference)) for reference in references)


def rouge_l(prediction: str, references: Sequence[str]) -> float:
    """F1 of the longest common subsequence of words, best over references.

    Lin 2004 (ACL W04-1013), the whole text as one sequence, tokens as in `rouge_1`.
    """
    words = rouge_tokens(prediction)
    return max(_rouge_l(words, rouge_tokens(reference)) for reference in references)


def bleu_tokens(text: str) -> list[str]:
    """Tokens of NIST's mteval-v13a: symbols are separate, numbers stay whole."""
    line = f" {html.unescape(text)} "
    line = SYMBOLS.sub(r" \1 ", line)
    line = AFTER_NON_DIGIT.sub(r"\1 \2 ", line)
    line = BEFORE_NON_DIGIT.sub(r" \1 \2", line)
    return DASH_AFTER_DIGIT.sub(r"\1 \2 ", line).split()


def rouge_tokens(text: str) -> list[str]:
    """Runs of letters and digits in lower case."""
    return re.findall(r"[a-z0-9]+", text.lower())


def _ngrams(words: Sequence[str], n: int) -> Ngrams:
    return Counter(tuple(words[i : i + n]) for i in range(len(words) - n + 1))


def _rouge_1(words: Sequence[str], reference: Sequence[str]) -> float:
    return _f1((Counter(words) & Counter(reference)).total(), len(words), len(reference))


def _rouge_l(words: Sequence[str], reference: Sequence[str]) -> float:
    return _f1(common_subsequence(words, reference), len(words), len(reference))


def _f1(shared: int, said: int, meant: int) -> float:
    """2 * shared / (said + meant); 0 when both are empty, as in the published packages."""
    return 2 * shared / max(said + meant, 1)


def common_subsequence(first: Sequence[str], second: Sequence[str]) -> int:
    """Length of the longest common subsequence of words, computed in the bits of an integer.

    Hyyro 2004 (Bit-parallel LCS-length computation revisited): bit i of `row` is 0 where the
    length grows at word i of `first`, so a word of `second` costs a few operations on one integer.
    """
    places: dict[str, int] = {}
    for place, word in enumerate(first):
        places[word] = places.get(word, 0) | 1 << place
    full = (1 << len(first)) - 1
    row = full
    for word in second:
        matches = row & places.get(word, 0)
        row = (row + matches | row - matches) & full
    return len(first) - row.bit_count()
