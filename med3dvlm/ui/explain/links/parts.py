"""What a link holds of each part of the Explain tab, and how the part is set from it.

linked = linked_parts(explain_parts)
linked["maps"].controls, linked["maps"].start
updates = linked["maps"].from_link({"method": "Occlusion"}, scan)
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr

from med3dvlm.explain.lab.lesions import BALLS
from med3dvlm.phantoms.findings import KINDS
from med3dvlm.ui.explain.answer.part import InsidePart
from med3dvlm.ui.explain.cells.part import CellsPart
from med3dvlm.ui.explain.changes.part import PerturbationLab, names_of
from med3dvlm.ui.explain.curve.part import CurvePart
from med3dvlm.ui.explain.grounding.part import GroundPart
from med3dvlm.ui.explain.lesions.painting import PHANTOM, sizes_of
from med3dvlm.ui.explain.lesions.part import LesionLab
from med3dvlm.ui.explain.links.controls import Controls, Query, number_in, one_of, set_as
from med3dvlm.ui.explain.maps.part import Maps
from med3dvlm.ui.explain.model.convolution_controls import OWN
from med3dvlm.ui.explain.model.part import BuiltPart
from med3dvlm.ui.explain.prompts.part import Bench
from med3dvlm.ui.page.boundary import Updates
from med3dvlm.ui.page.session import Scan

SetFrom = Callable[[Query, Scan | None], Updates]


@dataclass(frozen=True, kw_only=True)
class Linked:
    """A part of the tab as links know it.

    Attributes:
        title: of its tab.
        controls: by the key that they have in a link.
        start: the button that begins it; empty where it begins by itself.
        from_link: what is set from a link, once its scan is open.
        more: what that changes besides the controls.
    """

    title: str
    controls: Controls
    start: str
    from_link: SetFrom
    more: tuple[Any, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ExplainParts:
    """All parts of the tab that a link can lead to."""

    maps: Maps
    lesions: LesionLab
    curve: CurvePart
    perturb: PerturbationLab
    cells: CellsPart
    ground: GroundPart
    inside: InsidePart
    bench: Bench
    built: BuiltPart


def linked_parts(parts: ExplainParts) -> dict[str, Linked]:
    """Each part by the id of its tab."""
    maps, cells, bench = parts.maps, parts.cells, parts.bench
    return {
        "maps": _plain(
            "Maps", "map-draw",
            {"method": maps.method, "wanted": maps.wanted, "covered": maps.covered},
        ),
        "lesions": _lesions(parts.lesions, parts.curve),
        "changes": _changes(parts.perturb),
        "cells": _plain(
            "Cells", "cells-show",
            {"show": cells.what, "grid": cells.grid, "follow": cells.follows},
        ),
        "grounding": _plain("Grounding", "ground-ask", {"phantoms": parts.ground.count}),
        "answer": _plain("Answer", "inside-go", {"question": parts.inside.question}),
        "prompts": _plain(
            "Prompts", "bench-go",
            {
                "kind": bench.kind, "states": bench.states, "denies": bench.denies,
                "people": bench.people, "threshold": bench.threshold,
            },
        ),
        "built": _built(parts.built),
    }  # fmt: skip


def _plain(title: str, start: str, controls: Controls) -> Linked:
    def from_link(query: Query, _: Scan | None) -> Updates:
        return _set(controls, set_as(controls, query))

    return Linked(title=title, controls=controls, start=start, from_link=from_link)


def _set(controls: Controls, values: Mapping[str, Any]) -> Updates:
    return {controls[key]: value for key, value in values.items()}


def _lesions(lab: LesionLab, curve: CurvePart) -> Linked:
    controls = {
        "source": lab.source, "kind": lab.kind, "place": lab.place, "size": lab.size,
        "contrast": lab.contrast, "person": lab.person, "curve": curve.varied,
    }  # fmt: skip
    fixed = {key: controls[key] for key in ("source", "contrast", "person", "curve")}

    def from_link(query: Query, _: Scan | None) -> Updates:
        values = {"source": PHANTOM, "contrast": 1.0, "person": lab.person.value}
        values |= set_as(fixed, query)
        kinds = list(KINDS) if values["source"] == PHANTOM else list(BALLS)
        kind = one_of("kind", query.get("kind", kinds[0]), kinds)
        places = KINDS[kind].places
        place = one_of("place", query["place"], places) if places and "place" in query else None
        low, high, first = sizes_of(KINDS[kind])
        size = number_in("size", query.get("size", str(first)), low, high)
        chosen = (
            values["source"], kind, place or next(iter(places), None), size, values["contrast"],
            values["person"],
        )  # fmt: skip
        curved = {curve.varied: values["curve"]} if "curve" in values else {}
        return lab.set_to(chosen) | curved

    return Linked(
        title="Lesion lab", controls=controls, start="", from_link=from_link, more=(lab.another,)
    )


def _changes(lab: PerturbationLab) -> Linked:
    controls = {"change": lab.change, "kind": lab.kind, "organ": lab.organ}
    fixed = {key: controls[key] for key in ("change", "kind")}

    def from_link(query: Query, scan: Scan | None) -> Updates:
        values = set_as(fixed, query)
        organs = lab.choose(values.get("change", lab.change.value), scan)
        if "organ" in query:
            names = names_of(scan, None)
            organ = one_of("organ", query["organ"], names)
            organs = {lab.organ: gr.Dropdown(choices=list(names), value=organ, visible=True)}
        return _set(fixed, values) | organs

    return Linked(title="Changes", controls=controls, start="perturb-go", from_link=from_link)


def _built(part: BuiltPart) -> Linked:
    knobs = part.convolution
    controls = {
        "topic": part.topic, "grid": part.grid, "layer": knobs.layer, "kernel": knobs.kernel,
        "channels": knobs.channels, "apart": knobs.apart, "edge": knobs.edge,
    }  # fmt: skip

    def from_link(query: Query, _: Scan | None) -> Updates:
        fixed = {key: control for key, control in controls.items() if key != "layer"}
        names = [OWN, *(layer.name for layer in part.layers())]
        # Another model has other layers; the sliders say as much of this one.
        name = query.get("layer", OWN)
        layer = gr.Dropdown(choices=names, value=name if name in names else OWN)
        return _set(controls, set_as(fixed, query)) | {knobs.layer: layer}

    return Linked(title="Model", controls=controls, start="built-go", from_link=from_link)
