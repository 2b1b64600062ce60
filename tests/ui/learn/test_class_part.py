"""The class's scores in the page."""

import pytest

from med3dvlm.errors import PromptError
from med3dvlm.lessons.visit import Mark, Station, Visit
from tests.ui.conftest import Parts


def test_a_score_is_added_and_counted(parts: Parts) -> None:
    part = parts.learn.lessons.class_part
    visit = Visit(lesson=1, seed=5).marked(Station("step", 0), Mark(predicted="", score=0.5))
    added = part.add_mine("Anna: 1 of 2", "Bo", visit)
    assert added[part.lines] == "Anna: 1 of 2\nBo: 0.5 of 1"
    table = part.count(added[part.lines])[part.table]
    assert "2 learners, on average 50 % of the points." in table
    assert "no scores yet" in part.count("")[part.table]


def test_names_are_never_html(parts: Parts) -> None:
    part = parts.learn.lessons.class_part
    assert "<img" not in part.count("<img src=x>: 1 of 2")[part.table]


def test_without_a_score_there_is_nothing_to_add(parts: Parts) -> None:
    part = parts.learn.lessons.class_part
    for visit in (None, Visit(lesson=1, seed=5)):
        with pytest.raises(PromptError, match="predict something first"):
            part.add_mine("", "", visit)
    assert "Line 1" in part.refuse("Line 1")[part.table]
