"""Maps of the loaded models: what each method gives, and what it refuses."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from med3dvlm.choices import read_choices
from med3dvlm.engine.engine import Engine
from med3dvlm.errors import CheckpointError, PromptError, VolumeError
from med3dvlm.explain.maps.map import Map
from med3dvlm.explain.trust.certificate import CERTIFICATES, Certificate, Certificates
from med3dvlm.explain.trust.faithfulness import Areas
from med3dvlm.explain.trust.localisation import HitRates, Rate
from med3dvlm.hosting.models import gpu, maps
from med3dvlm.hosting.models.maps import GRADIENT, GRADIENT_HIGH, OCCLUSION, SPLIT, Method
from med3dvlm.hosting.models.services import Services, services_of
from med3dvlm.model.checkpoint import load_vlm
from med3dvlm.values import to_json
from med3dvlm.volumes.grid import AS_TRAINED
from med3dvlm.volumes.volume import Volume

KIND = "kidney stone"


def drawn(services: Services, method: Method, volume: Volume, wanted: str = KIND) -> Map:
    *_, last = services.map(method, volume, AS_TRAINED, wanted)
    assert last.done == last.of
    return last.map


def test_the_split_adds_up_to_the_similarity(services: Services, volume: Volume) -> None:
    shown = drawn(services, SPLIT, volume, "anything at all")
    embedding = services.encode(volume, AS_TRAINED).embedding
    assert shown.values.sum() == pytest.approx(
        float(services.embed("anything at all") @ embedding), abs=1e-4
    )
    assert "anything at all" in shown.legend


def test_occlusion_begins_coarse_and_ends_fine(services: Services, volume: Volume) -> None:
    steps = services.map(OCCLUSION, volume, AS_TRAINED, KIND)
    first = next(steps)
    assert 0 < first.done <= maps.BATCH < first.of
    steps.close()
    assert first.map.mapping.start == services.card.input.prepare(volume).mapping.start


def test_the_gradient_is_on_the_low_grid(services: Services, volume: Volume) -> None:
    shown = drawn(services, GRADIENT, volume)
    assert shown.values.shape == (2, 4, 4)
    assert np.isfinite(shown.values).all()
    assert np.abs(shown.values).max() > 0
    assert drawn(services, GRADIENT_HIGH, volume).values.shape == (1, 2, 2)


def test_a_text_without_a_question_has_no_gradient(services: Services, volume: Volume) -> None:
    with pytest.raises(PromptError, match="choose one of the list"):
        drawn(services, GRADIENT, volume, "what a nice day")


@pytest.mark.parametrize(
    ("wanted", "legend"),
    [("what a nice day", "similarity to: what a nice day"),
     ("Which plane? A. axial B. coronal", "P("), (KIND, "P(Yes)")],
)  # fmt: skip
def test_occlusion_takes_a_text_an_option_and_a_finding(
    services: Services, volume: Volume, wanted: str, legend: str
) -> None:
    first = next(services.map(OCCLUSION, volume, AS_TRAINED, wanted, "black"))
    assert legend in first.map.legend
    assert "black" in first.map.means


def test_the_likeliest_option_is_the_one_that_is_explained(
    services: Services, volume: Volume
) -> None:
    asked = read_choices("Which plane? A. axial B. coronal")
    assert asked is not None
    shares = services.choose(services.encode(volume, AS_TRAINED), asked.text, asked.options)
    shown = drawn(services, GRADIENT, volume, asked.text)
    assert asked.options[int(shares.argmax())] in shown.legend


def test_without_a_dual_encoder_there_is_no_split(random_model: Path, volume: Volume) -> None:
    alone = services_of(Engine(load_vlm(random_model / "vlm"), None))
    with pytest.raises(CheckpointError, match="Choose occlusion"):
        drawn(alone, SPLIT, volume)
    with pytest.raises(CheckpointError, match="type a question with choices"):
        drawn(alone, OCCLUSION, volume, "a word")  # it was told to choose occlusion


@pytest.mark.parametrize("method", [SPLIT, OCCLUSION, GRADIENT])
def test_a_scan_of_one_slice_is_too_small(
    services: Services, volume: Volume, method: Method
) -> None:
    slice_ = replace(volume, voxels=volume.voxels[:1])
    small = slice_ if method == OCCLUSION else replace(volume, voxels=volume.voxels[:1, :1, :1])
    with pytest.raises(VolumeError, match="too small"):
        drawn(services, method, small)


def certificate(method: str) -> Certificate:
    rate = Rate(value=0.5, low=0.4, high=0.6)
    hits = HitRates(
        top=3, cells=32, cases=9, map=rate, prior=rate, shuffled=rate, randomised=rate,
        margin=rate, chance=0.1,
    )  # fmt: skip
    areas = Areas(deletion=0.1, insertion=0.2, deletion_random=0.3, insertion_random=0.4)
    return Certificate(
        method=method, hits=hits, several_places=None, follows=None, moved=0, areas=areas,
        deletion_gain=rate, insertion_gain=rate,
    )  # fmt: skip


def test_certificates_count_for_the_weights_they_were_measured_with(
    random_model: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "vlm"
    folder.mkdir()
    for file in (random_model / "vlm").iterdir():
        (folder / file.name).symlink_to(file)
    engine = Engine(load_vlm(folder), None)
    assert services_of(engine).certificates == {}

    def found(weights: str, methods: Sequence[str] = (OCCLUSION,)) -> dict[str, Certificate]:
        own = Certificates(weights=weights, methods=tuple(map(certificate, methods)))
        (folder / CERTIFICATES).write_text(to_json(own))
        return maps.certificates_of(engine)

    assert found("other weights") == {}
    assert found(engine.card.digest) == {OCCLUSION: certificate(OCCLUSION)}


def test_a_map_asks_for_time_by_its_method(engine: Engine) -> None:
    handle = gpu.register(engine)
    seconds = [maps.map_seconds(handle, method) for method in (SPLIT, GRADIENT, OCCLUSION)]
    assert seconds == sorted(seconds)
    assert seconds[-1] < 60
