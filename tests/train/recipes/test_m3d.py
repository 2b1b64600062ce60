"""The three stages on a sample in M3D's layout: from raw files to a folder that the app opens."""

import json
import os
import re
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from med3dvlm.engine.conversation import Conversation
from med3dvlm.engine.decoding import Decoding
from med3dvlm.engine.engine import load_engine
from med3dvlm.errors import TrainingError
from med3dvlm.model.checkpoint import load_vlm, weights_digest
from med3dvlm.phantoms.case import make_case
from tests.train.recipes.m3d_stages import STAGES, KilledError, dies, run_all
from train.data.m3d.sources import corpus
from train.recipes.m3d import (
    sample_alignment,
    sample_contrastive,
    sample_instruction,
    sample_recipe,
)
from train.recipes.opening import Place
from train.recipes.running import run_stage
from train.release.model import write_model
from train.stages.assembly import Assembly, load_learned
from train.stages.settings import with_settings

ROOT = Path(__file__).resolve().parents[3]
STEPS = 20
SIX_STEPS = ["schedule.steps=6", "schedule.save_every=2"]
TOLERANCE = 1e-5
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:.*gradient_checkpointing")]


@pytest.fixture(scope="module")
def finished(ready_sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of all stages by one process, each at its own learning rate."""
    folder = tmp_path_factory.mktemp("run")
    run_all(ready_sample, folder, [f"schedule.steps={STEPS}"])
    return folder


@pytest.fixture(scope="module")
def exported(finished: Path, ready_sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    write_model(Place(run=finished, data=ready_sample), folder)
    return folder


def losses(folder: Path) -> list[float]:
    lines = map(json.loads, (folder / "log.jsonl").read_text().splitlines())
    return [line["loss"] for line in lines if "loss" in line]


def test_the_app_opens_the_result_and_it_answers(exported: Path) -> None:
    engine = load_engine(exported)
    assert not engine.card.info.phantom
    features = engine.encode(make_case(1).volume)
    assert np.linalg.norm(features.embedding) == pytest.approx(1, abs=1e-3)
    # The likeliest answer of so short a training may be none at all.
    decoding = Decoding(max_new_tokens=8, temperature=1.0)
    said = [
        event.text
        for question in ("Is there a stone?", "Write a report.", "Which plane is it? Choices: A. x")
        for event in engine.answer(features, Conversation(), question, decoding=decoding)
    ]
    assert "".join(said).strip()
    assert engine.choose(features, "Which plane?", ["axial", "coronal"]).sum() == pytest.approx(1)


def test_what_is_exported_is_what_was_trained(
    finished: Path, exported: Path, ready_sample: Path
) -> None:
    """Adapters merged: the same logits as with adapters beside the weights."""
    config = with_settings(sample_instruction(), ["checkpointing=false"])
    assembly = Assembly(config, partial(corpus, ready_sample), run=finished)
    merged = load_vlm(exported / "vlm")
    beside = assembly.base()
    load_learned(beside, finished / "alignment")
    beside = assembly.prepared(beside)
    learned = load_file(finished / "instruction" / "learned.safetensors")
    assert any("lora_B" in name and bool(tensor.any()) for name, tensor in learned.items())
    for name, tensor in learned.items():
        beside.state_dict()[name].copy_(tensor)
    beside.eval()
    volume = torch.rand(1, 1, 32, 64, 64, generator=torch.Generator().manual_seed(0))
    ids = torch.tensor([merged.prompt.question_ids((), "Is there a stone?")])
    with torch.no_grad():
        expected = beside(ids, beside.encode(volume)).logits
        found = merged.model(ids, merged.model.encode(volume)).logits
    torch.testing.assert_close(found, expected, atol=2e-2, rtol=1e-2)  # stored in half precision


def test_the_card_tells_how_it_was_made(exported: Path, ready_sample: Path) -> None:
    card = (exported / "README.md").read_text()
    digest = json.loads((ready_sample / "report.json").read_text())["digest"]
    assert card.count(f"- data digest: {digest}") == 4  # of the model, and of each stage
    assert "not for" in card
    for name in ("vlm", "dual_encoder"):
        assert weights_digest(exported / name) in card
    assert re.search(r"- time: [\d.]+ minutes on 1 x", card)
    assert "text_to_volume_r1" in card
    assert '"learning_rate"' in card


def test_every_stage_learns(finished: Path) -> None:
    for stage in STAGES:
        told = losses(finished / stage)
        assert len(told) == STEPS
        assert np.mean(told[-5:]) < np.mean(told[:5]), stage


def launched(config: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The stages as two processes by one of the published configurations, here on a CPU."""
    program = [sys.executable, "-m", "accelerate.commands.launch", "--num_processes", "2"]
    program += ["--config_file", f"train/accelerate/{config}.yaml"]
    program += ["--main_process_port", str(20000 + os.getpid() % 20000)]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    return subprocess.run(
        [*program, "tests/train/recipes/m3d_stages.py", *arguments], cwd=ROOT, env=environment,
        capture_output=True, text=True, timeout=500, check=False,
    )  # fmt: skip


@pytest.mark.apart
def test_two_processes_learn_what_one_learns(
    finished: Path, ready_sample: Path, tmp_path: Path
) -> None:
    """The same loss curves in all stages, each from what the stage before it left."""
    done = launched("ddp", str(ready_sample), str(tmp_path), "--set", f"schedule.steps={STEPS}")
    assert done.returncode == 0, done.stderr[-3000:]
    for stage in STAGES:
        record = json.loads((tmp_path / stage / "run.json").read_text())
        assert record["hardware"].startswith("2 x")
        np.testing.assert_allclose(
            losses(tmp_path / stage), losses(finished / stage), atol=TOLERANCE, rtol=0,
            err_msg=stage,
        )  # fmt: skip


@pytest.fixture(scope="module")
def straight(finished: Path, ready_sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The second and the third stage by one process, from beginning to end."""
    folder = tmp_path_factory.mktemp("straight")
    (folder / "contrastive").symlink_to(finished / "contrastive")
    run_all(ready_sample, folder, SIX_STEPS, stages=STAGES[1:])
    return folder


@pytest.mark.apart
def test_two_killed_processes_resumed_end_where_one_ends(
    straight: Path, ready_sample: Path, tmp_path: Path
) -> None:
    """With FSDP: the same losses, a state to go on from, and a result that can be exported.

    A lost moment of the optimiser would move weights by about a learning rate, 5e-4.
    """
    chosen = [word for setting in SIX_STEPS for word in ("--set", setting)]
    trained = STAGES[1:]
    for earlier in STAGES[: -len(trained)]:
        (tmp_path / earlier).symlink_to(straight / earlier)
    stages = ["--stages", ",".join(trained), "--dies-at", "5"]
    done = launched("fsdp", str(ready_sample), str(tmp_path), *chosen, *stages)
    assert "KilledError" in done.stderr, done.stderr[-3000:]
    shards = list((tmp_path / "instruction" / "state").glob("pytorch_model_fsdp_0/*.distcp"))
    assert len(shards) == 2
    resume = ["--stages", "instruction", "--resume"]
    done = launched("fsdp", str(ready_sample), str(tmp_path), *chosen, *resume)
    assert done.returncode == 0, done.stderr[-3000:]
    for stage in trained:
        told = losses(tmp_path / stage)
        np.testing.assert_allclose(
            [*told[:5], told[-1]], losses(straight / stage), atol=TOLERANCE, rtol=0, err_msg=stage
        )
        expected, found = (
            load_file(root / stage / "learned.safetensors") for root in (straight, tmp_path)
        )
        assert expected.keys() == found.keys()
        for name, tensor in expected.items():
            torch.testing.assert_close(found[name], tensor, atol=2e-5, rtol=0, msg=name)
    write_model(Place(run=tmp_path, data=ready_sample), tmp_path / "model")
    assert load_vlm(tmp_path / "model" / "vlm").model.config.splice == "corrected"


def test_the_released_recipe_in_miniature(
    ready_sample: Path, stored_language: Path, stored_text: Path, tmp_path: Path
) -> None:
    """Stored models, the published splice, 16-bit frozen weights, adapters, pieces of a step."""
    two, three = sample_alignment(), sample_instruction()
    streams = {name: getattr(two.projector, name).channels for name in ("low", "high")}
    shared = [
        "schedule.steps=2", "schedule.precision=bf16", "evaluated=4", "schedule.accumulate=2",
        f'language={{"name": "{stored_language}"}}', "splice=published", "data.talk=0",
        "frozen_dtype=bfloat16",
        *(f"projector.{name}.channels=[{sizes[0]}, 16]" for name, sizes in streams.items()),
    ]  # fmt: skip
    one = with_settings(
        sample_contrastive(),
        ["schedule.steps=2", "schedule.precision=bf16", "evaluated=4",
         f'text={{"name": "{stored_text}", "max_length": 64}}'],
    )  # fmt: skip
    two = with_settings(two, [*shared, 'trains=["projector", "embeddings"]'])
    trains = 'trains=["projector", "embeddings", "head", "encoder", "lora"]'
    three = with_settings(three, [*shared, trains])
    place = Place(run=tmp_path / "run", data=ready_sample)
    for config in (one, two, three):
        run_stage(config, place)
    learned = load_file(tmp_path / "run" / "alignment" / "learned.safetensors")
    assert {name.split(".")[0] for name in learned} == {"projector", "language_model"}
    assert "language_model.model.embed_tokens.weight" in learned
    assert {tensor.dtype for tensor in learned.values()} == {torch.float32}
    write_model(place, tmp_path / "model")
    loaded = load_vlm(tmp_path / "model" / "vlm")
    assert loaded.model.config.splice == "published"
    assert not loaded.prompt.config.follows_up
    features = load_engine(tmp_path / "model").encode(make_case(1).volume)
    assert np.isfinite(features.image_tokens).all()


@pytest.mark.parametrize("stage", STAGES)
def test_a_run_killed_at_any_step_and_resumed_ends_equal(
    stage: str, finished: Path, ready_sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pieces = 1 if stage == "contrastive" else 2
    config = with_settings(
        sample_recipe().stages[stage],
        ["schedule.steps=7", "schedule.save_every=2", "evaluated=4", "schedule.ema=0.9",
         f"schedule.accumulate={pieces}"],
    )  # fmt: skip
    roots = [tmp_path / "straight", tmp_path / "killed"]
    for root in roots:
        root.mkdir()
        for earlier in STAGES[: STAGES.index(stage)]:
            (root / earlier).symlink_to(finished / earlier)
    places = [Place(run=root, data=ready_sample) for root in roots]
    run_stage(config, places[0])

    dies_at = int(np.random.default_rng().integers(2, 7))
    with monkeypatch.context() as patch:
        dies(patch, dies_at)
        with pytest.raises(KilledError):
            run_stage(config, places[1])
    with pytest.raises(TrainingError, match="--resume"):
        run_stage(config, places[1])
    run_stage(config, places[1], resume=True)
    written = "dual_encoder/model.safetensors" if stage == "contrastive" else "learned.safetensors"
    one, other = (load_file(root / stage / written) for root in roots)
    assert one.keys() == other.keys()
    for name, tensor in one.items():
        assert torch.equal(tensor, other[name]), f"{name}, killed at step {dies_at}"


def test_stages_come_in_their_order(ready_sample: Path, tmp_path: Path) -> None:
    place = Place(run=tmp_path, data=ready_sample)
    with pytest.raises(TrainingError, match="contrastive isn't finished: run that stage first"):
        run_stage(sample_instruction(), place)
    with pytest.raises(TrainingError, match="isn't finished: run that stage first"):
        write_model(place, tmp_path / "model")


def test_stage_three_goes_on_from_the_same_model(
    finished: Path, ready_sample: Path, tmp_path: Path
) -> None:
    for name in STAGES[:2]:
        (tmp_path / name).symlink_to(finished / name)
    other = with_settings(sample_instruction(), ["splice=published", "data.talk=0"])
    with pytest.raises(TrainingError, match="alignment was run with a different splice"):
        run_stage(other, Place(run=tmp_path, data=ready_sample))


def test_data_of_another_size_is_refused(ready_sample: Path, tmp_path: Path) -> None:
    other = with_settings(sample_contrastive(), ["image.input.grid=[16, 32, 32]"])
    with pytest.raises(TrainingError, match="was prepared for"):
        run_stage(other, Place(run=tmp_path, data=ready_sample))
