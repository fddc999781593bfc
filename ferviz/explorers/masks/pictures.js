// Masks: the row of pictures with one cursor through all of them, and the numbers of the place under it.

/** Bytes of one plane, 0 to 255, as a picture that a canvas can draw. */
function grayImage(bytes, width, height) {
  const pixels = new ImageData(width, height);
  for (let at = 0; at < bytes.length; at += 1) {
    pixels.data.fill(bytes[at], 4 * at, 4 * at + 3);
    pixels.data[4 * at + 3] = 255;
  }
  const small = new OffscreenCanvas(width, height);
  small.getContext("2d").putImageData(pixels, 0, 0);
  return small;
}

/** The square around a place, readable on any ground. */
function outline(context, x, y, side, colours) {
  for (const [line, ink] of [[4, colours.dark ? "#000000" : "#ffffff"], [2, colours.accent]]) {
    context.lineWidth = line;
    context.strokeStyle = ink;
    context.strokeRect(x + 0.5, y + 0.5, side - 1, side - 1);
  }
}

/** Let a canvas of places move the cursor: hovering looks, a click keeps. `around` places of margin are no places. */
function pointing(node, stage, face, around = 0) {
  const at = (event) => {
    const box = node.getBoundingClientRect();
    const place = (part) => clamp(Math.floor(part * (face.view.side + 2 * around)) - around, 0, face.view.side - 1);
    return [place((event.clientY - box.top) / box.height), place((event.clientX - box.left) / box.width)];
  };
  node.classList.add("fv-mk-map");
  node.addEventListener("pointermove", (event) => face.view && face.hover(at(event)));
  node.addEventListener("pointerleave", () => face.hover(null));
  node.addEventListener("pointerdown", (event) => {
    if (!face.view || event.button !== 0) return;
    face.keep(at(event));
    stage.root.focus({ preventScroll: true });
  });
}

/** The mask's colours: from 0 to 1, or signed about its mean. */
function maskScale(stretch) {
  if (!stretch) return { signed: false, limit: 1, digits: 1 };
  return { signed: true, centre: (stretch.from + stretch.limit) / 2, limit: (stretch.limit - stretch.from) / 2, digits: 2 };
}

/** The six pictures. */
function pictureRow(stage, face) {
  const scale = (name) => {
    const limit = face.view.limits[name];
    return name === "mask" ? maskScale(face.view.stretch) : { signed: false, limit, digits: limit < 0.1 ? 3 : limit < 1 ? 2 : 1 };
  };
  const marked = (context, width) => {
    const [row, column] = face.cursor();
    const cell = width / face.view.side;
    outline(context, column * cell, row * cell, cell, stage.colours);
  };
  const image = (name) => (context, width, height) => {
    if (!face.view) return;
    context.imageSmoothingEnabled = false;
    context.drawImage(face.view.images[name], 0, 0, width, height);
    marked(context, width);
  };
  const cells = (name) => (context, width, height) => {
    if (!face.view) return;
    heatmap(context, width, height, { values: face.view.maps[name], rows: face.view.side, columns: face.view.side, scale: scale(name), colours: stage.colours });
    marked(context, width);
  };
  const bar = (name) => (context, width, height) => face.view && colourbar(context, width, height, { scale: scale(name), values: face.view.maps[name], colours: stage.colours });
  const ends = { uniform: 58, sobel: 1 };
  const grays = (name) => (context, width, height) => {
    if (!face.view) return;
    const read = face.view.kind === "flat" ? face.sheet.trained : face.view.kind;
    const high = name === "face" ? 255 : ends[read] ?? 255;
    const size = stage.colours.size * 0.86;
    const fill = context.createLinearGradient(0, 0, width, 0);
    fill.addColorStop(0, "#000000");
    fill.addColorStop(1, "#ffffff");
    context.fillStyle = fill;
    context.fillRect(0, 0, width, height - size - 6);
    context.strokeStyle = context.fillStyle = stage.colours.quiet;
    context.lineWidth = 0.5;
    context.strokeRect(0.25, 0.25, width - 0.5, height - size - 6.5);
    context.font = `${size}px ${stage.colours.font}`;
    context.textAlign = "left";
    context.fillText("0", 0, height - 1);
    context.textAlign = "right";
    context.fillText(`${high}`, width, height - 1);
  };
  const figures = {};
  const figure = (name, title, symbol, paint, paintBar) => {
    const canvas = stage.canvas({ label: title, paint });
    const under = el("span.mk-note");
    const below = stage.canvas({ label: `Colour bar of ${title}`, aspect: "auto", paint: paintBar });
    below.classList.add("fv-mk-bar");
    pointing(canvas, stage, face);
    figures[name] = { canvas, under, node: el("figure.mk-figure", {}, el("figcaption", {}, el("span", {}, el("b", { text: title }), symbol ? el("i", { text: ` ${symbol}` }) : null), under), canvas, below) };
    return figures[name].node;
  };
  const inputs = el("div.mk-inputs", {},
    figure("face", "Face", "", image("face"), grays("face")),
    figure("texture", "Texture", "", image("texture"), grays("texture")));
  const node = el("div.mk-four", {},
    figure("mask", "Mask", "M", cells("mask"), bar("mask")),
    figure("trunk", "Trunk", "T", cells("trunk"), bar("trunk")),
    figure("attended", "Attended", "H", cells("attended"), bar("attended")),
    figure("reconstructed", "Reconstructed", "R", cells("reconstructed"), bar("reconstructed")));

  const kinds = { original: "LBP, square", circle: "LBP, circle", uniform: "LBP, uniform", sobel: "Sobel edges", raw: "the face itself", flat: "of an even gray" };
  return {
    node,
    inputs,
    draw() {
      const { view } = face;
      const { attention, reconstruction } = stage.state;
      const values = view.maps.mask;
      const flat = Math.max(...values) - Math.min(...values) < 0.01;
      const notes = {
        face: `${view.size} px, as it is read`,
        texture: kinds[view.kind],
        mask: !attention ? "switched off: 0" : flat ? "flat" : `${number(Math.min(...values))} to ${number(Math.max(...values))}`,
        trunk: "before the mask",
        attended: attention ? "(1 + M) ∘ T" : "H = T",
        reconstructed: reconstruction ? "dilated convolutions" : "switched off: R = H",
      };
      const brief = { mask: !attention ? "off: 0" : flat ? "flat" : "", attended: notes.attended, reconstructed: reconstruction ? "" : "off: R = H" };
      const [row, column] = face.cursor();
      for (const [name, { canvas, under }] of Object.entries(figures)) {
        under.textContent = brief[name] ?? "";
        canvas.setAttribute("aria-label", alt(name, notes[name], row, column));
      }
    },
  };

  function alt(name, note, row, column) {
    const what = { face: "The face", texture: "Its texture", mask: "The mask M", trunk: "The trunk T", attended: "The attended features H", reconstructed: "The reconstructed features R" }[name];
    const { maps, side } = face.view;
    const here = maps[name] ? `, ${number(maps[name][row * side + column])}` : "";
    return `${what}: ${note}. Cursor at row ${row}, column ${column}${here}.`;
  }
}

