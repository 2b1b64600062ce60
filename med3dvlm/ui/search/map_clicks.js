// Tells of the point of the library's map that was clicked: Gradio's plot has no event for it.

(() => {
  "use strict";

  const MAP = "#library-map .js-plotly-plot";
  const LOOK_MS = 100;
  const LOOKS = 100;

  function clicked(event) {
    const point = event.points.find((candidate) => candidate.customdata);
    if (point) trigger("select", { index: point.customdata, value: point.text ?? "" });
  }

  // Gradio tells of the plot before it is drawn, and draws it anew in the same or another element.
  function listen(looks) {
    if (!element.isConnected) return;
    const plot = document.querySelector(MAP);
    if (plot?.on) {
      plot.removeListener?.("plotly_click", clicked);
      plot.on("plotly_click", clicked);
    }
    if (looks > 0) setTimeout(listen, LOOK_MS, plot?.on ? 0 : looks - 1);
  }

  document.addEventListener("med3dvlm-map", () => listen(LOOKS));
  listen(LOOKS);
})();
