"""What the tab says as HTML: bars of options, what a map means, and its certificate.

bars({"Yes": 0.8, "No": 0.2}), meaning(shown, certificate)

All text is escaped.
"""

import base64
import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from med3dvlm.choices import HEADING
from med3dvlm.explain.maps.map import Map
from med3dvlm.explain.trust.certificate import Certificate

NOT_MEASURED = (
    "Not measured for this model: nobody has tested its maps on phantoms, so take them as a "
    "picture, not as evidence."
)

CHANGE_MEANS = (
    "It means what this change does to this model's answers; it doesn't mean that they were right "
    "before. Where the answer is the same without an image, the image may not have been used."
)
MAP_OF_LESION = "Occlusion, coarse blocks, in the slice of the lesion: orange speaks for a yes."
LESION_MEANS = (
    "It means how sure the model is with this very lesion; it doesn't mean that it would see "
    "another one of this size, for which the curve below asks many people."
)


def bars(options: Mapping[str, float]) -> str:
    """The probability of each option as a bar, the likeliest in bold."""
    best = max(options, key=lambda option: options[option])
    rows = "".join(
        f"<li{' class=best' if option == best else ''}><span class='name'>{escape(option)}</span>"
        f"<span class='bar'><i style='width:{100 * share:.1f}%'></i></span>"
        f"<span class='share'>{100 * share:.1f} %</span></li>"
        for option, share in options.items()
    )
    return f"<ul class='explain-bars'>{rows}</ul>"


def picture(data: bytes, words: str) -> str:
    """A WebP picture with a description."""
    address = f"data:image/webp;base64,{base64.b64encode(data).decode()}"
    return f"<img src='{address}' alt='{escape(words, quote=True)}'>"


@dataclass(frozen=True, slots=True)
class Column:
    """What the model made of one scan: the probability of each option, by question."""

    title: str
    answers: Mapping[str, Mapping[str, float]]
    picture: bytes | None = None


def columns(shown: Sequence[Column], words: str) -> str:
    """Scans side by side, with the bars of every question."""
    cells = [f"<h4>{escape(one.title)}</h4>" for one in shown]
    cells += [picture(one.picture, words) if one.picture else "<span></span>" for one in shown]
    for question in shown[0].answers:
        cells.append(f"<p class='asked'>{escape(question.split(HEADING)[0].strip())}</p>")
        cells += [bars(one.answers[question]) for one in shown]
    return (
        f"<div class='explain-columns'>{''.join(cells)}</div>"
        f"<p class='explain-note'>{CHANGE_MEANS}</p>"
    )


def csv_of_columns(shown: Sequence[Column]) -> str:
    """Every probability of the columns: a row for each question and option."""
    stream = io.StringIO()
    table = csv.writer(stream, lineterminator="\n")
    table.writerow(["question", "option", *(one.title for one in shown)])
    for question, options in shown[0].answers.items():
        for option in options:
            shares = [f"{one.answers[question][option]:.6f}" for one in shown]
            table.writerow([question.split(HEADING)[0].strip(), option, *shares])
    return stream.getvalue()


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


def meaning(shown: Map, certificate: Certificate | None) -> str:
    """What a map means, what it doesn't, and how far it can be believed."""
    rows = (
        ("What it means", shown.means),
        ("What it doesn't", shown.means_not),
        ("How far to believe it", certificate.verdict if certificate else NOT_MEASURED),
        *((("Measured besides", more_of(certificate)),) if certificate else ()),
    )
    listed = "".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in rows)
    return f"<dl class='explain-meaning'>{listed}</dl>"


def note(means: str, means_not: str) -> str:
    """What a picture means, and what it doesn't."""
    return (
        f"<dl class='explain-meaning'><dt>What it means</dt><dd>{escape(means)}</dd>"
        f"<dt>What it doesn't</dt><dd>{escape(means_not)}</dd></dl>"
    )


def more_of(certificate: Certificate) -> str:
    """What else was measured: other texts, random weights, moved lesions, covered cells."""
    hits, areas = certificate.several_places or certificate.hits, certificate.areas
    moved = ""
    if certificate.follows:
        moved = (
            f" It followed a lesion that was moved in {100 * certificate.follows.value:.0f} % of "
            f"{certificate.moved} people; half is chance."
        )
    return (
        f"Hits for another finding's text: {100 * hits.shuffled.value:.0f} %; with random weights: "
        f"{100 * hits.randomised.value:.0f} %.{moved} Area under the score while its highest cells "
        f"are covered first: {areas.deletion:.2f}, in random order {areas.deletion_random:.2f} "
        "(lower is better); while they are shown first: "
        f"{areas.insertion:.2f}, in random order {areas.insertion_random:.2f} (higher is better)."
    )
