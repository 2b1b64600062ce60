// The panel beside the planes: window, overlay, measurements, readout, facts; and messages over the planes.

function syncPanel() {
  const { scan, window: grey } = state;
  const { texts } = dom;
  setText(texts.title, scan.title);
  setText(texts.caption, scan.caption);
  texts.title.title = scan.title; // of a long name only the beginning is shown
  syncNumber(dom.numbers.width, grey.width);
  syncNumber(dom.numbers.center, grey.center);
  setHidden(dom.notes.presets, scan.unit === "HU");
  setHidden(dom.notes.orientation, scan.orientation_known);
  setText(texts.facts, factsText(scan));
  syncReadout();
  dom.slab.value = String(state.slab.millimetres);
  dom.slabMode.value = state.slab.mode;
  dom.slabPlane.value = state.slab.plane;
  dom.slabMode.disabled = dom.slabPlane.disabled = !state.slab.millimetres;
  syncOverlay();
  syncMarks();
  paintHistogram();
}

// A number that is being typed is left alone.
function syncNumber(input, value) {
  if (document.activeElement !== input) {
    input.value = numberText(value);
  }
}

function factsText({ shape, spacing, modality }) {
  const voxels = [...shape].reverse().join(" \u00d7 ");
  const size = [...spacing].reverse().map((mm) => mm.toFixed(2)).join(" \u00d7 ");
  const parts = [modality === "unknown" ? "" : modality, `${voxels} voxels`, `${size} mm`];
  return parts.filter(Boolean).join(" \u00b7 ");
}

// Rows of the table by axis, x first as on the screen, and the value last.
function syncReadout() {
  const { scan, cross, hover } = state;
  const rows = {
    head: [...(scan.orientation_known ? ["R - L", "A - P", "I - S"] : ["x", "y", "z"]), scan.unit === "HU" ? "HU" : "value"],
    crossMm: [...millimetreTexts(cross), valueText(cross)],
    crossVoxel: [...cross].reverse(),
    crossCell: scan.cells ? cellTexts(cross) : [],
    hoverMm: hover ? [...millimetreTexts(hover), valueText(hover)] : [],
    hoverVoxel: hover ? [...hover].reverse() : [],
  };
  for (const [name, texts] of Object.entries(rows)) {
    [...dom.reads[name].cells].slice(1).forEach((cell, i) => setText(cell, String(texts[i] ?? "")));
  }
  setHidden(dom.reads.crossCell, !scan.cells);
  setHidden(dom.notes.cell, !scan.cells);
}

function syncOverlay() {
  const { overlay, texts } = { overlay: state.overlay, texts: dom.texts };
  setHidden(dom.overlay, !overlay);
  syncLabels();
  if (!overlay) {
    return;
  }
  setText(texts.legend, overlay.legend);
  setText(texts.lowEnd, overlay.ends[0]);
  setText(texts.highEnd, overlay.ends[1]);
  setText(texts.opacity, `${Math.round(100 * state.opacity)} %`);
  dom.opacity.value = String(Math.round(100 * state.opacity));
  dom.overlayCheck.checked = state.overlayShown;
  if (dom.scale.dataset.shown !== String(overlay.id)) {
    paintScale(dom.scale, overlay.colours);
    dom.scale.dataset.shown = String(overlay.id);
  }
}

// Progress of the loading scan, an error, or the words for an empty viewer.
function syncMessage() {
  const { full, preview, scan, error } = state;
  const part = full ? full.received / full.size : 0;
  const loading = Boolean(scan) && !error && (!isWhole(full) || Boolean(state.coming));
  dom.root.toggleAttribute("data-loading", loading);
  setHidden(dom.progress, !loading);
  dom.progress.setAttribute("aria-valuenow", String(Math.round(100 * part)));
  dom.progress.firstElementChild.style.width = `${100 * part}%`;
  const nothing = scan && !error && !isWhole(preview) && !(full && full.ready) ? "Loading the scan\u2026" : "";
  const text = error ?? (scan ? nothing : CONFIG.emptyText);
  setHidden(dom.message, !text);
  setText(dom.texts.message, text);
  dom.message.toggleAttribute("data-error", Boolean(error));
  setHidden(dom.retry, !error);
}

function fail(what, why) {
  state.error = `${what} could not be loaded: ${why}. If trying again does not help, open the scan again.`;
  redraw();
}
