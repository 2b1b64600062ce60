// Scans that were chosen and of which the server does not know yet. What is asked meanwhile waits, in
// its order, and is shown while it does. The first choice is the page's own example.

const counted = (window.scanChoices ??= { made: 1, noted: 0, sending: 0 });
const LONGEST_NOTE_MS = 15000; // a choice that was lost on its way holds nothing up for longer
const unknown = () => counted.sending > 0 || counted.noted < counted.made;

const shown = (words) => {
  const place = document.querySelector("#on-hold .notice");
  if (!place) return;
  place.hidden = !words.length;
  place.querySelector("span").textContent = `Waits until the scan is sent: ${words.join(" / ")}`;
};

const known = async () => {
  let since = performance.now();
  while (unknown()) {
    if (counted.sending) since = performance.now();
    if (performance.now() - since > LONGEST_NOTE_MS) counted.noted = counted.made;
    await new Promise((done) => { setTimeout(done, 20); });
  }
};

let line = Promise.resolve();
const waiting = [];
window.settled = (words = "") => {
  waiting.push(words);
  if (unknown()) shown(waiting.filter(Boolean));
  line = line.then(known).then(() => {
    waiting.shift();
    shown([]);
  });
  return line;
};

// Files are sent by requests of Gradio's client; it says on the page when one has ended well, but
// not when one has failed.
const send = window.fetch;
window.fetch = async (...given) => {
  const files = String(given[0]?.url ?? given[0]).includes("/upload?");
  counted.sending += files;
  try {
    return await send(...given);
  } finally {
    // The event that opens what was sent follows at once.
    setTimeout(() => { counted.sending -= files; }, 300);
  }
};
