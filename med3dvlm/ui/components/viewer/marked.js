// The list of measurements in the panel, and the table that is saved of it.

const KIND_TITLES = { length: "Length", angle: "Angle", region: "Region" };
const MARK_COLUMNS = [
  "number", "kind", "plane", "slice", "length_mm", "angle_degrees", "mean", "standard_deviation", "unit",
  "area_mm2", "voxels", "points_mm",
];

function syncMarks() {
  const { marks } = state;
  const texts = marks.map((mark) => `${PLANES[mark.name].title} ${mark.slice + 1}: ${markText(mark)}`);
  setHidden(dom.marks, !marks.length);
  const shown = JSON.stringify(texts);
  if (dom.marks.dataset.shown !== shown) {
    dom.marks.dataset.shown = shown;
    dom.markList.replaceChildren(...texts.map(markRow));
  }
}

function markRow(text, i) {
  const row = document.createElement("li");
  const title = `${KIND_TITLES[state.marks[i].kind]} ${i + 1}`;
  row.append(
    markButton({ mark: i }, text, `${title}, ${text}: go there`),
    markButton({ drop: i }, "\u00d7", `Remove ${title.toLowerCase()}`),
  );
  return row;
}

function markButton(data, text, title) {
  const button = document.createElement("button");
  Object.assign(button, { type: "button", textContent: text, title, ariaLabel: title });
  Object.assign(button.dataset, data);
  return button;
}

function goToMark({ name, slice, from, to }) {
  state.active = name;
  moveTo(markVoxel(name, slice, from.map((place, axis) => (place + to[axis]) / 2)));
}

// Index z, y, x of a point of a plane.
function markVoxel(name, slice, [column, row]) {
  const { normal, across, down } = PLANES[name];
  const index = [];
  Object.assign(index, { [normal]: slice, [across]: column, [down]: row });
  return index;
}

function saveMarks() {
  const rows = state.marks.filter(isFinished).map((mark, i) => [i + 1, ...markCells(mark)]);
  const text = [MARK_COLUMNS, ...rows].map((row) => `${row.join(",")}\r\n`).join("");
  download(new Blob([text], { type: "text/csv" }), exportName("measurements.csv"));
}

// A row of the table. Points are millimetres to the left, the back and the head, as in the readout.
function markCells(mark) {
  const { kind, name, slice, from, to, end } = mark;
  const found = kind === "region" ? regionOf(mark) : null;
  const points = [from, to, end].filter(Boolean).map((point) =>
    toMillimetres(markVoxel(name, slice, point)).map((mm) => mm.toFixed(1)).join(" "),
  );
  return [
    kind,
    name,
    slice + 1,
    kind === "length" ? markLength(mark).toFixed(2) : "",
    kind === "angle" ? markAngle(mark).toFixed(2) : "",
    found?.count ? found.mean.toPrecision(6) : "",
    found?.count ? found.spread.toPrecision(6) : "",
    found?.count && state.scan.unit === "HU" ? "HU" : "",
    found ? found.area.toFixed(2) : "",
    found ? found.count : "",
    points.join("; "),
  ];
}
