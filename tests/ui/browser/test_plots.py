"""Plots in the page: drawn by the plotly that Gradio brings, and tied to the viewer's window."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.ui.browser.conftest import App, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow]
Visit = Callable[[App], Visitor]
PLOT = "document.querySelector('#value-counts .js-plotly-plot')"
EDGES = f"() => {{ const s = {PLOT}.layout.shapes[0]; return [s.x0, s.x1]; }}"
AT = f"""(hu) => {{
  const axis = {PLOT}._fullLayout.xaxis, box = {PLOT}.getBoundingClientRect();
  return [box.x + axis._offset + axis.l2p(hu), box.y + box.height / 2];
}}"""


# A point of the map with nothing of another group near it, in sight, and the seed of its volume.
FIRST_POINT = """() => {
  const plot = document.querySelector('#library-map .js-plotly-plot');
  plot.scrollIntoView({ block: 'center', behavior: 'instant' });
  const box = plot.getBoundingClientRect(), { xaxis, yaxis } = plot._fullLayout;
  const points = plot.calcdata.flatMap((group) => group.map((point) => ({
    x: box.x + xaxis._offset + xaxis.c2p(point.x), y: box.y + yaxis._offset + yaxis.c2p(point.y),
    seed: group[0].trace.customdata?.[point.i]?.split(':')[1],
  })));
  const gap = (one) => Math.min(...points.filter((other) => other.seed && other !== one).map(
    (other) => Math.hypot(other.x - one.x, other.y - one.y)));
  return points.filter((point) => point.seed).sort((a, b) => gap(b) - gap(a))[0];
}"""


def settled(page: Page, place: str) -> dict[str, Any]:
    """A place on the page once two looks at it agree: plots are laid out again as a fold opens."""
    seen = page.evaluate(place)
    for _ in range(50):
        page.wait_for_timeout(200)
        before, seen = seen, page.evaluate(place)
        if before == seen:
            break
    return seen


def wait_for_edges(visitor: Visitor, low: float, high: float) -> None:
    visitor.page.wait_for_function(
        f"([low, high]) => {{ const s = {PLOT}?.layout?.shapes?.[0];"
        " return s && Math.abs(s.x0 - low) < 1 && Math.abs(s.x1 - high) < 1; }",
        arg=[low, high],
    )


def test_histogram_and_viewer_share_one_window(slow_app: App, visit: Visit) -> None:
    visitor = visit(slow_app).open_example("kidney stone")
    page = visitor.page
    page.locator("#viewer").get_by_role("button", name="Lung", exact=True).click()
    visitor.scan_tab("Histogram")
    wait_for_edges(visitor, -1350, 150)
    page.locator("#viewer").get_by_role("button", name="Bone", exact=True).click()
    wait_for_edges(visitor, -450, 1050)
    page.locator("#value-counts").scroll_into_view_if_needed()
    x, y = page.evaluate(AT, 300)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 40, y, steps=5)
    page.mouse.up()
    level = page.locator("#viewer [data-number=center]")
    expect(level).not_to_have_value("300")
    low, high = page.evaluate(EDGES)
    assert (low + high) / 2 == pytest.approx(float(level.input_value()), abs=1)
    assert high - low == pytest.approx(1500, abs=2)


def test_surface_is_drawn_and_changes_with_its_kind(slow_app: App, visit: Visit) -> None:
    visitor = visit(slow_app).open_example("hip prosthesis")
    page = visitor.page
    visitor.scan_tab("3-D surface")
    page.locator("#surface .js-plotly-plot canvas").first.wait_for()
    vertices = "() => document.querySelector('#surface .js-plotly-plot').data[0].x.bdata.length"
    bone = page.evaluate(vertices)
    assert bone > 1000
    page.locator("#surface-kind label", has_text="Skin").click()
    page.wait_for_function(f"(bone) => ({vertices})() !== bone", arg=bone)


def test_map_of_the_library_has_a_point_for_each_volume(default_app: App, visit: Visit) -> None:
    page = visit(default_app).tab("Search").page
    page.locator("#query textarea, #query input").fill("kidney stone")
    page.locator("#search").click()
    expect(page.locator("#search-notice")).to_contain_text("best")
    page.locator("#scores-fold button").first.click()
    page.locator("#scores .js-plotly-plot").wait_for()
    page.locator("#map-fold button").first.click()
    page.locator("#library-map .js-plotly-plot").wait_for()
    page.wait_for_function(
        "() => document.querySelector('#library-map .js-plotly-plot').data.filter("
        "(t) => t.showlegend !== false).reduce((sum, t) => sum + (t.text?.length ?? 0), 0) === 200"
    )
    click = settled(page, FIRST_POINT)
    page.mouse.click(click["x"], click["y"])
    expect(page.locator("#viewer .vv-name strong")).to_have_text(f"Phantom {click['seed']}")
