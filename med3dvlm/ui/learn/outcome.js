// What comes of a click stands below the fold on most screens: it is brought into sight, and as
// little as that needs is moved. What was said here before, a note, moves nothing.

"use strict";

const CALM = window.matchMedia("(prefers-reduced-motion: reduce)");

function show() {
  const first = element.querySelector("p, h3");
  if (!first || first.classList.contains("learn-note")) return;
  element.scrollIntoView({ block: "nearest", behavior: CALM.matches ? "auto" : "smooth" });
}

new MutationObserver(show).observe(element, { childList: true, subtree: true });
element.addEventListener("load", show, true); // a picture has its height only then
