"""Words on their way to the browser, and the script and style that draw them.

words = word_data(exchange.tokens)
gr.HTML(js_on_load=script(folder / "transcript.js"), css_template=style(folder / "transcript.css"))
"""

from collections.abc import Iterable
from pathlib import Path

from gradio.data_classes import GradioModel

from med3dvlm.engine.confidence import words_of
from med3dvlm.engine.conversation import TokenEvent

FOLDER = Path(__file__).parent


class WordData(GradioModel):
    """A word, its probability, and texts and probabilities of what could have stood there."""

    text: str
    probability: float | None
    others: list[str]
    shares: list[float]


def word_data(tokens: Iterable[TokenEvent]) -> list[WordData]:
    """Words as the browser's code wants them; probabilities to a hundredth of a percent."""
    return [
        WordData(
            text=word.text,
            probability=round(word.probability, 4),
            others=[other.text for other in word.alternatives],
            shares=[round(other.probability, 4) for other in word.alternatives],
        )
        for word in words_of(tokens)
    ]


def script(own: Path) -> str:
    """A component's script after the one that draws words, both in one scope."""
    parts = [(FOLDER / "words.js"), own]
    return "\n".join(["(() => {", *(part.read_text(encoding="utf-8") for part in parts), "})();"])


def style(own: Path) -> str:
    """A component's style after that of words."""
    return "\n".join(part.read_text(encoding="utf-8") for part in (FOLDER / "words.css", own))
