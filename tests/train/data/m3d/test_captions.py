"""The text rule, case by case."""

import pytest

from train.data.m3d.captions import caption


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("study_findings:\nA cyst.\nNo stone.\n", "A cyst. No stone."),
        ("title\nstudy_findings: A cyst.\ndiscussion:\nBenign.", "A cyst. discussion: Benign."),
        ("study_findings: A study_findings: Bcdef", "A study_findings: Bcdef"),
        ("study_findings:\n a b c d\ndiscussion: x", "a b c d discussion: x"),
        ("discussion:\nBenign.\nstudy_findings:\n ab\nc", "Benign. study_findings:  ab c"),
        ("study_findings: no\n", "study_findings: no"),
        ("Only words, no mark.\n", "Only words, no mark."),
        ("study_findings:\n\n", "study_findings:"),
        ("discussion: here, and no findings mark", "discussion: here, and no findings mark"),
        ("abcd", "abcd"),
        ("  \n ", ""),
    ],
)  # fmt: skip
def test_text_rule(text: str, expected: str) -> None:
    assert caption(text) == expected


def test_a_caption_stays_as_it_is() -> None:
    once = caption("x\nstudy_findings:\nA cyst of 3 mm.\ndiscussion:\nBenign.\n")
    assert caption(once) == once
