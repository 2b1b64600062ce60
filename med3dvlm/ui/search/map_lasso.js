// Tells which points of the library's map lie within the line that was drawn around them.

(() => {
  "use strict";

  const MAP = "#library-map .js-plotly-plot";
  const LOOK_MS = 100;
  const LOOKS = 100;
  const MOST = 60; // so many are listed; of the others only the number is told

  function drawn(event) {
    if (!event) return; // a redrawn plot selects nothing
    const ids = event.points.map((point) => point.data.ids?.[point.pointIndex]).filter(Boolean);
    trigger("select", { index: ids.slice(0, MOST).map(Number), value: String(ids.length) });
  }

  function cleared() {
    trigger("select", { index: [], value: "0" });
  }

  function listen(looks) {
    if (!element.isConnected) return;
    const plot = document.querySelector(MAP);
    if (plot?.on) {
      plot.removeListener?.("plotly_selected", drawn);
      plot.removeListener?.("plotly_deselect", cleared);
      plot.on("plotly_selected", drawn);
      plot.on("plotly_deselect", cleared);
    }
    if (looks > 0) setTimeout(listen, LOOK_MS, plot?.on ? 0 : looks - 1);
  }

  document.addEventListener("med3dvlm-map", () => listen(LOOKS));
  listen(LOOKS);
})();
