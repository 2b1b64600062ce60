"""A report states only what the model is sure of when it is asked directly."""

import re
from pathlib import Path

import pytest

from med3dvlm.engine import report
from med3dvlm.engine.claims import (
    CLAIMS,
    ClaimCheck,
    Claims,
    read_claims,
    write_claims,
)
from med3dvlm.engine.conversation import TokenEvent
from med3dvlm.engine.engine import Engine
from med3dvlm.engine.features import VolumeFeatures
from med3dvlm.engine.fitted import Fitted
from med3dvlm.engine.report import write_report
from med3dvlm.engine.sentences import Sentence, sentences_of
from med3dvlm.errors import CheckpointError, ConfigError
from med3dvlm.model.checkpoint import load_vlm
from med3dvlm.volumes.volume import Volume

MADE = Claims(weights="mine", usual={"ascites": 0.5}, unfamiliar={"ascites": 0.8}, cases=3)
PRESENT = {"ascites": 0.6, "liver cyst": 0.1, "splenomegaly": 0.9}


def said(text: str) -> tuple[Sentence, ...]:
    """A text as the model's own sentences: every word, space and semicolon is a token."""
    pieces = re.findall(r"[^ ;]+|[ ;]", text)
    return sentences_of([
        TokenEvent(text=piece, probability=0.9, alternatives=(), seconds=0.0) for piece in pieces
    ])  # fmt: skip


def check(claims: Claims = MADE, *, unfamiliar: bool = False) -> ClaimCheck:
    return ClaimCheck(PRESENT.__getitem__, claims, unfamiliar=unfamiliar)


def test_a_claim_stays_if_the_model_is_sure() -> None:
    sentences = said("There is ascites. The liver is normal.")
    sure = check()
    assert sure(sentences) == sentences
    assert sure.withheld == ()
    assert sure.note() == ()


def test_in_an_unfamiliar_scan_the_same_claim_is_withheld_and_named() -> None:
    strict = check(unfamiliar=True)
    left = strict(said("There is ascites. The liver is normal."))
    assert [sentence.text for sentence in left] == ["The liver is normal."]
    assert strict.withheld == ("ascites",)
    assert [one.text for one in strict.note()] == [
        "Not assessed, as the model is not sure enough: ascites."
    ]


def test_of_an_impression_only_the_unsure_part_is_taken_out() -> None:
    claims = Claims(weights="", usual={"liver cyst": 0.5})
    (left,) = check(claims)(said("Liver cyst; splenomegaly; ascites."))
    assert left.text == "Splenomegaly; ascites."
    assert "".join(token.text for token in left.tokens).split() == ["splenomegaly", "ascites."]


def test_each_kind_is_asked_about_once() -> None:
    asked: list[str] = []

    def presence(kind: str) -> float:
        asked.append(kind)
        return 0.0

    sure = ClaimCheck(presence, MADE, unfamiliar=False)
    for _ in range(3):
        assert sure(said("There is ascites.")) == ()
    assert asked == ["ascites"]


def test_a_denied_finding_is_no_claim() -> None:
    sentences = said("No ascites is seen.")
    assert ClaimCheck(lambda _: 0.0, MADE, unfamiliar=False)(sentences) == sentences


def test_the_thresholds_are_read_back_for_the_same_weights_alone(tmp_path: Path) -> None:
    assert read_claims(tmp_path, "mine") is None
    write_claims(tmp_path, MADE)
    assert read_claims(tmp_path, "mine") == MADE
    assert read_claims(tmp_path, "others") is None


@pytest.mark.parametrize(
    ("old", "new"), [("0.8", "1.8"), ('"format": 1', '"format": 2'), ("{", "")]
)
def test_a_file_that_does_not_fit_is_named(tmp_path: Path, old: str, new: str) -> None:
    write_claims(tmp_path, MADE)
    path = tmp_path / CLAIMS
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(CheckpointError, match=CLAIMS):
        read_claims(tmp_path, "mine")


def test_a_threshold_is_a_probability() -> None:
    with pytest.raises(ConfigError, match="ascites"):
        Claims(weights="", usual={"ascites": -1})


def test_a_report_leaves_out_what_is_not_sure(
    random_model: Path, features: VolumeFeatures, volume: Volume, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The model's words are replaced by known ones; what it is sure of is its own."""
    vlm = load_vlm(random_model / "vlm")
    engine = Engine(vlm, None, fitted=Fitted(claims=Claims(weights="", usual={"ascites": 1.0})))
    text = "There is ascites. The liver is normal. Impression: ascites; gallstone."
    written = [token for sentence in said(text) for token in sentence.tokens]
    monkeypatch.setattr(report, "_answer", lambda *_: iter(written))
    states = list(write_report(engine, features, volume))
    _, findings, impression = states[-1].sections
    assert findings.text == (
        "The liver is normal. Not assessed, as the model is not sure enough: ascites."
    )
    assert impression.text == "Gallstone."
    shown = [state.sections[1].text.partition("Not assessed")[0] for state in states]
    assert not any("ascites" in text for text in shown), "never stated, not even for a moment"


def test_a_model_without_thresholds_claims_what_it_says(
    engine: Engine, features: VolumeFeatures
) -> None:
    assert engine.claim_check(features) is None
