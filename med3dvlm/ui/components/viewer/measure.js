// Lengths, angles and regions drawn on the planes. Each belongs to one slice of one plane.
// An angle is drawn in two drags: the first arm from its end to the corner, then the second.

const MARK_COLOUR = "#7fd6ff";
const LEAST_PX = 4; // a shorter drag is a slip

const isFinished = (mark) => mark.kind !== "angle" || Boolean(mark.end);

function startMark(name, kind, x, y) {
  const point = toPlane(name, x, y);
  const slice = state.cross[PLANES[name].normal];
  const begun = state.marks.find((mark) => !isFinished(mark));
  if (begun && kind === "angle" && begun.name === name && begun.slice === slice) {
    begun.end = point;
    return begun;
  }
  dropUnfinished();
  const mark = { name, kind, slice, from: point, to: point, end: null };
  state.marks.push(mark);
  return mark;
}

// Nothing is drawn by the finger that is left over after a pinch.
function dragMark(name, { x, y }) {
  const { mark } = state.gesture;
  if (mark) {
    mark[mark.end ? "end" : "to"] = toPlane(name, x, y);
  }
}

function endMark({ name, from, to, end }) {
  const [a, b] = (end ? [to, end] : [from, to]).map((point) => toScreen(name, point));
  if (Math.hypot(a.x - b.x, a.y - b.y) < LEAST_PX) {
    dropArm(state.gesture.mark);
  }
}

// What was drawn last of a mark: the second arm of an angle, else all of it.
function dropArm(mark) {
  if (mark.end) {
    mark.end = null;
  } else {
    dropMark(mark);
  }
}

function dropMark(mark) {
  state.marks = state.marks.filter((other) => other !== mark);
}

function dropUnfinished() {
  state.marks = state.marks.filter(isFinished);
}

// Millimetres to the right and down from one point of a plane to another.
function millimetresBetween(name, from, to) {
  const { across, down } = PLANES[name];
  const { spacing } = state.scan;
  return [(to[0] - from[0]) * spacing[across], (to[1] - from[1]) * spacing[down]];
}

function markLength({ name, from, to }) {
  return Math.hypot(...millimetresBetween(name, from, to));
}

// Degrees between the arms, 0 to 180.
function markAngle({ name, from, to, end }) {
  const [a, b] = [from, end].map((point) => millimetresBetween(name, to, point));
  return (Math.atan2(Math.abs(a[0] * b[1] - a[1] * b[0]), a[0] * b[0] + a[1] * b[1]) * 180) / Math.PI;
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

// The statistics of a region; null while the scan is being loaded.
function regionOf(mark) {
  if (!isWhole(state.full)) {
    return null;
  }
  const key = [...mark.from, ...mark.to].join();
  if (mark.key !== key) {
    Object.assign(mark, { key, found: regionStatistics(mark) });
  }
  return mark.found;
}

function markText(mark) {
  if (mark.kind === "length") {
    return `${markLength(mark).toFixed(1)} mm`;
  }
  if (mark.kind === "angle") {
    return mark.end ? `${markAngle(mark).toFixed(1)}\u00b0` : "now the second arm";
  }
  const found = regionOf(mark);
  if (!found) {
    return "\u2026";
  }
  const { mean, spread, count, area } = found;
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
  const points = [mark.from, mark.to, mark.end].filter(Boolean).map((point) => toScreen(mark.name, point));
  context.strokeStyle = MARK_COLOUR;
  context.lineWidth = 1.5;
  context.beginPath();
  if (mark.kind === "region") {
    const radius = markLength(mark) * placeImage(mark.name).scale;
    context.arc(points[0].x, points[0].y, radius, 0, 2 * Math.PI);
  } else {
    points.forEach(({ x, y }, i) => (i ? context.lineTo(x, y) : context.moveTo(x, y)));
    points.forEach(({ x, y }) => context.rect(x - 2, y - 2, 4, 4));
  }
  context.stroke();
  context.font = "12px system-ui, sans-serif";
  const [text, last] = [markText(mark), points[points.length - 1]];
  const right = last.x + 12 + context.measureText(text).width < state.boxes[mark.name].width;
  word(context, text, last.x + (right ? 8 : -8), last.y, right ? "left" : "right", "middle", MARK_COLOUR);
}
