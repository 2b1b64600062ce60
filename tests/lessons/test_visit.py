"""A learner's way through a lesson: stops, points, and what was learned."""

from med3dvlm.lessons.content import read_lessons
from med3dvlm.lessons.visit import Mark, Station, Visit, stations_of

LESSON = read_lessons()[0]


def test_a_lesson_begins_and_ends_with_its_quiz() -> None:
    parts = [station.part for station in stations_of(LESSON)]
    assert parts == ["before"] * 2 + ["step"] * 4 + ["after"] * 2 + ["end"]


def test_moves_stay_within_the_lesson() -> None:
    visit = Visit(lesson=1, seed=5)
    assert visit.moved(-1, LESSON).place == 0
    assert visit.moved(1, LESSON).station(LESSON) == Station("before", 1)
    assert visit.moved(99, LESSON).station(LESSON) == Station("end", 0)


def test_the_first_prediction_counts() -> None:
    stop = Station("step", 0)
    visit = Visit(lesson=1, seed=5).marked(stop, Mark(predicted="3", score=0, model=1))
    again = visit.marked(stop, Mark(predicted="4", score=1, model=1))
    assert again is visit
    assert visit.points("step") == (0, 1, 1, 1)


def test_points_of_steps_and_quiz_are_counted_apart() -> None:
    visit = Visit(lesson=1, seed=5)
    visit = visit.marked(Station("step", 0), Mark(predicted="", score=0.5))
    visit = visit.marked(Station("step", 1), Mark(predicted="", score=1, model=0.25))
    visit = visit.marked(Station("before", 0), Mark(predicted="", score=1))
    assert visit.points("step") == (1.5, 2, 0.25, 1)
    assert visit.points("before").of == 1
    assert visit.points("after").of == 0


def test_what_was_learned_is_told_by_question() -> None:
    visit = Visit(lesson=1, seed=5).marked(Station("before", 0), Mark(predicted="", score=0))
    visit = visit.marked(Station("after", 0), Mark(predicted="", score=1))
    assert visit.learned(LESSON) == [(False, True), (None, None)]
