// How often each value occurs, with the window over it; its edges and its middle can be dragged.

const HU_SPAN = [-1100, 1400];
const BINS = 160;
const SAMPLES = 500_000;
const EDGE_PX = 8;
const INKS = { light: "#5d646e", dark: "#c4cad2" };

function histogramSpan() {
  const { unit, auto_window: auto } = state.scan;
  return unit === "HU" ? HU_SPAN : [auto.center - 0.75 * auto.width, auto.center + 0.75 * auto.width];
}

// Square roots of the counts in a sample of the voxels; once for each grid that has arrived.
function countValues(grid) {
  if (!grid.counts) {
    const [low, high] = histogramSpan();
    const counts = new Float64Array(BINS);
    const step = Math.max(1, Math.floor(grid.data.length / SAMPLES)) | 1;
    for (let i = 0; i < grid.data.length; i += step) {
      const bin = Math.floor((BINS * (grid.data[i] * grid.slope + grid.intercept - low)) / (high - low));
      if (bin >= 0 && bin < BINS) {
        counts[bin]++;
      }
    }
    grid.counts = counts.map(Math.sqrt); // so that air doesn't dwarf the organs
    grid.countsTop = grid.counts.slice().sort()[BINS - 3] || 1;
  }
}

function paintHistogram() {
  const canvas = dom.histogram;
  const grid = [state.full, state.preview].find(isWhole);
  const { width, height } = state.histogramBox;
  const ink = document.body.classList.contains("dark") ? INKS.dark : INKS.light;
  const key = [grid?.id, state.window.center, state.window.width, state.invert, width, ink].join();
  if (!grid || !width || state.histogramKey === key) {
    return;
  }
  state.histogramKey = key;
  const ratio = window.devicePixelRatio || 1;
  [canvas.width, canvas.height] = [Math.round(width * ratio), Math.round(height * ratio)];
  const context = canvas.getContext("2d");
  context.scale(ratio, ratio);
  countValues(grid);
  paintBars(context, grid, { width, height: height - 7, ink });
  paintRamp(context, width, height, ink);
}

function paintBars(context, { counts, countsTop }, { width, height, ink }) {
  context.fillStyle = ink;
  context.globalAlpha = 0.45;
  counts.forEach((count, bin) => {
    const tall = Math.min(1, count / countsTop) * height;
    context.fillRect((bin * width) / BINS, height - tall, width / BINS - 0.4, tall);
  });
  context.globalAlpha = 1;
}

function windowEdges(width) {
  const [low, high] = histogramSpan();
  const { center, width: span } = state.window;
  return [center - span / 2, center + span / 2].map((value) => ((value - low) / (high - low)) * width);
}

function paintRamp(context, width, height, ink) {
  const [left, right] = windowEdges(width);
  const ramp = context.createLinearGradient(left, 0, Math.max(right, left + 0.1), 0);
  ramp.addColorStop(0, state.invert ? "#fff" : "#000");
  ramp.addColorStop(1, state.invert ? "#000" : "#fff");
  context.fillStyle = ramp;
  context.fillRect(0, height - 6, width, 6);
  context.strokeStyle = ink;
  context.globalAlpha = 0.5;
  context.strokeRect(0.5, height - 6.5, width - 1, 6);
  context.globalAlpha = 0.8;
  context.strokeRect(left, 0.5, right - left, height - 7.5);
  context.globalAlpha = 1;
}

// What a drag that begins here moves: the lower edge, the upper edge or the whole window.
function gripAt(x) {
  const [left, right] = windowEdges(state.histogramBox.width);
  if (Math.min(Math.abs(x - left), Math.abs(x - right)) > EDGE_PX) {
    return { low: 1, high: 1 };
  }
  return Math.abs(x - left) < Math.abs(x - right) ? { low: 1, high: 0 } : { low: 0, high: 1 };
}

function dragWindow(dx) {
  const { grip } = state;
  const [start, end] = histogramSpan();
  const step = (dx * (end - start)) / state.histogramBox.width;
  const { center, width } = state.window;
  const low = center - width / 2 + step * grip.low;
  const high = center + width / 2 + step * grip.high;
  setWindow({ center: (low + high) / 2, width: high - low });
  roundWindow();
}

function listenToHistogram() {
  const canvas = dom.histogram;
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    state.grip = { ...gripAt(event.offsetX), x: event.offsetX };
  });
  canvas.addEventListener("pointermove", (event) => {
    if (state.grip && state.scan) {
      dragWindow(event.offsetX - state.grip.x);
      state.grip.x = event.offsetX;
    }
  });
  for (const end of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(end, () => (state.grip = null));
  }
}
