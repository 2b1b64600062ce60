"""What happens in a lesson: go to a stop, predict, reveal, score, go on.

player.begin(...), player.move(...), player.reveal(...)       # of the player that layout.py made

Nothing here reads or changes the open scan: a lesson brings its own phantoms.
"""

from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from math import isfinite
from typing import Any

import gradio as gr

from med3dvlm.errors import PromptError
from med3dvlm.hosting.models.loading import Loading
from med3dvlm.hosting.models.services import Services
from med3dvlm.lessons.class_scores import ClassScores, read_scores
from med3dvlm.lessons.content import Lesson, Step, read_lessons, read_words
from med3dvlm.lessons.curve_drawing import curve_drawing
from med3dvlm.lessons.link import checked_seed, place_in
from med3dvlm.lessons.pictures import slice_picture
from med3dvlm.lessons.revealed import (
    NO_CHOICE,
    Revealed,
    Said,
    check_said,
    score_of,
    words_of,
)
from med3dvlm.lessons.scenes import Scene, scene_of
from med3dvlm.lessons.scoring import Place, read_percentages, score_choice
from med3dvlm.lessons.visit import Mark, Station, Visit, visit_at
from med3dvlm.retrieval import Library
from med3dvlm.ui.explain.running import Work
from med3dvlm.ui.explain.saving import kept
from med3dvlm.ui.learn import said as words
from med3dvlm.ui.learn.experiments.bench import Bench
from med3dvlm.ui.learn.experiments.run import run
from med3dvlm.ui.page.boundary import Updates
from med3dvlm.ui.page.notice import NOTHING, busy

TASK = "lesson"
LINES = {"percentages": 4, "writing": 2}
LOOKING = "The model looks at the phantom."
PAINTING = "Painting the phantom."


def lessons() -> tuple[Lesson, ...]:
    """The lessons that are offered."""
    return read_lessons()


