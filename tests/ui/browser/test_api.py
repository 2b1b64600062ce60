"""The endpoints by Gradio's own client, and the same tools by a real MCP client."""

import asyncio
import base64
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import httpx
import numpy as np
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client

from med3dvlm.phantoms.case import make_case
from med3dvlm.phantoms.splits import TEST
from med3dvlm.ui.api import ENDPOINTS
from tests.planted_identifiers import clean, planted
from tests.scan_files import save_nifti
from tests.ui.browser.conftest import App

pytestmark = pytest.mark.slow
CASE = make_case(TEST.start + 50_000)
PLANES = ("axial", "coronal", "sagittal")
PLANE = CASE.facts.acquisition.plane
ANSWER = f"{'ABC'[PLANES.index(PLANE)]}. {PLANE}"
CLOSED = "Which plane was this scan acquired in? A. axial B. coronal C. sagittal"


@pytest.fixture
def served(default_app: App) -> App:
    return default_app


@pytest.fixture(scope="module")
def client(default_app: App) -> Client:
    return Client(default_app.url, verbose=False)


@pytest.fixture(scope="module")
def scan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_nifti(CASE.volume, tmp_path_factory.mktemp("scan") / "Mary Shelley.nii.gz")


def test_only_the_named_endpoints_are_public(client: Client) -> None:
    found = client.view_api(return_format="dict", print_info=False)
    assert isinstance(found, dict)
    assert set(found["named_endpoints"]) == {f"/{name}" for name in ENDPOINTS}
    assert not found["unnamed_endpoints"]


