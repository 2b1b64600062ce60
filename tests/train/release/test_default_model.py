"""The whole recipe from nothing, small: the one test of all stages at once."""

import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from safetensors.torch import load_file

from med3dvlm.config import DEFAULT_MODEL
from med3dvlm.engine.calibration import read_calibration
from med3dvlm.engine.conversation import Conversation
from med3dvlm.engine.decoding import Decoding
from med3dvlm.engine.engine import load_engine
from med3dvlm.errors import TrainingError
from med3dvlm.model.checkpoint import load_vlm, weights_digest
from med3dvlm.phantoms.case import make_case
from train.data.phantoms.cache import PhantomCache
from train.data.phantoms.text import corpus
from train.loop.loop import Schedule, run
from train.recipes import running
from train.recipes.phantom import (
    phantom_language,
    phantom_projector,
    quick_recipe,
    smoke_recipe,
)
from train.release.card import renewed_card
from train.release.default_model import make_model
from train.release.lesson import ASKED, CLOSING, OPENING, draw_lesson, similarities
from train.stages import warm_language
from train.stages.assembly import Assembly
from train.stages.names import STAGES
from train.stages.settings import with_settings
from train.stages.warm_language import LanguageStageConfig


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Path]]:
    """Work folder and finished model."""
    folder = tmp_path_factory.mktemp("smoke")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("train.data.phantoms.text.CORPUS", 400)
        make_model(smoke_recipe(), folder / "work", out=folder / "model", workers=1)
        yield folder / "work", folder / "model"


@pytest.mark.slow
def test_the_recipe_makes_a_model_that_opens_and_answers(made: tuple[Path, Path]) -> None:
    engine = load_engine(made[1])
    assert engine.card.info.phantom
    features = engine.encode(make_case(1).volume)
    assert np.linalg.norm(features.embedding) == pytest.approx(1, abs=1e-5)
    list(engine.answer(features, Conversation(), "Is there a stone?",
                       decoding=Decoding(max_new_tokens=8)))  # fmt: skip
    assert (made[1] / "reader" / "config.json").exists(), "it reads free questions"
    assert engine.choose(features, "Which plane?", ["axial", "coronal"]).sum() == pytest.approx(1)


@pytest.mark.slow
def test_the_card_tells_how_it_was_made_and_how_good_it_is(made: tuple[Path, Path]) -> None:
    _, out = made
    card = (out / "README.md").read_text()
    assert "not for clinical use" in card
    assert weights_digest(out / "vlm") in card
    assert "- reader of free questions: trained from scratch" in card
    assert "| report: findings with place, F1 |" in card
    for name in STAGES:
        stored = json.loads((made[0] / name / "run.json").read_text())
        assert json.dumps(stored["config"], indent=1) in card, "the settings that were really run"
    assert json.loads((out / "bench.json").read_text())["cases"] == 6
    assert str(out.parent) not in card, "no path of this machine"
    assert renewed_card(out) == card, "nothing in it but what its files and the run say"


@pytest.mark.slow
def test_how_sure_it_may_be_is_measured_and_told(made: tuple[Path, Path]) -> None:
    """For these very weights: the engine uses it, and the card says it."""
    _, out = made
    engine = load_engine(out)
    told = engine.familiarity(engine.encode(make_case(1).volume))
    assert told is not None
    assert 0 <= told.nearer <= told.compared
    calibration = read_calibration(out / "vlm", weights_digest(out / "vlm"))
    assert calibration is not None
    assert calibration.cases == 6
    card = (out / "README.md").read_text()
    assert f"{calibration.lettered:.2f} with letters" in card


