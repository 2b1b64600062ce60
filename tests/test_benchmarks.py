"""The benchmark of a random model runs anywhere, and needs nothing of the page or the reader."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import gpu, ready_data
from med3dvlm.model.mixer import MixerConfig, StreamConfig
from med3dvlm.model.precision import Precision
from med3dvlm.model.vlm import VLM, VLMConfig

ROOT = Path(__file__).resolve().parents[1]
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


def test_what_a_page_concludes_follows_its_figures() -> None:
    """Twice the time for .nii.gz, and a read over the mark by the clock but within it by CPU."""
    figures = {
        "2 steps of 2 from .nii.gz": (4.0, 6.0), "2 steps of 2 from ready shards": (2.0, 2.0),
        "read 2 from .nii.gz": (2.0, 3.0), "read 2 from ready shards": (0.1, 0.01),
        "read 64 from ready shards": (0.25, 0.08),
    }  # fmt: skip
    found = {name: [ready_data.Spent(*spent)] * 3 for name, spent in figures.items()}
    page = ready_data.report(found, 2, ["# Heading"])
    assert "| 2 steps of 2 from ready shards | 2.000 | 2.000 | 2.000 | 2.000 | 2.00 |" in page
    steps, reading, many = [line for line in page.splitlines() if line][-3:]
    assert "2.00 samples a second from ready shards, 1.00 from .nii.gz" in steps
    assert ".nii.gz takes 2.00 times as long, and 3.00 times the CPU" in steps
    assert "20.00 times as long, and 300.00 times the CPU" in reading
    assert "0.250 s by the clock, over the mark of 0.1 s; 0.040 s of CPU" in many
    assert many.endswith("within the mark of 0.1 s.")
