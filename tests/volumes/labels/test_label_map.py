from itertools import combinations

import numpy as np
import pytest

from med3dvlm.errors import VolumeError
from med3dvlm.volumes.labels.colours import PALETTE, colour_of
from med3dvlm.volumes.labels.label_map import LabelPainter, labels_of_masks, printable, told_apart

# What light-sensitive cells that are missing make of red, green and blue (Machado et al. 2009).
DEFICIENT = {
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
               [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
               [-0.011820, 0.042940, 0.968881]],
    "usual": np.eye(3),
}  # fmt: skip


@pytest.mark.parametrize("sight", DEFICIENT)
def test_the_first_colours_are_told_apart_without_red_or_green(sight: str) -> None:
    linear = (np.array(PALETTE) / 255) ** 2.2
    seen = np.clip(linear @ np.array(DEFICIENT[sight]).T, 0, 1) ** (1 / 2.2) * 255
    assert min(np.linalg.norm(a - b) for a, b in combinations(seen, 2)) > 40


def test_twenty_one_colours_differ() -> None:
    colours = [colour_of(n) for n in range(21)]
    assert len(set(colours)) == 21
    assert colour_of(21) == colour_of(0)


def test_more_combinations_than_a_byte_holds_are_refused() -> None:
    painter = LabelPainter((1, 16, 16), 1.0)
    every = np.arange(256).reshape(1, 16, 16)
    for bit in range(7):
        painter.add(((every >> bit) & 1).astype(np.uint8), (f"bit {bit}",))
    labels = painter.finish()
    assert labels.at((0, 15, 15)) == tuple(labels.names)
    painter = LabelPainter((1, 16, 32), 1.0)
    layers = [(np.arange(512).reshape(1, 16, 32) >> bit & 1).astype(np.uint8) for bit in range(9)]
    for layer in layers[:7]:
        painter.add(layer, ("bit",))
    with pytest.raises(VolumeError, match="more than 255"):
        painter.add(layers[7] + 2 * layers[8], ("seven", "eight", "both"))


def test_labels_of_no_voxel_are_counted_and_left_out() -> None:
    mask = np.zeros((2, 3, 4), bool)
    with pytest.raises(VolumeError, match="no voxel of the scan is labelled"):
        labels_of_masks({"nothing": mask}, 1.0)
    labels = labels_of_masks({"nothing": mask, "all": ~mask}, 0.5)
    assert labels.names == ("all",)
    assert labels.labels[0].millilitres == 12
    assert labels.notes == ("Labels that cover no voxel of the scan: 1.",)


def test_names_are_one_printable_line_each() -> None:
    assert printable("Left\n kidney\x00 ", "?") == "Left kidney"
    assert printable(None, "label 3") == "label 3"
    assert len(printable("x" * 500, "?")) == 60
    assert told_apart(["a", "a", "b", "a"]) == ["a", "a (2)", "b", "a (3)"]