@dataclass(frozen=True, kw_only=True)
class Player:
    """The components of the lessons, and what happens to them."""

    work: Work
    library: Loading[Library]
    lesson: gr.Dropdown
    stop_text: gr.HTML
    picture: gr.HTML
    options: gr.Radio
    typed: gr.Textbox
    forth: gr.Button
    result: gr.HTML
    score: gr.HTML
    link: gr.HTML
    class_lines: gr.Textbox
    sheets: tuple[gr.DownloadButton, gr.DownloadButton]
    visit: gr.State
    point: gr.State
    begun: gr.State  # whether a stop is shown

    def begin(
        self, number: int, visit: Visit | None, begun: bool, request: gr.Request
    ) -> Iterator[Updates]:
        """The tab is looked at: show the first stop, or the one of a link, unless one is shown."""
        if not begun:
            yield from self.show(visit or _first(number), "", request)

    def choose(self, number: int, lines: str, request: gr.Request) -> Iterator[Updates]:
        """Another lesson, from its beginning; the one under way is not begun anew."""
        yield from self.show(_first(number), lines, request)

    def go_on(self, visit: Visit | None, lines: str, request: gr.Request) -> Iterator[Updates]:
        """To the next stop."""
        yield from self._move(1, visit, lines, request)

    def go_back(self, visit: Visit | None, lines: str, request: gr.Request) -> Iterator[Updates]:
        """To the stop before."""
        yield from self._move(-1, visit, lines, request)

    def _move(
        self, by: int, visit: Visit | None, lines: str, request: gr.Request
    ) -> Iterator[Updates]:
        visit = visit or _first(1)
        yield from self.show(visit.moved(by, _lesson(visit)), lines, request)

    def other_people(
        self, visit: Visit | None, lines: str, request: gr.Request
    ) -> Iterator[Updates]:
        """The same lesson from its beginning with other phantoms."""
        visit = visit or _first(1)
        people = len(_lesson(visit).turns)
        seed = checked_seed(visit.seed + people)
        yield from self.show(Visit(lesson=visit.lesson, seed=seed), lines, request)

    def arrive(self, request: gr.Request) -> Updates:
        """Where a link leads; nothing if the address names no lesson."""
        place = place_in(request.query_params, lessons())
        if place is None:
            return {}
        visit = visit_at(place.station, lessons()[place.lesson - 1], place.seed)
        return {self.visit: visit, self.lesson: place.lesson}

    def show(self, visit: Visit, lines: str, request: gr.Request) -> Iterator[Updates]:
        """A stop: its words at once, its phantom as soon as it is painted."""
        lesson = _lesson(visit)
        station = visit.station(lesson)
        yield {
            **self.work.drop(request), **self._asked(lesson, station),
            **self._sheets(lesson),
            self.work.start: gr.Button(
                words.button_words(station, read_words()), visible=station.part != "end"
            ),
            self.forth: gr.Button(visible=station.part != "end"),
            self.begun: True, self.visit: visit, self.point: None,
            self.stop_text: words.stop_words(lesson, station, read_words()),
            self.picture: NOTHING, self.link: words.link_words(visit, lesson, read_words()),
            self.score: words.running(visit, _scores(lines), read_words()),
            self.result: self._kept(visit, lesson, station),
            self.work.notice: busy(PAINTING) if station.part == "step" else NOTHING,
        }  # fmt: skip
        if station.part == "step":
            step = lesson.turns[station.number]
            yield {self.picture: _slice(step, visit.seed), self.work.notice: NOTHING}

    def _asked(self, lesson: Lesson, station: Station) -> Updates:
        """The field for a prediction that this stop asks for."""
        hidden = {self.options: gr.Radio(visible=False, choices=[], value=None),
                  self.typed: gr.Textbox(visible=False, value="")}  # fmt: skip
        if station.part in ("before", "after"):
            question = lesson.quiz[station.number]
            return hidden | {self.options: _radio(question.ask, question.options)}
        if station.part == "end":
            return hidden
        step = lesson.turns[station.number]
        match step.kind.prediction:
            case "click":
                return hidden
            case "choice":
                return hidden | {self.options: _radio(step.ask, step.options)}
        label = f"{step.ask} ({step.unit})" if step.unit else step.ask
        lines = LINES.get(step.kind.prediction, 1)
        return hidden | {self.typed: gr.Textbox(visible=True, value="", label=label, lines=lines)}

    def _sheets(self, lesson: Lesson) -> Updates:
        from med3dvlm.lessons.handout import handout  # its library takes half a second

        names = (f"lesson-{lesson.number}-learner.pdf", f"lesson-{lesson.number}-teacher.pdf")
        return {
            button: kept(button, name, handout(lesson, teacher=teacher))
            for button, name, teacher in zip(self.sheets, names, (False, True), strict=True)
        }

    def _kept(self, visit: Visit, lesson: Lesson, station: Station) -> str:
        """What was said here before; at the end, all of it."""
        if station.part == "end":
            return words.summary(visit, lesson, read_words())
        mark = visit.marks.get(station)
        said = read_words()["you_said"].format(said=mark.predicted) if mark else ""
        return words.paragraph(said, "learn-note") if said else NOTHING

    def reveal(
        self, visit: Visit | None, point: Place | None, option: int | None, typed: str,
        lines: str, request: gr.Request,
    ) -> Iterator[Updates]:  # fmt: skip
        """Score the prediction; of a step, the model shows first what it does."""
        visit = visit or _first(1)
        lesson = _lesson(visit)
        station = visit.station(lesson)
        if station.part in ("before", "after"):
            yield self._answered(visit, lesson, station, option, lines)
            return
        step = lesson.turns[station.number]
        said: Said = {"click": point, "choice": option}.get(step.kind.prediction, typed or "")
        check_said(step, said)
        revealing = partial(self._revealed, visit, station, step, said, lines)
        yield from self.work.run(request, LOOKING, revealing)

    def _answered(
        self, visit: Visit, lesson: Lesson, station: Station, option: int | None, lines: str
    ) -> Updates:
        question = lesson.quiz[station.number]
        if option is None:
            raise PromptError(NO_CHOICE)
        mark = Mark(predicted=question.options[option], score=score_choice(option, question.answer))
        marked = visit.marked(station, mark)
        return {
            self.visit: marked, self.work.notice: NOTHING,
            self.result: words.quiz_words(question, station, option, read_words()),
            self.score: words.running(marked, _scores(lines), read_words()),
        }  # fmt: skip

    def _revealed(
        self, visit: Visit, station: Station, step: Step, said: Said, lines: str,
        services: Services,
    ) -> Generator[Updates]:  # fmt: skip
        scene = scene_of(step, visit.seed)
        if isinstance(said, tuple):
            said = scene.place_of(said)
        revealed = None
        with closing(run(Bench(services=services, library=self.library), scene)) as running:
            for found in running:
                if isinstance(found, Revealed):
                    revealed = found
                else:
                    yield {self.work.notice: busy(LOOKING, found)}
        assert revealed is not None, "an experiment ends with what came out"
        mark = Mark(
            predicted=words_of(step, said, scene), model=revealed.model,
            score=score_of(step, revealed, said, scene),
        )  # fmt: skip
        marked = visit.marked(station, mark)
        told = words.result_words(
            step, revealed, mark, read_words(), first=marked.marks[station] is mark,
            outlined=scene.marked and not revealed.place and not revealed.picture,
        )  # fmt: skip
        yield {
            self.visit: marked, self.work.notice: NOTHING,
            self.picture: _revealed_picture(revealed, scene, said),
            self.result: told + _drawn(step, revealed, said),
            self.score: words.running(marked, _scores(lines), read_words()),
        }  # fmt: skip

    def pointed(self, event: gr.SelectData) -> Place | None:
        """A point in the picture, as shares of its height and width; None if it is no point."""
        match event.index:
            case [int() | float() as down, int() | float() as across]:
                if isfinite(down) and isfinite(across):
                    return min(max(down, 0.0), 1.0), min(max(across, 0.0), 1.0)
        return None

    def refuse(self, message: str) -> Updates:
        """Why it can't be done; what was predicted stays."""
        return self.work.refuse(message)


