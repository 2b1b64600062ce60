"""The explaining endpoints called as Gradio calls them, without a server."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
import pytest

from med3dvlm.explain.lab.perturbations import ANOTHER, CHANGES, PERTURBATIONS, WITHOUT_ORGAN
from med3dvlm.phantoms.findings import KINDS
from med3dvlm.phantoms.planted import plant
from med3dvlm.ui.explain.said import NOT_MEASURED
from med3dvlm.ui.page.session import Scan
from tests.scan_files import save_nifti
from tests.ui.conftest import TINY

ASKED = "Is there a stone?"
CURVES = "med3dvlm.explain.lab.curves"
Endpoint = Callable[..., dict[str, Any]]


@pytest.fixture
def upload(cache: Path, scan: Scan) -> Callable[[], dict[str, str]]:
    """A file as it comes; each call takes it away."""

    def made() -> dict[str, str]:
        path = cache / "scan.nii.gz"
        save_nifti(scan.volume, path)
        return {"path": str(path)}

    return made


@pytest.mark.parametrize(
    ("method", "wanted"),
    [("text split", "a stone"), ("occlusion", "kidney stone"), ("gradient", "kidney stone")],
)
def test_a_map_is_told_cell_by_cell(
    endpoints, upload, visitor: gr.Request, method: str, wanted: str
) -> None:
    given = upload()
    told = endpoints["explain_volume"](visitor, given, wanted, method)
    z, y, x = told["grid"]
    values = [cell["value"] for cell in told["cells"]]
    assert len(values) == z * y * x
    assert values == sorted(values, reverse=True)
    assert told["how_far_to_believe_it"] == NOT_MEASURED
    assert told["means"]
    assert told["means_not"]
    assert json.loads(json.dumps(told)) == told
    assert not Path(given["path"]).exists(), "nothing is kept"


def test_answers_before_and_after_changes(endpoints, upload, visitor: gr.Request) -> None:
    told = endpoints["perturb_volume"](visitor, upload(), "Is there a stone?")
    assert told["before"].keys() == told["without_image"].keys() == {"Yes", "No"}
    assert list(told["after"]) == [*PERTURBATIONS, ANOTHER]
    assert 0 <= told["stayed"] <= 1
    one = endpoints["perturb_volume"](visitor, upload(), "Which? A. axial B. coronal", "blank")
    assert list(one["after"]) == ["blank"]
    assert json.loads(json.dumps(one)) == one


def test_an_organ_is_taken_out_and_another_scan_takes_the_place(
    endpoints, upload, scan: Scan, cache: Path, visitor: gr.Request
) -> None:
    """The page could do it, and no script."""
    box = np.zeros(scan.volume.shape, np.int16)
    box[2:5, 6:9, 3:7] = 1
    labels, other = cache / "labels.nii.gz", cache / "other.nii.gz"

    def files() -> tuple[dict[str, str], ...]:
        save_nifti(scan.volume.with_values(box), labels)
        save_nifti(scan.volume.with_values(scan.volume.voxels[::-1]), other)
        return {"path": str(labels)}, {"path": str(other)}

    perturb = endpoints["perturb_volume"]
    told = perturb(visitor, upload(), ASKED, WITHOUT_ORGAN, "labels", *files())
    assert list(told["after"]) == [WITHOUT_ORGAN]
    assert not labels.exists(), "nothing is kept"
    assert not other.exists()
    own = perturb(visitor, upload(), ASKED, ANOTHER, "", None, files()[1])
    flipped = perturb(visitor, upload(), ASKED, "head and feet swapped")
    first, second = own["after"][ANOTHER], flipped["after"]["head and feet swapped"]
    assert first["options"] == pytest.approx(second["options"], abs=1e-3)
    every = perturb(visitor, upload(), ASKED, "all", "labels", files()[0])
    assert list(every["after"]) == list(CHANGES)
    for given, words in (
        ((WITHOUT_ORGAN,), "give a label map"),
        ((WITHOUT_ORGAN, "liver", files()[0]), "There is no label 'liver'"),
    ):
        with pytest.raises(gr.Error, match=words):
            perturb(visitor, upload(), ASKED, *given)


def test_a_curve_of_many_people(
    endpoints, visitor: gr.Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page and the command line drew it, and no script."""
    monkeypatch.setattr(f"{CURVES}.plant", partial(plant, shape=TINY))
    told = endpoints["detect_curve"](visitor, "gallstone", "", 2, 3)
    assert told["axis"] == "size_mm"
    assert len(told["means"]) == 3
    assert 0 <= told["blind"] <= 1
    told = endpoints["detect_curve"](visitor, "renal cyst", "place", 2, 3)
    assert set(told["means"]) == set(told["intervals"]) == set(KINDS["renal cyst"].places)
    assert json.loads(json.dumps(told)) == told | {
        "intervals": {place: list(ends) for place, ends in told["intervals"].items()}
    }


