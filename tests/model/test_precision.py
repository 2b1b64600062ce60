"""What a model needs in memory, what fits, and what is said when it does not."""

import pytest

from med3dvlm.errors import CheckpointError
from med3dvlm.model import precision as module
from med3dvlm.model.memory import RESERVED, Room, room
from med3dvlm.model.precision import (
    PRECISIONS,
    Needs,
    Precision,
    choose_precision,
    fits,
    needs_of_shapes,
)
from med3dvlm.model.released import vlm_table
from med3dvlm.model.released_config import vlm_file
from tests import released_maker as maker
from tests.fake_container import FakeContainer

GIB = 2**30
# Of the released VLM, in GB: 7.68 thousand million parameters, of which 6.53 are quantised.
EXPECTED = {"fp32": 30.71, "bf16": 15.36, "fp16": 15.36, "int8": 8.84, "nf4": 5.67}


@pytest.fixture(scope="module")
def released() -> Needs:
    shapes = maker.manifest("vlm_qwen")
    file = vlm_file(maker.Path("x"), maker.vlm_config(maker.RELEASED), shapes, 151_665)
    table = vlm_table(file.model.encoder, file.model.projector, layers=28, tied=False)
    ours = {name: shapes[published] for published, name in table.names.items()}
    largest = 4 * 151_666 * 3584
    return needs_of_shapes(ours, fixed=False, largest=largest)


def on(monkeypatch: pytest.MonkeyPatch, *, host: float, gpu: float | None = None) -> str:
    """Pretend that so many GiB are free; returns the device's name."""
    bytes_of = Room(
        "cpu" if gpu is None else "cuda", int(host * GIB), int((host if gpu is None else gpu) * GIB)
    )
    monkeypatch.setattr(module, "room", lambda _device: bytes_of)
    return bytes_of.device


@pytest.mark.parametrize("precision", PRECISIONS)
def test_the_released_model_needs_what_is_known(released: Needs, precision: Precision) -> None:
    assert released.bytes_as(precision) / 1e9 == pytest.approx(EXPECTED[precision], abs=0.02)
    assert released.total == 7_678_229_696 + 29_184 + 51


@pytest.mark.parametrize(
    ("gpu", "chosen"), [(80, "bf16"), (24, "bf16"), (12, "int8"), (8, "nf4"), (6.5, "nf4")]
)
def test_auto_takes_the_best_that_fits_on_a_gpu(
    released: Needs, gpu: float, chosen: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert choose_precision(released, "auto", device=on(monkeypatch, host=32, gpu=gpu)) == chosen


@pytest.mark.parametrize(("host", "chosen"), [(64, "bf16"), (14, "int8"), (10, "nf4")])
def test_auto_takes_the_best_that_fits_on_a_cpu(
    released: Needs, host: float, chosen: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert choose_precision(released, "auto", device=on(monkeypatch, host=host)) == chosen


def test_a_large_model_is_refused_with_what_fits(
    released: Needs, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = on(monkeypatch, host=32, gpu=12)
    with pytest.raises(CheckpointError) as refused:
        choose_precision(released, "bf16", device=device)
    said = str(refused.value)
    assert "need 14.3 GiB as bf16" in said
    assert "12.0 GiB are free on the GPU" in said
    assert "int8, nf4: set MED3DVLM_PRECISION=int8" in said
    assert "8.2 GiB" in said


def test_nothing_fits(released: Needs, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CheckpointError, match=r"Even nf4 \(5.3 GiB\) does not fit"):
        choose_precision(released, "auto", device=on(monkeypatch, host=4))


def test_the_way_onto_a_gpu_leads_through_the_host(
    released: Needs, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(CheckpointError, match="Too little memory"):
        choose_precision(released, "nf4", device=on(monkeypatch, host=3, gpu=80))


def test_missing_bitsandbytes_is_named_with_its_remedy(
    released: Needs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module.importlib.util, "find_spec", lambda _name: None)
    device = on(monkeypatch, host=64, gpu=24)
    with pytest.raises(CheckpointError, match=r"pip install bitsandbytes, or set .*=fp16, which"):
        choose_precision(released, "nf4", device=device)
    assert choose_precision(released, "auto", device=device) == "bf16"
    small = on(monkeypatch, host=32, gpu=12)
    with pytest.raises(CheckpointError, match=r"=int8 \(after pip install bitsandbytes\)"):
        choose_precision(released, "auto", device=small)


def test_a_small_model_stays_whole_on_a_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    small = Needs(quantised=1000, rows=10, rest=1000, fixed=False, largest=100)
    assert choose_precision(small, "auto", device=on(monkeypatch, host=4)) == "fp32"


def test_a_dual_encoder_is_always_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    dual = Needs(quantised=0, rows=0, rest=1000, fixed=True, largest=100)
    assert {dual.bytes_as(precision) for precision in PRECISIONS} == {4000}
    assert choose_precision(dual, "auto", device=on(monkeypatch, host=4, gpu=4)) == "fp32"


def test_the_room_of_this_machine_is_read(container: FakeContainer) -> None:
    free = room("cpu")
    assert free.host == free.device_bytes > 0
    container.leaves(3 * GIB // 2)
    assert room("cpu").host == int(1.5 * GIB), "a container's limit counts"
    needs = Needs(quantised=0, rows=0, rest=RESERVED // 8, fixed=False, largest=0)
    assert fits(needs, "bf16", room("cpu"))
    assert not fits(needs, "fp32", Room("cpu", RESERVED, RESERVED))
