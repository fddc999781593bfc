// What is seen as a file: a PNG, or one page that needs neither network nor kernel.

/** The visible part of an element as a PNG: canvases, coloured boxes, and every word where it stands. */
function photograph(node, colours, name) {
  node.classList.add("fv-photo");  // without tools
  const area = node.getBoundingClientRect();
  const [margin, scale] = [16, 2];
  const out = el("canvas");
  [out.width, out.height] = [scale * (area.width + 2 * margin), scale * (area.height + 2 * margin)].map(Math.round);
  const context = out.getContext("2d");
  context.scale(scale, scale);
  context.fillStyle = colours.paper;
  context.fillRect(0, 0, out.width, out.height);
  context.translate(margin - area.left, margin - area.top);
  const walk = (one) => {
    if (one.nodeType === Node.TEXT_NODE) words(context, one);
    else if (one.nodeType === Node.ELEMENT_NODE && !one.matches("select, input, style")) {
      const box = one.getBoundingClientRect();
      if (!box.width || !box.height) return;
      const style = getComputedStyle(one);
      if (style.visibility === "hidden") return;
      if (!/, 0\)$|transparent/.test(style.backgroundColor)) {
        context.fillStyle = style.backgroundColor;
        context.fillRect(box.left, box.top, box.width, box.height);
      }
      if (one.matches("canvas")) context.drawImage(one, box.left, box.top, box.width, box.height);
      else one.childNodes.forEach(walk);
    }
  };
  walk(node);
  node.classList.remove("fv-photo");
  out.toBlob((blob) => saveAs(name, blob), "image/png");
}

function words(context, node) {
  const style = getComputedStyle(node.parentElement);
  context.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
  context.fillStyle = style.color;
  context.textAlign = "left";
  context.textBaseline = "middle";
  const range = document.createRange();
  for (const found of node.data.matchAll(/\S+/g)) {
    range.setStart(node, found.index);
    range.setEnd(node, found.index + found[0].length);
    const box = range.getBoundingClientRect();
    if (box.width) context.fillText(found[0], box.left, box.top + box.height / 2);
  }
}

/** Buttons that write files, named after the explorer; `sheet()` is what it was told, and with one's `own` clip or picture they ask first. */
function exports(stage, name, sheet, area, own = "your own clip") {
  const ask = (button, words, go) => {
    let asked = 0;
    button.onclick = () => {
      if (!sheet().own || asked) {
        clearTimeout(asked);
        asked = 0;
        button.textContent = words;
        go();
        return;
      }
      button.textContent = `It will hold ${own}: press again`;
      asked = setTimeout(() => {
        asked = 0;
        button.textContent = words;
      }, 6000);
    };
    return button;
  };
  const make = (text, title) => el("button.button", { type: "button", text, title });
  const png = ask(make("PNG", "Save what is seen as a picture"), "PNG", () => photograph(area, stage.colours ?? theme(stage.root), `${name}.png`));
  const page = ask(make("HTML page", "Save a page that works without network and kernel"), "HTML page", () => stage.act(sheet().own ? "own page" : "page"));
  const node = el("div.choice.exports.aside", { "data-tool": "", role: "group", "aria-label": "Save" }, el("span.quiet", { text: "Save as" }), png, page);
  return { node, draw() { page.hidden = Boolean(sheet().offline); } };
}
