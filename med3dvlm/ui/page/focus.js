// The place of a keyboard on the page. What has the focus may be hidden or drawn anew by what it did:
// Ask becomes Stop, an opened example is marked. The browser then starts at the top of the page
// again; here the focus goes to what stands in its place.

const FOCUSABLE = "a[href], button:enabled, input:enabled, select:enabled, textarea:enabled, summary, [tabindex='0']";
const isThere = (node) => node.isConnected && node.checkVisibility({ visibilityProperty: true });
const nameOf = (node) => `${node.tagName} ${node.getAttribute("aria-label") ?? node.textContent}`;
let byKeys = false;
let held = null;

// What is nearest to the lost one: its like, or else the frame itself or the first thing in it.
const successor = ({ name, frames }) => {
  for (const frame of frames.filter(isThere)) {
    const inside = [...frame.querySelectorAll(FOCUSABLE)].filter(isThere);
    const found = inside.find((node) => nameOf(node) === name) ?? (frame.tabIndex >= 0 ? frame : inside[0]);
    if (found) return found;
  }
  return null;
};
const framesOf = (node) => {
  const frames = [];
  for (let at = node.parentElement; at && at !== document.body; at = at.parentElement) frames.push(at);
  return frames;
};

document.addEventListener("keydown", () => { byKeys = true; }, true);
document.addEventListener("pointerdown", () => { byKeys = false; }, true);
document.addEventListener("focusin", ({ target }) => {
  held = { node: target, name: nameOf(target), frames: framesOf(target) };
});
// A part that is hidden keeps the focus until the page is drawn; what takes its place may come later.
const MOMENT_MS = 60;
let looking = 0;
const isLost = () => byKeys && held && !isThere(held.node)
  && [null, document.body, held.node].includes(document.activeElement);
const look = () => {
  looking = 0;
  if (isLost()) successor(held)?.focus({ preventScroll: true });
};
new MutationObserver(() => {
  if (!looking && isLost()) looking = setTimeout(look, MOMENT_MS);
}).observe(document.body, {
  childList: true, subtree: true, attributes: true, attributeFilter: ["class", "style", "hidden", "disabled"],
});
