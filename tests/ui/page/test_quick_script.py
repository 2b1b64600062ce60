"""The changes to Gradio's script do the same as what they take the place of, in a browser."""

from pathlib import Path

import pytest
from playwright.sync_api import Page

from med3dvlm.ui.page.quick_script import CHANGES, EVENTS, SEARCH, Change, changed_files

# Events begin at up to three components, also twice at one; five hundred components, in a tree.
WORLD = """
let seed = 7;
const dice = (sides) => (seed = (seed * 48271) % 2147483647) % sides;
const listed = Array.from({ length: 260 }, () => ({
  targets: Array.from({ length: dice(4) }, () => [dice(12), ["click", "change", ""][dice(3)]]),
}));
const ids = Array.from({ length: 500 }, (_, id) => id);
const nodes = ids.map((id) => ({ id, children: [] }));
const root = { id: "root", children: [] };
nodes.forEach((node, place) => (dice(3) && place ? nodes[dice(place)] : root).children.push(node));
"""
BEGUN_AT = """() => {
  %(world)s
  const plainly = { of(e, t) { %(before)s } }, quickly = { of(e, t) { %(after)s } };
  const found = (way, list, id) => way.of({ id, props: { shared_props: {} } }, list)
    .props.shared_props.attached_events;
  const both = (list) => ids.map((id) => [found(plainly, list, id), found(quickly, list, id)]);
  return [...both(listed), ...both(listed.slice(100)), ...both([])];
}"""
FOUND = """() => {
  %(world)s
  const plainly = (() => { %(before)s; return Z; })(), quickly = (() => { %(after)s; return Z; })();
  const looked = [...ids, "root", "none", null];
  const both = () => looked.map((id) => [plainly(root, id), quickly(root, id)])
    .map(([one, other]) => [one?.id ?? null, other?.id ?? null, one === other]);
  const first = both();
  for (const node of nodes) node.children.reverse();
  root.children.splice(3, 2);
  return [...first, ...both(), ...both()];
}"""


def world_of(script: str, change: Change) -> str:
    return script % {"world": WORLD, "before": change.before, "after": change.after}


def test_the_installed_gradio_has_each_text_once() -> None:
    assert sorted(name.split("-")[0] for name in changed_files()) == ["Blocks", "core"]
    assert all(change.before != change.after for change in CHANGES)


def test_another_release_goes_out_as_it_is(tmp_path: Path) -> None:
    """Also if it has only some of the texts, or one of them twice."""
    (tmp_path / "core-1.js").write_text(EVENTS.before + SEARCH.before)
    (tmp_path / "core-2.js").write_text(EVENTS.before)
    assert changed_files(tmp_path) == {}
    assert changed_files(tmp_path, (SEARCH,)) == {
        "core-1.js": (EVENTS.before + SEARCH.after).encode()
    }
    (tmp_path / "core-1.js").write_text(SEARCH.before * 2)
    assert changed_files(tmp_path, (SEARCH,)) == {}


@pytest.mark.browser
def test_each_component_has_the_events_that_it_had(window: Page) -> None:
    begun = window.evaluate(world_of(BEGUN_AT, EVENTS))
    assert sum(map(len, (plainly for plainly, _ in begun))) > 100
    assert all(plainly == quickly for plainly, quickly in begun)


@pytest.mark.browser
def test_each_component_is_found_also_where_the_tree_has_changed(window: Page) -> None:
    found = window.evaluate(world_of(FOUND, SEARCH))
    assert len({one for one, _, _ in found}) > 490
    assert all(same and one == other for one, other, same in found)
