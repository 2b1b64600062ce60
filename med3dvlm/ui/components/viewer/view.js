// Geometry: where a voxel of a plane lies on its canvas, and back.
// Index order is [z, y, x]; x grows to the patient's left, y to the back, z to the head.

const MARGIN = 6;
const MIN_ZOOM = 0.2;
const MAX_ZOOM = 24;

// `normal`, `down` and `across` are axes; `upward` says that the index grows from bottom to top.
// `forward` is the step of the wheel rolled down: to the feet, to the back, to the left.
const PLANES = {
  axial: {
    title: "Axial", normal: 0, down: 1, across: 2, upward: false, forward: -1,
    edges: { left: "R", right: "L", top: "A", bottom: "P" },
  },
  coronal: {
    title: "Coronal", normal: 1, down: 0, across: 2, upward: true, forward: 1,
    edges: { left: "R", right: "L", top: "S", bottom: "I" },
  },
  sagittal: {
    title: "Sagittal", normal: 2, down: 0, across: 1, upward: true, forward: 1,
    edges: { left: "A", right: "P", top: "S", bottom: "I" },
  },
};
const NAMES = Object.keys(PLANES);
const AXIS_ENDS = [["R", "L"], ["A", "P"], ["I", "S"]]; // of LPS millimetres, below and above zero

const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
const freshView = () => ({ zoom: 1, panX: 0, panY: 0 });

// The picture's rectangle on the canvas, in CSS pixels, and pixels per voxel.
function placeImage(name) {
  const { down, across } = PLANES[name];
  const { shape, spacing } = state.scan;
  const box = state.boxes[name];
  const view = state.views[name];
  const frame = frameOf(name);
  const [wide, high] = [frame.columns * spacing[across], frame.rows * spacing[down]];
  const fit = Math.min((box.width - 2 * MARGIN) / wide, (box.height - 2 * MARGIN) / high);
  const scale = Math.max(fit, 1e-3) * view.zoom;
  const [stepX, stepY] = [spacing[across] * scale, spacing[down] * scale];
  return {
    left: box.width / 2 - frame.column * stepX + view.panX,
    top: box.height / 2 - frame.row * stepY + view.panY,
    width: shape[across] * stepX,
    height: shape[down] * stepY,
    stepX,
    stepY,
    scale,
  };
}

// What fills a canvas at zoom 1, the body or all of the scan: its middle and its size in voxels.
function frameOf(name) {
  const { down, across, upward } = PLANES[name];
  const { shape, body } = state.scan;
  const { start, stop } = state.fitBody ? body : { start: [0, 0, 0], stop: shape };
  const middle = (start[down] + stop[down]) / 2;
  return {
    column: (start[across] + stop[across]) / 2,
    row: upward ? shape[down] - middle : middle,
    columns: stop[across] - start[across],
    rows: stop[down] - start[down],
  };
}

// Canvas point of a place in a plane, given as index along `across` and `down`; whole numbers are centres.
function toScreen(name, [column, row]) {
  const { down, upward } = PLANES[name];
  const place = placeImage(name);
  const line = upward ? state.scan.shape[down] - 1 - row : row;
  return { x: place.left + (column + 0.5) * place.stepX, y: place.top + (line + 0.5) * place.stepY };
}

function toPlane(name, x, y) {
  const { down, upward } = PLANES[name];
  const place = placeImage(name);
  const line = (y - place.top) / place.stepY - 0.5;
  return [(x - place.left) / place.stepX - 0.5, upward ? state.scan.shape[down] - 1 - line : line];
}

// Voxel under a canvas point; null outside the picture unless it is to be held inside.
function toVoxel(name, x, y, { hold = false } = {}) {
  const { down, across } = PLANES[name];
  const { shape } = state.scan;
  const [column, row] = toPlane(name, x, y).map(Math.round);
  const inside = column >= 0 && row >= 0 && column < shape[across] && row < shape[down];
  if (!inside && !hold) {
    return null;
  }
  const index = [...state.cross];
  index[across] = clamp(column, 0, shape[across] - 1);
  index[down] = clamp(row, 0, shape[down] - 1);
  return index;
}

// Zoom by a factor and keep what lies at (x, y) where it is.
function zoomAt(name, factor, x, y) {
  const view = state.views[name];
  const box = state.boxes[name];
  const zoom = clamp(view.zoom * factor, MIN_ZOOM, MAX_ZOOM);
  const gain = zoom / view.zoom;
  view.panX = (view.panX + box.width / 2 - x) * gain + x - box.width / 2;
  view.panY = (view.panY + box.height / 2 - y) * gain + y - box.height / 2;
  view.zoom = zoom;
}

function holdInside(index) {
  return index.map((place, axis) => clamp(Math.round(place), 0, state.scan.shape[axis] - 1));
}

// LPS millimetres [left, back, head] of a voxel centre.
function toMillimetres([z, y, x]) {
  return state.scan.affine.slice(0, 3).map((row) => row[0] * x + row[1] * y + row[2] * z + row[3]);
}

// Far from the origin a tenth of a millimetre has no room.
const millimetreText = (mm) => mm.toFixed(Math.abs(mm) < 1000 ? 1 : 0);

function millimetreTexts(index) {
  return toMillimetres(index).map((mm, axis) =>
    state.scan.orientation_known
      ? `${AXIS_ENDS[axis][mm < 0 ? 0 : 1]} ${millimetreText(Math.abs(mm))}`
      : millimetreText(mm),
  );
}

// Millimetres along the normal of a plane, as text for its corner.
function sliceText(name) {
  return `${millimetreTexts(state.cross)[2 - PLANES[name].normal]} mm`;
}

// The stored value in the unit of the scan; null while it hasn't arrived.
function valueAt([z, y, x]) {
  const { full, scan } = state;
  if (!full || z >= full.ready) {
    return null;
  }
  return full.data[(z * scan.shape[1] + y) * scan.shape[2] + x] * full.slope + full.intercept;
}

function numberText(value) {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
}

function valueText(index) {
  const value = valueAt(index);
  return value === null ? "\u2026" : numberText(value);
}

// Cell of the model's grid that covers a voxel, x first; dashes outside the grid.
function cellTexts(index) {
  const { start, stop, grid } = state.scan.cells;
  const cell = index.map((i, axis) =>
    Math.floor(((i + 0.5 - start[axis]) * grid[axis]) / (stop[axis] - start[axis])),
  );
  const inside = cell.every((c, axis) => c >= 0 && c < grid[axis]);
  return cell.map((c) => (inside ? String(c) : "-")).reverse();
}
