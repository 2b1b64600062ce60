// The whole page takes files and folders that are dropped, as the upload field takes files. What is
// dropped on the tab of labels is a label map for the open scan.
//
// One drop is sent after the other. While files are on their way, Gradio's field has no input; and
// until it was emptied, it would take what comes next for more of the same scan, and break when it is
// emptied then ("reading 'map'").

const filesOf = (entry) => new Promise((resolve) => {
  if (entry.isFile) {
    entry.file((file) => resolve([file]), () => resolve([]));
    return;
  }
  const reader = entry.createReader();
  const found = [];
  // A reader gives a hundred entries at a time, and none at the end.
  const more = () => reader.readEntries(async (entries) => {
    if (!entries.length) {
      resolve((await Promise.all(found.map(filesOf))).flat());
      return;
    }
    found.push(...entries);
    more();
  }, () => resolve([]));
  more();
});

const droppedFiles = async ({ items, files }) => {
  const entries = [...items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  return entries.length ? (await Promise.all(entries.map(filesOf))).flat() : [...files];
};

const onLabels = ({ clientX, clientY }) =>
  document.elementsFromPoint(clientX, clientY).some((node) => node.closest("#labels"));

const LONGEST_START_MS = 3000; // until the browser has begun to send
const LONGEST_EMPTYING_MS = 20000; // then the field is taken as it is
const LOOK_MS = 30;
const inputOf = (box) => document.querySelector(`${box} input[type=file]`);
const sending = () => window.scanChoices.sending > 0;
const filled = (box) => document.querySelector(`${box} .file-preview`);
const until = async (met, longest = Infinity) => {
  const since = performance.now();
  while (!met() && performance.now() - since < longest) {
    await new Promise((done) => { setTimeout(done, LOOK_MS); });
  }
};

const upload = async (files, box) => {
  if (!files.length) {
    return;
  }
  await until(() => inputOf(box) && !sending());
  await until(() => inputOf(box) && !filled(box), LONGEST_EMPTYING_MS);
  const carrier = new DataTransfer();
  files.forEach((file) => carrier.items.add(file));
  const input = inputOf(box);
  input.files = carrier.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
  await until(sending, LONGEST_START_MS);
};

let line = Promise.resolve();
const carriesFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
const dropping = (on) => document.body.classList.toggle("dropping", on);
document.addEventListener("dragover", (event) => {
  if (carriesFiles(event)) {
    event.preventDefault();
    dropping(true);
    document.body.classList.toggle("labelling", onLabels(event));
  }
}, true);
document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) {
    dropping(false);
  }
}, true);
document.addEventListener("drop", (event) => {
  dropping(false);
  if (carriesFiles(event)) {
    event.preventDefault();
    event.stopPropagation();
    const box = onLabels(event) ? "#labels" : "#upload";
    const files = droppedFiles(event.dataTransfer); // at once: the event forgets them
    line = line.then(async () => upload(await files, box)).catch(console.error);
  }
}, true);
