import base64
import io
from pathlib import Path

import pytest
from PIL import Image

import med3dvlm.ui.components.cards.component as module
from med3dvlm.ui.components.cards import Card, Cards


def picture(kind: str) -> bytes:
    buffer = io.BytesIO()
    Image.new("L", (4, 3), 99).save(buffer, kind)
    return buffer.getvalue()


def test_a_card_travels_whole() -> None:
    card = Card(key="7", title="Case 7", text="A report.", note="1.", share=0.5, current=True)
    [data] = Cards().postprocess([card]).cards
    assert data.model_dump() == {
        "key": "7", "title": "Case 7", "text": "A report.", "picture": "", "note": "1.",
        "share": 0.5, "current": True, "fits": "", "differs": "",
    }  # fmt: skip


@pytest.mark.parametrize("kind", ["PNG", "WebP"])
def test_a_picture_comes_back_from_its_address(kind: str) -> None:
    content = picture(kind)
    [data] = Cards().postprocess([Card(key="1", title="", picture=content)]).cards
    head, _, body = data.picture.partition(",")
    assert head == f"data:image/{kind.lower()};base64"
    assert base64.b64decode(body) == content


def test_the_order_is_kept_and_nothing_is_no_card() -> None:
    cards = Cards()
    data = cards.postprocess([Card(key=key, title=key) for key in "cab"])
    assert [card.key for card in data.cards] == ["c", "a", "b"]
    assert cards.postprocess([]).cards == cards.postprocess(None).cards == []


def test_the_first_value_is_in_the_page() -> None:
    config = Cards([Card(key="1", title="First")], label="Examples").get_config()
    assert config["value"]["cards"][0]["title"] == "First"
    assert config["label"] == "Examples"


def test_nothing_comes_back_but_the_key() -> None:
    cards = Cards()
    assert cards.preprocess(cards.postprocess([Card(key="1", title="")])) is None
    assert cards.api_info() == {"type": "object"}
    assert cards.example_payload() is cards.example_value() is None


def test_texts_only_become_text_nodes() -> None:
    """They come from users, files and models."""
    script = (Path(module.__file__).parent / "cards.js").read_text()
    assert not any(way in script for way in ("innerHTML", "insertAdjacentHTML", "outerHTML"))


def test_no_outside_address_and_nothing_that_gradio_would_evaluate() -> None:
    for name in ("cards.js", "cards.css"):
        text = (Path(module.__file__).parent / name).read_text()
        assert "http" not in text
        assert text.isascii()
    assert not any(sign in text for sign in ("{{", "${", "`", "\\")), "the style sheet"


def test_no_stub_is_written_beside_the_component() -> None:
    assert not list(Path(module.__file__).parent.glob("*.pyi"))
