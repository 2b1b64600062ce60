// The nodes of the viewer, and their sizes.

const dom = {};

function findDom() {
  const one = (selector) => element.querySelector(selector);
  const byName = (attribute) =>
    Object.fromEntries(
      [...element.querySelectorAll(`[data-${attribute}]`)].map((node) => [node.dataset[attribute], node]),
    );
  Object.assign(dom, {
    root: one(".vv-root"), stage: one(".vv-stage"), help: one(".vv-help"),
    message: one(".vv-message"), progress: one(".vv-progress"), retry: one("[data-act=retry]"),
    histogram: one(".vv-histogram"), slab: one("[data-select=slab]"), slabMode: one("[data-select=slabMode]"),
    slabPlane: one("[data-select=slabPlane]"),
    marks: one(".vv-marks"), markList: one(".vv-marks ol"),
    labels: one(".vv-labels"), labelList: one(".vv-labels ol"), labelsAll: one("[data-act=labels]"),
    scaleRow: one(".vv-scale"),
    overlay: one(".vv-overlay"), scale: one(".vv-scale canvas"), presets: one(".vv-presets"),
    opacity: one("[data-range=opacity]"), overlayCheck: one("[data-check=overlay]"),
    texts: byName("text"), numbers: byName("number"), notes: byName("note"), reads: byName("read"),
    planes: {},
  });
  for (const name of NAMES) {
    const area = one(`[data-plane=${name}]`);
    const parts = ["canvas", ".vv-strip", "input", "output"];
    const [canvas, strip, slider, output] = parts.map((part) => area.querySelector(part));
    dom.planes[name] = { area, canvas, strip, slider, output };
    state.boxes[name] = { width: 0, height: 0 };
    state.views[name] = freshView();
    state.pictures[name] = { canvas: document.createElement("canvas") };
    state.slabs[name] = freshSlab();
    state.covers[name] = { canvas: document.createElement("canvas") };
  }
}

function buildPresets() {
  CONFIG.presets.forEach(({ name, center, width }, i) => {
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.preset = String(i + 1);
    button.textContent = name;
    button.title = `Width ${width}, level ${center} HU (key ${i + 1})`;
    dom.presets.append(button);
  });
  dom.buttons = [...element.querySelectorAll("button")];
}

// Sizes of the canvases; also the sign that the viewer was taken off the page.
function watchSize() {
  const observer = new ResizeObserver(guarded(() => {
    if (!element.isConnected) {
      observer.disconnect();
      stopLoading();
      setCine(false);
      return;
    }
    measure();
    redraw();
  }));
  observer.observe(dom.root);
  observer.observe(dom.histogram);
  NAMES.forEach((name) => observer.observe(dom.planes[name].area));
}

function measure() {
  const { width } = dom.root.getBoundingClientRect();
  const { clientWidth, clientHeight } = dom.histogram;
  state.histogramBox = { width: clientWidth, height: clientHeight };
  state.layout = width < NARROW_PX ? "single" : width < WIDE_PX ? "quad" : "row";
  for (const name of NAMES) {
    const { area, canvas, strip } = dom.planes[name];
    const room = area.getBoundingClientRect();
    const box = { width: Math.floor(room.width), height: Math.max(0, Math.floor(room.height) - strip.offsetHeight) };
    Object.assign(canvas.style, { width: `${box.width}px`, height: `${box.height}px` }); // whole pixels stay sharp
    state.boxes[name] = box;
  }
}