def test_identifiers_in_a_series_are_in_no_answer_no_error_and_no_log(
    served: App, client: Client, tmp_path: Path
) -> None:
    series = tmp_path / "series"
    planted(series)
    whole, cut = tmp_path / "whole.zip", tmp_path / "cut.zip"
    for path in sorted(series.glob("*.dcm")):
        data = path.read_bytes()
        for archive, content in ((whole, data), (cut, data[: len(data) // 2])):
            with ZipFile(archive, "a") as stream:
                stream.writestr(path.name, content)
    for call in (("/ask_volume", CLOSED), ("/report_volume",), ("/similar_volumes",)):
        name, *more = call
        clean(client.predict(handle_file(whole), *more, api_name=name))
        with pytest.raises(AppError) as error:
            client.predict(handle_file(cut), *more, api_name=name)
        clean(str(error.value))
    clean(served.log.read_bytes())


def test_a_volume_is_asked_about(client: Client, scan: Path) -> None:
    told = client.predict(handle_file(scan), CLOSED, api_name="/ask_volume")
    assert told["answer"] == ANSWER
    assert sum(told["options"].values()) == pytest.approx(1)
    assert max(told["options"], key=told["options"].get) == told["answer"]
    again = client.predict(handle_file(scan), CLOSED, api_name="/ask_volume")
    assert again == told


def test_a_report_is_written(client: Client, scan: Path) -> None:
    told = client.predict(handle_file(scan), api_name="/report_volume")
    assert set(told["sections"]) == {"Technique", "Findings", "Impression"}
    assert PLANE in told["sections"]["Technique"]
    assert "### Findings" in told["report"]
    assert "Mary" not in json.dumps(told)


def test_the_library_is_searched(client: Client, scan: Path) -> None:
    hits = client.predict("kidney stone", 3, api_name="/search_volumes")
    assert len(hits) == 3
    assert hits[0]["source"].startswith("phantom:")
    alike = client.predict(handle_file(scan), 5, api_name="/similar_volumes")
    assert [hit["score"] for hit in alike] == sorted((hit["score"] for hit in alike), reverse=True)


def test_the_model_is_described(client: Client) -> None:
    told = client.predict(api_name="/describe_model")
    assert told["name"] == "Phantom Med3DVLM"
    assert told["limits"]


def test_errors_are_sentences(client: Client, scan: Path, tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("This is no scan.")
    for arguments, endpoint, words in (
        ((handle_file(text), "Is there a stone?"), "/ask_volume", "not a scan"),
        ((handle_file(scan), "  "), "/ask_volume", "text is empty"),
        (("stone", 900), "/search_volumes", "count goes from 1 to 50, not 900"),
        (("stone", "ten"), "/search_volumes", "count is a number, not a text"),
        ((handle_file(scan), "stone", "magic"), "/explain_volume", "method is none of: text split"),
        ((handle_file(scan), "Stone?", "melted"), "/perturb_volume", "change is none of: all"),
        (("broken heart",), "/detect_lesion", "kind is none of: lung nodule"),
        (("lung nodule", "", 900), "/detect_lesion", "size_mm goes from 0 to 300"),
        ((handle_file(scan), "Stone?", "hot"), "/ask_volume", "temperature is a number"),
        ((handle_file(scan), "Stone?", 0.5, 2), "/ask_volume", "top_p is above 0 and at most 1"),
        ((handle_file(scan), "Stone?", 0.5, 1, 64, -1), "/ask_volume", "seed goes from 0"),
    ):
        with pytest.raises(AppError, match=words):
            client.predict(*arguments, api_name=endpoint)


@pytest.mark.parametrize("way", ["{}", "{}/../{}", "/proc/self/root{}"])
def test_a_file_of_the_server_is_no_upload(
    served: App, scan: Path, tmp_path: Path, way: str
) -> None:
    """Named without "meta", which Gradio looks for, any file was read and then removed."""
    secret = tmp_path / "secret.nii.gz"
    secret.write_bytes(scan.read_bytes())
    path = way.format(*[secret.parent, secret.name] if "/../" in way else [secret])
    address = f"{served.url}gradio_api/call/ask_volume"
    for data in ({"path": path}, {"path": path, "meta": {}}, {"path": str(secret), "url": path}):
        asked = httpx.post(address, json={"data": [data, "What is this?", 0, 1, 8, 0]})
        told = httpx.get(f"{address}/{asked.json()['event_id']}", timeout=60).text
        assert "event: error" in told
        assert "probability" not in told
        assert str(tmp_path) not in told
    assert secret.exists()


@pytest.mark.parametrize("data", [[], ["What?"]])
def test_left_out_values_are_named(served: App, data: list[str]) -> None:
    """By plain HTTP; the error was empty."""
    address = f"{served.url}gradio_api/call/ask_volume"
    event = httpx.post(address, json={"data": data}).raise_for_status().json()["event_id"]
    told = httpx.get(f"{address}/{event}", timeout=60).text
    assert "event: error" in told
    assert "in this order: scan, question, temperature, top_p, max_new_tokens, seed" in told
    assert f"It got {len(data)}." in told


def test_a_script_may_call_as_often_as_it_likes(served: App) -> None:
    """Each call by plain HTTP was counted as an open page, and the 25th was refused."""
    address = f"{served.url}gradio_api/call/describe_model"
    for _ in range(30):
        event = httpx.post(address, json={"data": []}).raise_for_status().json()["event_id"]
        assert "Phantom" in httpx.get(f"{address}/{event}", timeout=60).raise_for_status().text


def test_nothing_of_a_scan_is_kept(client: Client, served: App, scan: Path) -> None:
    def kept() -> set[Path]:
        folder = served.log.parent / "gradio"
        return {path for path in folder.rglob("visitors/**/*.nii.gz") if path.is_file()}

    before = kept()  # of visitors with a page
    client.predict(handle_file(scan), CLOSED, api_name="/ask_volume")
    assert kept() <= before
    assert "Mary" not in served.log.read_text()


def test_an_mcp_client_uses_the_tools(served: App, scan: Path) -> None:
    """All of them, and each answers in JSON; it was Python's way of writing, with None."""
    data = f"data:application/gzip;base64,{base64.b64encode(scan.read_bytes()).decode()}"
    middle = {axis: n // 2 for axis, n in zip("zyx", CASE.volume.shape, strict=True)}
    calls: dict[str, dict[str, Any]] = {
        "ask_volume": {"scan": data, "question": CLOSED},
        "report_volume": {"scan": data},
        "search_volumes": {"text": "kidney stone", "count": 2},
        "similar_volumes": {"scan": data, "count": 3},
        "fitting_texts": {"scan": data, "count": 2},
        "describe_model": {},
        "explain_volume": {"scan": data, "text": "kidney stone"},
        "perturb_volume": {"scan": data, "question": CLOSED, "change": "blank"},
        "detect_lesion": {"kind": "lung nodule", "size_mm": 30},
        "detect_in_scan": {"scan": data, "kind": "lung nodule", **middle},
        "detect_curve": {"kind": "kidney stone", "people": 2, "steps": 3},
        "look_inside": {"scan": data, "question": "Where is the kidney stone?"},
        "compare_prompts": {"scan": data, "states": "kidney stone", "denies": "no kidney stone"},
        "describe_layers": {"scan": data},
    }
    assert calls.keys() == set(ENDPOINTS)

    async def talk() -> tuple[dict[str, Any], dict[str, Any], Any]:
        address = f"{served.url}gradio_api/mcp/"
        async with (
            streamable_http_client(address) as (read, write, _),
            ClientSession(read, write) as session,
        ):
            await session.initialize()
            tools = {tool.name: tool for tool in (await session.list_tools()).tools}
            told = {
                name: await session.call_tool(_named(tools, name), given)
                for name, given in calls.items()
            }
            wrong = {"text": "kidney stone", "count": 99}
            return tools, told, await session.call_tool(_named(tools, "search_volumes"), wrong)

    with ThreadPoolExecutor(1) as thread:  # a browser of other tests has a loop in this one
        tools, told, refused = thread.submit(lambda: asyncio.run(talk())).result()
    assert len(tools) == len(ENDPOINTS)
    assert "Launching" not in served.log.read_text(), "a line that is not the log's"
    ask = tools[_named(tools, "ask_volume")]
    assert "clinical use" in ask.description
    assert "NRRD" in ask.inputSchema["properties"]["scan"]["description"]
    assert not any(result.isError for result in told.values())
    answers = {name: json.loads(result.content[0].text) for name, result in told.items()}
    assert answers["ask_volume"]["answer"] == ANSWER
    assert set(answers["report_volume"]["sections"]) == {"Technique", "Findings", "Impression"}
    assert len(answers["search_volumes"]) == 2
    assert len(answers["similar_volumes"]) == 3
    assert len(answers["fitting_texts"]) == 2
    assert answers["describe_model"]["name"] == "Phantom Med3DVLM"
    assert len(answers["explain_volume"]["cells"]) == np.prod(answers["explain_volume"]["grid"])
    assert answers["perturb_volume"]["before"].keys() == answers["ask_volume"]["options"].keys()
    assert answers["detect_lesion"]["trial"]["size_mm"] == 30
    assert answers["detect_in_scan"]["told"].startswith("A painted lesion in a real scan")
    assert len(answers["detect_curve"]["steps"]) == 3
    assert answers["look_inside"]["words"]
    assert len(answers["compare_prompts"]["pairs"]) == 1
    assert answers["describe_layers"]["share_read"] == 10 / 64
    assert refused.isError
    assert "count goes from 1 to 50, not 99" in refused.content[0].text


def _named(tools: dict[str, Any], ending: str) -> str:
    return next(name for name in tools if name.endswith(ending))
