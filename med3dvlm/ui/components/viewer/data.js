// Files of voxels to arrays. The format is described in codec.py.

// One slice: undo the folding and the differences along each row. `wide` is bytes per voxel.
// Typed arrays wrap around as the writer's integers did.
function unfoldSlice(bytes, wide, rowLength, out, start) {
  const count = bytes.length / wide;
  for (let row = 0; row < count; row += rowLength) {
    let value = 0;
    for (let i = row; i < row + rowLength; i++) {
      const folded = wide === 2 ? bytes[i] | (bytes[count + i] << 8) : bytes[i];
      value += (folded >>> 1) ^ -(folded & 1);
      out[start + i] = value;
    }
  }
}

// Reads the inflated bytes of a response in pieces of a wanted length.
function pieceReader(response, post) {
  let received = 0;
  const counter = new TransformStream({
    transform(chunk, out) {
      received += chunk.byteLength;
      post({ received });
      out.enqueue(chunk);
    },
  });
  const inflater = new DecompressionStream("deflate-raw");
  const reader = response.body.pipeThrough(counter).pipeThrough(inflater).getReader();
  let chunk = new Uint8Array(0);
  return async (target) => {
    for (let filled = 0; filled < target.length; ) {
      if (!chunk.length) {
        const next = await reader.read();
        if (next.done) {
          throw new Error("the file is incomplete");
        }
        chunk = next.value;
      }
      const part = chunk.subarray(0, target.length - filled);
      target.set(part, filled);
      filled += part.length;
      chunk = chunk.subarray(part.length);
    }
    return target;
  };
}

// Fetch and decode, telling `post` about bytes received and slabs of slices that are ready.
async function streamGrid(file, post, signal) {
  const response = await fetch(file.url, { signal });
  if (!response.ok) {
    throw new Error(`the server answered ${response.status}`);
  }
  const fill = pieceReader(response, post);
  const header = new DataView((await fill(new Uint8Array(16))).buffer);
  const [slope, intercept] = [header.getFloat64(0, true), header.getFloat64(8, true)];
  const [depth, height, width] = file.shape;
  const plane = height * width;
  const [wide, Numbers] = file.dtype === "int16" ? [2, Int16Array] : [1, Uint8Array];
  const bytes = new Uint8Array(plane * wide);
  const thick = Math.max(1, Math.floor(2e6 / plane));
  for (let z = 0; z < depth; z += thick) {
    const count = Math.min(thick, depth - z);
    const slab = new Numbers(count * plane);
    for (let i = 0; i < count; i++) {
      unfoldSlice(await fill(bytes), wide, width, slab, i * plane);
    }
    post({ z, count, slab, slope, intercept }, [slab.buffer]);
  }
}

function workerScript() {
  return `${unfoldSlice}\n${pieceReader}\n${streamGrid}
    onmessage = (event) => streamGrid(event.data, (message, moved) => postMessage(message, moved)).then(
      () => postMessage({ done: true }),
      (error) => postMessage({ failed: error.message }),
    );`;
}

// A thread that runs a script; null where there are none.
function workerOf(script) {
  try {
    const address = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
    const worker = new Worker(address);
    URL.revokeObjectURL(address);
    return worker;
  } catch {
    return null;
  }
}

// A thread without work; one is started with the page, which takes a tenth of a second.
let spareWorker = null;
keepWorker(workerOf(workerScript()));

function keepWorker(worker) {
  if (spareWorker) {
    worker?.terminate();
  } else if (worker) {
    worker.onmessage = null;
    worker.onerror = () => {
      spareWorker = null;
    };
    spareWorker = worker;
  }
}

function takeWorker() {
  const worker = spareWorker ?? workerOf(workerScript());
  spareWorker = null;
  return worker;
}

// Calls `listen` with the messages of streamGrid, then `done` or `failed`; returns a function that stops.
function openStream(file, listen) {
  const job = { ...file, url: new URL(file.url, document.baseURI).href };
  const stopper = new AbortController();
  const here = () =>
    streamGrid(job, listen, stopper.signal).then(
      () => listen({ done: true }),
      (error) => stopper.signal.aborted || listen({ failed: error.message }),
    );
  let worker = takeWorker();
  if (worker) {
    worker.onmessage = (event) => {
      if (event.data.done || event.data.failed) {
        keepWorker(worker);
        worker = null;
      }
      listen(event.data);
    };
    // A page whose policy forbids such workers decodes on its own thread.
    worker.onerror = () => {
      worker.terminate();
      worker = null;
      here();
    };
    worker.postMessage(job);
  } else {
    here();
  }
  return () => {
    worker?.terminate();
    stopper.abort();
  };
}

// A grid that fills while it loads. `ready` counts the slices that are there.
function openGrid(described, listen) {
  const [depth, height, width] = described.shape;
  const grid = {
    shape: described.shape,
    factor: described.factor,
    size: described.size,
    data: new (described.dtype === "int16" ? Int16Array : Uint8Array)(depth * height * width),
    slope: 1,
    intercept: 0,
    ready: 0,
    received: 0,
    failed: null,
  };
  const file = { url: described.file.url, shape: described.shape, dtype: described.dtype };
  grid.stop = openStream(file, (message) => {
    if (message.received !== undefined) {
      grid.received = message.received;
    } else if (message.slab) {
      grid.data.set(message.slab, message.z * height * width);
      grid.slope = message.slope;
      grid.intercept = message.intercept;
      grid.ready = message.z + message.count;
    } else if (message.failed) {
      grid.failed = message.failed;
    }
    listen(grid, message);
  });
  return grid;
}

const isWhole = (grid) => Boolean(grid) && grid.ready === grid.shape[0];
