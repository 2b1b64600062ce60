"""Scores of loaded models equal those of the engine, and the split adds up to the score."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from med3dvlm.choices import YES_NO
from med3dvlm.config import DEFAULT_MODEL
from med3dvlm.engine.engine import load_engine
from med3dvlm.errors import PromptError
from med3dvlm.explain.maps.occlusion import (
    covered_by,
    default_blocks,
    occlude,
    with_blocks_covered,
)
from med3dvlm.explain.maps.text_split import additive_split
from med3dvlm.explain.probes import OptionProbe, TextProbe
from med3dvlm.model.checkpoint import LoadedDualEncoder, load_dual_encoder, load_vlm
from med3dvlm.model.dcformer import tokens
from med3dvlm.phantoms.case import make_case

CASE = make_case(20_000_003, shape=(24, 48, 48))
ASKED = "Is there a kidney stone?"


@pytest.fixture(scope="module")
def dual() -> LoadedDualEncoder:
    return load_dual_encoder(DEFAULT_MODEL / "dual_encoder")


def test_a_split_adds_up_where_the_cells_are_known() -> None:
    rng = np.random.default_rng(0)
    cells = rng.normal(size=(12, 8)).astype(np.float32)
    text = rng.normal(size=8).astype(np.float32)
    text /= np.linalg.norm(text)
    whole = cells.mean(axis=0)
    parts = additive_split(cells, text)
    assert parts.sum() == pytest.approx(whole @ text / np.linalg.norm(whole), abs=1e-6)
    cells[3] += 5 * text
    assert additive_split(cells, text).argmax() == 3, "the cell in which the text was planted"
    assert not additive_split(np.zeros_like(cells), text).any()


@pytest.mark.parametrize("text", ["kidney stone", CASE.report])
def test_the_split_adds_up_to_the_score_of_the_embedded_model(
    dual: LoadedDualEncoder, text: str
) -> None:
    seen = dual.input.prepare(CASE.volume)
    probe = TextProbe(dual, text)
    shown = probe.split(seen)
    assert float(shown.values.sum()) == pytest.approx(float(probe.score(seen.tensor)[0]), abs=1e-4)
    assert shown.mapping.grid == dual.model.config.encoder.grid(dual.input.grid, 4)
    assert text in shown.legend


def test_the_score_is_that_of_the_search(random_model: Path) -> None:
    engine = load_engine(random_model)
    loaded = load_dual_encoder(random_model / "dual_encoder")
    probe = TextProbe(loaded, "kidney stone")
    found = float(probe.score(loaded.input.prepare(CASE.volume).tensor)[0])
    wanted = engine.encode(CASE.volume).embedding @ engine.embed_text(["kidney stone"])[0]
    assert found == pytest.approx(float(wanted), abs=1e-5)


@pytest.mark.parametrize("options", [YES_NO, ("left kidney", "urinary bladder", "liver")])
def test_options_are_scored_as_the_engine_scores_them(
    random_model: Path, options: tuple[str, ...]
) -> None:
    engine = load_engine(random_model)
    vlm = load_vlm(random_model / "vlm")
    probe = OptionProbe(vlm, ASKED, options)
    wanted = engine.choose(engine.encode(CASE.volume), ASKED, options)
    tensor = vlm.input.prepare(CASE.volume).tensor
    both = torch.cat([tensor, tensor.flip(-1)])
    np.testing.assert_allclose(float(probe.score(both)[0]), wanted[0], atol=1e-5)
    found = probe.probabilities(vlm.model.encode(tensor))[0].detach()
    np.testing.assert_allclose(found.numpy(), wanted, atol=1e-5)


def test_an_option_has_a_gradient(random_model: Path) -> None:
    vlm = load_vlm(random_model / "vlm")
    config = vlm.model.config.projector
    image_tokens = torch.randn(1, config.image_tokens, config.width, requires_grad=True)
    OptionProbe(vlm, ASKED, YES_NO).log_scores(image_tokens)[0, 0].backward()
    assert image_tokens.grad is not None
    assert image_tokens.grad.abs().sum() > 0


def test_gradients_of_the_embedded_model_equal_finite_differences() -> None:
    """The cells that matter most fade by a thousandth, and the log-odds follow the map."""
    vlm = load_vlm(DEFAULT_MODEL / "vlm")
    vlm.model.double()
    probe = OptionProbe(vlm, ASKED, YES_NO)
    prepared = vlm.input.prepare(CASE.volume)
    seen = replace(prepared, tensor=prepared.tensor.double())
    with torch.no_grad():
        states = vlm.model.encoder(seen.tensor)
    grids = tokens(states[3]), tokens(states[4])
    step = 1e-3
    for which, shown in enumerate(probe.gradients(seen)):
        assert shown.values.shape == tuple(states[3 + which].shape[2:])
        for cell in np.argsort(-np.abs(shown.values), axis=None)[:3]:
            ends = []
            for sign in (1, -1):
                faded = [grid.clone() for grid in grids]
                faded[which][:, cell] *= 1 + sign * step
                with torch.no_grad():
                    ends.append(float(probe.leaning(vlm.model.projector(*faded))[0]))
            slope = (ends[0] - ends[1]) / (2 * step)
            assert shown.values.flat[cell] == pytest.approx(slope, rel=1e-2, abs=1e-5)


@pytest.mark.parametrize("option", [0, 1, 2])
def test_log_odds_are_those_of_the_probabilities(random_model: Path, option: int) -> None:
    vlm = load_vlm(random_model / "vlm")
    probe = OptionProbe(vlm, ASKED, ("left kidney", "urinary bladder", "liver"))
    with torch.no_grad():
        image_tokens = vlm.model.encode(vlm.input.prepare(CASE.volume).tensor)
        p = float(probe.probabilities(image_tokens)[0, option])
        found = float(probe.leaning(image_tokens, option)[0])
    assert found == pytest.approx(np.log(p / (1 - p)), abs=1e-4)


def test_occlusion_of_the_embedded_model_equals_its_plain_loop() -> None:
    vlm = load_vlm(DEFAULT_MODEL / "vlm")
    probe = OptionProbe(vlm, ASKED, YES_NO)
    seen = vlm.input.prepare(CASE.volume)
    coarse, fine = default_blocks(seen.mapping.grid)
    first = next(occlude(probe.score, seen, blocks=(coarse, fine), batch=5))
    cover = covered_by(seen.tensor, "mean")
    whole = float(probe.score(seen.tensor)[0])
    for x in range(3):
        one = with_blocks_covered(seen.tensor, cover, [(0, 0, x)], coarse)
        fall = whole - float(probe.score(one)[0])
        assert first.map.values[0, 0, x] == pytest.approx(fall, abs=1e-5)


def test_empty_questions_and_texts_are_refused(random_model: Path, dual: LoadedDualEncoder) -> None:
    with pytest.raises(PromptError, match="look for"):
        TextProbe(dual, "  ")
    vlm = load_vlm(random_model / "vlm")
    with pytest.raises(PromptError, match="two options"):
        OptionProbe(vlm, ASKED, ("Yes",))
    with pytest.raises(PromptError, match="empty"):
        OptionProbe(vlm, " ", YES_NO)


def test_half_a_character_in_a_text_is_replaced(dual: LoadedDualEncoder) -> None:
    """Text that JavaScript cut in an emoji: the tokenizer takes it for no text."""
    halved, replaced = (TextProbe(dual, f"kidney stone {end}") for end in ("\ud83d", "\ufffd"))
    assert halved.vector.equal(replaced.vector)
