// A small grid of colours over the slices.

// Takes what a message says. The old overlay stays until the new one is there.
function applyOverlay(described) {
  if (!described) {
    state.coming?.grid.stop();
    state.overlay = state.coming = null;
    return;
  }
  const known = [state.coming, state.overlay].find((one) => one?.url === described.values.file.url);
  const overlay = { ...described, url: described.values.file.url, colours: coloursOf(described) };
  if (!state.opacityChosen) {
    state.opacity = described.opacity;
  }
  overlay.id = ++state.counter;
  if (known) {
    overlay.grid = known.grid;
    state.overlay = isWhole(known.grid) ? overlay : state.overlay;
    state.coming = isWhole(known.grid) ? null : overlay;
    return;
  }
  state.coming?.grid.stop();
  state.coming = overlay;
  overlay.grid = openGrid(described.values, (grid, message) => {
    if (message.failed) {
      fail("The overlay", message.failed);
    } else if (isWhole(grid) && state.coming?.grid === grid) {
      state.overlay = state.coming;
      state.coming = null;
    }
    redraw();
  });
}

const coloursOf = (described) => (described.labels.length ? labelTable(described) : colourTable(described.stops));

// Colours of an overlay: 256 packed RGBA pixels from stops of [position, red, green, blue, alpha].
function colourTable(stops) {
  const table = new Uint8ClampedArray(1024);
  for (let i = 0; i < 256; i++) {
    const place = i / 255;
    const after = Math.max(1, stops.findIndex((stop) => stop[0] >= place));
    const [low, high] = [stops[after - 1], stops[after]];
    const share = (place - low[0]) / (high[0] - low[0]);
    for (let c = 0; c < 4; c++) {
      table[4 * i + c] = low[c + 1] + share * (high[c + 1] - low[c + 1]);
    }
  }
  return new Uint32Array(table.buffer);
}

// The overlay's slice, between the two nearest layers of cells when it is smooth.
function overlayPicture(name) {
  const { normal, down, across, upward } = PLANES[name];
  const { grid, place, smooth, colours, id } = state.overlay;
  const layers = grid.shape[normal];
  const extent = place.stop[normal] - place.start[normal];
  const exact = ((state.cross[normal] + 0.5 - place.start[normal]) * layers) / extent;
  const depth = smooth ? clamp(exact - 0.5, 0, layers - 1) : clamp(Math.floor(exact), 0, layers - 1);
  const picture = sizedPicture(state.covers[name], grid.shape[across], grid.shape[down]);
  const key = [id, depth].join();
  if (picture.key === key) {
    return picture;
  }
  const strides = [grid.shape[1] * grid.shape[2], grid.shape[2], 1];
  const [near, share] = [Math.floor(depth), depth % 1];
  const step = near + 1 < layers ? strides[normal] : 0;
  const rows = grid.shape[down];
  for (let i = 0; i < picture.pixels.length; i++) {
    const [row, column] = [Math.floor(i / grid.shape[across]), i % grid.shape[across]];
    const at = near * strides[normal] + (upward ? rows - 1 - row : row) * strides[down] + column * strides[across];
    picture.pixels[i] = colours[Math.round(grid.data[at] * (1 - share) + grid.data[at + step] * share)];
  }
  picture.context.putImageData(picture.image, 0, 0);
  picture.key = key;
  return picture;
}

function paintOverlay(context, name, place) {
  const { overlay, overlayShown, cross, scan } = state;
  if (!overlay || !overlayShown || !isWhole(overlay.grid)) {
    return;
  }
  const { normal, down, across, upward } = PLANES[name];
  const { start, stop } = overlay.place;
  if (cross[normal] < start[normal] || cross[normal] >= stop[normal]) {
    return;
  }
  const top = upward ? scan.shape[down] - stop[down] : start[down];
  context.imageSmoothingEnabled = overlay.smooth;
  context.imageSmoothingQuality = "low";
  context.globalAlpha = state.opacity;
  context.drawImage(
    overlayPicture(name).canvas,
    place.left + start[across] * place.stepX,
    place.top + top * place.stepY,
    (stop[across] - start[across]) * place.stepX,
    (stop[down] - start[down]) * place.stepY,
  );
  context.globalAlpha = 1;
}

// The colours from low to high, for the legend.
function paintScale(canvas, colours) {
  const context = canvas.getContext("2d");
  const image = context.createImageData(256, 1);
  new Uint32Array(image.data.buffer).set(colours);
  context.putImageData(image, 0, 0);
}
