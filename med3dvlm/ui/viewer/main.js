// The state, what messages from Python do to it, and the start.

const state = {
  value: null, // the last message
  scan: null, // what it says of the scan
  full: null, // grids of voxels
  preview: null,
  overlay: null,
  coming: null, // an overlay on its way
  cross: [0, 0, 0],
  hover: null,
  window: { center: 0, width: 1 },
  invert: false,
  smooth: true,
  showCross: true,
  overlayShown: true,
  opacity: 0.5,
  opacityChosen: false,
  helpShown: false,
  tool: "navigate",
  slab: { millimetres: 0, mode: "max" },
  marks: [], // lengths and regions
  active: "axial",
  maximised: null,
  layout: "quad",
  cine: null,
  calm: window.matchMedia("(prefers-reduced-motion: reduce)"),
  error: null,
  boxes: {}, // CSS size of each canvas
  views: {}, // zoom and pan of each plane
  pictures: {}, // canvases with one slice each
  covers: {}, // canvases with one slice of the overlay each
  pointers: new Map(),
  gesture: {},
  grip: null, // of the histogram
  histogramKey: "",
  histogramBox: { width: 0, height: 0 },
  glide: 0,
  counter: 0,
  frame: 0,
  settling: 0,
};

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

function pressButton(event) {
  const button = event.target.closest("button");
  const { tool, act: action, tab, preset, maximise: plane } = button?.dataset ?? {};
  if (tool) {
    state.tool = tool;
  } else if (action) {
    act(action);
  } else if (tab) {
    state.active = tab;
  } else if (preset) {
    applyPreset(Number(preset));
  } else if (plane) {
    maximise(plane);
  }
  redraw();
}

function listenToPanel() {
  dom.root.addEventListener("click", pressButton);
  dom.root.addEventListener("keydown", pressKey);
  for (const [key, input] of Object.entries(dom.numbers)) {
    input.addEventListener("change", () => {
      const value = Number(input.value);
      if (input.value !== "" && Number.isFinite(value) && state.scan) {
        setWindow({ ...state.window, [key]: value });
      }
    });
  }
  dom.opacity.addEventListener("input", () => {
    state.opacity = Number(dom.opacity.value) / 100;
    state.opacityChosen = true;
    redraw();
  });
  dom.root.addEventListener("fullscreenchange", () => {
    state.maximised = document.fullscreenElement ? state.active : null;
    redraw();
  });
  const chooseSlab = () => {
    state.slab = { millimetres: Number(dom.slab.value), mode: dom.slabMode.value };
    redraw();
  };
  dom.slab.addEventListener("change", chooseSlab);
  dom.slabMode.addEventListener("change", chooseSlab);
  dom.overlayCheck.addEventListener("change", () => act("overlay"));
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

function stopLoading() {
  for (const grid of [state.full, state.preview, state.overlay?.grid, state.coming?.grid]) {
    grid?.stop();
  }
}

// A message from Python: another scan starts afresh, the same scan keeps window, zoom and place.
function applyValue(value, { again = false } = {}) {
  state.value = value;
  dom.root.dataset.message = value?.message ?? "";
  if (!value) {
    stopLoading();
    setCine(false);
    Object.assign(state, {
      scan: null, full: null, preview: null, overlay: null, coming: null, error: null, hover: null,
    });
    redraw();
    return;
  }
  const same = state.scan?.scan === value.scan && !state.error && !again;
  state.scan = value;
  if (!same) {
    startScan(value);
  } else if (value.full && !state.full) {
    state.full = openVoxels(value.full);
  }
  if (same && value.window_given) {
    setWindow(value.window);
  }
  if (value.crosshair) {
    clearTimeout(state.settling);
    state.cross = holdInside(value.crosshair);
  }
  applyOverlay(value.overlay);
  redraw();
}

function startScan(value) {
  stopLoading();
  setCine(false);
  clearTimeout(state.settling);
  Object.assign(state, {
    error: null, overlay: null, coming: null, hover: null, invert: false, marks: [],
    cross: value.shape.map((n) => n >> 1), full: null, preview: null,
  });
  NAMES.forEach((name) => (state.views[name] = freshView()));
  setWindow(value.window);
  state.preview = value.preview && openVoxels(value.preview);
  if (value.full && !value.preview) {
    state.full = openVoxels(value.full);
  }
}

// The full scan is fetched after its preview, so that the first picture doesn't wait.
function openVoxels(described) {
  const grid = openGrid(described, (loaded, message) => {
    if (message.failed && loaded === state.full) {
      fail("The scan", message.failed);
    }
    if ((message.failed || message.done) && loaded === state.preview && state.scan.full && !state.full) {
      state.full = openVoxels(state.scan.full);
    }
    if (loaded === state.full && isWhole(loaded)) {
      state.preview = null;
    }
    redraw();
  });
  grid.id = ++state.counter;
  return grid;
}

// Errors in callbacks would otherwise only be seen in the console.
function guarded(work) {
  return (...given) => {
    try {
      return work(...given);
    } catch (error) {
      console.error(error);
      state.error = `The viewer met an error: ${error.message}`;
      syncMessage();
      return undefined;
    }
  };
}

function start() {
  findDom();
  buildPresets();
  dom.root.style.setProperty("--vv-height", CONFIG.height);
  NAMES.forEach(listenToPlane);
  listenToPanel();
  listenToHistogram();
  watchSize();
  measure();
  watch("value", guarded(() => applyValue(props.value)));
  guarded(() => applyValue(props.value ?? null))();
  guarded(draw)();
}
