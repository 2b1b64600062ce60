"""A batch's memory serves again, and never two batches at once."""

import torch

from train.data.m3d.kept_memory import KeptMemory


def test_memory_serves_again_when_the_last_view_is_gone() -> None:
    kept = KeptMemory()
    batch = kept.take(1000)
    place = batch.data_ptr()
    row = batch.view(10, 100)[3].numpy()
    del batch
    assert kept.take(1000).data_ptr() != place, "a row still looks into it"
    del row
    assert place in {batch.data_ptr() for batch in (kept.take(1000), kept.take(1000))}


def test_two_batches_at_once_share_nothing() -> None:
    kept = KeptMemory()
    one, other = kept.take(64), kept.take(64)
    one.fill_(1)
    other.fill_(2)
    assert torch.equal(one, torch.ones(64, dtype=torch.uint8))


def test_a_smaller_batch_fits_a_larger_block_and_a_larger_one_gets_its_own() -> None:
    kept = KeptMemory()
    place = kept.take(1000).data_ptr()
    smaller = kept.take(10)
    assert smaller.data_ptr() == place
    assert smaller.shape == (10,)
    del smaller
    larger = kept.take(5000)
    assert larger.shape == (5000,)
    assert larger.fill_(3).sum() == 15000


def test_small_batches_in_between_leave_the_large_block_to_large_ones() -> None:
    kept = KeptMemory()
    large, small = kept.take(10_000), kept.take(10)
    places = large.data_ptr(), small.data_ptr()
    del large, small
    again = kept.take(10), kept.take(10_000)
    assert (again[1].data_ptr(), again[0].data_ptr()) == places
