"""What the tab says as HTML: bars of options, what a map means, how far to believe it.

both_ways("It means this.", "It doesn't mean that.")
bars({"Yes": 0.8, "No": 0.2}), meaning(shown, certificate)

All text is escaped.
"""

import base64
from collections.abc import Mapping, Sequence
from html import escape

from med3dvlm.explain.maps.map import Map
from med3dvlm.explain.trust.certificate import Certificate

BELIEVED = "How far to believe it"
NOT_MEASURED = (
    "Not measured for this model: nobody has tested its maps on phantoms, so take them as a "
    "picture, not as evidence."
)


def both_ways(means: str, means_not: str, believed: str = "") -> str:
    """What a picture means and what it doesn't; of one like a map, how far it can be believed."""
    rows = (("What it means", means), ("What it doesn't", means_not), (BELIEVED, believed))
    return _listed([(name, text) for name, text in rows if text])


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


def png(data: bytes, words: str) -> str:
    """A PNG picture with a description."""
    address = f"data:image/png;base64,{base64.b64encode(data).decode()}"
    return f"<img class='explain-drawn' src='{address}' alt='{escape(words, quote=True)}'>"


def meaning(shown: Map, certificate: Certificate | None, *, instead: str = "") -> str:
    """What a map means, what it doesn't, and how far it can be believed.

    Args:
        shown: the map.
        certificate: of the method; None if it was not measured.
        instead: of which maps that was measured, in a sentence, where it wasn't of ones like this.
    """
    verdict = certificate.verdict_on(shown.values.size) if certificate else NOT_MEASURED
    believed = f"{instead} {verdict}".strip() if certificate else verdict
    rows = (
        ("What it means", shown.means),
        ("What it doesn't", shown.means_not),
        (BELIEVED, believed),
        *((("Measured besides", more_of(certificate)),) if certificate else ()),
    )
    return _listed(rows)


def _listed(rows: Sequence[tuple[str, str]]) -> str:
    listed = "".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in rows)
    return f"<dl class='explain-meaning'>{listed}</dl>"


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