@pytest.mark.slow
def test_a_finished_recipe_is_not_trained_again(
    made: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work, out = made
    monkeypatch.setattr(running, "run", None)
    make_model(smoke_recipe(), work, out=tmp_path, workers=1)
    for name in ("vlm", "dual_encoder"):
        assert weights_digest(tmp_path / name) == weights_digest(out / name)
    assert (tmp_path / "bench.json").read_text() == (out / "bench.json").read_text()


@pytest.mark.slow
def test_phantoms_with_a_subtle_finding_are_drawn_more_often(made: tuple[Path, Path]) -> None:
    phantoms = made[0] / "phantoms" / "training"
    cache = PhantomCache(phantoms)
    kind = cache.facts[3].findings[0].kind
    times = np.bincount(cache.drawn((kind,), 3), minlength=len(cache))
    assert times.tolist() == [3 if facts.has(kind) else 1 for facts in cache.facts]
    assert cache.drawn((), 3).tolist() == list(range(len(cache)))


@pytest.mark.slow
def test_every_stage_leaves_its_configuration_figures_and_state(made: tuple[Path, Path]) -> None:
    for name in STAGES:
        folder = made[0] / name
        record = json.loads((folder / "run.json").read_text())
        assert record["config"] == json.loads(json.dumps(asdict(smoke_recipe().stages[name])))
        assert record["versions"]["torch"]
        assert record["hardware"].startswith("1 x")
        assert record["seconds"] > 0
        assert record["figures"] == json.loads((folder / "figures.json").read_text()) != {}
        assert (folder / "state" / "step.json").exists()


@pytest.mark.slow
def test_stage_two_starts_from_the_base_language_model(made: tuple[Path, Path]) -> None:
    """Tied weights are stored under one name of two; the stage refused the other name."""
    base = load_file(made[0] / "language" / "language.safetensors")["lm_head.weight"]
    model = Assembly(smoke_recipe().alignment, corpus, run=made[0]).base().language_model
    assert model.lm_head.weight.equal(base)
    assert model.get_input_embeddings().weight.equal(base)


@pytest.mark.slow
def test_what_is_exported_is_what_stage_three_learned(made: tuple[Path, Path]) -> None:
    learned = load_file(made[0] / "instruction" / "learned.safetensors")
    assert {name.split(".")[0] for name in learned} == {"projector", "language_model"}
    exported = load_vlm(made[1] / "vlm").model.state_dict()
    for name, tensor in learned.items():
        assert exported[name].equal(tensor.half().float()), name
    seen = load_file(made[0] / "encoder" / "supervised.safetensors")
    for name, tensor in exported.items():
        if name.startswith("encoder.") and tensor.is_floating_point():
            assert tensor.equal(seen[name].half().float()), name


@pytest.mark.slow
def test_another_language_model_is_refused(made: tuple[Path, Path], tmp_path: Path) -> None:
    recipe, (work, _) = smoke_recipe(), made
    other = replace(phantom_language(), layers=1)
    schedule = Schedule(steps=1, batch=1, learning_rate=1e-3)
    config = LanguageStageConfig(language=other, projector=phantom_projector(), schedule=schedule)
    run(warm_language.stage(config), schedule, out=tmp_path / "language")
    (tmp_path / "encoder").symlink_to(work / "encoder")
    with pytest.raises(TrainingError, match="contains another language model"):
        Assembly(recipe.alignment, corpus, run=tmp_path).base()


@pytest.mark.slow
def test_the_lesson_is_drawn_from_what_the_stages_left(
    made: tuple[Path, Path], tmp_path: Path
) -> None:
    page = tmp_path / "training.md"
    page.write_text(f"Before.\n{OPENING}\nold\n{CLOSING}\nAfter.\n")
    draw_lesson(smoke_recipe(), made[0], page=page)
    text = page.read_text()
    assert text.startswith("Before.")
    assert text.endswith("After.\n")
    assert "old" not in text
    assert text.count("| before stage 2 |") == text.count("| after stage 3 |") == len(ASKED)
    assert set(similarities(made[0])) == {
        "untrained", "facts, no words", "after reading", "after stage 1", "embedded model",
    }  # fmt: skip
    for name in ("loss", "similarity"):
        with Image.open(tmp_path / "images" / f"training-{name}.png") as picture:
            assert picture.width > 500


def test_stages_of_one_run_share_their_precision() -> None:
    with pytest.raises(TrainingError, match="one precision for all stages"):
        with_settings(smoke_recipe(), ["encoder.schedule.precision=bf16"])


def test_a_language_model_to_start_from_must_be_of_the_same_kind(
    random_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The quick recipe goes on from the embedded one; the fact tokens learn faster than it."""
    monkeypatch.setattr("train.data.phantoms.text.CORPUS", 50)
    schedule = Schedule(steps=1, batch=1, learning_rate=1e-3)
    config = LanguageStageConfig(
        language=phantom_language(), projector=phantom_projector(), schedule=schedule,
        start=str(random_model / "vlm"),
    )  # fmt: skip
    stage = warm_language.stage(config)
    with pytest.raises(TrainingError, match="another language model"):
        stage.build()
    assert stage.pace("facts.sizes") > stage.pace("model.lm_head.weight") == 1


@pytest.mark.slow
def test_the_quick_recipe_starts_from_the_embedded_language_model(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("train.data.phantoms.text.CORPUS", 3000)
    recipe = quick_recipe()
    schedule = Schedule(steps=1, batch=1, learning_rate=1e-3)
    config = LanguageStageConfig(
        language=phantom_language(), projector=phantom_projector(), schedule=schedule,
        start=str(DEFAULT_MODEL / "vlm"),
    )  # fmt: skip
    assert recipe.language.start == "assets/default_model/vlm"
    reader = warm_language.stage(config).build()
    own = load_vlm(DEFAULT_MODEL / "vlm").model.language_model.state_dict()
    learned = reader.get_submodule("model").state_dict()
    assert all(learned[name].equal(own[name]) for name in own)
