"""Words cut short as in notes are written out; what is known as it stands is not."""

import pytest

from med3dvlm.engine.understanding.lexicon import Lexicon
from med3dvlm.engine.understanding.shortened import written_out

LEXICON = Lexicon(("training",))


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("ren cysts seen?", "renal cysts seen?"),
        ("osteolyt. les in the iliac wing", "osteolytic lesion in the iliac wing"),
        ("any infiltr.", "any infiltrate."),
        ("peri eff", "pericardial effusion"),
        ("# of L1", "fracture of L1"),
        ("L1 #?", "L1 fracture?"),
        ("kid stone", "kidney stone"),
        ("is the kid ok", "is the kid ok"),
        ("dilated ao?", "dilated aorta?"),
    ],
)
def test_words_cut_short_are_written_out(text: str, whole: str) -> None:
    assert written_out(text, lambda _: ()) == whole


def test_a_known_name_and_a_word_by_itself_stay() -> None:
    for text in ("any pulm nodule here", "pulm?", "a hep cyst?"):
        assert written_out(text, LEXICON.find) == text
