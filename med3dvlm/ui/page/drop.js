// The whole page takes files and folders that are dropped, as the upload field takes files. What is
// dropped on the tab of labels is a label map for the open scan.

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

const upload = (files, box) => {
  const input = document.querySelector(`${box} input[type=file]`);
  if (!input || !files.length) {
    return;
  }
  const carrier = new DataTransfer();
  files.forEach((file) => carrier.items.add(file));
  input.files = carrier.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
};

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
document.addEventListener("drop", async (event) => {
  dropping(false);
  if (carriesFiles(event)) {
    event.preventDefault();
    event.stopPropagation();
    const box = onLabels(event) ? "#labels" : "#upload";
    upload(await droppedFiles(event.dataTransfer), box);
  }
}, true);
