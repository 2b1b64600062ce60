"""Answers to questions: which option, yes or no, and how near to the reference.

The usual calls:

    choice_letter("B. liver")                             # "B"
    exact_match("The liver.", ["liver"])                  # True
    token_f1("left lower lobe", ["lower lobe"])           # 0.8
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence

ARTICLES = {"a", "an", "the"}

# "(b)", "B)", "B.", "B:" or the letter alone; "A nodule" is a sentence, not an answer.
LETTER = re.compile(r"\s*(?:\(([A-Za-z])\)|([A-Za-z])(?=[.):]|\s*$))")
# Between digits a point or comma belongs to the number: 3.5 mm is not 35 mm.
SEPARATORS = re.compile(r"(?<!\d)[^\w\s]|[^\w\s](?!\d)|[^\w\s.,]|_")


def choice_letter(answer: str) -> str | None:
    """The option letter at the start of an answer in upper case, or None."""
    found = LETTER.match(answer)
    return (found[1] or found[2]).upper() if found else None


def lenient_choice(answer: str, correct: str) -> bool:
    """Whether `B.` stands anywhere in the answer: the published scoring of closed questions.

    Bai et al. 2024 (M3D, arXiv 2404.00578) and Med3DVLM's evaluation code. It counts an answer
    that names all options as right, and one without the point, as in `B`, as wrong.
    """
    return f"{correct}." in answer


def option_named(answer: str, options: Mapping[str, str]) -> str | None:
    """The letter of the one option whose text the answer gives, or None.

    The whole answer counts first; else the option that occurs in it as whole words, where an
    option inside a longer one that occurs too (`lung` in `left lung`) doesn't count.

    Args:
        answer: free text; a leading option letter is left out.
        options: letter to text.
    """
    letter_part = LETTER.match(answer)
    words = normalised(answer[letter_part.end() :] if letter_part else answer)
    texts = {letter: normalised(text) for letter, text in options.items()}
    same = [letter for letter, text in texts.items() if text == words]
    inside = [letter for letter, text in texts.items() if _occurs(text, words)]
    longest = [
        letter
        for letter in inside
        if not any(texts[o] != texts[letter] and _occurs(texts[letter], texts[o]) for o in inside)
    ]
    found = same or longest
    return found[0] if len(found) == 1 else None


def yes_or_no(answer: str) -> bool | None:
    """True for an answer that starts with yes, False for no, None for anything else."""
    first = normalised(answer).split(" ")[0]
    return {"yes": True, "no": False}.get(first)


def normalised(text: str) -> str:
    """Lower case without punctuation, articles and repeated spaces.

    After Rajpurkar et al. 2016 (SQuAD, arXiv 1606.05250), but for two things that matter in
    reports: a decimal point stays in its number, and other punctuation parts words (`T2-weighted`
    is two).
    """
    words = SEPARATORS.sub(" ", text.lower()).split()
    return " ".join(word for word in words if word not in ARTICLES)


def exact_match(answer: str, references: Sequence[str]) -> bool:
    """Whether the answer equals a reference once both are normalised (SQuAD)."""
    return normalised(answer) in {normalised(reference) for reference in references}


def token_f1(answer: str, references: Sequence[str]) -> float:
    """F1 of the words of answer and reference as bags, best over references (SQuAD)."""
    return max(_bag_f1(normalised(answer), normalised(reference)) for reference in references)


def _bag_f1(answer: str, reference: str) -> float:
    """Two empty texts agree (1.0), an empty and a full one don't (0.0)."""
    said, meant = answer.split(), reference.split()
    if not said and not meant:
        return 1.0
    shared = (Counter(said) & Counter(meant)).total()
    return 2 * shared / (len(said) + len(meant))


def _occurs(part: str, whole: str) -> bool:
    """Whether `part`, not empty, occurs in `whole` as whole words."""
    return bool(part) and f" {part} " in f" {whole} "
