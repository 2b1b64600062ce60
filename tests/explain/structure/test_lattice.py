"""The stem reads the voxels on three families of lines: by counting, and by its gradient."""

import numpy as np
import torch

from med3dvlm.explain.structure.lattice import stem_lines, stem_reads
from med3dvlm.model.dcformer import DCFormer
from tests.engine_maker import ENCODER


def test_ten_of_sixty_four_voxels_lie_on_a_line() -> None:
    lines = stem_lines((16, 32, 32))
    assert lines.any(axis=0).mean() == 10 / 64
    assert lines[0, :, 0, 0].all()
    assert not lines[0, :, 1, 0].any()


def test_the_gradient_finds_the_same_voxels() -> None:
    torch.manual_seed(0)
    encoder = DCFormer(ENCODER).eval()
    np.testing.assert_array_equal(
        stem_reads(encoder, (16, 16, 16)), stem_lines((16, 16, 16)).any(0)
    )
