"""How the next word is chosen, as sliders with one line each on what they do.

form = build()
form.wire()
gr.on(..., inputs=[form.settings])          # an `Asking`, ready when a question is taken
"""

from dataclasses import dataclass
from typing import Any

import gradio as gr

from med3dvlm.engine.decoding import Decoding
from med3dvlm.engine.dialogue import GREEDY
from med3dvlm.ui.page.boundary import Updates, guarded
from med3dvlm.ui.page.events import QUICK
from med3dvlm.ui.page.notice import NOTHING, problem

SAMPLES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """How questions of this visitor are answered."""

    decoding: Decoding = GREEDY
    samples: int = SAMPLES


@dataclass(frozen=True, kw_only=True)
class DecodingForm:
    """The sliders and the value they make."""

    settings: gr.State
    fields: tuple[Any, ...]
    notice: gr.HTML
    reset: gr.Button

    def read(  # noqa: PLR0913 - one for each slider
        self, temperature: float, top_p: float, top_k: float, length: float, penalty: float,
        seed: float, samples: float,
    ) -> Updates:  # fmt: skip
        """The settings as a value.

        Raises:
            ConfigError: a number was typed that can't be used.
        """
        decoding = Decoding(
            max_new_tokens=int(length), temperature=temperature, top_p=top_p, top_k=int(top_k),
            repetition_penalty=penalty, seed=int(seed or 0),
        )  # fmt: skip
        return {
            self.settings: Asking(decoding=decoding, samples=int(samples)),
            self.notice: NOTHING,
        }

    def restore(self) -> Updates:
        """Greedy again."""
        fields = dict(zip(self.fields, values_of(Asking()), strict=True))
        return fields | {self.settings: Asking(), self.notice: NOTHING}

    def say(self, message: str) -> Updates:
        """What is wrong with a number."""
        return {self.notice: problem(message)}

    def wire(self) -> None:
        """Read them whenever one changes."""
        outputs = [self.settings, self.notice]
        gr.on(
            [field.input for field in self.fields],
            guarded(self.read, self.say), list(self.fields), outputs, **QUICK,
        )  # fmt: skip
        self.reset.click(self.restore, None, [*self.fields, *outputs], **QUICK)


def build() -> DecodingForm:
    """Lay the sliders out."""
    now = values_of(Asking())
    gr.Markdown(
        "By default the model always takes the most likely word (greedy decoding), so the same "
        "question gets the same answer."
    )
    with gr.Row():
        fields = (
            gr.Slider(
                0, 2, now[0], step=0.05, label="Temperature", min_width=200, elem_id="temperature",
                info="0: always the most likely word. Above 0: random; higher values vary more.",
            ),
            gr.Slider(
                0.05, 1, now[1], step=0.05, label="Top-p", min_width=200, elem_id="top-p",
                info="Samples only the most likely words, up to this total probability. 1: all.",
            ),
            gr.Slider(
                0, 100, now[2], step=1, label="Top-k", min_width=200, elem_id="top-k",
                info="Samples only this many of the most likely words. 0: all.",
            ),
            gr.Slider(
                1, 512, now[3], step=1, label="Longest answer", min_width=200, elem_id="longest",
                info="In tokens (words or parts of words); longer answers are cut off.",
            ),
            gr.Slider(
                1, 2, now[4], step=0.05, label="Repetition penalty", min_width=200,
                elem_id="repetition", info="Above 1, words already used become less likely.",
            ),
            gr.Number(
                now[5], precision=0, minimum=0, maximum=2**31, label="Seed", min_width=200,
                elem_id="seed", info="For the random draw: the same seed gives the same answer.",
            ),
            gr.Slider(
                2, 20, now[6], step=1, label="Samples", min_width=200, elem_id="samples",
                info='How many answers "Ask several times" samples.',
            ),
        )  # fmt: skip
    notice = gr.HTML(elem_id="decoding-notice")
    reset = gr.Button("Reset to greedy", size="sm", elem_id="greedy")
    return DecodingForm(settings=gr.State(Asking()), fields=fields, notice=notice, reset=reset)


def values_of(asking: Asking) -> tuple[float, ...]:
    """What the sliders show, in their order."""
    decoding = asking.decoding
    return (
        decoding.temperature, decoding.top_p, decoding.top_k, decoding.max_new_tokens,
        decoding.repetition_penalty, decoding.seed, asking.samples,
    )  # fmt: skip
