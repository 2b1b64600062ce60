// A point in a picture, by a click or by the arrow keys and Enter; told as shares of its height and
// width. The cross shows where it is; the server draws the picture.

"use strict";

const STEP = 0.02;
const stage = () => element.querySelector(".learn-slice.open");
const within = (share) => Math.min(Math.max(share, 0), 1);

function place(down, across) {
  const slice = stage();
  const cross = slice.querySelector("i");
  slice.dataset.down = within(down);
  slice.dataset.across = within(across);
  cross.hidden = false;
  cross.style.top = `${100 * slice.dataset.down}%`;
  cross.style.left = `${100 * slice.dataset.across}%`;
}

function choose() {
  const { down, across } = stage().dataset;
  stage().classList.add("chosen");
  trigger("select", { index: [Number(down), Number(across)], value: "place" });
}

element.addEventListener("click", (event) => {
  const picture = event.target.closest(".learn-slice.open")?.querySelector("img");
  if (!picture) return;
  const box = picture.getBoundingClientRect();
  place((event.clientY - box.top) / box.height, (event.clientX - box.left) / box.width);
  choose();
});

const WALKS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
element.addEventListener("keydown", (event) => {
  const slice = event.target.closest(".learn-slice.open");
  if (!slice) return;
  const walk = WALKS[event.key];
  const at = [Number(slice.dataset.down ?? 0.5), Number(slice.dataset.across ?? 0.5)];
  if (walk) {
    slice.classList.remove("chosen");
    place(at[0] + STEP * walk[0], at[1] + STEP * walk[1]);
  } else if (event.key === "Enter" || event.key === " ") {
    place(at[0], at[1]);
    choose();
  } else return;
  event.preventDefault();
});
