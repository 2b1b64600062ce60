// Mouse, fingers, wheel and keys.

const NOTCH_PX = 50; // one wheel event of a mouse; a trackpad sends many small ones
const GLIDE_PX = 30; // of trackpad travel for one slice
const TOUCH_SLICE_PX = 9; // of finger travel for one slice
const TAP_PX = 6;

const KEYS = {
  ArrowUp: (name) => stepSlice(name, -PLANES[name].forward),
  ArrowLeft: (name) => stepSlice(name, -PLANES[name].forward),
  ArrowDown: (name) => stepSlice(name, PLANES[name].forward),
  ArrowRight: (name) => stepSlice(name, PLANES[name].forward),
  PageUp: (name) => stepSlice(name, -10 * PLANES[name].forward),
  PageDown: (name) => stepSlice(name, 10 * PLANES[name].forward),
  Home: (name) => stepSlice(name, -PLANES[name].forward * 1e6),
  End: (name) => stepSlice(name, PLANES[name].forward * 1e6),
  " ": () => act("cine"),
  a: () => act("auto"),
  b: () => act("fit"),
  c: () => act("cross"),
  f: () => act("fullscreen"),
  i: () => act("invert"),
  l: () => act("layout"),
  m: () => act("projection"),
  n: () => act("smooth"),
  o: () => act("overlay"),
  r: () => act("reset"),
  s: () => act("screenshot"),
  "?": () => act("help"),
  Escape: () => state.helpShown && act("help"),
  Delete: () => state.marks.pop() && redraw(),
  Backspace: () => state.marks.pop() && redraw(),
};
const MARK_TOOLS = new Set(["length", "angle", "region"]);
const SHIFTS = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };

function listenToPlane(name) {
  const { canvas, slider } = dom.planes[name];
  canvas.addEventListener("pointerdown", (event) => press(name, event));
  canvas.addEventListener("pointermove", (event) => drag(name, event));
  canvas.addEventListener("pointerup", (event) => release(name, event));
  canvas.addEventListener("pointercancel", (event) => release(name, event));
  canvas.addEventListener("pointerleave", () => setHover(null));
  canvas.addEventListener("contextmenu", (event) => event.preventDefault());
  canvas.addEventListener("dblclick", () => state.layout !== "single" && maximise(name));
  canvas.addEventListener("wheel", (event) => roll(name, event), { passive: false });
  canvas.addEventListener("focus", () => activate(name));
  slider.addEventListener("focus", () => activate(name));
  slider.addEventListener("input", () => {
    const index = [...state.cross];
    index[PLANES[name].normal] = Number(slider.value);
    moveTo(index);
  });
}

function activate(name) {
  state.active = name;
  redraw();
}

function setHover(index) {
  state.hover = index;
  redraw();
}

function toolOf(event) {
  return { 1: "pan", 2: "window" }[event.button] ?? state.tool;
}

function press(name, event) {
  const { canvas } = dom.planes[name];
  const elsewhere = [...state.pointers.values()].some((pointer) => pointer.name !== name);
  if (elsewhere && !event.isPrimary) {
    return; // a finger on another plane has begun; two planes are no pinch
  }
  activate(name);
  if (!state.scan) {
    return;
  }
  canvas.setPointerCapture(event.pointerId);
  canvas.focus({ preventScroll: true });
  if (event.button === 1) {
    event.preventDefault(); // the browser's own scrolling with the middle button
  }
  const { pointers } = state;
  pointers.set(event.pointerId, { name, x: event.offsetX, y: event.offsetY });
  const touch = event.pointerType === "touch";
  if (state.gesture.mark && pointers.size > 1) {
    dropArm(state.gesture.mark); // it becomes a pinch
  }
  state.gesture = { tool: toolOf(event), touch, travel: 0, slices: 0 };
  if (state.gesture.tool === "navigate" && !touch) {
    moveTo(toVoxel(name, event.offsetX, event.offsetY, { hold: true }));
  } else if (MARK_TOOLS.has(state.gesture.tool) && pointers.size === 1) {
    state.gesture.mark = startMark(name, state.gesture.tool, event.offsetX, event.offsetY);
  }
}

function drag(name, event) {
  if (!state.scan) {
    return;
  }
  const { pointers, gesture } = state;
  const before = pointers.get(event.pointerId);
  if (!before) {
    setHover(toVoxel(name, event.offsetX, event.offsetY));
    return;
  }
  const now = { name, x: event.offsetX, y: event.offsetY };
  if (pointers.size === 2) {
    pinch(name, event.pointerId, now);
  } else {
    gesture.travel += Math.hypot(now.x - before.x, now.y - before.y);
    DRAGS[gesture.tool](name, now, now.x - before.x, now.y - before.y);
  }
  pointers.set(event.pointerId, now);
  redraw();
}

