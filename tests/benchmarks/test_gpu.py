"""The benchmark of a random model runs anywhere, and needs nothing of the page or the reader."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import gpu
from med3dvlm.model.mixer import MixerConfig, StreamConfig
from med3dvlm.model.precision import Precision
from med3dvlm.model.vlm import VLM, VLMConfig

ROOT = Path(__file__).resolve().parents[2]
BLOCKED = """
import sys
class Wall:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"gradio", "nibabel", "faiss", "spaces", "pydicom"}:
            raise ImportError(name)
sys.meta_path.insert(0, Wall())
import benchmarks.gpu, benchmarks.loading
"""


def least() -> VLMConfig:
    config = gpu.modest()
    return replace(
        config,
        encoder=replace(config.encoder, channels=(8, 8, 8, 16, 24), blocks=(1, 1, 1, 1, 1)),
        projector=MixerConfig(
            low=StreamConfig(tokens=(4, 6, 5), channels=(16, 32, 64)),
            high=StreamConfig(tokens=(1, 2, 3), channels=(24, 32, 64)),
        ),
        language=replace(
            config.language, vocabulary=512, width=64, hidden=128, layers=2, heads=4, key_heads=2
        ),
        grid=(32, 64, 64),
        placeholder_id=511,
    )


def test_it_needs_no_page_and_no_reader() -> None:
    subprocess.run([sys.executable, "-c", BLOCKED], check=True, cwd=ROOT, timeout=120)


@pytest.mark.parametrize("precision", ["bf16", "nf4"])
def test_every_figure_is_measured(precision: Precision) -> None:
    timing = gpu.measure(least(), precision, "cpu", rounds=1, tokens=4)
    assert timing.parameters == sum(p.numel() for p in VLM(least()).parameters())
    assert min(timing.making, timing.encoding, timing.first_token, timing.later_token) > 0
    assert timing.tokens_per_second > 0
    assert timing.peak > timing.weights > 0
    assert f"| {precision} |" in gpu.page([timing], ["# Heading"])


def test_the_released_size_is_the_released_one() -> None:
    from accelerate import init_empty_weights

    with init_empty_weights():
        model = VLM(gpu.released())
    assert sum(p.numel() for p in model.parameters()) == 7_678_229_696
