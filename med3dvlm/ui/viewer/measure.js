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
  const values = [];
  const index = [0, 0, 0];
  index[normal] = mark.slice;
  for (index[down] = first; index[down] <= last; index[down]++) {
    for (index[across] = left; index[across] <= right; index[across]++) {
      const offset = [(index[across] - mark.from[0]) * wide, (index[down] - mark.from[1]) * high];
      if (Math.hypot(...offset) <= radius) {
        values.push(valueAt(index));
      }
    }
  }
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const spread = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  return { mean, spread, count: values.length, area: values.length * wide * high };
}

function markText(mark) {
  if (mark.kind === "length") {
    return `${markLength(mark).toFixed(1)} mm`;
  }
  if (valueAt([state.scan.shape[0] - 1, 0, 0]) === null) {
    return "\u2026";
  }
  const { mean, spread, count, area } = regionStatistics(mark);
  const unit = state.scan.unit === "HU" ? " HU" : "";
  const size = area < 100 ? `${area.toFixed(1)} mm\u00b2` : `${(area / 100).toFixed(1)} cm\u00b2`;
  return count ? `${numberText(rounded(mean))} \u00b1 ${numberText(rounded(spread))}${unit}, ${size}` : "no voxel";
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
