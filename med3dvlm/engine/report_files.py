"""A report as files to download: Markdown and JSON. The PDF is in `report_pdf`.

text = as_markdown(state, provenance)
data = as_json(state, provenance)
"""

import json
from dataclasses import asdict
from typing import Any

from med3dvlm.engine.confidence import words_of
from med3dvlm.engine.provenance import PURPOSE, Provenance
from med3dvlm.engine.report import ReportState, plain_markdown
from med3dvlm.engine.sentences import Sentence, region_of

FORMAT = 1
WRITERS = {"file": "the file", "model": "the model", "reader": "a reader"}


def as_markdown(state: ReportState, provenance: Provenance) -> str:
    """The report, which sections a reader edited, and where it comes from."""
    rows = "\n".join(f"| {name} | {_cell(value)} |" for name, value in provenance.rows)
    edited = [section.title for section in state.sections if section.edited]
    changed = f"Edited by a reader: {', '.join(edited)}.\n\n" if edited else ""
    return (
        f"# Report\n\n**{PURPOSE}**\n\n{state.markdown()}\n\n{changed}"
        f"## How this report was made\n\n| | |\n|---|---|\n{rows}\n"
    )


def _cell(text: str) -> str:
    return " ".join(plain_markdown(text).split())


def as_json(state: ReportState, provenance: Provenance) -> str:
    """The same in machine-readable form, with the probability of every word."""
    report = {
        "format": FORMAT,
        "purpose": PURPOSE,
        "sections": [
            {
                "title": section.title,
                "text": section.text,
                "edited": section.edited,
                "sentences": [_sentence(sentence) for sentence in section.sentences],
            }
            for section in state.sections
        ],
        "complete": state.done >= state.steps,
        "provenance": asdict(provenance),
    }
    return json.dumps(report, indent=1, ensure_ascii=False) + "\n"


def _sentence(sentence: Sentence) -> dict[str, Any]:
    return {
        "text": sentence.text,
        "written_by": WRITERS[sentence.source],
        "region": (region_of(sentence.text) or None) if sentence.source != "file" else None,
        "probability": sentence.probability,
        "words": [
            {"text": word.text.strip(), "probability": word.probability}
            for word in words_of(sentence.tokens)
        ],
    }
