// The window on the page's plotly histogram, where there is one: it follows the viewer, and the viewer
// follows the mouse on it. The plot's own library is on the page as soon as the plot is.

const WINDOW_SHAPE = "window";

function plottedWindow() {
  const plot = document.querySelector(CONFIG.plot);
  const number = plot?.layout?.shapes?.findIndex((shape) => shape.name === WINDOW_SHAPE) ?? -1;
  return number < 0 ? null : { plot, number, shape: plot.layout.shapes[number] };
}

function syncPlot() {
  const found = window.Plotly && state.scan && plottedWindow();
  if (!found || state.plotting) {
    return;
  }
  listenToPlot(found.plot);
  const { center, width } = state.window;
  const [low, high] = [center - width / 2, center + width / 2];
  const { number, shape } = found;
  if (shape.x0 === low && shape.x1 === high && shape.y0 === 0 && shape.y1 === 1) {
    return;
  }
  const change = { x0: low, x1: high, y0: 0, y1: 1 };
  const named = Object.entries(change).map(([key, value]) => [`shapes[${number}].${key}`, value]);
  state.plotting = true;
  window.Plotly.relayout(found.plot, Object.fromEntries(named)).finally(() => {
    state.plotting = false;
    redraw(); // the window may have moved on meanwhile
  });
}

function listenToPlot(plot) {
  if (plot.dataset.heard) {
    return;
  }
  plot.dataset.heard = "yes";
  plot.on("plotly_relayout", guarded((change) => {
    const moved = !state.plotting && Object.keys(change).some((key) => /^shapes\[\d+\]\.x/.test(key));
    const found = moved && plottedWindow();
    if (found) {
      const { x0, x1 } = found.shape;
      setWindow({ center: (x0 + x1) / 2, width: Math.abs(x1 - x0) });
      roundWindow();
    }
    redraw();
  }));
}

function watchPlot() {
  document.addEventListener("med3dvlm-histogram", () => {
    // Gradio tells of the plot before it is drawn.
    const look = (times) => (plottedWindow() || !times ? redraw() : setTimeout(look, 100, times - 1));
    look(100);
  });
}
