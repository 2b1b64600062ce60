"""A list of the configured models, where there are several; the chosen one is loaded for everybody.

chooser = build(choice)         # None where there is nothing to choose
chooser.wire(status)
"""

from collections.abc import Iterator
from dataclasses import dataclass

import gradio as gr

from med3dvlm.hosting.models.choice import ModelChoice
from med3dvlm.ui.model.status import ModelStatus
from med3dvlm.ui.page.boundary import Updates, guarded
from med3dvlm.ui.page.events import SHARED

NOTE = "Changes it for everybody on this server; loading a large one takes minutes."


@dataclass(frozen=True, kw_only=True)
class ModelChooser:
    """The list, and what a choice does."""

    choice: ModelChoice
    box: gr.Dropdown

    def current(self) -> Updates:
        """The list as it stands: somebody else may have chosen."""
        return {self.box: gr.update(value=self.choice.current_label)}

    def wire(self, status: ModelStatus) -> None:
        """Load what is chosen, say so on the badge, and read the open scan again."""

        def choose(label: str) -> Iterator[Updates]:
            self.choice.choose(self.choice.labels.get(label, label))
            yield from status.announce()

        chosen = self.box.input(
            guarded(choose, status.say_on_badge), self.box, status.badge, **SHARED
        )
        status.read_after(chosen.then)


def build(choice: ModelChoice | None) -> ModelChooser | None:
    """Lay out the list."""
    if choice is None or len(choice.names) < 2:
        return None
    box = gr.Dropdown(
        list(choice.labels),
        value=choice.current_label,
        label="Model",
        info=NOTE,
        elem_id="model-choice",
    )
    return ModelChooser(choice=choice, box=box)
