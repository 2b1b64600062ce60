// Scans that were chosen and of which the server does not know yet. What is asked meanwhile waits, in
// its order, and is shown while it does. The first choice is the page's own example.

const counted = (window.scanChoices ??= { made: 1, noted: 0, sending: 0 });
const LONGEST_NOTE_MS = 15000; // a choice that was lost on its way holds nothing up for longer
const LONGEST_ARRIVAL_MS = 3000; // nor does a question
const pause = (ms) => new Promise((done) => { setTimeout(done, ms); });
const unknown = () => counted.sending > 0 || counted.noted < counted.made;

const shown = (words) => {
  const place = document.querySelector("#on-hold .busy");
  if (!place) return;
  place.hidden = !words.length;
  place.querySelector("ol").replaceChildren(...words.map((text) => {
    const item = document.createElement("li");
    item.textContent = text;
    return item;
  }));
};

const known = async () => {
  let since = performance.now();
  while (unknown()) {
    if (counted.sending) since = performance.now();
    if (performance.now() - since > LONGEST_NOTE_MS) counted.noted = counted.made;
    await pause(20);
  }
};

// A question is sent when the server has the one before: it is asked in its order.
let calls = 0;
const arrived = async () => {
  const since = performance.now();
  await pause(30);
  while (calls > 0 && performance.now() - since < LONGEST_ARRIVAL_MS) await pause(10);
};

let line = Promise.resolve();
const waiting = [];
window.settled = (words = "") => {
  waiting.push(words);
  if (unknown()) shown(waiting.filter(Boolean));
  const turn = line.then(known).then(() => {
    waiting.shift();
    shown(waiting.filter(Boolean));
  });
  line = turn.then(arrived);
  return turn;
};

// Files are sent by requests of Gradio's client; it says on the page when one has ended well, but
// not when one has failed.
const send = window.fetch;
window.fetch = async (...given) => {
  const address = String(given[0]?.url ?? given[0]);
  const files = address.includes("/upload?");
  const call = address.includes("/run/");
  counted.sending += files;
  calls += call;
  try {
    return await send(...given);
  } finally {
    calls -= call;
    // The event that opens what was sent follows at once.
    setTimeout(() => { counted.sending -= files; }, 300);
  }
};
