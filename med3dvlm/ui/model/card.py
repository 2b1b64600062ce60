"""What the page says about the loaded model: a badge with its name, and its card.

html = badge_of(services.card)
"""

from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:  # the engine brings transformers, for which the page does not wait
    from med3dvlm.engine.card import EngineCard

PRECISIONS = {
    "fp32": "32-bit (float32)",
    "bf16": "16-bit (bfloat16)",
    "fp16": "16-bit (float16)",
    "int8": "8-bit language model, the rest bfloat16",
    "nf4": "4-bit (nf4) language model, the rest bfloat16",
}


def badge_of(card: "EngineCard") -> str:
    """The badge with name, size, data and device; all other facts in a fold below."""
    about = f"{amount(card.parameters)} parameters, on {device_name(card.device)}"
    rows = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in facts(card)
    )
    limits = "".join(f"<li>{escape(limit)}</li>" for limit in card.info.limits)
    known = f"<p>Known limits</p><ul>{limits}</ul>" if limits else ""
    return (
        f'<div class="badge"><strong>{escape(card.info.name)}</strong>'
        f"<span>{escape(about)}</span>"
        f"<span>Trained on: {escape(card.info.trained_on)}</span>"
        f'<details class="model-card"><summary>Model card and known limits</summary>'
        f"<dl>{rows}</dl>{known}</details></div>"
    )


def facts(card: "EngineCard") -> Iterator[tuple[str, str]]:
    """The rows of the card."""
    yield "Model", card.info.name
    if card.search is not None and card.search.name != card.info.name:
        yield "For search", card.search.name
    if card.search is None:
        yield "For search", "none: this model has no dual encoder"
    yield "Parameters", f"{amount(card.parameters)} ({card.parameters:,})"
    yield "Precision", PRECISIONS.get(card.precision, card.precision)
    yield "Runs on", device_name(card.device)
    whole = psutil.Process().memory_info().rss
    yield "Memory", f"{size(card.weights_bytes)} for the weights, {size(whole)} for the whole app"
    yield "Input", f"{' x '.join(map(str, card.input.grid))} voxels"
    yield (
        "Conversation",
        "follows up on earlier turns" if card.follows_up else "single questions only",
    )
    yield "Trained on", card.info.trained_on
    yield "Hash of the weights", card.digest
    yield from ((name.capitalize(), value) for name, value in card.info.facts.items())


def amount(count: int) -> str:
    """Parameters in words: 812 k, 4.1 M, 7.6 B."""
    for unit, letter in ((1e9, "B"), (1e6, "M"), (1e3, "k")):
        if count >= unit:
            return f"{count / unit:.3g} {letter}"
    return str(count)


def size(count: int) -> str:
    """Bytes in words: 42 MiB, 5.7 GiB."""
    return f"{count / 2**30:.1f} GiB" if count >= 2**30 else f"{count / 2**20:.0f} MiB"


def device_name(device: str) -> str:
    """`cpu` and `cuda:0` as people say it."""
    return "the CPU" if device == "cpu" else "the GPU" if device.startswith("cuda") else device
