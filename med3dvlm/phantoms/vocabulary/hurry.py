"""How people type in a hurry: chat spelling, lost apostrophes and spaces, several question marks.

hurried(rng, "Can you tell me if there's a gallstone?")    # "can u tell me if theres a gallstone??"
"""

import re

import numpy as np

# What a word becomes in chat spelling.
SHORT_FORMS = {
    "you": "u", "your": "ur", "are": "r", "please": "pls", "thanks": "thx", "what": "wat",
    "with": "w", "without": "w/o", "because": "cuz", "there": "ther", "the": "da", "and": "n",
    "for": "4", "to": "2", "about": "abt", "something": "sth", "anything": "anyth", "right": "rite",
    "doctor": "dr", "patient": "pt", "know": "kno", "okay": "ok", "probably": "prob", "this": "dis",
    "that": "dat", "want to": "wanna", "going to": "gonna", "have": "hv", "see": "c", "want": "wnt",
}  # fmt: skip
# Letters beside a letter on the keyboard.
BESIDE = {
    "a": "qsz", "b": "vn", "c": "xv", "d": "sfe", "e": "wrd", "f": "dgr", "g": "fht", "h": "gjy",
    "i": "uok", "j": "hku", "k": "jli", "l": "ko", "m": "n", "n": "bm", "o": "ipl", "p": "o",
    "q": "wa", "r": "etf", "s": "adw", "t": "ryg", "u": "yij", "v": "cb", "w": "qes", "x": "zc",
    "y": "tuh", "z": "xa",
}  # fmt: skip
ENDINGS = ("", "??", "???", " ?", "?!", " ??", "...", "..?", " .", "!")
# How often each happens, independently of the others.
CHAT, NO_APOSTROPHE, ENDING, JOINED, MISTYPED, ENDLESS = 0.12, 0.3, 0.12, 0.04, 0.12, 0.04


def hurried(rng: np.random.Generator, text: str) -> str:
    """The question as somebody in a hurry might type it; most are unchanged."""
    if rng.random() < CHAT:
        text = chatty(rng, text)
    if rng.random() < NO_APOSTROPHE:
        text = text.replace("'", "")
    if rng.random() < JOINED:
        text = joined(rng, text)
    if rng.random() < MISTYPED:
        text = mistyped(rng, text)
    if rng.random() < ENDLESS:
        text = re.sub(r"(\w)(?=\W*$)", r"\1\1\1", text)
    if text.endswith("?") and rng.random() < ENDING:
        text = text.rstrip("?. ") + ENDINGS[int(rng.integers(len(ENDINGS)))]
    return text


def chatty(rng: np.random.Generator, text: str) -> str:
    """The question with about half of its common words in chat spelling."""

    def short(word: re.Match[str]) -> str:
        return SHORT_FORMS[word[0].lower()] if rng.random() < 0.5 else word[0]

    words = "|".join(sorted(SHORT_FORMS, key=len, reverse=True))
    return re.sub(rf"\b(?:{words})\b", short, text, flags=re.IGNORECASE)


def joined(rng: np.random.Generator, text: str) -> str:
    """The question with one space left out."""
    spaces = [m.start() for m in re.finditer(r"(?<=\w) (?=\w)", text)]
    if not spaces:
        return text
    at = spaces[int(rng.integers(len(spaces)))]
    return text[:at] + text[at + 1 :]


def mistyped(rng: np.random.Generator, text: str) -> str:
    """One letter after the first of a word hit beside its key, lost or doubled."""
    letters = [m.start() for m in re.finditer(r"(?<=[a-z]{2})[a-z]", text)]
    if not letters:
        return text
    at = letters[int(rng.integers(len(letters)))]
    beside = BESIDE[text[at]]
    made = (beside[int(rng.integers(len(beside)))], "", text[at] * 2)
    return text[:at] + made[int(rng.integers(len(made)))] + text[at + 1 :]
