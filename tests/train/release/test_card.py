"""The shipped model's card says what is in its files, under the usual headings."""

import re

from med3dvlm.config import DEFAULT_MODEL
from train.release.card import CARD, renewed_card

# Mitchell et al. 2019, Model Cards for Model Reporting, and what this project adds.
HEADINGS = [
    "Model details", "Intended use", "Factors", "Metrics", "Evaluation data", "Training data",
    "Quantitative analyses", "Ethical considerations", "Caveats and recommendations",
    "How it was trained",
]  # fmt: skip


def test_the_shipped_card_is_what_its_files_say() -> None:
    """It kept hashes and figures of an earlier model; `python -m train card` writes it anew."""
    text = (DEFAULT_MODEL / CARD).read_text(encoding="utf-8")
    assert text == renewed_card(DEFAULT_MODEL)
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == HEADINGS
    assert "### Reader of free questions" in text
