// The state, what messages from Python do to it, and the start.

const state = {
  value: null, // the last message
  scan: null, // what it says of the scan
  move: "", // the last time that Python moved the user
  opened: "", // which opening of a scan is shown
  left: new Set(), // and which were before
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
  panelShown: false, // on a narrow screen, where it would push everything else down
  tool: "navigate",
  slab: { millimetres: 0, mode: "max", plane: "all" },
  slabs: {}, // of each plane, as the projecting thread gave it
  marks: [], // lengths, angles and regions
  active: "axial",
  maximised: null,
  planesOnly: false, // the panel is put away
  flat: false, // the scan is a single slice
  layout: "quad",
  cine: null,
  calm: window.matchMedia("(prefers-reduced-motion: reduce)"),
  error: null,
  boxes: {}, // CSS size of each canvas
  views: {}, // zoom and pan of each plane
  fitBody: true, // at zoom 1 the body fills a plane, else the whole scan
  pictures: {}, // canvases with one slice each
  covers: {}, // canvases with one slice of the overlay each
  pointers: new Map(),
  gesture: {},
  grip: null, // of the histogram
  histogramKey: "",
  plotting: false, // the window on the plot is being moved
  histogramBox: { width: 0, height: 0 },
  glide: 0,
  counter: 0,
  frame: 0,
  settling: 0,
};

function pressButton(event) {
  const button = event.target.closest("button");
  const { tool, act: action, tab, preset, maximise: plane, mark, drop } = button?.dataset ?? {};
  if (tool) {
    state.tool = tool;
    dropUnfinished();
  } else if (action) {
    act(action);
  } else if (tab) {
    state.active = tab;
  } else if (preset) {
    applyPreset(Number(preset));
  } else if (plane) {
    maximise(plane);
  } else if (mark) {
    goToMark(state.marks[mark]);
  } else if (drop) {
    dropMark(state.marks[drop]);
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
  for (const select of [dom.slab, dom.slabMode, dom.slabPlane]) {
    select.addEventListener("change", chooseSlab);
  }
  dom.overlayCheck.addEventListener("change", () => act("overlay"));
}

function stopLoading() {
  for (const grid of [state.full, state.preview, state.overlay?.grid, state.coming?.grid]) {
    grid?.stop();
  }
  closeProjectors();
}

// A message from Python: another scan starts afresh, the same scan keeps window, zoom and place.
function applyValue(value, { again = false } = {}) {
  dom.root.dataset.message = value?.message ?? "";
  if (value?.opened && state.left.has(value.opened)) return; // it was on its way too long
  if (state.opened && state.opened !== value?.opened) state.left.add(state.opened);
  state.opened = value?.opened ?? "";
  state.value = value;
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
  const moved = value.move !== state.move;
  state.move = value.move;
  if (same && moved && value.window_given) {
    setWindow(value.window);
  }
  if (value.crosshair && (moved || !same)) {
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
  fitTo({ body: true });
  fillWithFlat(value);
  setWindow(value.window);
  state.preview = value.preview && openVoxels(value.preview);
  if (value.full && !value.preview) {
    state.full = openVoxels(value.full);
  }
}

// Of a single slice the plane that shows it has all the room.
function fillWithFlat({ shape }) {
  const flat = NAMES.find((name) => shape[PLANES[name].normal] === 1);
  if (flat || state.flat) {
    state.maximised = flat ?? null;
    state.active = flat ?? state.active;
  }
  state.flat = Boolean(flat);
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
      state.preview?.projector?.close();
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
      state.error = `The viewer ran into an error: ${error.message}`;
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
  watchPlot();
  measure();
  watch("value", guarded(() => applyValue(props.value)));
  guarded(() => applyValue(props.value ?? null))();
  guarded(draw)();
}
