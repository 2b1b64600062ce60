// Lengths and regions drawn on the planes. Each belongs to one slice of one plane.

const MARK_COLOUR = "#7fd6ff";
const LEAST_PX = 4; // a shorter drag is a slip

function startMark(name, kind, x, y) {
  const point = toPlane(name, x, y);
  const mark = { name, kind, slice: state.cross[PLANES[name].normal], from: point, to: point };
  state.marks.push(mark);
  return mark;
}

// Nothing is drawn by the finger that is left over after a pinch.
function dragMark(name, { x, y }) {
  if (state.gesture.mark) {
    state.gesture.mark.to = toPlane(name, x, y);
  }
}

function endMark(mark) {
  const [a, b] = [toScreen(mark.name, mark.from), toScreen(mark.name, mark.to)];
  if (Math.hypot(a.x - b.x, a.y - b.y) < LEAST_PX) {
    dropMark(mark);
  }
}

function dropMark(mark) {
  state.marks = state.marks.filter((other) => other !== mark);
}

function markLength({ name, from, to }) {
  const { across, down } = PLANES[name];
  const { spacing } = state.scan;
  return Math.hypot((to[0] - from[0]) * spacing[across], (to[1] - from[1]) * spacing[down]);
}

// Mean, standard deviation and area of the voxels whose centres lie in the circle.
function regionStatistics(mark) {
  const { normal, across, down } = PLANES[mark.name];
  const { spacing, shape } = state.scan;
  const radius = markLength(mark);
  const [wide, high] = [spacing[across], spacing[down]];
  const span = (middle, step, count) => [
    Math.max(0, Math.ceil(middle - radius / step)),
    Math.min(count - 1, Math.floor(middle + radius / step)),
  ];
  const [left, right] = span(mark.from[0], wide, shape[across]);
  const [first, last] = span(mark.from[1], high, shape[down]);
  const sums = { count: 0, sum: 0, squares: 0 };
  for (let row = first; row <= last; row++) {
    const reach = Math.sqrt(Math.max(0, radius ** 2 - ((row - mark.from[1]) * high) ** 2)) / wide;
    const from = Math.max(left, Math.ceil(mark.from[0] - reach));
    addRow(sums, mark, row, from, Math.min(right, Math.floor(mark.from[0] + reach)));
  }
  const mean = sums.sum / sums.count;
  const spread = Math.sqrt(Math.max(0, sums.squares / sums.count - mean ** 2));
  return { mean, spread, count: sums.count, area: sums.count * wide * high };
}

function addRow(sums, { name, slice }, row, from, to) {
  const { normal, across, down } = PLANES[name];
  const { data, shape, slope, intercept } = state.full;
  const strides = [shape[1] * shape[2], shape[2], 1];
  const start = slice * strides[normal] + row * strides[down];
  for (let column = from; column <= to; column++) {
    const value = data[start + column * strides[across]] * slope + intercept;
    sums.count += 1;
    sums.sum += value;
    sums.squares += value * value;
  }
}

function markText(mark) {
  if (mark.kind === "length") {
    return `${markLength(mark).toFixed(1)} mm`;
  }
  if (!isWhole(state.full)) {
    return "\u2026";
  }
  const key = [...mark.from, ...mark.to].join();
  if (mark.key !== key) {
    Object.assign(mark, { key, found: regionStatistics(mark) });
  }
  const { mean, spread, count, area } = mark.found;
  const unit = state.scan.unit === "HU" ? " HU" : "";
  const size = area < 100 ? `${area.toFixed(1)} mm\u00b2` : `${(area / 100).toFixed(1)} cm\u00b2`;
  return count ? `${numberText(rounded(mean))} \u00b1 ${numberText(rounded(spread))}${unit}, ${size}` : "no voxels";
}

const rounded = (value) => (state.scan.unit === "HU" ? Math.round(10 * value) / 10 : value);

function paintMarks(context, name) {
  const slice = state.cross[PLANES[name].normal];
  for (const mark of state.marks) {
    if (mark.name === name && mark.slice === slice) {
      paintMark(context, mark);
    }
  }
}

function paintMark(context, mark) {
  const [a, b] = [toScreen(mark.name, mark.from), toScreen(mark.name, mark.to)];
  context.strokeStyle = MARK_COLOUR;
  context.lineWidth = 1.5;
  context.beginPath();
  if (mark.kind === "length") {
    context.moveTo(a.x, a.y);
    context.lineTo(b.x, b.y);
    context.rect(a.x - 2, a.y - 2, 4, 4);
    context.rect(b.x - 2, b.y - 2, 4, 4);
  } else {
    const place = placeImage(mark.name);
    const radius = markLength(mark) * place.scale;
    context.arc(a.x, a.y, radius, 0, 2 * Math.PI);
  }
  context.stroke();
  context.font = "12px system-ui, sans-serif";
  const right = b.x < state.boxes[mark.name].width - 150;
  word(context, markText(mark), b.x + (right ? 8 : -8), b.y, right ? "left" : "right", "middle", MARK_COLOUR);
}
