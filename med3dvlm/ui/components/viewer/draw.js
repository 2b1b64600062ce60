// From the state to pixels. draw() is the only function that paints.

const LINE_COLOURS = { axial: "#ff7b72", coronal: "#6fcf86", sagittal: "#f0c04f" };
const TEXT_COLOUR = "#dbe1e8";
const FAINT_COLOUR = "#8d98a5";
const LITTLE_ENDIAN = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;

// Ask for one frame; what changes before it comes is drawn once.
function redraw() {
  if (!state.frame) {
    state.frame = requestAnimationFrame(guarded((now) => {
      state.frame = 0;
      playOn(now);
      draw();
    }));
  }
}

function draw() {
  const started = performance.now();
  syncControls();
  for (const name of NAMES) {
    const box = state.boxes[name];
    if (box.width && box.height) {
      const context = contextOf(name, box);
      paintPlane(context, name, box);
    }
  }
  syncPlot();
  dom.root.dataset.drawMs = (performance.now() - started).toFixed(1); // for the benchmark
}

function contextOf(name, box) {
  const { canvas } = dom.planes[name];
  const ratio = window.devicePixelRatio || 1;
  const [width, height] = [Math.round(box.width * ratio), Math.round(box.height * ratio)];
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  const context = canvas.getContext("2d", { alpha: false });
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return context;
}

function paintPlane(context, name, box) {
  context.fillStyle = "#000";
  context.fillRect(0, 0, box.width, box.height);
  if (!state.scan) {
    return;
  }
  const place = placeImage(name);
  paintSlice(context, name, place);
  paintOverlay(context, name, place);
  if (state.showCross) {
    paintCross(context, name, box);
  }
  paintMarks(context, name);
  paintWords(context, name, box, place);
}

// Grey value of each stored number, by its lowest 16 bits: a window change costs this table only.
function greyTable(grid) {
  const { center, width } = state.window;
  const low = center - width / 2;
  const table = new Uint32Array(65536);
  const [first, last] = grid.data instanceof Int16Array ? [-32768, 32767] : [0, 255];
  for (let stored = first; stored <= last; stored++) {
    const share = clamp((stored * grid.slope + grid.intercept - low) / width, 0, 1);
    const grey = Math.round(255 * (state.invert ? 1 - share : share));
    const opaque = LITTLE_ENDIAN ? 0xff000000 | (grey * 0x010101) : (grey * 0x01010100) | 0xff;
    table[stored & 0xffff] = opaque;
  }
  return table;
}

// The full scan where it has arrived, else the preview, else what there is of the full scan.
function sourceOf(name) {
  const { full, preview } = state;
  const needed = name === "axial" ? state.cross[0] + 1 : state.scan.shape[0];
  if (full && full.ready >= needed) {
    return full;
  }
  return isWhole(preview) ? preview : full;
}

// Pixels of the slice in a canvas of its own; filled again only when something in `key` changed.
function slicePicture(name, grid) {
  const { normal, down, across } = PLANES[name];
  const index = Math.min(Math.floor(state.cross[normal] / grid.factor[normal]), grid.shape[normal] - 1);
  const picture = sizedPicture(state.pictures[name], grid.shape[across], grid.shape[down]);
  const { center, width } = state.window;
  const [near, far] = slabOf(name, grid, index);
  const slab = near < far && slabValues(name, grid, walkOf(name, grid), { near, far, mode: state.slab.mode });
  const shown = slab ? slab.shown : [grid.id, grid.ready, index].join();
  const key = [shown, center, width, state.invert].join();
  if (picture.key === key) {
    return picture;
  }
  const look = [center, width, state.invert, grid.slope, grid.intercept].join();
  if (grid.look !== look) {
    grid.look = look;
    grid.table = greyTable(grid);
  }
  if (slab) {
    paintNumbers(picture.pixels, slab.values, grid.table);
  } else {
    fillPixels(picture.pixels, grid, walkOf(name, grid), index);
  }
  picture.context.putImageData(picture.image, 0, 0);
  picture.key = key;
  return picture;
}

function sizedPicture(picture, width, height) {
  if (picture.canvas.width !== width || picture.canvas.height !== height || !picture.image) {
    picture.canvas.width = width;
    picture.canvas.height = height;
    picture.context = picture.canvas.getContext("2d");
    picture.image = picture.context.createImageData(width, height);
    picture.pixels = new Uint32Array(picture.image.data.buffer);
    picture.key = "";
  }
  return picture;
}

// How to step through a grid along the rows and columns of the screen.
function walkOf(name, { shape }) {
  const { normal, down, across, upward } = PLANES[name];
  const strides = [shape[1] * shape[2], shape[2], 1];
  return {
    rows: shape[down], columns: shape[across], rowStride: upward ? -strides[down] : strides[down],
    columnStride: strides[across], top: upward ? (shape[down] - 1) * strides[down] : 0, layerStride: strides[normal],
  };
}

function paintNumbers(pixels, values, table) {
  for (let i = 0; i < pixels.length; i++) {
    pixels[i] = table[values[i] & 0xffff];
  }
}

function fillPixels(pixels, { data, table }, { rows, columns, rowStride, columnStride, top, layerStride }, layer) {
  let out = 0;
  for (let row = 0; row < rows; row++) {
    let at = top + row * rowStride + layer * layerStride;
    for (let column = 0; column < columns; column++) {
      pixels[out++] = table[data[at] & 0xffff];
      at += columnStride;
    }
  }
}

function paintSlice(context, name, place) {
  const grid = sourceOf(name);
  if (!grid || !grid.ready) {
    return;
  }
  const { down, across, upward } = PLANES[name];
  const picture = slicePicture(name, grid);
  const wide = grid.shape[across] * grid.factor[across] * place.stepX;
  const high = grid.shape[down] * grid.factor[down] * place.stepY;
  const top = upward ? place.top + place.height - high : place.top;
  context.imageSmoothingEnabled = state.smooth;
  context.imageSmoothingQuality = place.stepX < 0.75 ? "medium" : "low";
  context.drawImage(picture.canvas, place.left, top, wide, high);
}

// Two lines, each in the colour of the plane it stands for, with a gap where they meet.
function paintCross(context, name, box) {
  const { down, across } = PLANES[name];
  const { x, y } = toScreen(name, [state.cross[across], state.cross[down]]);
  const gap = 9;
  const nameOf = (axis) => NAMES.find((other) => PLANES[other].normal === axis);
  const line = (colour, points) => {
    context.strokeStyle = colour;
    context.beginPath();
    for (const [x1, y1, x2, y2] of points) {
      context.moveTo(x1, y1);
      context.lineTo(x2, y2);
    }
    context.stroke();
  };
  const [column, row] = [Math.floor(x) + 0.5, Math.floor(y) + 0.5];
  context.lineWidth = 1;
  context.globalAlpha = 0.75;
  line(LINE_COLOURS[nameOf(across)], [[column, 0, column, row - gap], [column, row + gap, column, box.height]]);
  line(LINE_COLOURS[nameOf(down)], [[0, row, column - gap, row], [column + gap, row, box.width, row]]);
  context.globalAlpha = 1;
}
