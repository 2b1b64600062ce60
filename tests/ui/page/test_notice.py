import re
from collections.abc import Callable

import pytest

from med3dvlm.hosting.models.loading import Progress
from med3dvlm.ui.page import notice

EVIL = """<script>alert("x")</script> & <img src=x onerror='y'>"""
ALL: list[Callable[[str], str]] = [
    notice.busy,
    notice.told,
    notice.problem,
    lambda text: notice.warning(text, "text"),
    lambda text: notice.warning("title", text),
    lambda text: notice.loading(Progress(text, 0.5)),
]


@pytest.mark.parametrize("make", ALL)
def test_every_word_is_escaped(make: Callable[[str], str]) -> None:
    html = make(EVIL)
    assert "<script" not in html
    assert "<img" not in html
    assert "&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; &lt;img" in html


@pytest.mark.parametrize("make", ALL)
def test_a_screen_reader_is_told(make: Callable[[str], str]) -> None:
    assert re.search(r'role="(status|alert)"', make("Reading."))


def test_a_bar_shows_how_much_is_done() -> None:
    assert 'value="25"' in notice.busy("Building.", 0.25)
    assert 'value="0"' in notice.busy("Building.", 0.0)
    assert "<progress" not in notice.busy("Building.")
    assert notice.loading(Progress("Building.", 0.25)) == notice.busy("Building.", 0.25)
    assert notice.loading(Progress("Building.")) == notice.busy("Building.")


def test_what_must_not_be_missed_is_an_alert() -> None:
    assert 'role="alert"' in notice.problem("No.")
    assert 'role="alert"' in notice.warning("Not for patients.", "It has seen none.")
    assert 'role="alert"' not in notice.told("12 found.")
