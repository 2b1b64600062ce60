"""A certificate is read as it was written, and says so if a map doesn't beat a guess."""

from dataclasses import replace
from pathlib import Path

import pytest

from med3dvlm.errors import CheckpointError
from med3dvlm.explain.trust.certificate import (
    CERTIFICATES,
    Certificate,
    Certificates,
    write_certificates,
)
from med3dvlm.explain.trust.faithfulness import Areas
from med3dvlm.explain.trust.localisation import HitRates, Rate
from med3dvlm.model.beside_weights import read_fitted_json


def rate(value: float) -> Rate:
    return Rate(value=value, low=value - 0.1, high=value + 0.1)


def hits(margin: float, cases: int = 40) -> HitRates:
    return HitRates(
        top=3, cells=24, cases=cases, map=rate(0.4 + margin), prior=rate(0.4), shuffled=rate(0.1),
        randomised=rate(0.1), margin=rate(margin), chance=0.125,
    )  # fmt: skip


def certificate(margin: float, several: float | None = None) -> Certificate:
    return Certificate(
        method="text split", hits=hits(margin), follows=rate(0.8), moved=20,
        several_places=None if several is None else hits(several, 30),
        areas=Areas(deletion=0.1, insertion=0.9, deletion_random=0.4, insertion_random=0.6),
        deletion_gain=rate(0.3), insertion_gain=rate(0.3),
    )  # fmt: skip


def test_it_is_read_as_it_was_written(tmp_path: Path) -> None:
    made = Certificates(weights="w", methods=(certificate(0.3, 0.2), certificate(0.0)))
    write_certificates(tmp_path, made)
    path = tmp_path / CERTIFICATES
    assert read_fitted_json(path, Certificates, weights="w") == made
    assert read_fitted_json(path, Certificates, weights="other") is None
    path.write_text(path.read_text().replace('"format": 1', '"format": 9'))
    with pytest.raises(CheckpointError, match="format 9"):
        read_fitted_json(path, Certificates, weights="w")


def test_methods_are_found_by_name() -> None:
    made = Certificates(weights="w", methods=(certificate(0.3),))
    assert made.of("text split") == certificate(0.3)
    assert made.of("occlusion") is None


def test_a_map_that_beats_its_prior_gives_its_figures() -> None:
    good = certificate(0.3)
    assert good.believable
    assert good.verdict.startswith(
        "On 40 phantoms the true cell was among the 3 highest of 24 in 70 %"
    )
    assert "40 % (30 to 50) for a mean map that never saw the scan" in good.verdict
    few = replace(good, hits=replace(good.hits, top=1))
    assert "the true cell was the highest of 24" in few.verdict
    assert good.verdict.endswith("12 % by chance.")
    assert good.verdict_on(24) == good.verdict
    finer = "That was measured with maps of 24 cells; this has 256."
    assert good.verdict_on(256) == f"{good.verdict} {finer}", "a fine map had the figures of blocks"


@pytest.mark.parametrize(("margin", "several"), [(0.12, None), (0.0, None), (0.5, 0.05)])
def test_one_that_does_not_says_so(margin: float, several: float | None) -> None:
    poor = certificate(margin, several)
    assert not poor.believable
    assert poor.verdict.startswith("This map doesn't beat a guess without the image. On ")


def test_a_margin_that_may_be_zero_is_not_believed() -> None:
    wide = replace(hits(0.3), margin=Rate(value=0.3, low=-0.1, high=0.7))
    assert not replace(certificate(0.3), hits=wide).believable


def test_everything_that_a_map_fails_at_is_said() -> None:
    low = rate(0.0)
    poor = replace(
        certificate(0.0), hits=replace(hits(0.0), shuffled=rate(0.4), randomised=rate(0.4)),
        follows=rate(0.5), deletion_gain=low, insertion_gain=low,
    )  # fmt: skip
    assert poor.verdict.startswith(
        "This map doesn't beat a guess without the image; it is no better than that of another "
        "finding; it is no better with the trained weights than with random ones: it shows the "
        "picture, not what the model learnt; it doesn't follow a lesion that is moved; it doesn't "
        "mark what the score depends on. On 40 phantoms"
    )
    assert not certificate(0.3).failures
    assert len(poor.failures) == 5


def test_certificates_of_other_methods_stay_unless_the_weights_are_others(tmp_path: Path) -> None:
    split, occlusion = certificate(0.3), replace(certificate(0.1), method="occlusion")
    for weights, written, kept in (
        ("w", split, (split,)),
        ("w", occlusion, (split, occlusion)),
        ("w", replace(split, moved=9), (occlusion, replace(split, moved=9))),
        ("v", occlusion, (occlusion,)),
    ):
        write_certificates(tmp_path, Certificates(weights=weights, methods=(written,)))
        found = read_fitted_json(tmp_path / CERTIFICATES, Certificates, weights=weights)
        assert found is not None
        assert found.methods == kept
