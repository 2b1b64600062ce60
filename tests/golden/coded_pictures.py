"""Makes coded_pictures.npz: one small picture in the encodings that no dependency can write.

Needs imagecodecs (2026.3.6 was used), which is not among the dependencies:
python tests/golden/coded_pictures.py
"""

from pathlib import Path

import imagecodecs
import numpy as np

row, column = np.mgrid[0:32, 0:24]
bump = 400 * np.exp(-((row - 20) ** 2 + (column - 8) ** 2) / 60)
noise = np.random.default_rng(0).integers(0, 20, row.shape)
picture = (1024 + bump + 3 * row + noise).astype(np.uint16)
coded = {
    "jpeg_ls": imagecodecs.jpegls_encode(picture),
    "jpeg_lossless": imagecodecs.ljpeg_encode(picture),
    "htj2k": imagecodecs.htj2k_encode(picture),
    "jpeg_baseline": imagecodecs.jpeg8_encode((picture >> 4).astype(np.uint8)),
    "jpeg_extended": imagecodecs.jpeg8_encode(picture, bitspersample=12),
}
arrays = {name: np.frombuffer(code, np.uint8) for name, code in coded.items()}
np.savez_compressed(Path(__file__).with_suffix(".npz"), picture=picture, **arrays)
