"""The card of the model that answers, and the list of models to choose from."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import gradio as gr
import pytest

from med3dvlm.errors import ConfigError
from med3dvlm.hosting.models.choice import ModelChoice
from med3dvlm.hosting.models.loading import Loading
from med3dvlm.hosting.models.services import Services
from med3dvlm.model.released_config import VLM_LIMITS
from med3dvlm.ui.model import choice as model_choice
from med3dvlm.ui.model import status as model_status
from med3dvlm.ui.model.card import PRECISIONS, badge_of, facts, size
from med3dvlm.ui.model.status import ModelStatus
from med3dvlm.ui.page.session import Encoded, Scan, session_states
from med3dvlm.ui.page.stopping import Switches

GIB = 2**30


def laid_out(make: Callable[[], Any]) -> tuple[gr.Blocks, Any]:
    """In a loop that runs, or Gradio makes one of its own and leaves it open."""

    async def inside() -> tuple[gr.Blocks, Any]:
        page: gr.Blocks
        with gr.Blocks() as page:
            made = make()
        return page, made

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(inside())).result()


def rows(services: Services, **changes: Any) -> dict[str, str]:
    return dict(facts(replace(services.card, **changes)))


def test_the_card_has_what_one_must_know(services: Services) -> None:
    said = rows(services)
    card = services.card
    assert f"{card.parameters:,}" in said["Parameters"]
    assert said["Precision"] == "32-bit (float32)"
    assert said["Runs on"] == "the CPU"
    assert size(card.weights_bytes) in said["Memory"]
    assert said["Trained on"] == card.info.trained_on
    assert said["Hash of the weights"] == card.digest


def test_a_released_model_in_four_bit_on_a_gpu(services: Services) -> None:
    info = replace(services.card.info, name="A/vlm", limits=VLM_LIMITS, phantom=False)
    changes = {
        "info": info, "precision": "nf4", "device": "cuda", "weights_bytes": 5 * GIB,
        "follows_up": False, "search": replace(info, name="A/dual"),
    }  # fmt: skip
    said = rows(services, **changes)
    assert said["For search"] == "A/dual"
    assert said["Conversation"] == "single questions only"
    assert "4-bit" in said["Precision"]
    assert said["Runs on"] == "the GPU"
    assert "5.0 GiB for the weights" in said["Memory"]
    html = badge_of(replace(services.card, **changes))
    for words in ("Left and right", "not like for like", "one question at a time"):
        assert words in html


def test_a_model_without_search_says_so(services: Services) -> None:
    assert "none" in rows(services, search=None)["For search"]


def test_every_precision_has_its_words() -> None:
    from med3dvlm.config import PRECISIONS as CONFIGURED

    assert set(PRECISIONS) == set(CONFIGURED) - {"auto"}


@pytest.mark.parametrize("names", [("embedded",), None])
def test_there_is_no_list_of_one(names: tuple[str, ...] | None) -> None:
    assert model_choice.build(ModelChoice(names) if names else None) is None


def test_the_list_shows_all_and_the_current_one() -> None:
    choice = ModelChoice(("embedded", "models/mine"))
    _, chooser = laid_out(lambda: model_choice.build(choice))
    assert chooser is not None
    assert [value for _, value in chooser.box.choices] == ["embedded", "models/mine"]
    assert chooser.box.value == "embedded"
    choice.choose("models/mine")
    assert chooser.current()[chooser.box]["value"] == "models/mine"


def test_a_choice_loads_the_other_model_and_says_so_on_the_badge(services: Services) -> None:
    other = replace(services, card=replace(services.card, digest="other"))
    made = {"embedded": services, "models/mine": other}
    choice = ModelChoice(("embedded", "models/mine"))
    loading: Loading[Services] = Loading("The model", lambda _tell: made[choice.current])
    choice.reload_on_change(loading)

    def lay_out() -> ModelStatus:
        status = model_status.build_status(
            session_states(), Switches(), loading, model_status.build_badge()
        )
        chooser = model_choice.build(choice)
        assert chooser is not None
        chooser.wire(status)
        return status

    page, status = laid_out(lay_out)

    def shown(stream: Iterator[Any]) -> list[Any]:
        """What the badge becomes."""
        return [update[status.badge] for update in stream if status.badge in update]

    assert loading.value() is services
    handler = next(f.fn for f in page.fns.values() if f.fn.__name__ == "choose")
    assert shown(handler("models/mine"))[-1] == badge_of(other.card)
    assert loading.value() is other
    with pytest.raises(ConfigError):
        choice.choose("not configured")
    assert "not a configured model" in shown(handler("not configured"))[-1]


def test_features_of_another_model_are_made_again(
    status: ModelStatus, scan: Scan, encoded: Encoded, services: Services, visitor: gr.Request
) -> None:
    """After a change of the model the session holds features that the new one can't read."""
    stale = replace(encoded, model="another model")
    updates = list(status.read_scan(scan, stale, visitor))
    assert updates[-1][status.session.encoded].model == services.card.digest
    assert status.session.encoded not in list(status.read_scan(scan, encoded, visitor))[-1]
