// Letters, numbers and the scale bar on the planes, and the picture that is saved.

const LEGEND_PX = 28;
const BAR_LENGTHS_MM = [1, 2, 5, 10, 20, 50, 100, 200];

function paintWords(context, name, box, place) {
  const { title, edges } = PLANES[name];
  const known = state.scan.orientation_known;
  const [middleX, middleY] = [box.width / 2, box.height / 2];
  context.font = "600 13px system-ui, sans-serif";
  word(context, known ? edges.left : "?", 8, middleY, "left", "middle");
  word(context, known ? edges.right : "?", box.width - 8, middleY, "right", "middle");
  word(context, known ? edges.top : "?", middleX, 8, "center", "top");
  word(context, known ? edges.bottom : "?", middleX, box.height - 7, "center", "bottom");
  word(context, title, 8, 8, "left", "top", LINE_COLOURS[name]);
  context.font = "12px system-ui, sans-serif";
  const named = labelsAt(state.hover ?? state.cross);
  if (named) {
    word(context, named, 8, 26, "left", "top");
  }
  word(context, sliceText(name), box.width - 8, 8, "right", "top");
  const { zoom } = state.views[name];
  const zoomed = Math.abs(zoom - 1) > 0.01 ? `${zoom.toFixed(1)}\u00d7` : "";
  word(context, windowText(), 8, box.height - 7, "left", "bottom");
  const special = [slabText(name), zoomed].filter(Boolean).join("   ");
  if (special) {
    word(context, special, 8, box.height - 24, "left", "bottom");
  }
  if (box.width > 240) {
    paintBar(context, box, place.scale);
  }
}

const windowText = () => `W ${numberText(state.window.width)}  L ${numberText(state.window.center)}`;

// Light text with a dark rim, readable on any tissue.
function word(context, text, x, y, align, baseline, colour = TEXT_COLOUR) {
  context.textAlign = align;
  context.textBaseline = baseline;
  context.lineJoin = "round";
  context.lineWidth = 3;
  context.strokeStyle = "rgba(0, 0, 0, 0.75)";
  context.strokeText(text, x, y);
  context.fillStyle = colour;
  context.fillText(text, x, y);
}

function paintBar(context, box, scale) {
  const fitting = BAR_LENGTHS_MM.filter((length) => length * scale <= box.width / 4);
  const length = fitting[fitting.length - 1];
  if (!length) {
    return;
  }
  const [right, bottom] = [box.width - 10, box.height - 9];
  const left = right - length * scale;
  context.strokeStyle = TEXT_COLOUR;
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(left + 0.5, bottom - 4);
  context.lineTo(left + 0.5, bottom + 0.5);
  context.lineTo(right + 0.5, bottom + 0.5);
  context.lineTo(right + 0.5, bottom - 4);
  context.stroke();
  const text = length < 10 ? `${length} mm` : `${length / 10} cm`;
  word(context, text, (left + right) / 2, bottom - 3, "center", "bottom");
}

// The visible planes as they lie on the screen, with the overlay's legend below.
function screenshot() {
  const shown = NAMES.filter((name) => state.boxes[name].width).map((name) => dom.planes[name].canvas);
  const areas = shown.map((canvas) => canvas.getBoundingClientRect());
  const left = Math.min(...areas.map((area) => area.left));
  const top = Math.min(...areas.map((area) => area.top));
  const width = Math.max(...areas.map((area) => area.right)) - left;
  const height = Math.max(...areas.map((area) => area.bottom)) - top;
  const ratio = window.devicePixelRatio || 1;
  const sheet = document.createElement("canvas");
  sheet.width = Math.round(width * ratio);
  const legend = state.overlay && state.overlayShown;
  sheet.height = Math.round((height + (legend ? LEGEND_PX : 0)) * ratio);
  const context = sheet.getContext("2d", { alpha: false });
  context.scale(ratio, ratio);
  shown.forEach((canvas, i) => {
    const area = areas[i];
    context.drawImage(canvas, area.left - left, area.top - top, area.width, area.height);
  });
  if (legend) {
    paintLegend(context, width, height);
  }
  const slice = state.cross[PLANES[state.active].normal] + 1;
  sheet.toBlob((blob) => download(blob, exportName(`${state.active}-${slice}.png`)));
}

function paintLegend(context, width, height) {
  context.font = "12px system-ui, sans-serif";
  const { legend, ends, labels } = state.overlay;
  if (labels.length) {
    paintLabelLegend(context, width, height);
    return;
  }
  word(context, `${legend}: ${ends[0]}`, width - 140 - 8 * ends[1].length, height + 14, "right", "middle");
  context.drawImage(dom.scale, width - 134 - 8 * ends[1].length, height + 9, 120, 10);
  word(context, ends[1], width - 8, height + 14, "right", "middle");
}

// Of a file to save: it begins with the name of the scan's.
const exportName = (ending) => `${state.scan.stem}-${ending}`;

function download(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}
