"""A painted lesion and what the model made of it, as HTML.

lesion(shown)

All text is escaped.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from med3dvlm.ui.explain.said import bars, picture

MAP_OF_LESION = "Occlusion, coarse blocks, in the slice of the lesion: orange speaks for a yes."
LESION_MEANS = (
    "It means how sure the model is with this very lesion; it doesn't mean that it would see "
    "another one of this size, for which the curve below asks many people."
)


@dataclass(frozen=True, slots=True)
class LesionMap:
    """A map over a lesion's slice (WebP), what it means and doesn't, how far it is believed."""

    picture: bytes
    means: str
    means_not: str
    believed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesion:
    """A painted lesion and what the model made of it, as far as it is known.

    Attributes:
        picture: WebP.
        told: what was painted.
        question: what was asked.
        options: the probability of each option.
        seconds: from the slider to these numbers.
        answer: in the model's words; empty while it isn't there.
        others: probability of the first option without the lesion and without an image.
        rank: its place in a search; empty where there is none.
        map: None while it isn't there.
    """

    picture: bytes
    told: str
    question: str
    options: Mapping[str, float]
    seconds: float
    answer: str = ""
    others: tuple[float, float] | None = None
    rank: str = ""
    map: LesionMap | None = None


def lesion(shown: Lesion) -> str:
    """The picture, the question, the bars of its options, and then the answer."""
    others = "..."
    if shown.others:
        without, blind = (f"{100 * share:.1f} %" for share in shown.others)
        others = f"{without} without the lesion, {blind} without an image"
    searched = f"<p><b>Search</b> {escape(shown.rank)}</p>" if shown.rank else ""
    return (
        f"<div class='explain-lesion'><div>{picture(shown.picture, shown.told)}"
        f"<p class='explain-note'>{escape(shown.told)}</p></div>"
        f"<div><p><b>Question</b> {escape(shown.question)}</p>{bars(shown.options)}"
        f"<p><b>Yes</b> {others}</p><p><b>Answer</b> {escape(shown.answer) or '...'}</p>{searched}"
        f"<p class='explain-note'>{LESION_MEANS} Painted, encoded and asked in "
        f"{shown.seconds:.2f} s.</p></div>{_lesion_map(shown.map)}</div>"
    )


def _lesion_map(shown: LesionMap | None) -> str:
    if shown is None:
        return "<div class='explain-map'><p class='explain-note'>The map follows.</p></div>"
    return (
        f"<div class='explain-map'>{picture(shown.picture, MAP_OF_LESION)}"
        f"<p class='explain-note'>{MAP_OF_LESION} {escape(shown.means)} "
        f"{escape(shown.means_not)} <b>How far to believe it</b> {escape(shown.believed)}</p></div>"
    )