/** The numbers of the place under the cursor, and the piece of the face behind it. */
function numbersPanel(stage, face) {
  const AROUND = 1;  // places on each side of the one under the cursor
  const patch = stage.canvas({ label: "The piece of the face behind the place", paint: (context, width, height) => {
    if (!face.view) return;
    const [row, column] = face.cursor();
    const each = face.view.size / face.view.side;
    const wide = (1 + 2 * AROUND) * each;
    context.fillStyle = stage.colours.paper;
    context.fillRect(0, 0, width, height);
    context.imageSmoothingEnabled = false;
    context.drawImage(face.view.images.face, (column - AROUND) * each, (row - AROUND) * each, wide, wide, 0, 0, width, height);
    outline(context, (width * AROUND) / 3, (height * AROUND) / 3, width / 3, stage.colours);
  } });
  patch.classList.add("fv-mk-patch");
  const [where, formula, note] = [el("p.note.mk-where"), el("p.mk-formula"), el("p.note")];
  const at = el("span.quiet");
  const node = el("div.mk-numbers", { role: "group", "aria-label": "Numbers of the place under the cursor" }, el("div.mk-read", {}, at, formula),
    el("div.mk-behind.help", {}, patch, el("div", {}, where, note)));
  const value = (name, text) => el("span.mk-value", {}, el("b", { text }), el("small", { text: name }));
  return {
    node,
    draw() {
      const { view } = face;
      const [row, column] = face.cursor();
      at.textContent = `Row ${row}, column ${column}:`;
      const [t, m, h, r] = ["trunk", "mask", "attended", "reconstructed"].map((name) => view.maps[name][row * view.side + column]);
      const { channel } = stage.state;
      const each = view.size / view.side;
      where.textContent = `Row ${row}, column ${column} of ${view.side} × ${view.side}: ${number(each, each % 1 ? 1 : 0)} × ${number(each, each % 1 ? 1 : 0)} pixels of the face, framed; the layers below read further.`;
      const digits = Math.max(t, h) < 0.1 ? 4 : 3;
      if (channel === null) formula.replaceChildren(value("mean T", number(t, digits)), value("mean M", number(m, 3)), value("mean H", number(h, digits)), value("mean R", number(r, digits)));
      else formula.replaceChildren("(1 + ", value("M", number(m, 3)), ") · ", value("T", number(t, digits)), " = ", value("H", number(h, digits)), el("span.mk-gap"), value("R", number(r, digits)));
      note.textContent = !stage.state.attention ? "The mask is 0: H = T, at every place and in every channel." : channel === null
        ? `Means over ${face.sheet.channels} channels. The mean of the products is not the product of the means: (1 + ${number(m, 3)}) · ${number(t, digits)} = ${number((1 + m) * t, digits)}. Choose a channel for the exact sum.`
        : `Channel ${channel}. ${t > 0 ? `The mask makes this feature ${number(100 * m, 0)} % stronger here.` : "T is 0 here: there is nothing to make stronger."}`;
      patch.setAttribute("aria-label", where.textContent);
    },
  };
}
