"""What the Learn tab says as HTML: a stop of a lesson, what came of it, the score, the summary.

stop_words(lesson, station, words), result_words(step, revealed, mark, words)
summary(visit, lesson, words)

All text is escaped.
"""

import base64
from collections.abc import Mapping
from html import escape

from med3dvlm.lessons.class_scores import ClassScores
from med3dvlm.lessons.content import Lesson, Question, Step
from med3dvlm.lessons.link import Place, link_of
from med3dvlm.lessons.revealed import Revealed
from med3dvlm.lessons.visit import Mark, Station, Visit

Words = Mapping[str, str]
PNG = b"\x89PNG"


def paragraph(text: str, name: str = "") -> str:
    """A paragraph; with a class if it has a name."""
    return f"<p{f' class={name}' if name else ''}>{escape(text)}</p>"


def stop_words(lesson: Lesson, station: Station, words: Words) -> str:
    """The heading and the text of a stop."""
    n = station.number
    if station.part == "step":
        step = lesson.turns[n]
        title = words["step"].format(n=n + 1, of=len(lesson.turns), title=step.title)
        # Of other predictions, what is asked is the name of the field.
        ask = f"<p><b>{escape(step.ask)}</b></p>" if step.kind.prediction == "click" else ""
        return _heading(title) + paragraph(step.text) + ask
    if station.part == "end":
        return _heading(words["end"])
    title = words[station.part].format(n=n + 1, of=len(lesson.quiz))
    return _heading(title) + (paragraph(lesson.goal) if station == ("before", 0) else "")


def button_words(station: Station, words: Words) -> str:
    """What the button is called that scores what was said: a quiz is answered, a step revealed."""
    return words["reveal" if station.part == "step" else "answer"]


def _heading(text: str) -> str:
    return f"<h3>{escape(text)}</h3>"


def slice_words(data: bytes, words: str, *, point: str = "") -> str:
    """A picture; one with words on how to point takes a point, also from the keyboard."""
    kind = "png" if data.startswith(PNG) else "webp"
    source = f"data:image/{kind};base64,{base64.b64encode(data).decode()}"
    image = f"<img src='{source}' alt='{escape(words, quote=True)}'>"
    if not point:
        return f"<div class='learn-slice'>{image}</div>"
    told = escape(f"{words} {point}", quote=True)
    return (
        f"<div class='learn-slice open' tabindex='0' role='group' "
        f"aria-label='{told}'>{image}<i hidden></i></div>"
        f"{paragraph(point, 'learn-note')}"
    )


def result_words(
    step: Step, revealed: Revealed, mark: Mark, words: Words, *, first: bool = True,
    outlined: bool = False,
) -> str:  # fmt: skip
    """What came out, what each scored, and what to take from it.

    Args:
        step: what was predicted.
        revealed: what came out.
        mark: the score.
        words: sentences of the tab.
        first: whether nothing was predicted here before.
        outlined: whether the picture shows what was painted, and no other mark.
    """
    model = words["nothing_to_score"] if mark.model is None else f"{mark.model:.2g}"
    score = words["score"].format(learner=mark.score, model=model)
    parts = [
        paragraph(step.reveal.format(**revealed.values)),
        paragraph(words["ring"], "learn-note") if revealed.place else "",
        paragraph(words["outline"], "learn-note") if outlined else "",
        paragraph(words["you_said"].format(said=mark.predicted)),
        f"<p class='learn-score'><b>{escape(score)}</b></p>",
        "" if first else paragraph(words["first_counts"], "learn-note"),
        paragraph(step.learn, "learn-lesson"),
    ]
    return "".join(parts)


def quiz_words(question: Question, station: Station, chosen: int, words: Words) -> str:
    """Before the lesson only that an answer was noted; after it, whether it was right and why."""
    if station.part == "before":
        return paragraph(words["noted"])
    right = chosen == question.answer
    text = words["right" if right else "wrong"]
    return paragraph(text.format(why=question.why, answer=question.options[question.answer]))


def running(visit: Visit, class_scores: ClassScores, words: Words) -> str:
    """Learner, model and class so far; nothing before there is anything to count."""
    points, mean = visit.points("step"), class_scores.mean
    if not points.of and mean is None:
        return ""
    share = words["no_class"] if mean is None else f"{100 * mean:.0f} %"
    shown = words["model_points"] if points.model_of else words["nothing_to_score"]
    said = words["running"].format(
        learner=points.learner, of=points.of, model_points=shown.format(**points._asdict()),
        class_share=share,
    )  # fmt: skip
    return paragraph(said, "learn-score")


def summary(visit: Visit, lesson: Lesson, words: Words) -> str:
    """Quiz before and after, question by question, and the score of the predictions."""
    before, after, steps = (visit.points(part) for part in ("before", "after", "step"))
    parts = []
    if lesson.quiz:
        said = words["summary_quiz"].format(
            before=f"{before.learner:g}", after=f"{after.learner:g}", of=len(lesson.quiz)
        )
        rows = "".join(
            f"<tr><td>{escape(question.ask)}</td><td>{escape(words[_change(*found)])}</td></tr>"
            for question, found in zip(lesson.quiz, visit.learned(lesson), strict=True)
        )
        parts = [paragraph(said), f"<table class='explain-card learn-quiz'>{rows}</table>"]
    parts.append(paragraph(words["summary_steps"].format(**steps._asdict())))
    parts.append(paragraph(words["next_lesson"]))
    return "".join([*parts, paragraph(words["not_for_care"], "learn-note")])


def _change(before: bool | None, after: bool | None) -> str:
    if before is None or after is None:
        return "open_question"
    if after:
        return "known" if before else "learned"
    return "lost" if before else "missing"


def link_words(visit: Visit, lesson: Lesson, words: Words) -> str:
    """A link to this stop with these phantoms, which works on any server of this app."""
    station = visit.station(lesson)
    address = link_of(Place(lesson=lesson.number, station=station, seed=visit.seed))
    shown = escape(address, quote=True)
    return f"<p class='learn-note'>{escape(words['link'])} <a href='{shown}'>{shown}</a></p>"


def class_words(scores: ClassScores, words: Words) -> str:
    """The class as a table, the best first."""
    if scores.mean is None:
        return paragraph(words["no_class"], "learn-note")
    best = sorted(scores.scores, key=lambda one: -one.share)
    rows = "".join(
        f"<tr><td>{escape(one.name)}</td><td>{one.points:g} of {one.of}</td></tr>" for one in best
    )
    said = words["class_means"].format(count=len(best), mean=100 * scores.mean)
    return f"{paragraph(said)}<table class='explain-card'>{rows}</table>"
