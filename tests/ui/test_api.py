"""The endpoints called as Gradio calls them, without a server."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import gradio as gr
import pytest

from med3dvlm.__main__ import main
from med3dvlm.engine.conversation import TokenEvent
from med3dvlm.engine.engine import Engine
from med3dvlm.hosting.models.loading import Loading
from med3dvlm.hosting.models.services import Services
from med3dvlm.retrieval import Library
from med3dvlm.ui.api_search import Brought, Read, searching_endpoints
from med3dvlm.ui.page.stopping import Switches
from tests.commands.rows import rows_of
from tests.scan_files import save_nifti
from tests.ui.conftest import BRIEF

QUESTION = "Describe the findings."
CLOSED = "Which plane is it? A. axial B. coronal"


@pytest.fixture
def ask_volume(
    endpoints: dict[str, Callable[..., dict[str, Any]]],
) -> Callable[..., dict[str, Any]]:
    return endpoints["ask_volume"]


@pytest.mark.parametrize("question", [QUESTION, CLOSED])
def test_the_endpoint_and_the_command_tell_one_probability(
    ask_volume, cache: Path, scan, visitor, random_model: Path, tmp_path: Path, question: str
) -> None:
    """The endpoint gave the arithmetic mean over tokens, the command the geometric one."""
    file = save_nifti(scan.volume, tmp_path / "a.nii.gz")
    upload = shutil.copy(file, cache / "a.nii.gz")
    told = ask_volume(visitor, {"path": str(upload)}, question, max_new_tokens=BRIEF)
    command = ["ask", str(file), "--question", question, "--out", str(tmp_path / "a.csv")]
    command += ["--max-new-tokens", str(BRIEF), "--model", str(random_model), "--device", "cpu"]
    assert main(command) == 0
    [row] = rows_of(tmp_path / "a.csv")
    assert row["answer"] == told["answer"]
    assert 0 < told["probability"] < 1
    assert float(row["probability"]) == pytest.approx(told["probability"], abs=1e-6, rel=0)


def test_without_an_answer_there_is_no_probability(
    ask_volume, cache: Path, scan, visitor, services: Services, monkeypatch
) -> None:
    """Nothing was said with a probability of 0."""
    upload = save_nifti(scan.volume, cache / "b.nii.gz")
    monkeypatch.setattr(type(services.engine), "answer", lambda *_, **__: iter(()))
    told = ask_volume(visitor, {"path": str(upload)}, QUESTION)
    assert (told["answer"], told["probability"]) == ("", None)


def test_the_endpoint_and_the_command_tell_how_a_question_was_understood(
    ask_volume, cache: Path, scan, visitor, random_model: Path, tmp_path: Path, monkeypatch
) -> None:
    said = TokenEvent(
        text="Yes.", probability=0.9, alternatives=(), seconds=0.0, understood="Is there a stone?"
    )
    monkeypatch.setattr(Engine, "answer", lambda *_, **__: iter((said,)))
    file = save_nifti(scan.volume, tmp_path / "c.nii.gz")
    upload = shutil.copy(file, cache / "c.nii.gz")
    assert ask_volume(visitor, {"path": str(upload)}, "stones?")["understood"] == said.understood
    command = ["ask", str(file), "--question", "stones?", "--out", str(tmp_path / "c.csv")]
    assert main([*command, "--model", str(random_model), "--device", "cpu"]) == 0
    assert rows_of(tmp_path / "c.csv")[0]["understood"] == said.understood


def test_a_search_tells_what_was_searched_for(
    services: Services, library: Library, visitor: gr.Request
) -> None:
    """The page told it, the endpoint did not."""
    reading = replace(services, searched_for=lambda text: f"own {text}")
    search_volumes, *_ = searching_endpoints(
        Loading("The model", lambda tell: reading), Loading("The library", lambda tell: library),
        Switches(), cast("Read", None), cast("Brought", None),
    )  # fmt: skip
    hits = search_volumes(visitor, "pebble", 2, "ascites")
    assert [hit["searched_for"] for hit in hits] == ["own pebble, no own ascites"] * 2
    assert [hit["estimated"] for hit in hits] == [{}, {}]
