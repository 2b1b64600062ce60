"""Small things for the names that examples of docstrings leave to the reader."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np

from med3dvlm.config import settings_from
from med3dvlm.engine.conversation import TokenEvent
from med3dvlm.engine.dialogue import Exchange
from med3dvlm.engine.engine import Engine
from med3dvlm.engine.provenance import provenance_of
from med3dvlm.engine.report import ReportState, Section
from med3dvlm.engine.sentences import Sentence
from med3dvlm.phantoms.case import make_case
from med3dvlm.volumes import Limits
from med3dvlm.volumes.formats.dicom.header import read_frames
from med3dvlm.volumes.formats.dicom.writer import save_dicom_series
from med3dvlm.volumes.formats.nifti import save_nifti
from med3dvlm.volumes.grid import to_model_grid
from med3dvlm.volumes.window import ABDOMEN
from tests.volumes.array_writers import write_meta, write_nrrd

SHAPE = (16, 32, 32)
WIDTH = 512


def make_inputs(home: Path, engine: Engine) -> dict[str, Any]:
    """Values by name, but for `folder`, and files by the names that examples give them."""
    volume = make_case(5, shape=SHAPE).volume
    return _files(home, volume) | _scan(volume) | _answer(engine, volume) | _numbers()


def inputs_of(module: str, inputs: dict[str, Any], models: Path) -> dict[str, Any]:
    """The same with what a name stands for in one module alone."""
    vectors = inputs["vectors"]
    others: dict[str, dict[str, Any]] = {
        "med3dvlm.engine.engine": {"folder": models},
        "med3dvlm.model.inventory": {"folder": models / "vlm"},
        "med3dvlm.model.weight_files": {"folder": models / "dual_encoder"},
        "med3dvlm.phantoms.canvas": {"shape": SHAPE},
        "med3dvlm.retrieval": {"vectors": vectors[:1], "report": "A cyst."},
        "med3dvlm.retrieval.index": {"vectors": vectors[:2]},
        "med3dvlm.retrieval.store": {"vectors": vectors[:1], "report": "A cyst."},
        "med3dvlm.volumes.formats.dicom.header": {"path": inputs["paths"][0]},
        "med3dvlm.volumes.reader": {"key": None, "frame": 0},
        "med3dvlm.volumes.views.thumbnail": {"stored": inputs["stored"][0]},
    }
    return inputs | others.get(module, {})


def _files(home: Path, volume: Any) -> dict[str, Any]:
    for name in ("scan.nii", "scan.nii.gz", "scans/scan.nii"):
        (home / name).parent.mkdir(exist_ok=True)
        save_nifti(volume, home / name)
    write_nrrd(home / "scan.nrrd", volume)
    write_meta(home / "scan.mha", volume, data_file="LOCAL")
    (home / "scan.raw").write_bytes(b"voxels")
    with ZipFile(home / "scan.zip", "w") as archive:
        archive.write(home / "scan.nii", "scan.nii")
    slices = save_dicom_series(volume, home / "slices")
    head = (home / "scan.nii").read_bytes()[:540]
    return {
        "path": home / "scan.nii", "paths": slices, "head": head,
        "name": "scan.nii", "limits": Limits(), "settings": settings_from({}),
        "frames": [frame for path in slices for frame in read_frames(path)],
    }  # fmt: skip


def _scan(volume: Any) -> dict[str, Any]:
    return {
        "volume": volume, "voxels": volume.voxels, "stored": volume.voxels,
        "affine": volume.affine, "directions": volume.affine[:3, :3], "origin": np.zeros(3),
        "sizes": volume.shape, "space": (0, 1, 2), "slope": 1.0, "intercept": 0.0,
        "max_voxels": 10**9, "view": memoryview(bytearray(100)), "digest": volume.digest,
        "seen": to_model_grid(volume, ABDOMEN, (8, 16, 16)), "window": ABDOMEN,
        "spacing_mm": volume.spacing_mm, "first_mm": (-100.0, -100.0, 0.0),
        "z": 1, "y": 2, "x": 3, "d": 1, "h": 2, "w": 3, "seed": 5,
    }  # fmt: skip


def _answer(engine: Engine, volume: Any) -> dict[str, Any]:
    features = engine.encode(volume)
    event = TokenEvent(text="A cyst.", probability=0.5, alternatives=(), seconds=0.0)
    section = Section("Findings", (Sentence("A cyst.", (event,)),))
    return {
        "engine": engine, "card": engine.card, "features": features, "event": event,
        "tokens": [event], "exchange": Exchange(question="Is there a cyst?", tokens=(event,)),
        "state": ReportState((section,), 1, 1),
        "provenance": provenance_of(engine.card, features, volume, made=datetime.now(UTC)),
    }  # fmt: skip


def _numbers() -> dict[str, Any]:
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(6, WIDTH)).astype(np.float32)
    return {
        "rng": rng, "vectors": vectors, "query": vectors[0], "query_vector": vectors[0],
        "text_vectors": vectors, "volume_vectors": vectors, "embedded_prediction": vectors[:2],
        "embedded_reference": vectors[1:4], "confidences": [0.9, 0.6], "correct": [True, False],
        "probabilities": [[0.7, 0.3], [0.4, 0.6]], "right": [0, 1], "rows": [0, 1],
    }  # fmt: skip
