"""The Gradio component for a list of cards; `postprocess` is the boundary to the JavaScript."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.data_classes import GradioModel

from med3dvlm.ui.components.base import NoStub

FOLDER = Path(__file__).parent
WEBP = b"RIFF"


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One card.

    Attributes:
        key: what a handler gets when the card is chosen (`event.index`).
        title: always shown; a handler gets it as `event.value`.
        text: below the title, cut after four lines; the tooltip has all of it.
        picture: a small PNG or WebP, empty for none.
        note: a few words above the title, for instance a score.
        share: from 0 to 1, drawn as a bar; None for none.
        fits: what of it was searched for.
        differs: what was searched for and isn't so.
        current: marks the card of the open item.
    """

    key: str
    title: str
    text: str = ""
    picture: bytes = b""
    note: str = ""
    share: float | None = None
    fits: str = ""
    differs: str = ""
    current: bool = False


class CardData(GradioModel):
    """A card in the browser; the picture as a data address."""

    key: str
    title: str
    text: str
    picture: str
    note: str
    share: float | None
    fits: str
    differs: str
    current: bool


class CardsData(GradioModel):
    """All cards."""

    cards: list[CardData]


class Cards(gr.HTML, metaclass=NoStub):
    """Cards that a click, Enter or Space chooses.

    The value is a sequence of `Card`. `cards.select(fn)` fires for the chosen one:
    `gr.SelectData.index` is its key, `.value` its title. Texts only ever become text nodes.

    Args:
        value: what is shown first.
        label: what a screen reader calls the list.
        kwargs: passed to `gr.HTML` (`elem_id`, `elem_classes`, `visible`, ...).
    """

    data_model = CardsData

    def __init__(self, value: Sequence[Card] = (), *, label: str = "Cards", **kwargs: Any) -> None:
        super().__init__(
            value=value,
            label=label,
            html_template='<ul class="cards" role="list"></ul>',
            css_template=(FOLDER / "cards.css").read_text(encoding="utf-8"),
            js_on_load=(FOLDER / "cards.js").read_text(encoding="utf-8"),
            apply_default_css=False,
            **kwargs,
        )

    # gr.HTML types its value as str; components with a data model have their own.
    def preprocess(self, payload: CardsData | None) -> None:  # type: ignore[override]
        """The browser sends back only the key of the chosen card."""

    def postprocess(self, value: Sequence[Card] | None) -> CardsData:  # type: ignore[override]
        """Convert cards for the browser."""
        return CardsData(cards=[_data(card) for card in value or ()])

    def api_info(self) -> dict[str, Any]:
        """The value is meant for this component's own script."""
        return {"type": "object"}

    def example_payload(self) -> None:
        """There is no value that a caller could send."""

    def example_value(self) -> None:
        """Nothing is shown without cards."""


def _data(card: Card) -> CardData:
    return CardData(
        key=card.key,
        title=card.title,
        text=card.text,
        picture=_address(card.picture),
        note=card.note,
        share=card.share,
        fits=card.fits,
        differs=card.differs,
        current=card.current,
    )


def _address(picture: bytes) -> str:
    if not picture:
        return ""
    kind = "webp" if picture.startswith(WEBP) else "png"
    return f"data:image/{kind};base64,{base64.b64encode(picture).decode()}"
