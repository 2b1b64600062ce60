// Draws a conversation. Texts come from users and models: they only ever become text nodes.

const root = element.querySelector(".transcript");
const scroller = part("div", "exchanges");
scroller.setAttribute("role", "log");
scroller.setAttribute("aria-label", "Conversation");
scroller.tabIndex = 0;
const note = part("p", "follow-note");
const tint = tintSwitch();
root.append(scroller, tint, note);
const ending = part("div", "ending");
const unfolded = new Set(); // places of exchanges whose comparison is open
const MOST_AGAIN = 5;
const MOVED = "The conversation has changed, so what you were editing is in the box below.";
let drawn = [];

function bars(options) {
  const list = part("ul", "option-bars");
  list.setAttribute("aria-label", "Probability of each choice");
  const best = Math.max(...options.map((option) => option.probability));
  for (const option of options) {
    const item = part("li", option.probability === best ? "best" : "");
    const track = part("span", "bar");
    track.setAttribute("aria-hidden", "true");
    const fill = part("i", "");
    fill.style.width = `${100 * option.probability}%`;
    track.append(fill);
    item.append(part("span", "name", option.text), track,
      part("span", "share", percent(option.probability)));
    list.append(item);
  }
  return list;
}

// What the samples say, counted by meaning, and below that in which words.
function samples(exchange) {
  const box = part("div", "samples");
  box.append(part("p", "", exchange.agreement));
  const list = part("ul", "");
  for (const group of exchange.samples) {
    const item = part("li", group.as_answered ? "as-answered" : "");
    const said = part("span", "", group.as_answered ? "as answered: " : "");
    said.append(group.texts.map((text) => `\u201c${text}\u201d`).join(", "));
    item.append(part("b", "", `${group.count} x`), said);
    list.append(item);
  }
  box.append(list);
  return box;
}

function edit(box, text, index) {
  const form = part("form", "edit-question");
  const area = part("textarea", "");
  area.value = text;
  area.rows = 2;
  area.setAttribute("aria-label", "Edit the question");
  const close = () => { box.textContent = props.value.exchanges[index].question; };
  const send = () => {
    const value = area.value.trim();
    if (!value) return;
    close();
    trigger("edit", { index, value, previous_value: text });
  };
  form.addEventListener("submit", (event) => { event.preventDefault(); send(); });
  area.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey) { event.preventDefault(); send(); }
    if (event.key === "Escape") close();
  });
  const row = part("div", "actions");
  const ask = part("button", "quiet", "Ask again");
  row.append(ask, button("quiet", "Cancel", close));
  form.append(area, row);
  box.replaceChildren(form);
  return area;
}

// What is being edited in a part that is drawn anew goes on in the new one; where its question is
// gone, into the box for the next one.
function replace(old, node, index) {
  const [{ question }] = JSON.parse(drawn[index]);
  const area = old.querySelector(".edit-question textarea");
  const focused = area && document.activeElement === area;
  if (node) old.replaceWith(node);
  else old.remove();
  if (!area) return;
  const box = node?.querySelector(".user");
  if (box?.textContent === question) {
    const again = edit(box, area.value, index);
    if (focused) again.focus();
    again.setSelectionRange(area.selectionStart, area.selectionEnd);
  } else if (area.value.trim() !== question) {
    window.giveBack?.([area.value], MOVED);
  }
}

function actions(exchange, index, last, userBox) {
  const row = part("div", "actions");
  if (exchange.going) return row;
  row.append(button("quiet", "Edit", () => edit(userBox, exchange.question, index).focus(),
    "Change this question and ask again; later turns are removed"));
  if (last) {
    row.append(button("quiet", "Retry", () => trigger("retry", { index, value: exchange.question }),
      "Ask this question again"));
    row.append(button("quiet", "Undo", () => trigger("undo", { index, value: exchange.question }),
      "Remove this question and its answer"));
  }
  row.append(button("quiet", "Ask several times",
    () => trigger("select", { index, value: exchange.question }),
    "Sample several answers and see how many say the same"));
  row.append(button("quiet", "Copy", (event) => copy(event.currentTarget, exchange)));
  return row;
}

async function copy(node, exchange) {
  await navigator.clipboard?.writeText(exchange.words.map((word) => word.text).join("").trim());
  node.textContent = "Copied";
}

