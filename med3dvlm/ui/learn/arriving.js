// A link to a lesson leads to its stop: on a narrow screen that stands below the open scan.

"use strict";

const NARROW = window.matchMedia("(max-width: 899px)");

if (NARROW.matches && new URLSearchParams(window.location.search).has("lesson")) {
  const seen = new MutationObserver(() => {
    if (!element.querySelector("h3")) return;
    seen.disconnect();
    element.scrollIntoView({ block: "start" });
  });
  seen.observe(element, { childList: true, subtree: true });
}
