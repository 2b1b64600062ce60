import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from med3dvlm.model.dcformer import DCFormer, tokens
from med3dvlm.model.dcformer_config import DCFormerConfig
from train.data.phantoms.cache import PhantomCache, Phantoms
from train.data.phantoms.features import Features, encode_all, encode_phantoms
from train.data.phantoms.jitter import Jitter

CONFIG = DCFormerConfig(channels=(4, 4, 8, 8, 16), blocks=(1, 1, 1, 1, 1), kernels=(3, 3, 3, 3))


@pytest.fixture(scope="module")
def encoder() -> DCFormer:
    torch.manual_seed(0)
    return DCFormer(CONFIG)


@pytest.fixture
def features(encoder: DCFormer, tiny_cache: PhantomCache, tmp_path: Path) -> Features:
    return encode_all(encoder, tiny_cache, views=2, jitter=Jitter(), work=tmp_path / "new")


@torch.inference_mode()
def test_the_first_view_is_the_encoder_on_the_phantom_as_it_is(
    encoder: DCFormer, tiny_cache: PhantomCache, features: Features
) -> None:
    states = encoder.eval()(tiny_cache.volumes([2, 6]))
    low, high = features.pick(0, torch.tensor([2, 6]))
    assert low.dtype == high.dtype == torch.float32
    torch.testing.assert_close(low, tokens(states[3]), atol=2e-3, rtol=2e-3)
    torch.testing.assert_close(high, tokens(states[4]), atol=2e-3, rtol=2e-3)


def test_another_view_is_near_but_not_the_same(features: Features) -> None:
    rows = torch.arange(8)
    plain, jittered = features.pick(0, rows)[0], features.pick(1, rows)[0]
    assert not torch.equal(plain, jittered)
    assert (plain - jittered).abs().mean() < plain.std()


def test_encoding_is_done_once(
    encoder: DCFormer, tiny_cache: PhantomCache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = encode_all(encoder, tiny_cache, views=2, jitter=Jitter(), work=tmp_path)
    (kept,) = tmp_path.iterdir()
    changed = kept.stat().st_mtime_ns
    monkeypatch.setattr(DCFormer, "forward", None)
    again = encode_all(encoder, tiny_cache, views=2, jitter=Jitter(), work=tmp_path)
    assert [path.stat().st_mtime_ns for path in tmp_path.iterdir()] == [changed]
    assert torch.equal(first.low, again.low)
    assert torch.equal(first.high, again.high)


def test_another_encoder_gives_new_features(
    encoder: DCFormer, tiny_cache: PhantomCache, tmp_path: Path
) -> None:
    """A file that was there won, whatever encoder had made it: a run trained on stale features."""
    first = encode_all(encoder, tiny_cache, views=1, jitter=Jitter(), work=tmp_path)
    other = DCFormer(CONFIG)
    found = encode_all(other, tiny_cache, views=1, jitter=Jitter(), work=tmp_path)
    assert not torch.equal(found.high, first.high)
    with torch.inference_mode():
        expected = tokens(other.eval()(tiny_cache.volumes(range(8)))[4])
    torch.testing.assert_close(found.high[0].float(), expected, atol=2e-3, rtol=2e-3)
    again = encode_all(encoder, tiny_cache, views=1, jitter=Jitter(), work=tmp_path)
    assert torch.equal(again.high, first.high), "going back finds what was encoded first"


def test_other_views_jitter_or_phantoms_give_new_features(
    encoder: DCFormer, tiny_cache: PhantomCache, tmp_path: Path
) -> None:
    spec = replace(tiny_cache.spec, first=100)
    others = PhantomCache.build(tmp_path / "others", spec, workers=1)
    work = tmp_path / "features"
    choices = [(tiny_cache, 1, 0.01), (tiny_cache, 2, 0.01), (tiny_cache, 2, 0.5), (others, 1, 0.0)]
    for count, (cache, views, noise) in enumerate(choices, start=1):
        found = encode_all(encoder, cache, views=views, jitter=Jitter(noise=noise), work=work)
        assert found.low.shape[:2] == (views, 8)
        assert len(list(work.iterdir())) == count
    encode_all(encoder, tiny_cache, views=1, jitter=Jitter(noise=0.3), work=work)
    assert len(list(work.iterdir())) == count, "the first view is not jittered"


def test_the_digest_of_phantoms_follows_what_is_drawn(
    tiny_cache: PhantomCache, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(tiny_cache.folder, copy)
    assert PhantomCache(copy).digest == tiny_cache.digest
    with (copy / "volumes.u8").open("r+b") as stream:
        stream.write(bytes(range(64)))
    assert PhantomCache(copy).digest != tiny_cache.digest


def test_validation_phantoms_are_encoded_as_they_are(
    encoder: DCFormer, tiny_cache: PhantomCache, tmp_path: Path
) -> None:
    training, validation = encode_phantoms(
        encoder, Phantoms(tiny_cache, tiny_cache), work=tmp_path, views=2, jitter=Jitter()
    )
    assert training.cache is tiny_cache
    assert len(training.features.low) == 2
    assert torch.equal(validation.features.low[0], training.features.low[0])
    assert len(validation.features.low) == 1
