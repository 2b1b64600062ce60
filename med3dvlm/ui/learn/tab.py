"""The Learn tab: lessons with predictions, the gallery of failures, and the teacher's own scan.

build(session, switches, services, library).wire(page, tabs)
"""

from dataclasses import dataclass

import gradio as gr

from med3dvlm.errors import PromptError
from med3dvlm.hosting.models.loading import Loading
from med3dvlm.hosting.models.services import Services
from med3dvlm.lessons.content import read_words
from med3dvlm.retrieval import Library
from med3dvlm.ui.learn.gallery import Gallery, build_gallery
from med3dvlm.ui.learn.layout import build_lessons
from med3dvlm.ui.learn.own_scan import OwnScanPart, build_own_scan
from med3dvlm.ui.learn.wiring import LessonPart
from med3dvlm.ui.page.boundary import Updates, guarded
from med3dvlm.ui.page.events import QUICK
from med3dvlm.ui.page.session import SessionStates
from med3dvlm.ui.page.stopping import Switches

NAME = "learn"


@dataclass(frozen=True, kw_only=True)
class LearnTab:
    """The tab and its three parts."""

    tab: gr.Tab
    lessons: LessonPart
    gallery: Gallery
    own: OwnScanPart

    def wire(self, page: gr.Blocks, tabs: gr.Tabs) -> None:
        """Connect the events; a link to a lesson opens the tab."""
        player = self.lessons.player
        self.lessons.wire(self.tab)
        self.gallery.wire()
        self.own.wire()

        def arrive(request: gr.Request) -> Updates:
            try:
                found = player.arrive(request)
            except PromptError as error:
                found = player.refuse(str(error))
            return {**found, tabs: gr.Tabs(selected=NAME)} if found else {}

        shown = [tabs, player.visit, player.lesson, *player.work.shown]
        # The tab that is turned to shows the stop by itself.
        page.load(guarded(arrive, player.refuse), None, shown, **QUICK)


def build(
    session: SessionStates, switches: Switches, services: Loading[Services],
    library: Loading[Library],
) -> LearnTab:  # fmt: skip
    """Lay the parts out in a tab of the page, as tabs of their own."""
    words = read_words()
    with gr.Tab("Learn", id=NAME) as tab:
        with gr.Tabs(elem_id="learn-tabs"):
            with gr.Tab(words["lessons"], id="lessons"):
                lessons = build_lessons(switches, services, library)
            with gr.Tab(words["failures"], id="failures"):
                gallery = build_gallery(switches, services, library)
            with gr.Tab(words["own"], id="own"):
                own = build_own_scan(session, switches, services)
    return LearnTab(tab=tab, lessons=lessons, gallery=gallery, own=own)
