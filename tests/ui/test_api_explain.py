"""The explaining endpoints called as Gradio calls them, without a server."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr
import pytest

from med3dvlm.ui.explain.said import NOT_MEASURED
from med3dvlm.ui.page.session import Scan
from tests.scan_files import save_nifti

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
    assert len(told["after"]) == 10
    assert 0 <= told["stayed"] <= 1
    one = endpoints["perturb_volume"](visitor, upload(), "Which? A. axial B. coronal", "blank")
    assert list(one["after"]) == ["blank"]
    assert json.loads(json.dumps(one)) == one


def test_a_painted_lesion_is_asked_about(endpoints, visitor: gr.Request) -> None:
    told = endpoints["detect_lesion"](visitor, "lung nodule", "", 30, 1.0, 20_000_001)
    assert told["trial"]["place"] == "right upper lobe"
    assert 0 <= told["with_lesion"] <= 1
    assert json.loads(json.dumps(told)) == told


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("detect_lesion", ("broken heart",), "kind is none of: lung nodule"),
        ("detect_lesion", ("lung nodule", "the moon"), "place is none of: right upper lobe"),
        ("detect_lesion", ("lung nodule", "", "big"), "size_mm is a number, not a text"),
        ("detect_lesion", ("lung nodule", "", 10, 9), "contrast goes from 0 to 4, not 9"),
        ("detect_lesion", ("lung nodule", "", 10, 1, -1), "seed goes from 0"),
        ("explain_volume", (None, "stone"), "no file"),
        ("perturb_volume", (None, "stone"), "no file"),
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
