// Draws words with their probabilities. Texts come from users and models: they only ever become
// text nodes. One bubble for all words of a component says what is known of the one pointed at.

"use strict";

const stage = element.querySelector(".words-stage");

function part(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text) node.textContent = text;
  return node;
}

function percent(share) {
  const value = 100 * share;
  if (value > 99.9 && value < 100) return "> 99.9 %";
  if (value > 0 && value < 0.1) return "< 0.1 %";
  return `${value.toFixed(value < 10 ? 1 : 0)} %`;
}

function button(className, text, act, title) {
  const node = part("button", className, text);
  node.type = "button";
  if (title) node.title = title;
  node.addEventListener("click", act);
  return node;
}

// Five steps, so that the tint can be named in a legend: 0 is sure, 4 is a guess.
function step(probability) {
  return [0.95, 0.8, 0.5, 0.2].filter((bound) => probability < bound).length;
}

const bubble = part("div", "word-bubble");
bubble.setAttribute("role", "status");
bubble.hidden = true;
stage.append(bubble);

function fillBubble(word) {
  bubble.replaceChildren(
    part("strong", "", word.text.trim().replace(/(?<=\w)[.,;:!?]+$/, "")), part("span", "", ` ${percent(word.probability)}`));
  if (!word.others.length) return;
  const list = part("ul", "");
  word.others.forEach((text, place) => {
    const item = part("li", "");
    item.append(part("span", "", text || "(end of the answer)"),
      part("b", "", percent(word.shares[place])));
    list.append(item);
  });
  bubble.append(part("p", "", "Instead, the model considered"), list);
}

function showBubble(node, word) {
  fillBubble(word);
  bubble.hidden = false;
  const frame = stage.getBoundingClientRect();
  const place = node.getBoundingClientRect();
  const left = Math.min(place.left - frame.left, frame.width - bubble.offsetWidth - 4);
  const below = place.bottom - frame.top + 4;
  const above = place.top - frame.top - bubble.offsetHeight - 4;
  bubble.style.left = `${Math.max(left, 0)}px`;
  bubble.style.top = `${above > 0 ? above : below}px`;
}

function hideBubble() {
  bubble.hidden = true;
  stage.querySelectorAll(".word.pointed").forEach((node) => node.classList.remove("pointed"));
}

function point(node, word) {
  hideBubble();
  node.classList.add("pointed");
  showBubble(node, word);
}

function wordNode(word) {
  if (word.probability === null) return document.createTextNode(word.text);
  const text = word.text.trimStart();
  const node = part("span", `word sure-${step(word.probability)}`, text);
  node.dataset.probability = String(word.probability);
  node.addEventListener("mouseenter", () => point(node, word));
  node.addEventListener("mouseleave", hideBubble);
  node.addEventListener("click", () => point(node, word));
  node.word = word;
  const pair = document.createDocumentFragment();
  pair.append(word.text.slice(0, word.text.length - text.length), node);
  return pair;
}

// Left and right go from word to word, so that a keyboard reaches what a mouse does.
function walk(event) {
  if (event.target !== event.currentTarget) return;
  const way = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (event.key === "Escape") hideBubble();
  if (!way) return;
  const nodes = [...event.currentTarget.querySelectorAll(".word")];
  const now = nodes.findIndex((node) => node.classList.contains("pointed"));
  const next = nodes[now < 0 ? (way > 0 ? 0 : nodes.length - 1) : now + way];
  if (!next) return;
  event.preventDefault();
  point(next, next.word);
}

function wordsInto(box, words, label) {
  box.replaceChildren(...words.map(wordNode));
  if (!words.some((word) => word.probability !== null)) return;
  box.tabIndex = 0;
  box.setAttribute("role", "group");
  box.setAttribute("aria-label", `${label}. The left and right arrow keys give the confidence of each word.`);
  box.addEventListener("keydown", walk);
  box.addEventListener("blur", hideBubble);
}

function tintSwitch() {
  const row = part("div", "tint-row");
  const label = part("label", "");
  const box = part("input", "");
  box.type = "checkbox";
  box.addEventListener("change", () => stage.classList.toggle("tinted", box.checked));
  label.append(box, " Tint words by the model's confidence");
  const legend = part("span", "tint-legend");
  ["> 95 %", "80", "50", "20", "less"].forEach((text, place) => {
    legend.append(part("span", `word sure-${place}`, text));
  });
  row.append(label, legend);
  return row;
}
