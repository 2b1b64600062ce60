// The height of the page's head, so that the style sheet can give the rest of the screen to the
// workbench: a wrapped line or an opened model card makes it higher.

const head = document.querySelector("#head");
const tellHead = () => {
  const bottom = head.getBoundingClientRect().bottom + window.scrollY;
  document.documentElement.style.setProperty("--head", `${Math.ceil(bottom)}px`);
};
new ResizeObserver(tellHead).observe(head);
tellHead();

// What the scan covers that stays in sight: nothing that is gone to may lie behind it.
const viewer = document.querySelector("#viewer");
const tellCovered = () => {
  const covered = getComputedStyle(viewer).position === "sticky" ? viewer.offsetHeight + 8 : 0;
  document.documentElement.style.scrollPaddingTop = `${covered}px`;
  viewer.style.scrollMarginTop = `${-covered}px`;
};
new ResizeObserver(tellCovered).observe(viewer);
tellCovered();

// On a narrow screen what comes next is elsewhere: after a tap on a card the scan, after a question
// its answer, which stands below the scan that stays in sight.
const narrow = window.matchMedia("(max-width: 899px)");
const smooth = { behavior: "smooth", block: "start" };
const FOLLOW_MS = 5000; // a notice above the scan comes and goes while that is opened
let tapped = -FOLLOW_MS;
document.addEventListener("click", (event) => {
  if (narrow.matches && event.target.closest("#examples button, #series button, #hits button")) {
    tapped = performance.now();
    viewer.scrollIntoView(smooth);
  }
});
for (const own of ["touchmove", "wheel"]) {
  document.addEventListener(own, () => { tapped = -FOLLOW_MS; }, { passive: true });
}
new ResizeObserver(() => {
  if (narrow.matches && performance.now() - tapped < FOLLOW_MS) viewer.scrollIntoView(smooth);
}).observe(document.querySelector("#scan-notice"));
const asked = (count) => {
  const chat = document.querySelector("#chat");
  const exchanges = chat.querySelectorAll(".exchange");
  if (narrow.matches && exchanges.length > count) {
    exchanges[exchanges.length - 1].scrollIntoView(smooth);
  }
  return exchanges.length;
};
let exchanges = 0;
new MutationObserver(() => { exchanges = asked(exchanges); })
  .observe(document.querySelector("#chat"), { childList: true, subtree: true });
