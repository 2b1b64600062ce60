// What of the page's text can't be read: cut off by its box, beyond the page, or upon other text; and
// numbers and choices that are wider than their fields. Returns a list of sentences. Boxes that
// scroll, and text whose tooltip has the whole, may cut.

() => {
  const problems = [];
  const scrolls = (style) => /auto|scroll/.test(`${style.overflowX} ${style.overflowY}`);
  const hides = (style) => /hidden|clip/.test(`${style.overflowX} ${style.overflowY}`);
  const isShown = (node) =>
    node.checkVisibility({ opacityProperty: true, visibilityProperty: true }) &&
    !node.closest(".sr-only, .visually-hidden, .toast-wrap, [aria-hidden=true], option, script, style");

  const layers = new Map([[null, null]]);
  const pinned = (node) => {
    if (!layers.has(node)) {
      const fixed = /sticky|fixed/.test(getComputedStyle(node).position);
      layers.set(node, fixed ? node : pinned(node.parentElement));
    }
    return layers.get(node);
  };

  const texts = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let text = walker.nextNode(); text; text = walker.nextNode()) {
    const parent = text.parentElement;
    if (!text.textContent.trim() || !isShown(parent)) continue;
    const range = document.createRange();
    range.selectNodeContents(text);
    for (const box of range.getClientRects()) {
      if (box.width > 1 && box.height > 1) texts.push({ text, parent, box, words: text.textContent.trim().slice(0, 40) });
    }
  }

  const within = (inner, outer, slack) =>
    inner.left >= outer.left - slack && inner.right <= outer.right + slack &&
    inner.top >= outer.top - slack && inner.bottom <= outer.bottom + slack;
  const inside = (box, frame) => new DOMRect(
    Math.max(box.left, frame.left), Math.max(box.top, frame.top),
    Math.min(box.right, frame.right) - Math.max(box.left, frame.left),
    Math.min(box.bottom, frame.bottom) - Math.max(box.top, frame.top),
  );
  const seen = (box, frame) =>
    Math.min(box.right, frame.right) > Math.max(box.left, frame.left) &&
    Math.min(box.bottom, frame.bottom) > Math.max(box.top, frame.top);

  const shown = texts.filter((one) => {
    let visible = true;
    for (let at = one.parent; at && at !== document.body; at = at.parentElement) {
      const style = getComputedStyle(at);
      const frame = at.getBoundingClientRect();
      if (scrolls(style)) {
        visible &&= within(one.box, frame, 2);
        break;
      }
      if (hides(style) && !within(one.box, frame, 3)) {
        if (at.closest("[title]")) {
          if (!seen(one.box, frame)) return false;
          one.box = inside(one.box, frame);
          continue;
        }
        problems.push(`cut off: "${one.words}" in ${at.id || at.className || at.tagName}`);
        return false;
      }
      visible &&= !hides(style) || seen(one.box, frame);
    }
    return visible;
  });

  const wide = document.documentElement.clientWidth;
  for (const one of shown) {
    if (one.box.right > wide + 1 || one.box.left < -1) problems.push(`beyond the page: "${one.words}"`);
  }
  for (let i = 0; i < shown.length; i += 1) {
    for (let k = i + 1; k < shown.length; k += 1) {
      const [one, other] = [shown[i], shown[k]];
      if (one.text === other.text || pinned(one.parent) !== pinned(other.parent)) continue;
      const across = Math.min(one.box.right, other.box.right) - Math.max(one.box.left, other.box.left);
      const down = Math.min(one.box.bottom, other.box.bottom) - Math.max(one.box.top, other.box.top);
      if (across > 2 && down > 5) problems.push(`one upon the other: "${one.words}" and "${other.words}"`);
    }
  }

  const pen = document.createElement("canvas").getContext("2d");
  const widthOf = (field) => {
    if (field.tagName === "INPUT") return field.scrollWidth - field.clientWidth;
    const style = getComputedStyle(field);
    pen.font = style.font;
    const room = field.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    return pen.measureText(field.selectedOptions[0]?.text ?? "").width - room;
  };
  for (const field of document.querySelectorAll("input[type=number], select")) {
    if (isShown(field) && widthOf(field) > 1) problems.push(`wider than its field: "${field.value}"`);
  }
  return [...new Set(problems)];
}
