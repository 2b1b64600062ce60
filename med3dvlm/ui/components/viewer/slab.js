// Thick slices: maximum, minimum or mean through some millimetres around the plane, or through all of
// the scan. A thread of its own works them out, so that scrolling and the window never wait.

const SLAB_NAMES = { max: "MIP", min: "MinIP", mean: "Mean" };
const SLAB_CHUNK = 4e6; // voxels handed over at a time, so that the page doesn't stall

const joinMax = (sums, data, out, at, step, end) => {
  for (; out < end; out++, at += step) {
    const value = data[at];
    if (value > sums[out]) {
      sums[out] = value;
    }
  }
};
const joinMin = (sums, data, out, at, step, end) => {
  for (; out < end; out++, at += step) {
    const value = data[at];
    if (value < sums[out]) {
      sums[out] = value;
    }
  }
};
const joinSum = (sums, data, out, at, step, end) => {
  for (; out < end; out++, at += step) {
    sums[out] += data[at];
  }
};

// Stored numbers of a slab, row by row as on the screen. One plain loop for each way of joining:
// a function called for every voxel is ten times slower.
function projectSlab(data, { rows, columns, rowStride, columnStride, top, layerStride }, { near, far, mode }) {
  const sums = new Int32Array(rows * columns).fill({ max: -65536, min: 65536, mean: 0 }[mode]);
  const join = { max: joinMax, min: joinMin, mean: joinSum }[mode];
  for (let row = 0; row < rows; row++) {
    const out = row * columns;
    for (let layer = near; layer <= far; layer++) {
      join(sums, data, out, top + row * rowStride + layer * layerStride, columnStride, out + columns);
    }
  }
  const values = new data.constructor(sums.length);
  const share = mode === "mean" ? 1 / (far - near + 1) : 1;
  for (let i = 0; i < values.length; i++) {
    values[i] = Math.round(sums[i] * share);
  }
  return values;
}

// What the thread runs: it keeps a copy of the voxels and answers one question after another.
function serveSlabs(post) {
  let data = null;
  return ({ room, part, start, walk, slab, ask }) => {
    if (room) {
      data = room.int16 ? new Int16Array(room.count) : new Uint8Array(room.count);
    } else if (part) {
      data.set(part, start);
    } else {
      const values = projectSlab(data, walk, slab);
      post({ ask, values }, [values.buffer]);
    }
  };
}

function slabScript() {
  const parts = { joinMax, joinMin, joinSum };
  const joins = Object.entries(parts).map(([name, join]) => `const ${name} = ${join};`);
  return `${joins.join("\n")}\n${projectSlab}\n${serveSlabs}
    const serve = serveSlabs((message, moved) => postMessage(message, moved));
    onmessage = (event) => serve(event.data);`;
}

const pageProjector = (grid, listen) => ({
  ask: ({ ask, walk, slab }) => listen({ ask, values: projectSlab(grid.data, walk, slab) }),
  close: () => {},
});

// The thread of a grid that has arrived whole; where workers are forbidden the page does the work.
function openProjector(grid, listen) {
  const worker = workerOf(slabScript());
  if (!worker) {
    return pageProjector(grid, listen);
  }
  worker.onmessage = (event) => listen(event.data);
  worker.onerror = () => {
    grid.projector = pageProjector(grid, listen);
    NAMES.forEach((name) => (state.slabs[name] = freshSlab()));
    redraw();
  };
  const copy = { wanted: true };
  const given = handOver(grid.data, worker, copy);
  return {
    ask: async (job) => {
      await given;
      worker.postMessage(job);
    },
    close: () => {
      copy.wanted = false;
      worker.terminate();
    },
  };
}

async function handOver(data, worker, copy) {
  worker.postMessage({ room: { count: data.length, int16: data instanceof Int16Array } });
  for (let start = 0; start < data.length && copy.wanted; start += SLAB_CHUNK) {
    const part = data.slice(start, start + SLAB_CHUNK);
    worker.postMessage({ part, start }, [part.buffer]);
    await new Promise((next) => setTimeout(next));
  }
}

const slabOn = (name) =>
  state.slab.millimetres > 0 && (state.slab.plane === "all" || state.slab.plane === name);

// First and last layer of a grid around an index.
function slabOf(name, grid, index) {
  const { normal } = PLANES[name];
  if (!slabOn(name) || !isWhole(grid)) {
    return [index, index];
  }
  const half = Math.round((state.slab.millimetres / (state.scan.spacing[normal] * grid.factor[normal]) - 1) / 2);
  return half < 1 ? [index, index] : [Math.max(0, index - half), Math.min(grid.shape[normal] - 1, index + half)];
}

// The latest slab of a plane that is there. One question a plane is on its way at a time, and what was
// asked for in between is never worked out.
function slabValues(name, grid, walk, slab) {
  const held = state.slabs[name];
  const wanted = [grid.id, slab.near, slab.far, slab.mode].join();
  if (held.wanted !== wanted) {
    Object.assign(held, { wanted, question: { ask: { name, wanted }, walk, slab } });
  }
  if (held.shown !== wanted && !held.asked) {
    held.asked = true;
    grid.projector ??= openProjector(grid, takeSlab);
    grid.projector.ask(held.question);
  }
  return held.grid === grid.id ? held : null;
}

function takeSlab({ ask, values }) {
  const held = state.slabs[ask.name];
  Object.assign(held, { asked: false, shown: ask.wanted, values, grid: Number(ask.wanted.split(",")[0]) });
  redraw();
}

// Whoever looks at single slices again gets the memory of the copy back.
function closeProjectors() {
  for (const grid of [state.full, state.preview]) {
    grid?.projector?.close();
    if (grid) {
      grid.projector = null;
    }
  }
  NAMES.forEach((name) => (state.slabs[name] = freshSlab()));
}

const freshSlab = () => ({ wanted: "", shown: "", asked: false, question: null, values: null, grid: 0 });

function chooseSlab() {
  state.slab = { millimetres: Number(dom.slab.value), mode: dom.slabMode.value, plane: dom.slabPlane.value };
  if (!state.slab.millimetres) {
    closeProjectors();
  }
  redraw();
}

function toggleProjection() {
  dom.slab.value = state.slab.millimetres ? "0" : "Infinity";
  chooseSlab();
}

function slabText(name) {
  const { millimetres, mode } = state.slab;
  const size = millimetres === Infinity ? "of all slices" : `${millimetres} mm`;
  return slabOn(name) ? `${SLAB_NAMES[mode]} ${size}` : "";
}
