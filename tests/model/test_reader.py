"""The reader's weights survive the way through 8 bits, and damage is told."""

from pathlib import Path

import pytest
import torch

from med3dvlm.errors import CheckpointError
from med3dvlm.model.dual_encoder import TextConfig
from med3dvlm.model.reader import (
    Reader,
    ReaderConfig,
    Slots,
    from_bytes,
    in_bytes,
    load_reader,
    save_reader,
)
from train.data.phantoms.text import query_tokenizer

TEXTS = ("is there a gallstone", "where is it", "the liver")
SLOTS = Slots(
    intent=("presence", "place"), kind=("", "gallstone"), organ=("", "liver"),
    side=("", "left", "right"), value=("",), tone=("open",),
)  # fmt: skip
TEXT = TextConfig(vocabulary=200, width=16, layers=1, heads=2, hidden=32, positions=32)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    out = tmp_path_factory.mktemp("model") / "reader"
    tokenizer = query_tokenizer(TEXT.vocabulary, TEXTS)
    save_reader(out, Reader(ReaderConfig(text=TEXT, slots=SLOTS)), tokenizer, origin="a test")
    return out


def test_a_matrix_in_bytes_is_within_half_a_step_of_each_row() -> None:
    weights = {"matrix": torch.randn(4, 50) * torch.tensor([[1e-3], [1], [30], [0]])}
    weights["bias"] = torch.randn(4)
    stored = in_bytes(weights)
    assert stored["matrix"].dtype == torch.int8
    back = from_bytes(stored)
    step = weights["matrix"].abs().amax(dim=1, keepdim=True) / 127
    assert bool(((back["matrix"] - weights["matrix"]).abs() <= step / 2 + 1e-9).all())
    assert torch.equal(back["bias"], weights["bias"])


def test_a_stored_reader_gives_scores_for_every_label(folder: Path) -> None:
    loaded = load_reader(folder)
    batch = loaded.tokenizer(list(TEXTS), padding=True, return_tensors="pt")
    with torch.no_grad():
        scores = loaded.model(batch["input_ids"], batch["attention_mask"])
        alone = loaded.tokenizer([TEXTS[1]], return_tensors="pt")
        short = loaded.model(alone["input_ids"], alone["attention_mask"])
    assert {slot: values.shape for slot, values in scores.items()} == {
        slot: (3, len(labels)) for slot, labels in SLOTS.all.items()
    }
    for slot, values in short.items():
        assert torch.allclose(values[0], scores[slot][1], atol=1e-5), "padding changes nothing"


def test_a_damaged_reader_is_told(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text((folder / "config.json").read_text())
    with pytest.raises(CheckpointError, match="copy it again"):
        load_reader(tmp_path)
    (tmp_path / "config.json").write_text('{"format": 1, "kind": "vlm"}')
    with pytest.raises(CheckpointError, match="not a reader"):
        load_reader(tmp_path)
