"""What a browser asks for when the page opens."""

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest

from tests.ui.browser.conftest import App, Visitor

pytestmark = pytest.mark.browser
Visit = Callable[[App], Visitor]


def test_the_page_names_what_it_needs_before_it_asks_for_it(default_app: App, visit: Visit) -> None:
    """If Gradio was raised, write these names into med3dvlm/ui/page/opening_assets.txt."""
    page = visit(default_app).page
    asked = page.evaluate("() => performance.getEntriesByType('resource').map((one) => one.name)")
    names = {urlsplit(url).path.split("/assets/")[-1] for url in asked if "/assets/" in url}
    own = page.request.get(page.url).body()  # Gradio names its first two itself
    unnamed = {name for name in names if f"./assets/{name}".encode() not in own}
    assert len(names) > 45
    assert not unnamed
