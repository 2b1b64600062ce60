from pathlib import Path

import pytest
import torch

from med3dvlm.model.dcformer import DCFormer, DCFormerConfig, tokens
from train.data.phantoms.cache import PhantomCache
from train.data.phantoms.features import Features, encode_all
from train.data.phantoms.jitter import Jitter

CONFIG = DCFormerConfig(channels=(4, 4, 8, 8, 16), blocks=(1, 1, 1, 1, 1), kernels=(3, 3, 3, 3))


@pytest.fixture(scope="module")
def encoder() -> DCFormer:
    torch.manual_seed(0)
    return DCFormer(CONFIG)


@pytest.fixture
def features(encoder: DCFormer, tiny_cache: PhantomCache, tmp_path: Path) -> Features:
    return encode_all(
        encoder, tiny_cache, views=2, jitter=Jitter(), path=tmp_path / "new" / "features"
    )


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


def test_encoding_is_done_once(encoder: DCFormer, tiny_cache: PhantomCache, tmp_path: Path) -> None:
    path = tmp_path / "features"
    first = encode_all(encoder, tiny_cache, views=1, jitter=Jitter(), path=path)
    changed = path.stat().st_mtime_ns
    again = encode_all(DCFormer(CONFIG), tiny_cache, views=1, jitter=Jitter(), path=path)
    assert path.stat().st_mtime_ns == changed
    assert torch.equal(first.low, again.low)
    assert torch.equal(first.high, again.high)
