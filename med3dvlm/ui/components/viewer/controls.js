// Buttons, numbers and the panel: actions of the user, and the state shown in them.

const WIDE_PX = 1120;
const NARROW_PX = 560;
const CINE_SLICES_PER_SECOND = 12;
const CALM_SLICES_PER_SECOND = 4;

const ACTIONS = {
  cross: () => toggle("showCross"),
  smooth: () => toggle("smooth"),
  invert: () => toggle("invert"),
  overlay: () => toggle("overlayShown"),
  help: () => toggle("helpShown"),
  panel: () => toggle("panelShown"),
  auto: () => setWindow(state.scan.auto_window),
  cine: () => setCine(!state.cine),
  reset: () => resetView(),
  fit: () => toggleFit(),
  layout: () => nextLayout(),
  labels: () => toggleLabels(),
  saveMarks: () => saveMarks(),
  dropMarks: () => (state.marks = []),
  screenshot: () => screenshot(),
  fullscreen: () => toggleFullscreen(),
  projection: () => toggleProjection(),
  retry: () => applyValue(state.value, { again: true }),
};
const WITHOUT_SCAN = new Set(["help", "fullscreen", "retry"]);

function act(name) {
  if (state.scan || WITHOUT_SCAN.has(name)) {
    ACTIONS[name]();
    redraw();
  }
}

function toggle(key) {
  state[key] = !state[key];
}

function setWindow({ center, width }) {
  const floor = state.scan.unit === "HU" ? 1 : state.scan.auto_window.width / 1000;
  state.window = { center, width: Math.max(width, floor) };
  redraw();
}

function applyPreset(number) {
  const preset = CONFIG.presets[number - 1];
  if (preset && state.scan?.unit === "HU") {
    setWindow(preset);
  }
}

function resetView() {
  setCine(false);
  fitTo({ body: true });
  Object.assign(state, { invert: false, marks: [] });
  dom.slab.value = "0";
  chooseSlab();
  setWindow(state.scan.window);
  moveTo(state.scan.shape.map((n) => n >> 1));
}

function fitTo({ body }) {
  state.fitBody = body;
  NAMES.forEach((name) => (state.views[name] = freshView()));
}

// Fits what was moved to the body again; what fits it already, to the whole scan.
function toggleFit() {
  const moved = Object.values(state.views).some(({ zoom, panX, panY }) => zoom !== 1 || panX || panY);
  fitTo({ body: moved || !state.fitBody });
}

// Three planes and the panel, three planes, one plane, and from the start.
function nextLayout() {
  if (!state.planesOnly) {
    state.planesOnly = true;
    state.maximised = null;
  } else if (!state.maximised) {
    state.maximised = state.active;
  } else {
    state.planesOnly = false;
    state.maximised = null;
  }
}

// Go to a voxel because the user said so; Python hears of it when it rests.
function moveTo(index) {
  const held = holdInside(index);
  if (held.join() !== state.cross.join()) {
    state.cross = held;
    clearTimeout(state.settling);
    state.settling = setTimeout(settle, CONFIG.restMs);
  }
  redraw();
}

function settle() {
  const index = [...state.cross];
  trigger("select", { index, value: valueAt(index), millimetres: toMillimetres(index) });
}

function stepSlice(name, steps) {
  const index = [...state.cross];
  index[PLANES[name].normal] += steps;
  moveTo(index);
}

function maximise(name) {
  state.maximised = state.maximised === name ? null : name;
  state.active = name;
  redraw();
}

async function toggleFullscreen() {
  if (document.fullscreenElement) {
    await document.exitFullscreen();
  } else {
    await dom.root.requestFullscreen?.();
  }
}

function setCine(on) {
  const count = () => state.scan.shape[PLANES[state.active].normal];
  state.cine = on ? { plane: state.active, last: performance.now(), rest: count() } : null;
}

// One step of the playing slices when its time has come. Who asked for calm sees one slow round.
function playOn(now) {
  const { cine, calm } = state;
  if (!cine) {
    return;
  }
  if (!element.isConnected) {
    setCine(false);
    return;
  }
  if (now - cine.last >= 1000 / (calm.matches ? CALM_SLICES_PER_SECOND : CINE_SLICES_PER_SECOND)) {
    const { normal, forward } = PLANES[cine.plane];
    const count = state.scan.shape[normal];
    const index = [...state.cross];
    index[normal] = (index[normal] + forward + count) % count;
    cine.last = now;
    cine.rest -= 1;
    moveTo(index);
    if (calm.matches && cine.rest <= 0) {
      setCine(false);
    }
  }
  redraw();
}

function setText(node, text) {
  if (node.textContent !== text) {
    node.textContent = text;
  }
}

function setHidden(node, hidden) {
  node.hidden = hidden;
}

// Everything outside the canvases shows the state.
function syncControls() {
  const { root } = dom;
  const single = state.layout === "single";
  const show = single ? state.active : state.maximised ?? "all";
  const wide = String(state.planesOnly && !single);
  if (root.dataset.layout !== state.layout || root.dataset.show !== show || root.dataset.wide !== wide) {
    Object.assign(root.dataset, { layout: state.layout, show, wide });
    measure();
  }
  root.toggleAttribute("data-empty", !state.scan);
  root.toggleAttribute("data-playing", Boolean(state.cine));
  root.toggleAttribute("data-panel", state.panelShown);
  for (const button of dom.buttons) {
    syncButton(button);
  }
  syncMessage();
  setHidden(dom.help, !state.helpShown);
  if (state.scan) {
    NAMES.forEach(syncPlane);
    syncPanel();
  }
}

function syncButton(button) {
  const { tool, act: action, tab, preset } = button.dataset;
  const pressed = {
    cross: state.showCross, smooth: state.smooth, invert: state.invert, cine: Boolean(state.cine),
    fit: state.fitBody,
  };
  if (tool) {
    button.setAttribute("aria-pressed", String(state.tool === tool));
  } else if (tab) {
    button.setAttribute("aria-pressed", String(state.active === tab));
  } else if (preset) {
    const { center, width } = CONFIG.presets[preset - 1];
    const on = state.scan?.unit === "HU" && state.window.center === center && state.window.width === width;
    button.disabled = state.scan?.unit !== "HU";
    button.setAttribute("aria-pressed", String(on));
  } else if (action in pressed) {
    button.setAttribute("aria-pressed", String(pressed[action]));
  } else if (action === "help") {
    button.setAttribute("aria-expanded", String(state.helpShown));
  } else if (action === "panel") {
    button.setAttribute("aria-expanded", String(state.panelShown));
  }
  if (action && !WITHOUT_SCAN.has(action)) {
    button.disabled = !state.scan;
  }
}

function syncPlane(name) {
  const { canvas, slider, output, area } = dom.planes[name];
  const { normal, title } = PLANES[name];
  const [index, count] = [state.cross[normal], state.scan.shape[normal]];
  slider.max = String(count - 1);
  slider.value = String(index);
  setText(output, `${index + 1}/${count}`);
  const label = `slice ${index + 1} of ${count}, ${sliceText(name)}`;
  slider.setAttribute("aria-valuetext", label);
  canvas.setAttribute("aria-label", `${title} plane, ${label}, ${windowText()}`);
  canvas.dataset.zoom = state.views[name].zoom.toFixed(1);
  area.toggleAttribute("data-active", state.active === name);
}