function dots() {
  const box = part("span", "dots");
  box.setAttribute("role", "img");
  box.setAttribute("aria-label", "The model is answering");
  for (let i = 0; i < 3; i += 1) box.append(part("i", ""));
  return box;
}

// How the model read the question; a click puts its words into the question's place, to be changed.
function reading(exchange, index, userBox) {
  const line = part("p", "about understood", "Understood as: ");
  line.append(button("quiet", exchange.understood,
    () => edit(userBox, exchange.understood, index).focus(), "Change this question"));
  return line;
}

// The same questions before and after the input was changed, side by side once that is asked for.
function compared(exchange, index) {
  const fold = part("details", "compared");
  fold.open = unfolded.has(index);
  fold.addEventListener("toggle", () => unfolded[fold.open ? "add" : "delete"](index));
  const table = part("table", "");
  const head = part("tr", "");
  for (const name of ["Question", "Before", "After"]) head.append(part("th", "", name));
  const body = part("tbody", "");
  for (const pair of exchange.pairs) {
    const row = part("tr", pair.before === pair.after ? "" : "differs");
    for (const text of [pair.question, pair.before, pair.after]) row.append(part("td", "", text));
    body.append(row);
  }
  const top = part("thead", "");
  top.append(head);
  table.append(top, body);
  fold.append(part("summary", "", "Answers before and after, side by side"), table);
  return fold;
}

// After the last exchange: the input is another one now, and what was asked can be asked again.
function next(value) {
  const count = Math.min(value?.again ?? 0, MOST_AGAIN);
  ending.replaceChildren();
  if (value?.divider) ending.append(part("p", "divider", value.divider));
  if (!count || value.exchanges.some((exchange) => exchange.going)) return;
  const questions = count === 1 ? "the question above" : `${count} questions above`;
  ending.append(button("quiet", `Ask ${questions} again, and compare before and after`, () => {
    const first = value.exchanges.findLastIndex((exchange) => exchange.divider);
    unfolded.add(value.divider ? value.exchanges.length : first);
    trigger("submit", {});
  }));
}

function draw(exchange, index, last) {
  const item = part("div", "exchange");
  const user = part("div", "user", exchange.question);
  user.translate = false; // a browser's translator leaves the visitor's own words alone
  const bot = part("div", "bot");
  wordsInto(bot, exchange.words, "Answer");
  if (exchange.going && !exchange.words.length) bot.append(dots());
  if (exchange.divider) item.append(part("p", "divider", exchange.divider));
  if (exchange.pairs.length) item.append(compared(exchange, index));
  item.append(user, bot);
  if (exchange.understood) item.append(reading(exchange, index, user));
  for (const text of exchange.cautions) item.append(part("p", "caution", text));
  if (exchange.ending) item.append(part("p", "about", exchange.ending));
  if (exchange.about) item.append(part("p", "about", exchange.about));
  if (exchange.options.length) item.append(bars(exchange.options));
  if (exchange.samples.length) item.append(samples(exchange));
  item.append(actions(exchange, index, last, user));
  return item;
}

function redraw() {
  const exchanges = props.value?.exchanges ?? [];
  const low = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 60;
  const grown = exchanges.length > drawn.length;
  const keys = exchanges.map((exchange, index) =>
    JSON.stringify([exchange, index === exchanges.length - 1]));
  ending.remove();
  scroller.querySelector(".empty")?.remove();
  keys.forEach((key, index) => {
    const old = scroller.children[index];
    if (old && key === drawn[index]) return;
    const node = draw(exchanges[index], index, index === exchanges.length - 1);
    if (old) replace(old, node, index);
    else scroller.append(node);
  });
  for (let index = drawn.length - 1; index >= exchanges.length; index -= 1) {
    replace(scroller.children[index], null, index);
  }
  if (!exchanges.length) {
    scroller.append(part("p", "empty", props.value?.empty ?? ""));
  } else {
    next(props.value);
    if (ending.hasChildNodes()) scroller.append(ending);
  }
  drawn = keys;
  hideBubble();
  note.textContent = props.value?.note ?? "";
  tint.hidden = !exchanges.length;
  if (low || grown) scroller.scrollTop = scroller.scrollHeight;
}

watch("value", redraw);
redraw();
