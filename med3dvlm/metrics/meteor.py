"""METEOR through NLTK, with WordNet from Debian's files and never from a download.

    meteor = open_meteor()
    meteor.name                                # says so when synonyms are missing
    meteor.score("Two renal cysts.", ["Two cysts of the kidney."])

METEOR rises with length and gives a perfect one-word answer 0.5: read it beside `token_f1`.
NLTK takes a second to import, so only who asks for METEOR does. Synonyms: apt-get install
wordnet-base.
"""

import io
import re
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from med3dvlm.errors import ConfigError

DEBIAN_WORDNET = Path("/usr/share/wordnet")
LEXICOGRAPHER_FILES = 45  # man 5wn lexnames

# NLTK's word tokenizer expects one sentence at a time; its sentence splitter is a download.
SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9(])")


@dataclass(frozen=True, slots=True)
class Meteor:
    """METEOR with the matchers that are there: exact, stem (Porter) and, with WordNet, synonym.

    Lavie and Agarwal 2007 (ACL W07-0734) with NLTK's constants alpha 0.9, beta 3, gamma 0.5.
    NLTK looks synonyms up by stem, so words that stemming cuts short have none; the published
    figures have it so too. Use it from one thread: NLTK's reader seeks in open files.

    Attributes:
        synonyms: NLTK's WordNet reader, or one with no words.
        has_synonyms: whether that reader is WordNet.
    """

    synonyms: Any
    has_synonyms: bool

    @property
    def name(self) -> str:
        """What to call the figure: without synonyms it is no METEOR to compare with others."""
        return "METEOR" if self.has_synonyms else "METEOR (exact and stem, no WordNet)"

    def score(self, prediction: str, references: list[str]) -> float:
        """METEOR of one text, 0 to 1, best over references."""
        from nltk.translate.meteor_score import meteor_score

        score = meteor_score(
            [meteor_tokens(reference) for reference in references],
            meteor_tokens(prediction),
            wordnet=self.synonyms,
        )
        return float(score)


def open_meteor(folder: Path = DEBIAN_WORDNET) -> Meteor:
    """METEOR with the WordNet in `folder`, or without synonyms when there is none.

    Raises:
        ConfigError: NLTK is not installed.
    """
    _check_nltk()
    if (folder / "data.noun").is_file():
        return Meteor(_wordnet(folder), has_synonyms=True)
    return Meteor(_NoWords(), has_synonyms=False)


def meteor_tokens(text: str) -> list[str]:
    """NLTK's word tokens (Penn Treebank rules), sentence by sentence."""
    from nltk.tokenize.destructive import NLTKWordTokenizer

    tokenizer = NLTKWordTokenizer()
    sentences = SENTENCE_END.split(text.strip())
    return [token for sentence in sentences for token in tokenizer.tokenize(sentence)]


class _NoWords:
    """A WordNet in which no word has a synonym."""

    def synsets(self, word: str) -> list[Any]:  # noqa: ARG002 - the call NLTK makes
        return []


def _check_nltk() -> None:
    """A machine that only trains may do without the page's packages."""
    try:
        import nltk  # noqa: F401
    except ModuleNotFoundError as error:
        raise ConfigError(
            "METEOR needs NLTK, which is not installed here: pip install -r requirements.txt"
        ) from error


def _wordnet(folder: Path) -> Any:
    """NLTK's reader on Debian's files.

    Four things differ from NLTK's own download. Debian has no file `lexnames`: METEOR doesn't
    ask for these names, so numbers stand in for them. NLTK maps versions by comparing with its
    download: there is nothing to map. NLTK reads below `nltk.data.path` only. And its reader
    keeps its files open: here they are read into memory, 22 MB, so that none is left open.
    """
    from nltk import data
    from nltk.corpus.reader.wordnet import WordNetCorpusReader

    if str(folder) not in data.path:
        data.path.append(str(folder))
    names = "".join(f"{n:02d} file{n:02d} 1\n" for n in range(LEXICOGRAPHER_FILES)).encode()

    def open_file(_: object, file: str) -> Any:
        content = names if file == "lexnames" else (folder / file).read_bytes()
        return data.SeekableUnicodeStreamReader(io.BytesIO(content), "utf8")

    debian = type(
        "DebianWordNet", (WordNetCorpusReader,), {"open": open_file, "map_wn": lambda *_: None}
    )
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The multilingual functions are not available")
        return debian(str(folder), None)
