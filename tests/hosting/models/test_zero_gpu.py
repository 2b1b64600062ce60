"""The functions under the machinery of `spaces` itself: forked workers, pickled values."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from med3dvlm.engine.decoding import Decoding
from med3dvlm.hosting.models import gpu
from tests.hosting.models.zero_gpu import FACTOR, ROOT, Service, device_service

QUOTA_OF_A_STRANGER = 120  # seconds a day, for a visitor of a Space without an account


def run(service: Service, *arguments: str) -> Any:
    done = subprocess.run(
        [sys.executable, "-m", "tests.hosting.models.zero_gpu", *arguments], cwd=ROOT, text=True,
        env=os.environ | service.environment | {"OMP_NUM_THREADS": "1"}, capture_output=True,
        timeout=240, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.slow
def test_everything_crosses_and_nothing_stays(tmp_path: Path, random_model: Path) -> None:
    """Every call has a cold worker, forked anew."""
    with device_service(tmp_path, warm=False) as service:
        found = run(service, "functions", str(random_model))
    assert found == {
        "elsewhere": True, "calls seen here": 0, "same features": True, "same words": True,
        "same samples": True, "plain": True, "stopped": True,
        "report": ["Technique", "Findings", "Impression"],
        "embedded": True, "again": True,
    }  # fmt: skip
    assert service.asked.count("/schedule") == service.asked.count("/release")
    assert max(service.seconds) <= QUOTA_OF_A_STRANGER / 10, "ten of anything in a day"


@pytest.mark.slow
def test_weights_are_packed_before_launch_and_cuda_is_not_touched(
    tmp_path: Path, random_model: Path
) -> None:
    """In another thread than the main one the emulated CUDA is missing: loading failed there."""
    with device_service(tmp_path) as service:
        found = run(service, "packing", str(random_model))
    assert found["held"] > 20
    assert found["packed"] > 0
    assert found["device"] == "cuda"


@dataclass(eq=False)
class Sized:
    """All that durations know of an engine."""

    card: SimpleNamespace


@pytest.fixture
def handle_of(monkeypatch: pytest.MonkeyPatch):
    def make(parameters: float) -> str:
        engine = Sized(SimpleNamespace(parameters=int(parameters)))
        monkeypatch.setitem(gpu._engines, "engine", engine)
        make.kept = engine
        return "engine"

    return make


def test_durations_go_by_the_work(handle_of) -> None:
    small = handle_of(5e6)
    of_small = {
        "encode": gpu.encode_seconds(small, "volume", "choice"),
        "answer": gpu.answer_seconds(small, "features", "conversation", "question"),
        "brief": gpu.answer_seconds(small, "f", "c", "q", Decoding(max_new_tokens=16)),
        "report": gpu.report_seconds(small, "features", "volume"),
        "embed": gpu.embed_seconds(small, "text"),
    }
    assert of_small["embed"] <= of_small["encode"] <= of_small["answer"] <= of_small["report"]
    assert of_small["brief"] < of_small["answer"]
    few, many = (gpu.sample_seconds(small, "f", "c", "q", Decoding(), n) for n in (2, 20))
    assert of_small["answer"] <= few < many < 5 * few, "side by side, not one after the other"
    large = handle_of(7.6e9)
    assert gpu.answer_seconds(large, "f", "c", "q") > 2 * of_small["answer"]
    longer = gpu.answer_seconds(large, "f", "c", "q", decoding=Decoding(max_new_tokens=1024))
    assert longer > 2 * gpu.answer_seconds(large, "f", "c", "q")


def test_a_stranger_can_ask_the_large_model_several_questions(handle_of) -> None:
    """The platform checks the whole duration against the quota beforehand."""
    large = handle_of(7.6e9)
    visit = gpu.encode_seconds(large, "v", "c") + 3 * gpu.answer_seconds(large, "f", "c", "q")
    assert FACTOR * visit < QUOTA_OF_A_STRANGER


def test_an_engine_that_nobody_keeps_is_gone(random_model: Path) -> None:
    from med3dvlm.engine.engine import load_engine

    engine = load_engine(random_model)
    handle = gpu.register(engine)
    assert handle in gpu._engines
    del engine
    assert handle not in gpu._engines
