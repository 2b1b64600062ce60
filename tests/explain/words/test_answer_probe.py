"""Tokens of an answer: their probabilities are the model's, their sources its slopes."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from med3dvlm.engine.conversation import Conversation
from med3dvlm.engine.decoding import Decoding
from med3dvlm.engine.engine import load_engine
from med3dvlm.errors import PromptError
from med3dvlm.explain.words.answer_probe import AnswerProbe
from med3dvlm.model.checkpoint import LoadedVLM, load_vlm
from med3dvlm.model.dcformer import tokens
from med3dvlm.phantoms.case import make_case
from med3dvlm.volumes.grid import ModelInput

VOLUME = make_case(5, shape=(16, 32, 32)).volume
ASKED, ANSWER = "Where is the cyst?", "left kidney"


@pytest.fixture(scope="module")
def vlm(random_model: Path) -> LoadedVLM:
    return load_vlm(random_model / "vlm")


@pytest.fixture(scope="module")
def seen(vlm: LoadedVLM) -> ModelInput:
    return vlm.input.prepare(VOLUME)


def test_probabilities_are_those_of_the_engine(random_model: Path, seen: ModelInput) -> None:
    """The words that a model says have the probabilities that its engine reports."""
    engine = load_engine(random_model)
    features = engine.encode(VOLUME)
    decoding = Decoding(max_new_tokens=3)
    said = list(engine.answer(features, Conversation(), ASKED, decoding=decoding))
    with engine.models() as (loaded, _):
        probe = AnswerProbe(loaded, ASKED, "".join(event.text for event in said))
        found = probe.ablated(seen)["both"]
        lens = probe.lens(seen)
    assert found[0] == pytest.approx(said[0].probability, abs=1e-4)
    assert lens[0][-1][1] == pytest.approx(said[0].probability, abs=1e-4)


def test_sources_equal_finite_differences(vlm: LoadedVLM, seen: ModelInput) -> None:
    probe = AnswerProbe(vlm, ASKED, ANSWER)
    with torch.no_grad():
        states = vlm.model.encoder(seen.tensor)
    grids = tokens(states[3]), tokens(states[4])
    step = 0.02  # in single precision
    for which, shown in enumerate(probe.sources(seen, 1)):
        cell = int(np.abs(shown.values).argmax())
        ends = []
        for sign in (1, -1):
            faded = [grid.clone() for grid in grids]
            faded[which][:, cell] *= 1 + sign * step
            with torch.no_grad():
                ends.append(float(probe.log_probabilities(vlm.model.projector(*faded))[1]))
        slope = (ends[0] - ends[1]) / (2 * step)
        assert shown.values.flat[cell] == pytest.approx(slope, rel=0.05, abs=2e-4)


def test_an_ablated_grid_is_one_of_zeros(vlm: LoadedVLM, seen: ModelInput) -> None:
    probe = AnswerProbe(vlm, ASKED, ANSWER)
    found = probe.ablated(seen)
    with torch.no_grad():
        states = vlm.model.encoder(seen.tensor)
        low, high = tokens(states[3]), torch.zeros_like(tokens(states[4]))
        wanted = probe.log_probabilities(vlm.model.projector(low, high)).exp()
    np.testing.assert_allclose(found["low only"], wanted.numpy(), rtol=1e-5)
    assert set(found) == {"both", "low only", "high only"}
    assert not np.allclose(found["both"], found["high only"])


def test_the_lens_has_a_guess_of_every_layer(vlm: LoadedVLM, seen: ModelInput) -> None:
    probe = AnswerProbe(vlm, ASKED, ANSWER)
    lens = probe.lens(seen)
    assert len(lens) == len(probe.pieces)
    assert all(len(row) == vlm.model.config.language.layers for row in lens)
    assert all(0 < p <= 1 for row in lens for _, p in row)
    assert "".join(probe.pieces).strip() == ANSWER
    # Without layers above it, the last layer is what the model itself would say.
    with torch.no_grad():
        image_tokens = vlm.model.encode(seen.tensor)
        logits = vlm.model(probe._ids, image_tokens).logits[0, -len(probe.pieces) - 1 : -1]
    best = logits.softmax(dim=-1).max(dim=-1)
    np.testing.assert_allclose([row[-1][1] for row in lens], best.values.numpy(), atol=1e-5)


def test_a_scan_of_another_brightness_has_other_sources(vlm: LoadedVLM, seen: ModelInput) -> None:
    probe = AnswerProbe(vlm, ASKED, ANSWER)
    dark = replace(seen, tensor=seen.tensor * 0.2)
    assert not np.allclose(probe.sources(seen, 0)[0].values, probe.sources(dark, 0)[0].values)


def test_no_answer_is_refused(vlm: LoadedVLM) -> None:
    with pytest.raises(PromptError, match="no answer"):
        AnswerProbe(vlm, ASKED, " ")