def _first(number: int) -> Visit:
    lesson = lessons()[number - 1]
    return Visit(lesson=lesson.number, seed=lesson.seed)


def _lesson(visit: Visit) -> Lesson:
    return lessons()[visit.lesson - 1]


def _radio(label: str, options: tuple[str, ...]) -> Any:
    choices = [(option, n) for n, option in enumerate(options)]
    return gr.Radio(visible=True, choices=choices, value=None, label=label)


def _scores(lines: str | None) -> ClassScores:
    """The class's scores; a line that is not finished yet counts for nothing here.

    A page whose fold was never opened sends no lines at all.
    """
    try:
        return read_scores(lines or "")
    except PromptError:
        return ClassScores(())


def _slice(step: Step, seed: int) -> str:
    scene = scene_of(step, seed)
    data = slice_picture(scene.shown, scene.window, scene.z)
    clicks = step.kind.prediction == "click"
    told = f"A slice of a phantom. {step.ask}" if clicks else "A slice of a phantom."
    return words.slice_words(data, told, point=read_words()["point"] if clicks else "")


def _revealed_picture(revealed: Revealed, scene: Scene, said: Said) -> str:
    if revealed.picture:
        return words.slice_words(revealed.picture, revealed.pictured)
    data = slice_picture(
        scene.shown, scene.window, scene.z, mask=scene.mask, model=revealed.place,
        learner=said if isinstance(said, tuple) else None,
    )  # fmt: skip
    return words.slice_words(data, "The same slice with what was painted, and the marks")


def _drawn(step: Step, revealed: Revealed, said: Said) -> str:
    if not isinstance(revealed.truth, tuple):
        return ""
    learners = read_percentages(str(said), len(step.sizes_mm))
    return curve_drawing(step.sizes_mm, model=revealed.truth, learners=learners)
