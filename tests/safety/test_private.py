"""Identifiers of patients: planted in every text of a DICOM series, looked for everywhere."""

import dataclasses
import io
import logging
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pydicom import dcmread

from med3dvlm.engine.report import scan_facts
from med3dvlm.errors import Med3DVLMError
from med3dvlm.retrieval import Entry, Library
from med3dvlm.ui.components.viewer.payload import FileStore, make_payload
from med3dvlm.ui.components.viewer.state import ViewerState
from med3dvlm.ui.page.session import Scan
from med3dvlm.ui.scan.facts import caption, facts_table
from med3dvlm.volumes import list_series, open_volume
from med3dvlm.volumes.views.thumbnail import thumbnail
from med3dvlm.volumes.window import ABDOMEN
from tests.planted_identifiers import clean, planted


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("series")
    used = planted(folder)
    assert {"PatientName", "PatientID", "SeriesDescription", "InstitutionName"} <= used
    assert len(used) > 300
    return folder


def test_a_volume_and_its_series_carry_no_identifier(folder: Path) -> None:
    for info in list_series(folder):
        clean([getattr(info, field.name) for field in dataclasses.fields(info)])
    volume = open_volume(folder)
    assert volume.voxels.size == 24 * 24 * 8
    for field in dataclasses.fields(volume):
        clean(getattr(volume, field.name))


def test_no_log_line_carries_one(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    open_volume(folder)
    clean(caplog.text)


def test_page_report_export_and_thumbnail_carry_none(folder: Path, tmp_path: Path) -> None:
    volume = open_volume(folder)
    scan = Scan(volume=volume, name="scan.zip")
    for text in (caption(scan), facts_table(scan), scan_facts(volume)):
        clean(text)
    data = make_payload(ViewerState(volume=volume, title=scan.name), FileStore(tmp_path))
    clean(data.model_dump_json())
    clean(data.full.file.path)
    picture = thumbnail(volume, ABDOMEN)
    clean(picture)
    opened = Image.open(io.BytesIO(picture))
    assert not opened.getexif()
    clean(opened.info)


def test_the_index_keeps_none(folder: Path, tmp_path: Path) -> None:
    volume = open_volume(folder)
    entry = Entry(
        title="A scan", text=scan_facts(volume), digest=volume.digest, source="file:1",
        thumbnail=thumbnail(volume, ABDOMEN),
    )  # fmt: skip
    with Library.create(tmp_path / "library", dim=4, model="m") as library:
        library.add([entry], np.eye(1, 4, dtype=np.float32))
        library.seal()
    files = [path for path in (tmp_path / "library").rglob("*") if path.is_file()]
    assert files
    for path in files:
        clean(path.read_bytes())


@pytest.mark.parametrize("damage", ["cut", "gap", "mixed"])
def test_error_messages_carry_none(folder: Path, tmp_path: Path, damage: str) -> None:
    """A message names the file that the visitor chose, and what is wrong."""
    paths = sorted(folder.glob("*.dcm"))
    for place, path in enumerate(paths):
        if damage == "gap" and place == 2:
            continue
        data = path.read_bytes()
        (tmp_path / path.name).write_bytes(data[: len(data) // 2] if damage == "cut" else data)
    if damage == "mixed":
        other = dcmread(paths[0])
        other.Rows = 0
        other.save_as(tmp_path / paths[0].name)
    try:
        clean(open_volume(tmp_path).notes)
    except Med3DVLMError as error:
        clean(str(error))
        clean(repr(error.__cause__))
