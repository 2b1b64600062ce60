// What was typed and can't be asked goes back into the box, behind what stands there by now. The
// server numbers what it gives back, and sends the latest again with each: none is lost or doubled.
//
// While somebody types on, it waits in sight: put into the box at once, it would be sent with the
// next question, or be overwritten by it.

const QUIET_MS = 1000;
const TYPED_ON = "Not asked. As soon as you pause, this is back in the box:";
const now = () => performance.now();
const box = () => document.querySelector("#question textarea");
const note = () => document.querySelector("#on-hold .back");
let touched = -QUIET_MS;
let waiting = [];
let reason = "";
const quiet = () => now() - touched >= QUIET_MS;
for (const own of ["input", "keydown"]) {
  document.addEventListener(own, (event) => {
    if (event.target === box()) touched = now();
  }, { capture: true });
}

const put = (texts) => {
  const field = box();
  const { selectionStart, selectionEnd } = field;
  const caret = document.activeElement === field && field.value;
  field.value = [field.value, ...texts].filter(Boolean).join("\n");
  if (caret) field.setSelectionRange(selectionStart, selectionEnd);
  field.dispatchEvent(new Event("input", { bubbles: true }));
  touched = -QUIET_MS; // this was nobody's typing
};

const tell = (words, texts = []) => {
  note().querySelector("span").textContent = words;
  note().querySelector("ol").replaceChildren(...texts.map((text) => {
    const item = document.createElement("li");
    item.textContent = text;
    return item;
  }));
  note().hidden = !words;
};

const deliver = () => {
  if (!waiting.length) return;
  if (!quiet()) {
    tell(TYPED_ON, waiting);
    setTimeout(deliver, QUIET_MS / 4);
    return;
  }
  put(waiting.splice(0));
  tell(reason);
  reason = "";
  box().addEventListener("keydown", () => { if (!waiting.length) tell(""); }, { once: true });
};
const give = (texts, why = "") => {
  const idle = !waiting.length;
  waiting.push(...texts.filter(Boolean));
  reason ||= why;
  if (idle) deliver();
  else tell(TYPED_ON, waiting);
};
window.giveBack = give;

const place = document.querySelector("#given-back");
let last = 0;
const take = () => {
  const items = [...place.querySelectorAll("li")].filter((item) => Number(item.dataset.number) > last);
  if (!items.length) return;
  last = Number(items[items.length - 1].dataset.number);
  give(items.map((item) => item.textContent));
};
new MutationObserver(take).observe(place, { childList: true, subtree: true, characterData: true });
