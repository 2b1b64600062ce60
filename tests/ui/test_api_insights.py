"""The endpoints on words, prompts and layers, called as Gradio calls them, without a server."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
import pytest

from med3dvlm.hosting.models.services import Services
from med3dvlm.ui.page.session import Scan
from tests.scan_files import save_nifti

Call = Callable[..., dict[str, Any]]


@pytest.fixture
def call(endpoints: dict[str, Call], cache: Path, scan: Scan, visitor: gr.Request) -> Call:
    def called(name: str, *given: Any) -> dict[str, Any]:
        upload = save_nifti(scan.volume, cache / f"{name}.nii.gz")
        return endpoints[name](visitor, {"path": str(upload)}, *given)

    return called


def test_words_of_an_answer(call: Call) -> None:
    told = call("look_inside", "Where is the kidney stone?")
    assert told["question"] == "Where is the kidney stone?"
    assert {"word", "low_only", "high_only", "layer_2"} <= told["words"][0].keys()
    assert told["means_not"]


def test_pairs_of_prompts(call: Call, services: Services, scan: Scan) -> None:
    told = call("compare_prompts", "stone\ncyst", "no stone\nno cyst")
    assert [pair["states"] for pair in told["pairs"]] == ["stone", "cyst"]
    with services.engine.models() as (_, dual):
        model = dual.model
        scale, bias = model.log_temperature.exp().item(), model.bias.item()
    embedding = services.encode(scan.volume, scan.choice).embedding
    logits = [scale * float(services.embed(t) @ embedding) + bias for t in ("stone", "no stone")]
    wanted = 1 / (1 + np.exp(logits[1] - logits[0]))
    assert told["pairs"][0]["probability"] == pytest.approx(wanted, abs=1e-3)
    assert told["pairs"][0]["siglip"][0] == pytest.approx(1 / (1 + np.exp(-logits[0])), abs=1e-3)


def test_layers(call: Call, services: Services) -> None:
    told = call("describe_layers")
    assert told["steps"][0]["shape"] == [1, *services.card.input.grid]
    assert told["share_read"] == 10 / 64


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("look_inside", ("  ",), "text is empty"),
        ("look_inside", (7,), "question"),
        ("compare_prompts", ("stone", "a\nb"), "1 and 2 lines"),
        ("compare_prompts", ("stone", ""), "text is empty"),
    ],
)
def test_errors_are_sentences(name: str, given: tuple[Any, ...], words: str, call: Call) -> None:
    with pytest.raises(gr.Error) as refused:
        call(name, *given)
    assert words in str(refused.value)
