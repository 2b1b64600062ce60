// A link to a lesson leads to its stop: on a narrow screen that stands below the open scan. The page
// grows while the scan, the tab and the stop arrive, in any order; it is followed until the visitor
// does something.

"use strict";

const NARROW = window.matchMedia("(max-width: 899px)");

if (NARROW.matches && new URLSearchParams(window.location.search).has("lesson")) {
  const grown = new ResizeObserver(() => {
    if (element.querySelector("h3")) element.scrollIntoView({ block: "start" });
  });
  grown.observe(document.body);
  grown.observe(element);
  for (const own of ["pointerdown", "wheel", "touchmove", "keydown"]) {
    document.addEventListener(own, () => grown.disconnect(), { once: true, passive: true });
  }
}
