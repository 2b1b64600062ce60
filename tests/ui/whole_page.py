"""The whole page, as the app lays it out, over models that can't be had."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import gradio as gr
import pytest

from med3dvlm.errors import CheckpointError
from med3dvlm.hosting.models.choice import ModelChoice
from med3dvlm.hosting.models.loading import Loading, Tell
from med3dvlm.ui.app import build_page
from med3dvlm.ui.components.cards import Card


async def build_whole_page() -> gr.Blocks:
    """With all its parts; there is a choice of two models."""
    choice = ModelChoice(("embedded", "another"))
    return build_page(missing("The model"), missing("The library"), choice=choice)


def missing(name: str) -> Loading[Any]:
    """What can't be loaded."""

    def refuse(tell: Tell) -> None:
        raise CheckpointError(f"{name} is not there.")

    return Loading(name, refuse)


@pytest.fixture(scope="package")
def whole_page(cache: Path, cards: list[Card]) -> Iterator[gr.Blocks]:
    """Laid out once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("med3dvlm.ui.scan.panel.example_cards", lambda scan=None: cards)
        patch.setattr("med3dvlm.ui.app.quieten", lambda: None)
        # In a thread of its own: where browser tests ran before, this one has a loop already.
        with ThreadPoolExecutor(1) as thread:
            yield thread.submit(lambda: asyncio.run(build_whole_page())).result()
