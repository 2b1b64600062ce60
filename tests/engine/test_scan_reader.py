"""An engine that reads scans is asked as it is anywhere else, and encodes a scan once."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from med3dvlm.choices import YES_NO
from med3dvlm.engine.engine import Engine, load_engine
from med3dvlm.engine.scan_reader import ScanReader, blind_features
from med3dvlm.errors import PromptError
from med3dvlm.explain.lab.behaviour import Watch
from med3dvlm.explain.lab.perturbations import blank
from med3dvlm.phantoms.case import make_case

VOLUME = make_case(4, shape=(16, 32, 32)).volume
ASKED = "Is there a kidney stone?"
TEXTS = ("kidney stone", "gallstone", "pleural effusion")


@pytest.fixture(scope="module")
def engine(random_model: Path) -> Engine:
    return load_engine(random_model)


def test_it_answers_as_the_engine_does(engine: Engine) -> None:
    features = engine.encode(VOLUME)
    reader = ScanReader(engine)
    wanted = engine.choose(features, ASKED, YES_NO)
    np.testing.assert_allclose(reader.choose(VOLUME, ASKED, YES_NO), wanted, atol=1e-6)
    similar = engine.embed_text(TEXTS) @ features.embedding
    np.testing.assert_allclose(reader.similarities(VOLUME, TEXTS), similar, atol=1e-6)
    assert not len(reader.similarities(VOLUME, ()))


def test_a_blind_answer_is_that_of_blanked_image_tokens(engine: Engine) -> None:
    features = engine.encode(VOLUME)
    blanked = replace(features, image_tokens=np.zeros_like(features.image_tokens))
    found = ScanReader(engine).choose(None, ASKED, YES_NO)
    np.testing.assert_allclose(found, engine.choose(blanked, ASKED, YES_NO), atol=1e-6)
    assert blind_features(engine).seal == blanked.seal


def test_a_scan_is_encoded_once(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    encoded: list[str] = []
    encode = Engine.encode

    def counted(self, volume, *args):
        encoded.append(volume.digest)
        return encode(self, volume, *args)

    monkeypatch.setattr(Engine, "encode", counted)
    watch = Watch(reader=ScanReader(engine), options={ASKED: YES_NO}, texts=TEXTS)
    before = watch.of(VOLUME)
    watch.blind()
    assert watch.of(VOLUME) == before
    assert encoded == [VOLUME.digest]
    watch.of(blank(VOLUME))
    assert len(encoded) == 2


def test_without_a_dual_encoder_nothing_is_ranked(random_model: Path) -> None:
    reader = ScanReader(load_engine(random_model / "vlm"))
    assert not len(reader.similarities(VOLUME, TEXTS))


def test_empty_questions_are_refused(engine: Engine) -> None:
    with pytest.raises(PromptError, match="empty"):
        ScanReader(engine).choose(VOLUME, " ", YES_NO)
