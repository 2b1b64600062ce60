"""Many greedy answers at once are the fast twin of the engine's decoding."""

from pathlib import Path

import pytest
import torch

from med3dvlm.engine.decoding import Decoding
from med3dvlm.engine.decoding_loop import decode
from med3dvlm.model.checkpoint import LoadedVLM, load_vlm
from med3dvlm.model.frozen import language
from train.evaluation import generate
from train.evaluation.generate import answer_all, padded

QUESTIONS = (
    "Is there a kidney stone?",
    "Describe the findings.",
    "Which of these organs shows a finding? Choices: A. lung B. heart C. aorta D. spine",
    "What?",
)
LENGTH = 14


@pytest.fixture(scope="module")
def vlm(random_model: Path) -> LoadedVLM:
    return load_vlm(random_model / "vlm")


@pytest.mark.parametrize("batch", [1, 3, 32])
@pytest.mark.parametrize("cases", [(0, 1, 2, 3), (2, 0, 2, 2)], ids=["each its own", "shared"])
@pytest.mark.parametrize("frozen", [True, False], ids=["frozen form", "plain module"])
@torch.inference_mode()
def test_answers_in_batches_equal_decoding_one_at_a_time(
    vlm: LoadedVLM, monkeypatch: pytest.MonkeyPatch, *, batch: int, cases: tuple[int, ...],
    frozen: bool,
) -> None:  # fmt: skip
    monkeypatch.setattr(generate, "BATCH", batch)
    if not frozen:  # as on a GPU
        monkeypatch.setattr(language, "_applies", lambda *_: False)
    shape = (len(QUESTIONS), vlm.prompt.config.image_tokens, vlm.model.config.language.width)
    image_tokens = torch.randn(shape, generator=torch.Generator().manual_seed(2))
    alone = []
    for case, question in zip(cases, QUESTIONS, strict=True):
        ids = torch.tensor([vlm.prompt.question_ids((), question)])
        steps = decode(
            vlm.model.language_model,
            vlm.model.embed(ids, image_tokens[case : case + 1]),
            ends=(vlm.prompt.end_id,),
            decoding=Decoding(max_new_tokens=LENGTH),
        )
        alone.append(vlm.prompt.decode([step.token for step in steps]).strip())
    said = answer_all(
        vlm.model, vlm.prompt, image_tokens, QUESTIONS, max_new_tokens=LENGTH, rows=cases
    )
    assert said == alone
    assert len(set(said)) > 1


def test_padding_stands_behind() -> None:
    ids, mask = padded([[1, 2, 3], [4]], 9)
    assert ids.tolist() == [[1, 2, 3], [4, 9, 9]]
    assert mask.tolist() == [[1, 1, 1], [1, 0, 0]]
