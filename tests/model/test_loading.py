"""Loading: progress, precisions, where layers go, and how little memory the way there takes."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from accelerate import init_empty_weights

from med3dvlm.errors import CheckpointError
from med3dvlm.model.checkpoint import load_dual_encoder, load_vlm
from med3dvlm.model.footprint import parameter_count, weights_bytes
from med3dvlm.model.loading import LoadPlan, device_map, spread_map
from med3dvlm.model.precision import PRECISIONS, needs_of
from med3dvlm.model.released_config import vlm_file
from med3dvlm.model.stored import open_stored
from med3dvlm.model.vlm import VLM
from tests import released_maker as maker

MEBI = 2**20
# A language model of 97 million parameters: 388 MB in float32, in six shards of 65 MB.
MIDDLE = maker.VLMSizes(
    grid=(32, 64, 64), low=(4, 6, 5), high=(1, 2, 3), middle=32, width=1024, hidden=4096, heads=8,
    key_heads=2, layers=6, vocabulary=4096, tower=maker.NANO,
)  # fmt: skip
LITTLE = replace(MIDDLE, width=256, hidden=1024, layers=2, vocabulary=1000)
SHARDS = 6

MEASURE = """
import json, sys
from pathlib import Path
from med3dvlm.model.checkpoint import load_vlm
from med3dvlm.model.footprint import weights_bytes
def peak():  # of this program alone: getrusage hands on the peak of the one that started it
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024
load_vlm(Path(sys.argv[1]), precision=sys.argv[3])  # a tiny one, so that every library is there
before = peak()
model = load_vlm(Path(sys.argv[2]), precision=sys.argv[3]).model
after = peak()
print(json.dumps({"grown": after - before, "model": weights_bytes(model)}))
"""


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return maker.make_vlm(tmp_path_factory.mktemp("tiny"))


def quick(name: str, shape: tuple[int, ...]) -> Any:
    """Any numbers: what is measured here is memory."""
    return torch.full(shape, 0.01) if "num_batches" not in name else torch.tensor(7)


@pytest.fixture(scope="module")
def middle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return maker.make_vlm(tmp_path_factory.mktemp("middle"), MIDDLE, shards=SHARDS, value=quick)


@pytest.mark.slow
@pytest.mark.parametrize("precision", ["fp32", "bf16"])  # 4 bit: benchmarks/loading.py
def test_the_host_holds_the_model_and_one_shard_at_most(
    precision: str, tiny: Path, middle: Path
) -> None:
    """Measured in a process of its own; 48 MiB are granted for what libraries take meanwhile."""
    run = subprocess.run(
        [sys.executable, "-c", MEASURE, str(tiny), str(middle), precision],
        capture_output=True, text=True, check=True, timeout=300,
    )  # fmt: skip
    seen = json.loads(run.stdout.splitlines()[-1])
    largest = max(path.stat().st_size for path in middle.glob("*.safetensors"))
    total = sum(path.stat().st_size for path in middle.glob("*.safetensors"))
    assert seen["grown"] <= seen["model"] + largest + 48 * MEBI
    if precision != "fp32":
        assert seen["grown"] < total, "the whole file was never in memory"


def test_progress_is_told_shard_by_shard(tiny: Path) -> None:
    heard: list[tuple[str, float]] = []
    load_vlm(tiny, tell=lambda what, share: heard.append((what, share)))
    shares = [share for _, share in heard]
    assert shares == sorted(shares)
    assert shares[0] == 0.0
    assert shares[-1] == 1.0
    said = [what for what, _ in heard]
    for number in (1, 2, 3):
        assert f"Reading weights, file {number} of 3." in said


def test_who_hears_of_it_can_stop_it(tiny: Path) -> None:
    """So an app that is closed, or another choice, ends a long loading."""

    def stop(_what: str, share: float) -> None:
        if share > 0.3:
            raise CheckpointError("another one was chosen")

    with pytest.raises(CheckpointError, match="another one"):
        load_vlm(tiny, tell=stop)


@pytest.mark.parametrize("precision", PRECISIONS)
def test_the_forecast_of_memory_is_what_it_takes(precision: Any, tmp_path: Path) -> None:
    folder = maker.make_vlm(tmp_path, LITTLE, value=quick)
    needs = needs_of(open_stored(folder))
    model = load_vlm(folder, precision=precision).model
    forecast = needs.bytes_as(precision)
    assert weights_bytes(model) == pytest.approx(forecast, rel=0.01)
    counted = sum(tensor.numel() for tensor in model.buffers())
    assert parameter_count(model) == pytest.approx(needs.total, abs=counted)


@torch.inference_mode()
@pytest.mark.parametrize(("precision", "tolerance"), [("bf16", 0.15), ("fp16", 0.02)])
def test_half_precisions_are_near(precision: Any, tolerance: float, tiny: Path) -> None:
    whole, half = load_vlm(tiny).model, load_vlm(tiny, precision=precision).model
    kinds = {tensor.dtype for tensor in half.state_dict().values() if tensor.is_floating_point()}
    assert len(kinds) == 1
    volume = torch.rand(1, 1, *whole.config.grid, generator=torch.Generator().manual_seed(0))
    ids = torch.tensor([[299] * 8 + list(range(20, 32))])
    expected = whole(ids, whole.encode(volume)).logits
    found = half(ids, half.encode(volume)).logits.float()
    assert 0 < (expected - found).std() / expected.std() < tolerance


@pytest.mark.parametrize("stored", [torch.bfloat16, torch.float16])
def test_weights_stored_in_halves_load_as_whole_ones(
    stored: torch.dtype, tiny: Path, tmp_path: Path
) -> None:
    halves = load_vlm(maker.make_vlm(tmp_path, dtype=stored)).model.state_dict()
    for name, tensor in load_vlm(tiny).model.state_dict().items():
        assert torch.equal(halves[name], tensor.to(stored).to(tensor.dtype)), name


def test_loaded_weights_do_not_hang_on_the_file(tmp_path: Path) -> None:
    """A checkpoint may be replaced while its model runs."""
    folder = maker.make_vlm(tmp_path)
    model = load_vlm(folder).model
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    for path in folder.glob("*.safetensors"):
        path.write_bytes(b"\x00" * path.stat().st_size)
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())


def test_loaded_models_can_be_trained(tiny: Path, tmp_path: Path) -> None:
    model = load_vlm(tiny).model
    assert all(parameter.requires_grad for parameter in model.parameters())
    ids = torch.tensor([[299] * 8 + [20, 21, 22, 23]])
    volume = torch.rand(1, 1, *model.config.grid)
    model(ids, model.encode(volume), labels=ids).loss.backward()
    assert model.encoder.stem[0].height.conv.weight.grad is not None
    dual = load_dual_encoder(maker.make_dual_encoder(tmp_path)).model
    assert dual.log_temperature.dtype == torch.float32
    assert float(dual.log_temperature.detach()) == 2.0


def released_without_memory() -> VLM:
    shapes = maker.manifest("vlm_qwen")
    with init_empty_weights():
        return VLM(vlm_file(Path("x"), maker.vlm_config(maker.RELEASED), shapes, 151_665).model)


def test_one_device_is_enough_where_it_is() -> None:
    assert device_map(torch.nn.Linear(1, 1), LoadPlan(device="cpu")) == {"": "cpu"}


@pytest.mark.parametrize("precision", ["bf16", "nf4"])
def test_the_released_language_model_is_spread_over_two_gpus(precision: Any) -> None:
    """Whole layers to each; nothing on the host while it fits."""
    model = released_without_memory()
    share = 9 if precision == "bf16" else 4
    places = spread_map(model, precision, {0: share * 2**30, 1: share * 2**30, "cpu": 2**36})
    assert set(places.values()) == {0, 1}
    layers = [place for name, place in places.items() if name.startswith("model.layers.")]
    assert len(layers) == 28
    assert layers == sorted(layers)


def test_what_fits_on_no_gpu_waits_on_the_host_and_too_much_is_refused() -> None:
    model = released_without_memory()
    places = spread_map(model, "bf16", {0: 8 * 2**30, "cpu": 2**36})
    assert set(places.values()) == {0, "cpu"}
    with pytest.raises(CheckpointError, match="MED3DVLM_PRECISION=nf4"):
        spread_map(model, "bf16", {0: 4 * 2**30, "cpu": 4 * 2**30})


@pytest.mark.gpu
@pytest.mark.parametrize("precision", PRECISIONS)
def test_a_gpu_gives_the_cpus_tokens(precision: Any, tiny: Path) -> None:
    if not torch.cuda.is_available():
        pytest.skip("needs a GPU")
    model = load_vlm(tiny, device="cuda", precision=precision).model
    assert {tensor.device.type for tensor in model.state_dict().values()} == {"cuda"}
    ids = torch.tensor([[299] * 8 + [20, 21, 22, 23]], device="cuda")
    with torch.inference_mode():
        features = model.encode(torch.rand(1, 1, *model.config.grid, device="cuda"))
        assert bool(torch.isfinite(model(ids, features).logits).all())
