"""Which event of the lessons does what.

part.wire(tab)
"""

from dataclasses import dataclass
from typing import Any

import gradio as gr

from med3dvlm.ui.learn.class_part import ClassPart
from med3dvlm.ui.learn.player import Player
from med3dvlm.ui.page.boundary import guarded
from med3dvlm.ui.page.events import QUICK, SHARED


@dataclass(frozen=True, kw_only=True)
class LessonPart:
    """The lessons with the buttons around them."""

    player: Player
    class_part: ClassPart
    back: gr.Button
    people: gr.Button

    @property
    def shown(self) -> list[Any]:
        """All that a stop changes."""
        player = self.player
        return [
            player.stop_text, player.picture, player.options, player.typed, player.forth,
            player.result, player.score, player.link, player.visit, player.point, player.begun,
            *player.sheets, *player.work.shown,
        ]  # fmt: skip

    def wire(self, tab: gr.Tab) -> None:
        """Connect the events."""
        player, lines = self.player, self.class_part.lines
        tab.select(
            guarded(player.begin, player.refuse), [player.lesson, player.visit, player.begun],
            self.shown, **SHARED,
        )  # fmt: skip
        player.lesson.input(
            guarded(player.choose, player.refuse), [player.lesson, lines], self.shown, **SHARED
        )
        for button, handler in (
            (self.back, player.go_back), (player.forth, player.go_on),
            (self.people, player.other_people),
        ):  # fmt: skip
            button.click(
                guarded(handler, player.refuse), [player.visit, lines], self.shown,
                **SHARED,
            )  # fmt: skip
        player.picture.select(player.pointed, None, player.point, **QUICK)
        player.work.on_start(
            player.reveal,
            [player.visit, player.point, player.options, player.typed, lines], self.shown,
        )  # fmt: skip
        self.class_part.wire(player.visit)
