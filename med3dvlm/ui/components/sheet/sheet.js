// Draws a report. Texts come from users and models: they only ever become text nodes.

const root = element.querySelector(".sheet");
const pages = part("div", "sections");
const tint = tintSwitch();
root.append(tint, pages);
let editing = -1;
let report = { sections: [], empty: "", editable: false };

function sentence(one) {
  const box = part("span", "sentence");
  wordsInto(box, one.words, "Sentence");
  if (one.probability !== null) {
    const mark = part("span", `sentence-mark sure-${step(one.probability)}`,
      percent(one.probability));
    mark.title = "The model's confidence in this sentence, averaged over its words";
    box.append(" ", mark);
  }
  if (one.source === "reader") box.append(" ", part("span", "sentence-mark reader", "edited"));
  return box;
}

function group(one) {
  const line = part("p", "group");
  if (one.name) line.append(part("strong", "", `${one.name}: `));
  one.sentences.forEach((each) => line.append(sentence(each), " "));
  return line;
}

function editor(section, index) {
  const form = part("form", "edit-section");
  const area = part("textarea", "");
  area.value = section.text;
  area.rows = Math.min(Math.max(3, section.text.length / 60), 14);
  area.maxLength = 8000;
  area.setAttribute("aria-label", `Edit ${section.title}`);
  area.addEventListener("keydown", (event) => { if (event.key === "Escape") close(); });
  const row = part("div", "actions");
  row.append(part("button", "quiet", "Save"), button("quiet", "Cancel", close));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    editing = -1;
    trigger("edit", { index, value: area.value, previous_value: section.text });
  });
  form.append(area, row);
  return form;
}

function close() {
  editing = -1;
  redraw();
}

function draw(section, index) {
  const box = part("section", "");
  const head = part("h3", "", section.title);
  const open = report.editable && editing !== index;
  if (open) {
    head.append(button("quiet", "Edit", () => {
      editing = index;
      redraw();
      pages.querySelector("textarea")?.focus();
    }, `Edit the text of ${section.title}`));
  }
  box.append(head);
  if (editing === index) box.append(editor(section, index));
  else box.append(...section.groups.map(group));
  return box;
}

function redraw() {
  report = JSON.parse(props.value?.json_text || '{"sections":[],"empty":"","editable":false}');
  const sections = report.sections;
  hideBubble();
  if (!report.editable) editing = -1;
  tint.hidden = !sections.length;
  if (!sections.length) {
    pages.replaceChildren(part("p", "empty", report.empty));
    return;
  }
  const shown = sections.map((section, index) => [section, index])
    .filter(([section, index]) => section.groups.length || report.editable || editing === index);
  pages.replaceChildren(...shown.map(([section, index]) => draw(section, index)));
}

watch("value", redraw);
redraw();