const DRAGS = {
  navigate: (name, now, dx, dy) => {
    if (!state.gesture.touch) {
      state.hover = toVoxel(name, now.x, now.y);
      moveTo(toVoxel(name, now.x, now.y, { hold: true }));
      return;
    }
    state.gesture.slices += dy / TOUCH_SLICE_PX;
    const steps = Math.trunc(state.gesture.slices);
    state.gesture.slices -= steps;
    stepSlice(name, steps * PLANES[name].forward);
  },
  window: (name, now, dx, dy) => {
    const { center, width } = state.window;
    const pace = Math.max(width, state.scan.auto_window.width / 4) / 300;
    setWindow({ center: center + dy * pace, width: width + dx * pace });
    roundWindow();
  },
  pan: (name, now, dx, dy) => {
    state.views[name].panX += dx;
    state.views[name].panY += dy;
  },
  zoom: (name, now, dx, dy) => {
    const box = state.boxes[name];
    zoomAt(name, Math.exp(-dy * 0.008), box.width / 2, box.height / 2);
  },
  length: (name, now) => dragMark(name, now),
  angle: (name, now) => dragMark(name, now),
  region: (name, now) => dragMark(name, now),
};

// Whole HU while dragging, so that the numbers stay readable.
function roundWindow() {
  if (state.scan.unit === "HU") {
    const { center, width } = state.window;
    state.window = { center: Math.round(2 * center) / 2, width: Math.max(1, Math.round(width)) };
  }
}

// Two fingers: their distance zooms, their middle pans.
function pinch(name, id, now) {
  const { pointers } = state;
  const old = pointers.get(id);
  const other = [...pointers].find(([key]) => key !== id)[1];
  const apart = (a, b) => Math.max(Math.hypot(a.x - b.x, a.y - b.y), 10);
  state.views[name].panX += (now.x - old.x) / 2;
  state.views[name].panY += (now.y - old.y) / 2;
  zoomAt(name, apart(now, other) / apart(old, other), (now.x + other.x) / 2, (now.y + other.y) / 2);
  state.gesture.travel = Infinity;
}

function release(name, event) {
  const { pointers, gesture } = state;
  const known = pointers.delete(event.pointerId);
  const tapped = known && gesture.touch && gesture.travel < TAP_PX;
  if (tapped && gesture.tool === "navigate" && event.type === "pointerup") {
    moveTo(toVoxel(name, event.offsetX, event.offsetY, { hold: true }));
  }
  if (known && gesture.mark) {
    endMark(gesture.mark);
    gesture.mark = null;
  }
  if (event.pointerType === "touch") {
    setHover(null);
  }
  redraw();
}

function roll(name, event) {
  if (!state.scan) {
    return;
  }
  event.preventDefault();
  const unit = event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? 1 : 40;
  const delta = (event.deltaY || event.deltaX) * unit;
  if (event.ctrlKey || event.metaKey) {
    zoomAt(name, Math.exp(-clamp(delta, -80, 80) * 0.005), event.offsetX, event.offsetY);
    redraw();
    return;
  }
  activate(name);
  stepSlice(name, wheelSteps(delta) * PLANES[name].forward);
}

// One slice a notch of a mouse wheel; a trackpad's small deltas add up first.
function wheelSteps(delta) {
  if (Math.abs(delta) >= NOTCH_PX) {
    state.glide = 0;
    return Math.sign(delta) * Math.max(1, Math.round(Math.abs(delta) / 120));
  }
  state.glide = Math.sign(delta) === Math.sign(state.glide) ? state.glide + delta : delta;
  const steps = Math.trunc(state.glide / GLIDE_PX);
  state.glide -= steps * GLIDE_PX;
  return steps;
}

function pressKey(event) {
  const { target, key } = event;
  const typing =
    target.matches("input[type=number], input[type=checkbox], select, textarea") ||
    (target.matches("input[type=range]") && key.length > 1);
  const onButton = target.matches("button") && (key === " " || key === "Enter");
  if (typing || onButton || event.ctrlKey || event.metaKey || event.altKey) {
    return;
  }
  const shift = event.shiftKey && SHIFTS[key];
  const number = /^[1-8]$/.test(key) && Number(key);
  const handler = KEYS[key.length === 1 ? key.toLowerCase() : key];
  if (!shift && !number && !handler) {
    return;
  }
  event.preventDefault();
  if (!state.scan) {
    return;
  }
  if (shift) {
    shiftCross(state.active, shift);
  } else if (number) {
    applyPreset(number);
  } else {
    handler(state.active);
  }
}

// Move the crosshair within the plane by voxels to the right and down on the screen.
function shiftCross(name, [right, down]) {
  const plane = PLANES[name];
  const index = [...state.cross];
  index[plane.across] += right;
  index[plane.down] += plane.upward ? -down : down;
  moveTo(index);
}
