"""What `import med3dvlm` offers: answers, reports, searches and maps, and how each refuses."""

import io
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import med3dvlm
from med3dvlm.engine.confidence import Word
from med3dvlm.errors import CheckpointError, ConfigError, LibraryError, PromptError, VolumeError
from med3dvlm.explain.lab.detectability import Curve
from med3dvlm.explain.lab.places import PlaceRates
from med3dvlm.phantoms.case import make_case
from med3dvlm.phantoms.findings import KINDS
from med3dvlm.phantoms.planted import plant
from med3dvlm.retrieval import Entry, Library
from med3dvlm.scripting.answer import Answer
from med3dvlm.volumes.formats.nifti import save_nifti

ASKED = "Is there a kidney stone?"
PNG = b"\x89PNG"


@pytest.fixture(scope="module")
def scan() -> med3dvlm.Volume:
    return make_case(5, shape=(16, 32, 32)).volume


@pytest.fixture(scope="module")
def model(random_model: Path) -> med3dvlm.Model:
    return med3dvlm.open_model(str(random_model), device="cpu")


def test_names_are_there_without_torch_until_a_model_is_opened() -> None:
    """A script that only opens scans starts in a moment."""
    code = (
        "import sys, med3dvlm; med3dvlm.Volume; med3dvlm.draw_phantom;"
        "assert set(med3dvlm.__all__) <= set(dir(med3dvlm));"
        "assert 'transformers' not in sys.modules and 'gradio' not in sys.modules;"
        "import med3dvlm.errors; assert med3dvlm.errors.VolumeError"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_every_name_exists_and_no_other() -> None:
    for name in med3dvlm.__all__:
        assert getattr(med3dvlm, name)
    with pytest.raises(AttributeError, match="open_volum'"):
        _ = med3dvlm.open_volum  # type: ignore[attr-defined]


def test_a_scan_is_opened_by_a_text_as_by_a_path(scan: med3dvlm.Volume, tmp_path: Path) -> None:
    save_nifti(scan, tmp_path / "scan.nii.gz")
    path = str(tmp_path / "scan.nii.gz")
    assert med3dvlm.open_volume(path).digest == scan.digest
    assert len(med3dvlm.list_series(path)) == 1
    with pytest.raises(med3dvlm.Med3DVLMError, match="no such file"):
        med3dvlm.open_volume("nowhere.nii")


def test_a_question_is_answered_the_same_each_time(
    model: med3dvlm.Model, scan: med3dvlm.Volume
) -> None:
    first, again = model.ask(scan, ASKED), model.ask(scan, ASKED)
    assert str(first) == first.text == again.text
    assert first.probability == again.probability
    assert "".join(word.text for word in first.words).strip() == first.text
    choice = model.ask(scan, "Which plane is it? A. axial B. coronal")
    assert choice.text in choice.options
    assert sum(choice.options.values()) == pytest.approx(1)


def test_a_scan_is_encoded_once_until_another_is_asked_about(
    model: med3dvlm.Model, scan: med3dvlm.Volume, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoded: list[str] = []
    encode = model.engine.encode

    def counted(volume: med3dvlm.Volume) -> Any:
        encoded.append(volume.digest)
        return encode(volume)

    monkeypatch.setattr(model.engine, "encode", counted)
    other = make_case(6, shape=(16, 32, 32)).volume
    for asked in (other, other, scan, scan, other):
        model.ask(asked, ASKED)
    assert encoded == [other.digest, scan.digest, other.digest]


def test_a_report_has_its_sections(model: med3dvlm.Model, scan: med3dvlm.Volume) -> None:
    report = model.report(scan)
    assert list(report.sections) == ["Technique", "Findings", "Impression"]
    assert str(report).startswith("### Technique")
    assert report._repr_markdown_() == str(report)
    assert report.text in " ".join([*report.sections.values(), report.text])


def test_a_map_is_shown_and_saved(
    model: med3dvlm.Model, scan: med3dvlm.Volume, tmp_path: Path
) -> None:
    made = model.explain(scan, question=ASKED)
    assert made.places(1)[0]["value"] == made.map.values.max()
    assert made.map.legend in str(made)
    made.save(str(tmp_path / "map.nii.gz"))
    made.save(tmp_path / "map.png")
    assert (tmp_path / "map.png").read_bytes().startswith(PNG)
    assert med3dvlm.open_volume(tmp_path / "map.nii.gz").shape == scan.shape
    with pytest.raises(med3dvlm.Med3DVLMError, match="already exists"):
        made.save(tmp_path / "map.nii.gz")
    assert made._repr_png_().startswith(PNG)


def test_a_volume_shows_its_three_planes(scan: med3dvlm.Volume) -> None:
    picture = Image.open(io.BytesIO(scan._repr_png_()))
    z, y, x = scan.extent_mm
    assert picture.width / picture.height == pytest.approx((2 * x + y) / max(y, z), rel=0.1)


def test_a_hit_tells_what_was_searched_for(
    model: med3dvlm.Model, scan: med3dvlm.Volume, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vector = model.engine.encode(scan).embedding
    with Library.create(tmp_path, dim=len(vector), model=model.engine.retrieval_key) as made:
        made.add([Entry(title="The scan", text="", digest=scan.digest)], vector[None])
    monkeypatch.setattr(type(model.engine), "searched_for", lambda _, text: f"own {text}")
    [hit] = model.search("pebble", library=tmp_path)
    assert hit.searched_for == "own pebble"
    [alike] = model.search(scan, library=tmp_path)
    assert alike.searched_for == ""


@pytest.mark.parametrize(
    ("call", "kind", "words"),
    [
        (lambda model, scan: model.ask("scan.nii", ASKED), VolumeError, "open the scan first"),
        (lambda model, scan: model.report(None), VolumeError, "got NoneType"),
        (lambda model, scan: model.ask(scan, " "), PromptError, "question"),
        (lambda model, scan: model.search("a stone", count=0), PromptError, "1 or more"),
        (lambda model, scan: model.search(" "), PromptError, "what to search for"),
        (lambda model, scan: model.search("a", library="nowhere"), LibraryError, "nowhere"),
        (lambda model, scan: model.search("a stone"), LibraryError, "model"),
        (lambda model, scan: model.explain(scan), PromptError, "either a text or a question"),
        (lambda model, scan: model.explain(scan, text="a", method="x"), PromptError, "one of"),
        (lambda model, scan: med3dvlm.open_model("nowhere"), CheckpointError, "nowhere"),
        (lambda model, scan: med3dvlm.draw_phantom(-1), ConfigError, "0 or more"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(
    call: Any, kind: type[Exception], words: str, model: med3dvlm.Model, scan: med3dvlm.Volume
) -> None:
    with pytest.raises(kind, match=words) as caught:
        call(model, scan)
    assert isinstance(caught.value, med3dvlm.Med3DVLMError)


def test_an_answer_in_a_notebook_shows_text_as_text() -> None:
    """A question is a visitor's: its brackets are no tags."""
    word = Word("<i>Yes</i>", 0.5)
    answer = Answer(
        question="<script>", text="<i>Yes</i>", words=(word,), options={"A. <b>": 1.0},
        understood="<u>", unfamiliar=True,
    )  # fmt: skip
    shown = answer._repr_html_()
    assert "&lt;script&gt;" in shown
    assert "A. &lt;b&gt;: 100 %" in shown
    assert 'title="50 %"' in shown
    assert "unlike what the model was trained on" in shown
    assert "&lt;b&gt;No" in Answer(question="a", text="<b>No")._repr_html_()


def test_a_changed_scan_is_asked_about_before_after_and_without_an_image(
    model: med3dvlm.Model, scan: med3dvlm.Volume
) -> None:
    found = model.perturb(scan, "blank", question=ASKED)
    for answers in (found.before, found.after, found.blind):
        assert sum(answers[ASKED].values()) == pytest.approx(1)
        assert set(answers[ASKED]) == {"Yes", "No"}
    assert str(found).startswith("blank: ")
    assert 0 <= found.moved <= 1
    plane = model.perturb(scan, "noise", question="Which plane? A. axial B. coronal")
    assert set(next(iter(plane.before.values()))) == {"A. axial", "B. coronal"}
    with pytest.raises(PromptError, match="The change is one of left and right swapped, "):
        model.perturb(scan, "upside down", question=ASKED)
    with pytest.raises(VolumeError, match="A volume is needed"):
        model.perturb("scan.nii", "blank", question=ASKED)  # type: ignore[arg-type]


def test_an_organ_is_taken_out_and_another_scan_takes_the_place(
    model: med3dvlm.Model, scan: med3dvlm.Volume
) -> None:
    """The page could do it, and no script."""
    mask = np.zeros(scan.shape, bool)
    mask[2:5, 6:9, 3:7] = True
    found = model.perturb(scan, "one organ taken out", question=ASKED, mask=mask)
    assert found.before != found.after
    flipped = scan.with_values(np.flip(scan.voxels, 0))
    one = model.perturb(scan, "another scan", question=ASKED, other=flipped)
    same = model.perturb(scan, "head and feet swapped", question=ASKED)
    assert one.after[ASKED] == pytest.approx(same.after[ASKED])
    assert model.perturb(scan, "another scan", question=ASKED).after != one.after, "a phantom"
    with pytest.raises(PromptError, match="give a label map"):
        model.perturb(scan, "one organ taken out", question=ASKED)


def test_the_high_grid_has_a_gradient_of_its_own(
    model: med3dvlm.Model, scan: med3dvlm.Volume
) -> None:
    """The page and the endpoint had it alone."""
    low = model.explain(scan, question=ASKED).map
    high = model.explain(scan, question=ASKED, method="gradient on the high grid").map
    assert high.values.size < low.values.size
    with pytest.raises(PromptError, match="explains an answer"):
        model.explain(scan, text="a stone", method="gradient on the high grid")


def test_a_curve_of_many_people(model: med3dvlm.Model, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page and the command line drew it, and no script."""
    small = partial(plant, shape=(16, 32, 32))
    monkeypatch.setattr("med3dvlm.explain.lab.curves.plant", small)
    made = model.detect_curve("gallstone", people=2, steps=3)
    assert isinstance(made, med3dvlm.Detectability)
    assert isinstance(made.found, Curve)
    assert len(made.found.means) == 3
    assert str(made).startswith("Half is ")
    made = model.detect_curve("renal cyst", vary="place", people=2)
    assert isinstance(made.found, PlaceRates)
    assert all(place in str(made) for place in KINDS["renal cyst"].places)
    for wrong, words in (
        ({"kind": "broken heart"}, "The kind is one of "),
        ({"kind": "gallstone", "vary": "age"}, "What varies is one of size_mm, contrast, place"),
        ({"kind": "gallstone", "people": 1}, "2 to 500 people"),
    ):
        with pytest.raises(PromptError, match=words):
            model.detect_curve(**wrong)  # type: ignore[arg-type]


def test_a_painted_lesion_is_asked_about(model: med3dvlm.Model) -> None:
    result = model.detect("kidney stone", size_mm=20)
    assert result.trial.size_mm == 20
    assert result.question == ASKED
    assert all(0 <= p <= 1 for p in (result.with_lesion, result.without, result.blind))
    assert result.contrast_hu > 100
    with pytest.raises(PromptError, match="The kind is one of "):
        model.detect("broken heart")
    with pytest.raises(ConfigError):
        model.detect("kidney stone", size_mm=-5)


def test_a_lesion_is_painted_into_a_scan(model: med3dvlm.Model) -> None:
    """The page could do it, and no script."""
    scan = med3dvlm.draw_phantom(20_000_001)
    middle = np.array(scan.shape) // 2  # as numpy tells places
    found = model.detect_in_scan(scan, "kidney stone", voxel=middle)
    assert isinstance(found, med3dvlm.ScanTrial)
    assert found.scan == scan.digest
    assert found.voxel == tuple(middle)
    assert found.size_mm == sum(KINDS["kidney stone"].size_mm) / 2
    assert found.lesion.said.startswith("A painted lesion in a real scan: kidney stone")
    assert all(0 <= p <= 1 for p in (found.with_lesion, found.without, found.blind))
    nothing = model.detect_in_scan(scan, "kidney stone", voxel=middle, size_mm=0)
    assert nothing.with_lesion == nothing.without == found.without
    assert nothing.lesion.said == "Nothing is painted into the scan."


@pytest.mark.parametrize(
    ("kind", "given", "words"),
    [
        ("broken heart", {}, "choose one of lung nodule"),
        ("ascites", {}, "choose one of lung nodule"),
        ("gallstone", {"voxel": (1, 2)}, "three numbers"),
        ("gallstone", {"voxel": "here"}, "three numbers"),
        ("gallstone", {"voxel": None}, "three numbers"),
        ("gallstone", {"voxel": (1, 2, float("nan"))}, "three numbers"),
        ("gallstone", {"size_mm": 500}, "0 to 150 mm"),
        ("gallstone", {"contrast": 2}, "contrast of 0 to 1"),
        ("gallstone", {"voxel": (9999, 1, 1)}, "outside the scan: choose one in the body"),
    ],
)
def test_a_lesion_that_can_not_be_painted_into_a_scan_is_a_sentence(
    model: med3dvlm.Model, kind: str, given: dict[str, Any], words: str
) -> None:
    scan = med3dvlm.draw_phantom(20_000_001)
    with pytest.raises(med3dvlm.Med3DVLMError, match=words):
        model.detect_in_scan(scan, kind, **{"voxel": (30, 40, 40)} | given)
