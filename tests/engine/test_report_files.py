"""What is kept of a report: whole, with where it comes from, and nothing that names anybody."""

import io
import json
import re
import zlib
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from med3dvlm.engine.conversation import TokenEvent
from med3dvlm.engine.engine import Engine
from med3dvlm.engine.features import VolumeFeatures
from med3dvlm.engine.provenance import PURPOSE, Provenance, provenance_of
from med3dvlm.engine.report import PROMPTS, ReportState, Section
from med3dvlm.engine.report_files import as_json, as_markdown
from med3dvlm.engine.report_pdf import as_pdf, latin, slices
from med3dvlm.engine.sentences import Sentence, sentences_of
from med3dvlm.phantoms.case import make_case
from med3dvlm.volumes.reader import open_volume
from med3dvlm.volumes.volume import Volume, canonical_affine
from med3dvlm.volumes.window import ABDOMEN

MADE = datetime(2026, 3, 4, 5, 6, tzinfo=UTC)
NAMES = ("Shelley", "Frankenstein", "P4711", "19010203", "Geneva Hospital")


@pytest.fixture(scope="module")
def provenance(engine: Engine, features: VolumeFeatures, volume: Volume) -> Provenance:
    return provenance_of(engine.card, features, volume, made=MADE)


@pytest.fixture
def state() -> ReportState:
    tokens = [
        TokenEvent(text=text, probability=0.5, alternatives=(), seconds=0.0)
        for text in ("A", " renal", " cyst", " <b>.", " No", " stone", ".")
    ]
    technique = Section("Technique", (Sentence("CT.", source="file"),))
    return ReportState(
        (technique, Section("Findings", sentences_of(tokens)), Section("Impression")), 4, 4
    )


def text_of(pdf: bytes) -> str:
    """The strings that a PDF of ours shows: its streams inflated, pieces in brackets joined."""
    shown = []
    for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, flags=re.DOTALL):
        try:
            page = zlib.decompress(stream).decode("latin-1")
        except zlib.error:
            continue
        shown += re.findall(r"\(((?:[^()\\]|\\.)*)\)", page)
    return " ".join(shown)


def test_everything_that_made_it_is_said(
    provenance: Provenance, engine: Engine, volume: Volume, features: VolumeFeatures
) -> None:
    said = dict(provenance.rows)
    assert engine.card.digest in said["Model"]
    assert engine.card.info.name in said["Model"]
    assert said["Scan"] == volume.digest
    assert said["Window"] == f"{features.window.low:g} to {features.window.high:g} HU"
    assert all(prompt in said["Prompts"] for prompt in PROMPTS)
    assert "greedy" in said["Settings"]
    assert said["Created"] == "2026-03-04 05:06 UTC"
    for name in ("med3dvlm", "python", "torch"):
        assert name in said["Versions"]


def test_markdown_has_the_report_its_origin_and_its_purpose(
    state: ReportState, provenance: Provenance
) -> None:
    text = as_markdown(state, provenance)
    assert PURPOSE in text
    assert state.markdown() in text
    assert provenance.model_digest in text
    assert "Edited by a reader" not in text
    assert "Edited by a reader: Findings." in as_markdown(
        state.edited("Findings", "No."), provenance
    )
    assert "<b>" not in text.replace("\\<", "")


def test_json_tells_how_sure_the_model_was(state: ReportState, provenance: Provenance) -> None:
    data = json.loads(as_json(state, provenance))
    assert data["purpose"] == PURPOSE
    assert data["complete"] is True
    first = data["sections"][1]["sentences"][0]
    assert first["text"] == "A renal cyst <b>."
    assert first["region"] == "Kidneys and adrenals"
    assert first["written_by"] == "the model"
    assert first["probability"] == pytest.approx(0.5)
    assert [word["text"] for word in first["words"]] == ["A", "renal", "cyst", "<b>."]
    assert data["sections"][0]["sentences"][0]["written_by"] == "the file"
    assert data["provenance"]["scan_digest"] == provenance.scan_digest


def test_pdf_shows_the_report_its_origin_and_three_slices(
    state: ReportState, provenance: Provenance, volume: Volume
) -> None:
    pdf = as_pdf(state, provenance, volume, ABDOMEN)
    assert pdf.startswith(b"%PDF")
    shown = text_of(pdf)
    for text in (PURPOSE, "Findings", "A renal cyst <b>.", provenance.scan_digest, "Sagittal"):
        assert text in shown, text
    assert pdf.count(b"/Subtype /Image") == 3


def test_pdf_does_without_letters_that_its_fonts_lack() -> None:
    assert latin("\u2265 3 mm \u2013 \u4e2d") == ">= 3 mm - ?"


def test_slices_have_their_true_aspect_and_the_head_up() -> None:
    voxels = np.zeros((4, 8, 16), np.int16)
    voxels[3] = 1000  # the slice next to the head
    volume = Volume(voxels=voxels, affine=canonical_affine((4, 1, 1)), unit="HU")
    axial, coronal, sagittal = (np.asarray(p) for p in slices(volume, ABDOMEN, (3, 0, 0)))
    rows = np.flatnonzero(axial.max(axis=1))
    assert len(rows) == pytest.approx(axial.shape[0] / 2, abs=2), "16 mm wide, 8 mm deep"
    bright = np.flatnonzero(coronal.max(axis=1) > 200)
    assert bright.mean() < coronal.shape[0] / 2
    assert sagittal.shape == axial.shape


@pytest.fixture
def named(tmp_path):
    """A DICOM series whose tags, and whose files' names, name a person wherever they can."""
    from med3dvlm.volumes.formats.dicom.writer import save_dicom_series

    folder = tmp_path / "Shelley Mary P4711"
    folder.mkdir()
    save_dicom_series(make_case(3, shape=(8, 24, 24)).volume, folder)
    import pydicom

    for path in sorted(folder.rglob("*.dcm")):
        header = pydicom.dcmread(path)
        header.PatientName, header.PatientID = "Shelley^Mary", "P4711"
        header.PatientBirthDate = "19010203"
        header.InstitutionName = "Geneva Hospital"
        for keyword in (
            "StudyDescription", "SeriesDescription", "ProtocolName", "ReferringPhysicianName",
            "BodyPartExamined", "ConvolutionKernel", "ContrastBolusAgent", "Manufacturer",
            "ImageComments",
        ):  # fmt: skip
            setattr(header, keyword, "FRANKENSTEIN")
        header.save_as(path)
    return open_volume(folder)


def test_no_file_names_a_person(engine: Engine, state: ReportState, named: Volume) -> None:
    from med3dvlm.engine.report import header_facts, scan_facts

    features = engine.encode(named)
    technique = Section("Technique", tuple(
        Sentence(text, source="file") for text in (scan_facts(named), *header_facts(named))
    ))  # fmt: skip
    whole = replace(state, sections=(technique, *state.sections[1:]))
    provenance = provenance_of(engine.card, features, named, made=MADE)
    pdf = as_pdf(whole, provenance, named, ABDOMEN)
    kept = [as_markdown(whole, provenance), as_json(whole, provenance), text_of(pdf)]
    kept.append(pdf.decode("latin-1"))
    for name in NAMES:
        assert all(name.lower() not in text.lower() for text in kept), name
    assert "contrast agent given" in kept[0]


def test_the_same_report_is_the_same_file(
    state: ReportState, provenance: Provenance, volume: Volume
) -> None:
    first, second = (as_pdf(state, provenance, volume, ABDOMEN) for _ in range(2))
    assert first == second
    assert io.BytesIO(first).read(5) == b"%PDF-"
