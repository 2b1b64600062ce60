"""Where the parts of the lessons stand.

part = build_lessons(switches, services, library)
"""

import gradio as gr

from med3dvlm.hosting.models.loading import Loading
from med3dvlm.hosting.models.services import Services
from med3dvlm.lessons.content import read_words
from med3dvlm.retrieval import Library
from med3dvlm.ui.explain.running import Work
from med3dvlm.ui.learn.class_part import ClassPart, build_class
from med3dvlm.ui.learn.outcome import build_outcome
from med3dvlm.ui.learn.player import TASK, Player, lessons
from med3dvlm.ui.learn.said import paragraph
from med3dvlm.ui.learn.wiring import LessonPart
from med3dvlm.ui.page.script import FOLDER as PAGE
from med3dvlm.ui.page.stopping import Switches

ARRIVING = PAGE.parent / "learn" / "arriving.js"
POINTING = PAGE.parent / "learn" / "pointing.js"


def build_lessons(
    switches: Switches, services: Loading[Services], library: Loading[Library]
) -> LessonPart:
    """Lay the lessons out."""
    words = read_words()
    gr.HTML(paragraph(words["start"], "learn-note"), elem_id="learn-start")
    choices = [(f"{one.number}. {one.title}", one.number) for one in lessons()]
    lesson = gr.Dropdown(choices, value=1, label=words["lesson"], elem_id="learn-lesson")
    stop_text = gr.HTML(elem_id="learn-stop", js_on_load=ARRIVING.read_text(encoding="utf-8"))
    picture = gr.HTML(elem_id="learn-picture", js_on_load=POINTING.read_text(encoding="utf-8"))
    options = gr.Radio([], label=words["prediction"], visible=False, elem_id="learn-options")
    typed = gr.Textbox(label=words["prediction"], visible=False, elem_id="learn-typed")
    with gr.Row(elem_id="learn-steps"):
        back = gr.Button(words["back"], elem_id="learn-back", min_width=80)
        start = gr.Button(words["reveal"], variant="primary", elem_id="learn-reveal", min_width=120)
        stop = gr.Button(
            words["stop"], variant="stop", visible=False, elem_id="learn-end", min_width=120
        )
        forth = gr.Button(words["next"], elem_id="learn-next", min_width=80)
    notice = gr.HTML(elem_id="learn-told", elem_classes="explain-notice")
    result = build_outcome("learn-result")
    score = gr.HTML(elem_id="learn-score")
    link = gr.HTML(elem_id="learn-link")
    class_part: ClassPart = build_class()
    with gr.Row(elem_id="learn-sheets"):
        people = gr.Button(words["other_people"], size="sm", elem_id="learn-people", min_width=120)
        learner = gr.DownloadButton(
            words["handout"], size="sm", elem_id="learn-handout", min_width=120
        )
        teacher = gr.DownloadButton(
            words["handout_teacher"], size="sm", elem_id="learn-teacher", min_width=120
        )
    work = Work(
        switches=switches, services=services, task=TASK, notice=notice, start=start, stop=stop
    )
    player = Player(
        work=work, library=library, lesson=lesson, stop_text=stop_text, picture=picture,
        options=options, typed=typed, forth=forth, result=result, score=score, link=link,
        class_lines=class_part.lines, sheets=(learner, teacher), visit=gr.State(None),
        point=gr.State(None), begun=gr.State(False),
    )  # fmt: skip
    return LessonPart(player=player, class_part=class_part, back=back, people=people)
