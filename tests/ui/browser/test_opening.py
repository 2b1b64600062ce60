"""What a browser asks for when the page opens."""

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest

from med3dvlm.ui.page.assets import links
from tests.ui.browser.conftest import App, Visitor

pytestmark = pytest.mark.browser
Visit = Callable[[App], Visitor]


def test_the_page_names_what_it_needs_before_it_asks_for_it(default_app: App, visit: Visit) -> None:
    """If Gradio was raised, write these names into med3dvlm/ui/page/opening_assets.txt."""
    page = visit(default_app).page
    asked = page.evaluate("() => performance.getEntriesByType('resource').map((one) => one.name)")
    names = {urlsplit(url).path.split("/assets/")[-1] for url in asked if "/assets/" in url}
    unnamed = {name for name in names if name.encode() not in links()}
    assert len(names) > 80
    assert not unnamed
