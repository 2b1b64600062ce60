// Draws the cards. Texts come from users and models: they only ever become text nodes.

(() => {
  "use strict";

  const list = element.querySelector(".cards");

  function part(tag, className, text) {
    const node = document.createElement(tag);
    node.className = className;
    if (text) node.textContent = text;
    return node;
  }

  function picture(address) {
    const image = part("img", "card-picture");
    image.alt = "";
    image.src = address.startsWith("data:image/") ? address : "";
    return image;
  }

  function bar(share) {
    const track = part("span", "card-bar");
    const fill = part("span", "card-fill");
    fill.style.width = `${100 * Math.min(Math.max(share, 0), 1)}%`;
    track.append(fill);
    return track;
  }

  function choose(card) {
    for (const other of list.querySelectorAll("button")) other.removeAttribute("aria-current");
    list.querySelector(`[data-place="${card.place}"]`).setAttribute("aria-current", "true");
    trigger("select", { index: card.key, value: card.title });
  }

  function draw(card, place) {
    const button = part("button", "card");
    button.type = "button";
    button.dataset.place = place;
    if (card.current) button.setAttribute("aria-current", "true");
    if (card.picture) button.append(picture(card.picture));
    const words = part("span", "card-words");
    if (card.note) words.append(part("span", "card-note", card.note));
    if (card.share !== null) words.append(bar(card.share));
    words.append(part("span", "card-title", card.title));
    if (card.fits) words.append(part("span", "card-fits", `Fits: ${card.fits}`));
    if (card.differs) words.append(part("span", "card-differs", `Differs: ${card.differs}`));
    if (card.text) words.append(part("span", "card-text", card.text));
    if (card.text) button.title = card.text;
    button.append(words);
    button.addEventListener("click", () => choose({ ...card, place }));
    const item = document.createElement("li");
    item.append(button);
    return item;
  }

  function redraw() {
    list.replaceChildren(...(props.value?.cards ?? []).map(draw));
    list.setAttribute("aria-label", props.label || "");
  }

  watch("value", redraw);
  redraw();
})();
