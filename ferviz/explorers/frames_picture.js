// Frames: the frame under the cursor, playing, and the page as a picture.

/** The frame under the cursor, large, with what is known of it. */
function pictureOf(stage, film) {
  const canvas = stage.canvas({ label: "The frame under the cursor", paint: (context, width, height) => {
    if (!film.ready()) return;
    const { sheet, view, image } = film;
    context.imageSmoothingQuality = "high";
    const at = film.cursor();
    drawFrame(context, sheet, image, view.order[at], 0, 0, width);
    if (!view.reasons[at]) return;
    context.globalAlpha = 0.7;
    context.fillStyle = stage.colours.paper;
    context.fillRect(0, 0, width, height);
    context.globalAlpha = 1;
    hatch(context, 0, 0, width, height, stage.colours);
    context.fillStyle = stage.colours.ink;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.font = `${stage.colours.size}px ${stage.colours.font}`;
    wrap(context, `Not used: ${view.reasons[at]}`, width / 2, height / 2, width * 0.8);
  } });
  canvas.classList.add("fv-fr-big");
  return canvas;
}

/** Where a place's picture comes from, in words. */
function origin(sheet, frame) {
  const length = sheet.times.length;
  if (frame >= length) return `a still of another person: ${sheet.guests[frame - length]}`;
  const shown = sheet.shown[frame] ? `; it shows ${sheet.shown[frame]}` : "";
  return `${number(sheet.times[frame])} s of the clip${shown}`;
}

/** The film runs in the browser, at its own speed. */
function player(film, button) {
  let turning = 0;
  const stop = () => {
    clearTimeout(turning);
    turning = 0;
    button.textContent = "Play";
  };
  const next = () => {
    if (film.at() >= film.view.order.length - 1) stop();
    else {
      film.go(film.at() + 1);
      wait();
    }
  };
  const wait = () => {
    const { times } = film.sheet;
    const pace = times.length > 1 ? (1000 * (times[times.length - 1] - times[0])) / (times.length - 1) : 200;
    turning = setTimeout(next, clamp(pace, 30, 1000));
  };
  const start = () => {
    if (!film.ready() || film.view.order.length < 2) return;
    if (film.at() >= film.view.order.length - 1) film.go(0);
    button.textContent = "Stop";
    wait();
  };
  const toggle = () => (turning ? stop() : start());
  button.onclick = toggle;
  return { toggle, stop };
}

/** The visible part of an element as a PNG: canvases, coloured boxes, and every word where it stands. */
function photograph(node, colours, name) {
  node.classList.add("fv-fr-photo");  // without tools
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
      if (!/, 0\)$|transparent/.test(style.backgroundColor)) {
        context.fillStyle = style.backgroundColor;
        context.fillRect(box.left, box.top, box.width, box.height);
      }
      if (one.matches("canvas")) context.drawImage(one, box.left, box.top, box.width, box.height);
      else one.childNodes.forEach(walk);
    }
  };
  walk(node);
  node.classList.remove("fv-fr-photo");
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

/** Buttons that write files; with one's own clip they ask first. */
function exports(stage, film, area) {
  const ask = (button, words, go) => {
    let asked = 0;
    button.onclick = () => {
      if (!film.sheet.own || asked) {
        clearTimeout(asked);
        asked = 0;
        button.textContent = words;
        go();
        return;
      }
      button.textContent = "It will hold your own clip: press again";
      asked = setTimeout(() => {
        asked = 0;
        button.textContent = words;
      }, 6000);
    };
    return button;
  };
  const make = (text, title) => el("button.button", { type: "button", text, title });
  const png = ask(make("PNG", "Save what is seen as a picture"), "PNG", () => photograph(area, stage.colours ?? theme(stage.root), "frames.png"));
  const page = ask(make("HTML page", "Save a page that works without network and kernel"), "HTML page", () => stage.act(film.sheet.own ? "own page" : "page"));
  const node = el("div.choice.fr-exports", { "data-tool": "", role: "group", "aria-label": "Save" }, el("span.fr-quiet", { text: "Save as" }), png, page);
  return { node, draw() { page.hidden = film.fixed; } };
}
