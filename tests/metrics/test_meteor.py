import sys
from pathlib import Path

import pytest

from med3dvlm.errors import ConfigError
from med3dvlm.metrics.meteor import Meteor, meteor_tokens, open_meteor

SYNONYMS = {"noun": ["car", "auto", "automobile"], "adj": ["big", "vast"]}
LETTER = {"noun": "n", "verb": "v", "adj": "a", "adv": "r"}


def write_wordnet(folder: Path) -> None:
    """A WordNet of two synonym sets in the format of `man 5wn wndb`, as Debian lays it out."""
    folder.mkdir()
    licence = "  1 a licence text\n"
    for part, letter in LETTER.items():
        words = SYNONYMS.get(part, [])
        line = f"{len(licence):08d} 03 {letter} {len(words):02x} "
        line += "".join(f"{word} 0 " for word in words) + "000 | a gloss\n"
        (folder / f"data.{part}").write_text(licence + (line if words else ""))
        index = (f"{word} {letter} 1 0 1 0 {len(licence):08d}\n" for word in sorted(words))
        (folder / f"index.{part}").write_text(licence + "".join(index))
        (folder / f"{part}.exc").write_text("")


@pytest.fixture
def with_synonyms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Meteor:
    monkeypatch.setattr("nltk.data.path", [])
    write_wordnet(tmp_path / "wordnet")
    return open_meteor(tmp_path / "wordnet")


@pytest.fixture
def without_synonyms(tmp_path: Path) -> Meteor:
    return open_meteor(tmp_path)


def test_order_worked_by_hand(without_synonyms: Meteor) -> None:
    """All 6 words match in 6 chunks: 1 - 0.5 * (6/6)^3. In one chunk: 1 - 0.5 * (1/6)^3."""
    meant = ["The cat sat on the mat"]
    assert without_synonyms.score("on the mat sat the cat", meant) == pytest.approx(0.5)
    assert without_synonyms.score("the cat sat on the mat", meant) == pytest.approx(1 - 0.5 / 216)


def test_perfect_one_word_answer_gets_a_half(without_synonyms: Meteor) -> None:
    assert without_synonyms.score("liver", ["liver"]) == 0.5
    assert without_synonyms.score("", ["liver"]) == 0.0


def test_recall_weighs_nine_times_worked_by_hand(without_synonyms: Meteor) -> None:
    """1 of 1 said, 1 of 4 meant: P R / (0.9 P + 0.1 R) = 0.25 / 0.925, halved for one chunk."""
    assert without_synonyms.score("liver", ["liver and two kidneys"]) == pytest.approx(
        0.25 / 0.925 / 2
    )


def test_stems_match(without_synonyms: Meteor) -> None:
    assert without_synonyms.score("two cysts", ["two cyst"]) == pytest.approx(1 - 0.5 / 8)


def test_best_reference_counts(without_synonyms: Meteor) -> None:
    assert without_synonyms.score("liver", ["spleen", "liver"]) == 0.5


def test_synonyms_worked_by_hand(with_synonyms: Meteor, without_synonyms: Meteor) -> None:
    """2 of 3 words match in one chunk: 2/3 * (1 - 0.5 * (1/2)^3). Nothing without WordNet."""
    said, meant = "a big car", ["the vast auto"]
    assert with_synonyms.score(said, meant) == pytest.approx(2 / 3 * (1 - 0.5 / 8))
    assert without_synonyms.score(said, meant) == 0.0


def test_inflected_words_have_synonyms(with_synonyms: Meteor) -> None:
    assert with_synonyms.score("two cars", ["two autos"]) == pytest.approx(1 - 0.5 / 8)


def test_synonyms_are_looked_up_by_stem(with_synonyms: Meteor) -> None:
    """NLTK's way, and so the published one: `automobil`, the stem, is in no synonym set."""
    assert with_synonyms.score("car", ["automobile"]) == 0.0


def test_the_name_tells_what_is_missing(with_synonyms: Meteor, without_synonyms: Meteor) -> None:
    assert with_synonyms.name == "METEOR"
    assert without_synonyms.name == "METEOR (exact and stem, no WordNet)"


def test_opening_twice_is_the_same(with_synonyms: Meteor, tmp_path: Path) -> None:
    again = open_meteor(tmp_path / "wordnet")
    assert again.score("big car", ["vast car"]) == with_synonyms.score("big car", ["vast car"])


def test_tokens_sentence_by_sentence() -> None:
    text = "No effusion. The 3.5 mm nodule isn't new! 12 others (e.g. cysts) B. liver."
    tokens = "No effusion . The 3.5 mm nodule is n't new ! 12 others ( e.g. cysts ) B. liver ."
    assert " ".join(meteor_tokens(text)) == tokens


def test_missing_nltk_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "nltk", None)
    with pytest.raises(ConfigError, match=r"requirements\.txt"):
        open_meteor()
