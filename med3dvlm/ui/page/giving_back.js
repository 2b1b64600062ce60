// What was typed and can't be asked goes back into the box, behind what stands there by now. The
// server numbers what it gives back, and sends the latest again with each: none is lost or doubled.

const put = (texts) => {
  const box = document.querySelector("#question textarea");
  const { selectionStart, selectionEnd } = box;
  const caret = document.activeElement === box && box.value;
  box.value = [box.value, ...texts].filter(Boolean).join("\n");
  if (caret) box.setSelectionRange(selectionStart, selectionEnd);
  box.dispatchEvent(new Event("input", { bubbles: true }));
};
window.giveBack = (texts, why) => {
  const note = document.querySelector("#on-hold .back");
  put(texts);
  note.querySelector("span").textContent = why;
  note.hidden = false;
  document.querySelector("#question textarea")
    .addEventListener("keydown", () => { note.hidden = true; }, { once: true });
};

const place = document.querySelector("#given-back");
let last = 0;
const take = () => {
  const items = [...place.querySelectorAll("li")].filter((item) => Number(item.dataset.number) > last);
  if (!items.length) return;
  last = Number(items[items.length - 1].dataset.number);
  put(items.map((item) => item.textContent));
};
new MutationObserver(take).observe(place, { childList: true, subtree: true, characterData: true });
