"""Texts of lessons: what is shipped fits, and what doesn't fit is refused with its file's name."""

from collections.abc import Callable
from pathlib import Path

import pytest

from med3dvlm.errors import ConfigError
from med3dvlm.lessons.content import (
    lessons_in,
    quoted,
    read_failures,
    read_lesson,
    read_lessons,
    read_words,
)
from med3dvlm.lessons.experiments import EXPERIMENTS

QUIZ = '[[quiz]]\nask = "Why?"\noptions = ["a", "b"]\nanswer = 1\nwhy = "So."\n'
STEP = """[[steps]]
title = "One"
text = "A text."
ask = "How wide?"
reveal = "It is {mm:.1f} mm."
learn = "This."
experiment = "voxel"
finding = "lung nodule"
"""
HEAD = 'number = 1\ntitle = "T"\nminutes = 10\ngoal = "G"\nteacher = "H"\nseed = 5\n'
Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def made(text: str) -> Path:
        path = tmp_path / "lesson-1.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return made


def test_six_lessons_and_a_game_are_shipped() -> None:
    lessons = read_lessons()
    assert [lesson.number for lesson in lessons] == [1, 2, 3, 4, 5, 6, 7]
    assert all(len(lesson.quiz) >= 2 and len(lesson.steps) >= 3 for lesson in lessons[:6])
    assert len(lessons[6].turns) == 10
    assert len({step.person for step in lessons[6].turns}) == 10


def test_every_kind_of_experiment_is_used_in_a_lesson() -> None:
    used = {step.experiment for lesson in read_lessons() for step in lesson.steps}
    assert used == set(EXPERIMENTS)


def test_eight_failures_have_texts() -> None:
    assert len(read_failures()) == 8


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('"voxel"', '"voxels"', "no experiment is called 'voxels'"),
        ('finding = "lung nodule"\n', "", "'One' needs 'finding' for 'voxel'"),
        ("lung nodule", "hangnail", "no finding is called 'hangnail'"),
        ("{mm:.1f}", "{inch}", "quotes 'inch' in its reveal"),
        ("{mm:.1f}", "{mm", "expected '}'"),
        ('unit = "mm"\n', 'options = ["a"]\n', "has 1 options"),
        ('unit = "mm"\n', 'place = "left kidney"\n', "lung nodule has no place 'left kidney'"),
        ('unit = "mm"\n', "sizes_mm = [1, 2]\n", "only a curve"),
        ('unit = "mm"\n', 'change = "painted"\n', "nothing is called 'painted'"),
        ('unit = "mm"\n', "colour = 1\n", "unknown key 'colour'"),
        ('title = "One"\n', "", "missing key 'title'"),
        ("answer = 1", "answer = 2", "has no option 2"),
        ('["a", "b"]', '["a", "a"]', "two different options"),
        ("seed = 5", "seed = 5\nrounds = 2\n" + "[[steps", "Expected"),
    ],
)
def test_a_file_that_does_not_fit_is_named(write: Write, old: str, new: str, told: str) -> None:
    text = HEAD + QUIZ + STEP + 'unit = "mm"\n'
    assert old in text
    with pytest.raises(ConfigError) as refused:
        read_lesson(write(text.replace(old, new)))
    assert "lesson-1.toml" in str(refused.value)
    assert told in str(refused.value)


def test_rounds_repeat_one_step_with_other_people(write: Write) -> None:
    lesson = read_lesson(write(HEAD + "rounds = 3\n" + STEP))
    assert [step.person for step in lesson.turns] == [0, 1, 2]
    with pytest.raises(ConfigError, match="one step has rounds"):
        read_lesson(write(HEAD + "rounds = 3\n" + STEP + STEP))
    with pytest.raises(ConfigError, match="has no step"):
        read_lesson(write(HEAD + "steps = []\n"))


def test_numbers_go_from_one_on(write: Write) -> None:
    path = write((HEAD + STEP).replace("number = 1", "number = 2"))
    with pytest.raises(ConfigError, match="numbered from 1"):
        lessons_in(path.parent)
    with pytest.raises(ConfigError, match=r"lesson-9\.toml"):
        read_lesson(path.with_name("lesson-9.toml"))


def test_words_of_another_language_quote_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in (("en", "{n} of {of}"), ("de", "{n} von {of}"), ("fr", "{n} sur {total}")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "words.toml").write_text(f'step = "{text}"\n', encoding="utf-8")
    monkeypatch.setattr("med3dvlm.lessons.content.CONTENT", tmp_path)
    read_words.cache_clear()
    assert read_words("de") == {"step": "{n} von {of}"}
    with pytest.raises(ConfigError, match="'step' is missing or quotes other values"):
        read_words("fr")
    read_words.cache_clear()


def test_names_in_braces_are_found() -> None:
    assert quoted("{a:.1f} and {b} of {{c}}") == {"a", "b"}
