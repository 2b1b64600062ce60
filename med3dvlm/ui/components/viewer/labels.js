// The labels of a label map: which are shown, their legend, and their names under the cursor.

// Packed RGBA of each code: of its labels that are shown the last, which is the smallest.
function labelTable({ labels, combinations }) {
  const table = new Uint8ClampedArray(1024);
  combinations.forEach((members, code) => {
    const top = members.filter((number) => !state.hiddenLabels.has(labels[number].name)).pop();
    if (top !== undefined) {
      table.set([...labels[top].colour, 255], 4 * code);
    }
  });
  return new Uint32Array(table.buffer);
}

const shownLabels = ({ labels }) => labels.filter(({ name }) => !state.hiddenLabels.has(name));

// Names of the labels at a voxel that are shown.
function labelsAt([z, y, x]) {
  const { overlay, overlayShown } = state;
  if (!overlay?.labels.length || !overlayShown || !isWhole(overlay.grid)) {
    return "";
  }
  const [, rows, columns] = overlay.grid.shape;
  const members = overlay.combinations[overlay.grid.data[(z * rows + y) * columns + x]] ?? [];
  const names = members.map((number) => overlay.labels[number].name);
  return names.filter((name) => !state.hiddenLabels.has(name)).join(", ");
}

function syncLabels() {
  const { overlay } = state;
  const many = overlay?.labels.length ?? 0;
  setHidden(dom.labels, !many);
  setHidden(dom.labelsAll, many < 2);
  setHidden(dom.scaleRow, many > 0);
  if (!many) {
    return;
  }
  const place = state.hover ?? state.cross;
  setText(dom.texts.under, `${state.hover ? "Cursor" : "Crosshair"}: ${labelsAt(place) || "no label"}`);
  if (dom.labels.dataset.shown !== overlay.url) {
    dom.labels.dataset.shown = overlay.url;
    dom.labelList.replaceChildren(...overlay.labels.map(labelRow));
  }
  for (const box of dom.labelList.querySelectorAll("input")) {
    box.checked = !state.hiddenLabels.has(box.value);
  }
  setText(dom.labelsAll, shownLabels(overlay).length ? "None" : "All");
}

function labelRow({ name, colour, note }) {
  const [row, label, box, swatch] = ["li", "label", "input", "i"].map((tag) => document.createElement(tag));
  Object.assign(box, { type: "checkbox", value: name });
  swatch.style.background = `rgb(${colour.join()})`;
  const [title, size] = [name, note].map((text) => {
    const node = document.createElement("span");
    node.textContent = text;
    return node;
  });
  title.title = name;
  label.append(box, swatch, title, size);
  row.append(label);
  return row;
}

function showLabels(names, shown) {
  for (const name of names) {
    state.hiddenLabels[shown ? "delete" : "add"](name);
  }
  const { overlay } = state;
  Object.assign(overlay, { colours: labelTable(overlay), id: ++state.counter });
  redraw();
}

function toggleLabels() {
  const { overlay } = state;
  showLabels(overlay.labels.map(({ name }) => name), !shownLabels(overlay).length);
}

// The labels that are shown, as many as there is room for, for the picture that is saved.
function paintLabelLegend(context, width, height) {
  let left = 8;
  for (const { name, colour } of shownLabels(state.overlay)) {
    const wide = 26 + context.measureText(name).width;
    if (left + wide > width) {
      return;
    }
    context.fillStyle = `rgb(${colour.join()})`;
    context.fillRect(left, height + 8, 12, 12);
    word(context, name, left + 16, height + 14, "left", "middle");
    left += wide;
  }
}
