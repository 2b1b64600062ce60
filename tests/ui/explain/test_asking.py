import numpy as np
import pytest

from med3dvlm.errors import PromptError
from med3dvlm.hosting.models.services import Services
from med3dvlm.ui.explain.asking import ModelReader, cell_mm, presence, without_image
from med3dvlm.ui.page.session import Scan
from tests.ui.explain.conftest import Fake


def test_a_scan_is_encoded_once_in_a_row(fake: Fake, services: Services, scan: Scan) -> None:
    encoded = []

    def counting(volume: object, choice: object) -> object:
        encoded.append(volume)
        return services.encode(scan.volume, scan.choice)

    reader = ModelReader(fake(encode=counting).value())
    for _ in range(2):
        reader.choose(scan.volume, "Is there a kidney stone?", ("Yes", "No"))
        reader.similarities(scan.volume, ("kidney stone", "ascites"))
    assert len(encoded) == 1


def test_similarities_are_those_of_search(services: Services, scan: Scan, fake: Fake) -> None:
    reader = ModelReader(services)
    [found] = reader.similarities(scan.volume, ("kidney stone",))
    own = services.embed("kidney stone") @ services.encode(scan.volume, scan.choice).embedding
    assert found == pytest.approx(float(own), abs=1e-5)


def test_without_an_image_the_answer_is_the_same_for_every_scan(
    services: Services, scan: Scan, other_scan: Scan
) -> None:
    guesses = []
    for one in (scan, other_scan):
        features = services.encode(one.volume, one.choice)
        assert not without_image(features).image_tokens.any()
        guesses.append(presence(services, without_image(features), "kidney stone"))
    assert guesses[0] == pytest.approx(guesses[1], abs=1e-6)


def test_nothing_is_guessed_before_a_scan_was_read(services: Services) -> None:
    with pytest.raises(PromptError, match="must have read a scan"):
        ModelReader(services).choose(None, "Is there a kidney stone?", ("Yes", "No"))


def test_a_cell_is_as_wide_as_its_voxels(services: Services, scan: Scan) -> None:
    features = services.encode(scan.volume, scan.choice)
    edges = [
        32 * s * mm for s, mm in zip(features.mapping.scale, scan.volume.spacing_mm, strict=True)
    ]
    assert cell_mm(scan.volume, features) == pytest.approx(np.mean(edges))