def test_a_painted_lesion_is_asked_about(endpoints, visitor: gr.Request) -> None:
    told = endpoints["detect_lesion"](visitor, "lung nodule", "", 30, 1.0, 20_000_001)
    assert told["trial"]["place"] == "right upper lobe"
    assert 0 <= told["with_lesion"] <= 1
    assert json.loads(json.dumps(told)) == told


def test_a_lesion_is_painted_into_a_scan(
    endpoints, upload, scan: Scan, visitor: gr.Request
) -> None:
    """The page could do it, and no script."""
    given = upload()
    middle = [n // 2 for n in scan.volume.shape]
    told = endpoints["detect_in_scan"](visitor, given, "gallstone", *middle, 30)
    assert told["told"].startswith("A painted lesion in a real scan: gallstone, 30 mm.")
    assert told["voxel"] == tuple(middle)
    assert 0 <= told["with_lesion"] <= 1
    assert not Path(given["path"]).exists(), "nothing is kept"
    for wrong, words in (
        (("ascites", 1, 1, 1), "kind is none of: lung nodule"),
        (("gallstone", "here", 1, 1), "z is a number, not a text"),
        (("gallstone", 1, -1, 1), "y goes from 0"),
        (("gallstone", 1, 1, 1, 151), "size_mm goes from 0 to 150"),
        (("gallstone", 1, 1, 1, 20, 2), "contrast goes from 0 to 1"),
        (("gallstone", 1, 1, 9999), "outside the scan: choose one in the body"),
    ):
        with pytest.raises(gr.Error, match=words):
            endpoints["detect_in_scan"](visitor, upload(), *wrong)


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("detect_lesion", ("broken heart",), "kind is none of: lung nodule"),
        ("detect_lesion", ("lung nodule", "the moon"), "place is none of: right upper lobe"),
        ("detect_lesion", ("lung nodule", "", "big"), "size_mm is a number, not a text"),
        ("detect_lesion", ("lung nodule", "", 10, 9), "contrast goes from 0 to 4, not 9"),
        ("detect_lesion", ("lung nodule", "", 10, 1, -1), "seed goes from 0"),
        ("detect_curve", ("broken heart",), "kind is none of: lung nodule"),
        ("detect_curve", ("gallstone", "age"), "vary is none of: size_mm, contrast, place"),
        ("detect_curve", ("gallstone", "", 99), "people goes from 2 to 20, not 99"),
        ("detect_curve", ("gallstone", "", 2, 2), "steps goes from 3 to 10, not 2"),
        ("detect_curve", ("gallstone", "place"), "has one place"),
        ("explain_volume", (None, "stone"), "no file"),
        ("perturb_volume", (None, "stone"), "no file"),
        ("detect_in_scan", (None, "gallstone", 1, 1, 1), "no file"),
    ],
)
def test_what_is_wrong_is_a_sentence(
    endpoints, visitor: gr.Request, name: str, given: tuple[Any, ...], words: str
) -> None:
    with pytest.raises(gr.Error, match=words):
        endpoints[name](visitor, *given)


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("explain_volume", (" ",), "text is empty"),
        ("explain_volume", ("stone", "magic"), "method is none of: text split"),
        ("explain_volume", ("stone", "occlusion", "red"), "baseline is none of: mean"),
        ("explain_volume", ("a nice day", "gradient"), "choose one of the list"),
        ("perturb_volume", ("Stone?", ["blank"]), "change is none of: all"),
    ],
)
def test_a_scan_with_wrong_values_is_removed(
    endpoints, upload, visitor: gr.Request, name: str, given: tuple[Any, ...], words: str
) -> None:
    file = upload()
    with pytest.raises(gr.Error, match=words):
        endpoints[name](visitor, file, *given)
    assert not Path(file["path"]).exists()
