"""Both kinds of data answer a stage in the same way."""

from pathlib import Path

import numpy as np
import pytest
import torch

from med3dvlm.model.dcformer import DCFormer
from med3dvlm.model.dcformer_config import DCFormerConfig
from train.data.config import CaptionRows, PhantomPairRows, PhantomTalkRows, QuestionRows
from train.data.look import PICTURE
from train.data.m3d.sources import CaptionSource, QuestionAnswerSource
from train.data.phantoms.cache import PhantomCache, Phantoms
from train.data.phantoms.features import encode_phantoms
from train.data.phantoms.jitter import Jitter
from train.data.phantoms.sources import PhantomPairSource, PhantomTalkSource
from train.data.sources import PairSource, TalkSource

ENCODER = DCFormerConfig(channels=(4, 4, 8, 8, 16), blocks=(1, 1, 1, 1, 1), kernels=(3, 3, 3, 3))
ROWS = np.array([3, 0, 5])
TOKENS, VOLUMES = {"low", "high"}, set(PICTURE)
LABELS = {"attributes", "places", "sizes"}

Sources = dict[str, tuple[PairSource, TalkSource]]


@pytest.fixture(scope="module")
def sources(
    tiny_cache: PhantomCache, ready_sample: Path, tmp_path_factory: pytest.TempPathFactory
) -> Sources:
    torch.manual_seed(0)
    encoded = encode_phantoms(
        DCFormer(ENCODER), Phantoms(tiny_cache, tiny_cache),
        work=tmp_path_factory.mktemp("features"), views=2, jitter=Jitter(),
    )  # fmt: skip
    asked = QuestionRows(sources=("captions", "open", "closed"), blind=0.5)
    return {
        "phantoms": (
            PhantomPairSource(*encoded, PhantomPairRows(), seed=0),
            PhantomTalkSource(*encoded, PhantomTalkRows(blind=0.5), seed=0),
        ),
        "m3d": (
            CaptionSource(ready_sample, CaptionRows(), seed=0),
            QuestionAnswerSource(ready_sample, asked, seed=0),
        ),
    }


@pytest.mark.parametrize(("kind", "pictures"), [("phantoms", TOKENS), ("m3d", VOLUMES)])
def test_pairs_are_a_function_of_step_and_rows(
    kind: str, pictures: set[str], sources: Sources
) -> None:
    source, _ = sources[kind]
    one, again, other = (source.batch(step, ROWS) for step in (4, 4, 5))
    assert set(one.pictures) - {"positives"} == pictures
    assert one.texts == again.texts
    for name, tensor in one.pictures.items():
        assert torch.equal(tensor, again.pictures[name]), name
        assert len(tensor) == len(one.texts)
    changed = one.texts != other.texts or any(
        not torch.equal(tensor, other.pictures[name])
        for name, tensor in one.pictures.items()
        if tensor.shape == other.pictures[name].shape
    )
    assert changed


@pytest.mark.parametrize(("kind", "pictures"), [("phantoms", TOKENS | LABELS), ("m3d", VOLUMES)])
def test_talks_are_a_function_of_step_and_rows(
    kind: str, pictures: set[str], sources: Sources
) -> None:
    _, source = sources[kind]
    one, again = (source.batch(4, ROWS, speaks=True) for _ in range(2))
    assert set(one.pictures) == pictures | {"sighted"}
    assert one.conversations == again.conversations
    assert len(one.conversations) == len(ROWS)
    silent = source.batch(4, ROWS, speaks=False)
    assert silent.conversations == []
    assert torch.equal(silent.pictures["sighted"], one.pictures["sighted"])
    sighted = [source.batch(step, ROWS, speaks=False).pictures["sighted"] for step in range(20)]
    assert 0 < float(torch.stack(sighted).mean()) < 1


@pytest.mark.parametrize("kind", ["phantoms", "m3d"])
def test_held_out_rows_are_the_same_each_time_and_no_more_than_asked(
    kind: str, sources: Sources
) -> None:
    pairs, talks = sources[kind]
    for count in (2, 1000):
        found = [sum(len(batch.texts) for batch in pairs.held_out(count)) for _ in range(2)]
        assert found[0] == found[1] <= count
        held_out = [list(talks.held_out(count)) for _ in range(2)]
        said = [[batch.conversations for batch in batches] for batches in held_out]
        assert said[0] == said[1]
        assert all(bool(batch.pictures["sighted"].all()) for batch in held_out[0])


def test_phantoms_say_which_texts_are_true_of_which_volumes(sources: Sources) -> None:
    source, _ = sources["phantoms"]
    for step in range(10):
        positives = source.batch(step, ROWS).pictures["positives"]
        assert bool(positives.diagonal().all()), "a text is true of its own volume"
