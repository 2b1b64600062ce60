"""Compares a report with a reference text: the words that differ, and the usual scores.

html = comparison(report_text, reference)
"""

from collections import Counter
from collections.abc import Sequence
from html import escape
from typing import Any

import gradio as gr

from med3dvlm.errors import ConfigError, PromptError
from med3dvlm.metrics.differences import Passage, differences
from med3dvlm.metrics.meteor import open_meteor
from med3dvlm.metrics.text import bleu, rouge_1, rouge_l

LEGEND = (
    '<p class="compare-legend"><del>only in the reference</del> '
    "<ins>only in the report</ins> Words in both are unmarked.</p>"
)
# Each word is looked for in the other text, and again in what lies between those that were found.
MOST_WORDS, MOST_PAIRS = 2000, 100_000
TOO_LONG = (
    f"Only texts of up to {MOST_WORDS:,} words are compared, and none that repeat the same ones "
    "over and over. Shorten the report or the reference."
)
MEANING = "1: identical texts. Scores compare words, not meaning: left for right costs one word."


def comparison(report: str, reference: str) -> str:
    """Marked differences and a table of scores, as HTML, every word of the texts escaped.

    Raises:
        PromptError: one of the texts is empty or too long.
    """
    if not report.strip():
        raise PromptError("Have the model write a report first.")
    if not reference.strip():
        raise PromptError("Paste a reference report to compare with.")
    if not _can_be_compared(report.lower().split(), reference.lower().split()):
        raise PromptError(TOO_LONG)
    marked = " ".join(_marked(passage) for passage in differences(reference, report))
    rows = "".join(
        f"<tr><th scope='row'>{escape(name)}</th><td>{escape(score)}</td></tr>"
        for name, score in scores(report, reference)
    )
    return (
        f"<div class='compare'>{LEGEND}<p class='compare-text'>{marked}</p>"
        f"<table>{rows}</table><p class='compare-legend'>{MEANING}</p></div>"
    )


def _can_be_compared(report: Sequence[str], reference: Sequence[str]) -> bool:
    """Whether comparing takes a moment: a few words over and over take the cube of their number."""
    if max(len(report), len(reference)) > MOST_WORDS:
        return False
    there = Counter(reference)
    return sum(there[word] for word in report) <= MOST_PAIRS


def build_comparison() -> dict[str, Any]:
    """Lay out where a reference is given and compared, by the names of the tab's components."""
    with gr.Accordion("Compare with a reference", open=False, elem_id="compare-box"):
        reference = gr.Textbox(
            label="Reference report", lines=4, max_lines=12, max_length=20_000,
            elem_id="reference", placeholder="Paste the findings and impression of a known report",
        )  # fmt: skip
        with gr.Row():
            use_truth = gr.Button("Use the true report", visible=False, elem_id="use-truth")
            compare = gr.Button("Compare", variant="primary", elem_id="compare")
        compared = gr.HTML(elem_id="compared")
    return {
        "reference": reference, "use_truth": use_truth, "compare": compare, "compared": compared,
    }  # fmt: skip


def _marked(passage: Passage) -> str:
    text = escape(passage.text)
    if passage.kind == "only first":
        return f"<del>{text}</del>"
    return f"<ins>{text}</ins>" if passage.kind == "only second" else text


def scores(report: str, reference: str) -> list[tuple[str, str]]:
    """Names and values of the scores; if METEOR is not installed, its row says what is missing."""
    texts = [reference]
    found = [
        ("BLEU-1", bleu(report, texts, order=1)),
        ("BLEU-4", bleu(report, texts, order=4)),
        ("ROUGE-1", rouge_1(report, texts)),
        ("ROUGE-L", rouge_l(report, texts)),
    ]
    rows = [(name, f"{value:.3f}") for name, value in found]
    try:
        meteor = open_meteor()
    except ConfigError as error:
        return [*rows, ("METEOR", str(error))]
    return [*rows, (meteor.name, f"{meteor.score(report, texts):.3f}")]
