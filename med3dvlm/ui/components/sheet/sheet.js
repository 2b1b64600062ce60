// Draws a report. Texts come from users and models: they only ever become text nodes.

const root = element.querySelector(".sheet");
const pages = part("div", "sections");
const tint = tintSwitch();
const left = part("div", "left-over");
root.append(tint, left, pages);
const drafts = new Map(); // place of a section: its text when its editor was opened, and as it is now
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
  const draft = drafts.get(index);
  area.value = draft.text;
  area.addEventListener("input", () => { draft.text = area.value; });
  area.rows = Math.min(Math.max(3, section.text.length / 60), 14);
  area.maxLength = 8000;
  area.setAttribute("aria-label", `Edit ${section.title}`);
  const close = () => {
    drafts.delete(index);
    redraw();
  };
  area.addEventListener("keydown", (event) => { if (event.key === "Escape") close(); });
  const row = part("div", "actions");
  row.append(part("button", "quiet", "Save"), button("quiet", "Cancel", close));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    drafts.delete(index);
    trigger("edit", { index, value: area.value, previous_value: section.text });
  });
  form.append(area, row);
  return form;
}

// Text that was being edited in a report that is no longer there: kept to be copied.
function keep(title, text) {
  const box = part("div", "left-text");
  const area = part("textarea", "");
  area.value = text;
  area.readOnly = true;
  area.setAttribute("aria-label", `Text of ${title} that was not saved`);
  box.append(part("p", "", `You were editing ${title} of the report before. Your text:`), area,
    button("quiet", "Discard", () => box.remove(), `Discard this text of ${title}`));
  left.append(box);
}

function keepUnsaved(before) {
  for (const [index, draft] of drafts) {
    const same = report.editable && report.sections[index]?.text === draft.from;
    if (same) continue;
    if (draft.text !== draft.from) keep(before.sections[index]?.title ?? "a section", draft.text);
    drafts.delete(index);
  }
}

function draw(section, index) {
  const box = part("section", "");
  box.dataset.section = index;
  const head = part("h3", "", section.title);
  if (report.editable && !drafts.has(index)) {
    head.append(button("quiet", "Edit", () => {
      drafts.set(index, { from: section.text, text: section.text });
      redraw();
      pages.querySelector(`[data-section="${index}"] textarea`)?.focus();
    }, `Edit the text of ${section.title}`));
  }
  box.append(head);
  if (drafts.has(index)) box.append(editor(section, index));
  else box.append(...section.groups.map(group));
  return box;
}

function redraw() {
  const before = report;
  report = JSON.parse(props.value?.json_text || '{"sections":[],"empty":"","editable":false}');
  const sections = report.sections;
  hideBubble();
  keepUnsaved(before);
  tint.hidden = !sections.length;
  if (!sections.length) {
    pages.replaceChildren(part("p", "empty", report.empty));
    return;
  }
  const shown = sections.map((section, index) => [section, index])
    .filter(([section, index]) => section.groups.length || report.editable || drafts.has(index));
  pages.replaceChildren(...shown.map(([section, index]) => draw(section, index)));
}

watch("value", redraw);
redraw();
