// Thick slices: maximum, mean or minimum over some millimetres around the plane.

// One plain loop each: a function called for every voxel is ten times slower.
const SLAB_MODES = {
  max: {
    start: -65536,
    join: (sums, data, out, at, step, end) => {
      for (; out < end; out++, at += step) {
        const value = data[at];
        if (value > sums[out]) {
          sums[out] = value;
        }
      }
    },
  },
  min: {
    start: 65536,
    join: (sums, data, out, at, step, end) => {
      for (; out < end; out++, at += step) {
        const value = data[at];
        if (value < sums[out]) {
          sums[out] = value;
        }
      }
    },
  },
  mean: {
    start: 0,
    join: (sums, data, out, at, step, end) => {
      for (; out < end; out++, at += step) {
        sums[out] += data[at];
      }
    },
  },
};

// First and last layer of a grid around an index.
function slabOf(grid, normal, index) {
  const step = state.scan.spacing[normal] * grid.factor[normal];
  const half = Math.round((state.slab.millimetres / step - 1) / 2);
  return half < 1 ? [index, index] : [Math.max(0, index - half), Math.min(grid.shape[normal] - 1, index + half)];
}

function fillSlab(pixels, { data, table }, walk, { near, far, mode }) {
  const { start, join } = SLAB_MODES[mode];
  const { rows, columns, rowStride, columnStride, top, layerStride } = walk;
  const sums = new Int32Array(pixels.length).fill(start);
  for (let row = 0; row < rows; row++) {
    const out = row * columns;
    for (let layer = near; layer <= far; layer++) {
      join(sums, data, out, top + row * rowStride + layer * layerStride, columnStride, out + columns);
    }
  }
  const share = mode === "mean" ? 1 / (far - near + 1) : 1;
  for (let i = 0; i < pixels.length; i++) {
    pixels[i] = table[Math.round(sums[i] * share) & 0xffff];
  }
}

function slabText() {
  return state.slab.millimetres ? `${state.slab.mode} ${state.slab.millimetres} mm` : "";
}
