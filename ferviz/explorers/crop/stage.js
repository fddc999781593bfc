// Crop lab: the photo with its box, the crop as the model gets it, the answer, and the answers of other crops.

export default explorer((stage) => {
  let sheet = null;
  let view = null;
  let photo = null;
  let charts = null;
  let cells = [];
  const { readout } = stage;
  const source = el("p.source");
  const cropTitle = el("h4.heading", { text: "Crop" });
  const whole = stage.canvas({ label: "The photo, with the detected box and the crop's outline", paint: paintPhoto });
  const crop = stage.canvas({ label: "The crop, as the model gets it", paint: paintCrop });
  const slider = el("input", { type: "range", min: "0", max: "0.6", step: "0.01", "aria-label": "Margin" });
  const marks = el("div.marks", { "aria-hidden": "true" });
  const marginText = el("span.now");
  const curve = stage.canvas({ label: "Probability of each label over the margin", aspect: "auto", paint: paintCurve });
  const right = el("div.answers", {}, el("h4.heading", { text: "Probability" }));
  const table = el("div.grid");
  const crops = el("details.fold.aside", {}, el("summary", { text: "Eighteen crops of the same face" }), table);
  slider.oninput = () => stage.ask({ margin: Number(slider.value) });
  stage.body.append(
    el("div.crops", {},
      el("div.column", {}, el("h4.heading", { text: "Photo" }), whole, source),
      el("div.column", {}, cropTitle, crop,
        el("label.margin", {}, el("span", { text: "Margin" }), marginText), slider, marks),
      right),
    fold("The answer over the margin", curve,
      el("p.note.help", { text: "One line a label, for this alignment and these pixels. The upright line is your margin." })),
    crops,
  );

  function paintPhoto(context, width, height) {
    if (!photo || !view) return;
    const area = lie(width, height);
    const [left, top, scale] = [area.left, area.top, area.width / sheet.width];
    context.imageSmoothingQuality = "high";
    context.drawImage(photo, left, top, area.width, area.height);
    faceBoxes(context, { boxes: sheet.boxes, chosen: stage.state.face, area, colours: stage.colours });
    if (sheet.faces.chosen !== undefined && sheet.faces.chosen !== stage.state.face) return;
    context.beginPath();
    view.corners.forEach(([x, y], i) => context[i ? "lineTo" : "moveTo"](left + x * scale, top + y * scale));
    context.closePath();
    for (const [line, stroke] of [[4, "rgba(0, 0, 0, 0.5)"], [2, "#ffb454"]]) {
      context.lineWidth = line;
      context.strokeStyle = stroke;
      context.stroke();
    }
    context.fillStyle = "#ffffff";
    for (const [x, y] of sheet.points) {
      context.beginPath();
      context.arc(left + (x + 0.5) * scale, top + (y + 0.5) * scale, 2.2, 0, 7);
      context.fill();
    }
  }

  /** Where the photo lies on its canvas. */
  function lie(width, height) {
    const scale = Math.min(width / sheet.width, height / sheet.height);
    const [wide, high] = [sheet.width * scale, sheet.height * scale];
    return { left: (width - wide) / 2, top: (height - high) / 2, width: wide, height: high };
  }

  whole.addEventListener("click", (event) => {
    const place = sheet && sheet.boxes.length > 1 ? faceHit(event, sheet.boxes, lie(whole.clientWidth, whole.clientHeight)) : undefined;
    if (place !== undefined) stage.ask({ face: place });
  });

  function paintCrop(context, width, height) {
    if (!view) return;
    const small = new OffscreenCanvas(view.side, view.side);
    small.getContext("2d").putImageData(new ImageData(view.pixels, view.side, view.side), 0, 0);
    context.imageSmoothingEnabled = false;  // its own pixels, seen as pixels
    context.drawImage(small, 0, 0, width, height);
  }

  function paintCurve(context, width, height) {
    if (!view || !sheet) return;
    const count = sheet.labels.length;
    const size = stage.colours.size * 0.86;
    const [left, right_, top, bottom] = [size * 2.2, size * 6.4, size / 2 + 2, size + 8];
    const across = (value) => left + (value / sheet.widest) * (width - left - right_);
    const up = (value) => height - bottom - value * (height - bottom - top);
    context.font = `${size}px ${stage.colours.font}`;
    context.fillStyle = stage.colours.quiet;
    context.strokeStyle = stage.colours.quiet;
    context.lineWidth = 0.5;
    for (const value of [0, 0.5, 1]) {
      context.globalAlpha = 0.5;
      context.beginPath();
      context.moveTo(left, up(value));
      context.lineTo(width - right_, up(value));
      context.stroke();
      context.globalAlpha = 1;
      context.textAlign = "right";
      context.textBaseline = "middle";
      context.fillText(String(value), left - 6, up(value));
    }
    context.textBaseline = "alphabetic";
    context.textAlign = "center";
    for (const value of [0, 0.2, 0.4, 0.6]) context.fillText(value.toFixed(1), across(value), height - 2);
    const last = sheet.steps.length - 1;
    const ends = [];
    for (let label = 0; label < count; label += 1) {
      const values = sheet.steps.map((_, step) => view.curve[step * count + label]);
      const high = Math.max(...values);
      const chosen = label === view.top;
      context.lineWidth = chosen ? 2.5 : 1.3;
      context.strokeStyle = chosen ? stage.colours.bar : stage.colours.quiet;
      context.globalAlpha = chosen ? 1 : 0.7;
      context.beginPath();
      values.forEach((value, step) => context[step ? "lineTo" : "moveTo"](across(sheet.steps[step]), up(value)));
      context.stroke();
      if (chosen || high > 0.12) ends.push([up(values[last]), sheet.labels[label], chosen]);
    }
    context.globalAlpha = 1;
    context.textAlign = "left";
    context.textBaseline = "middle";
    apart(ends, size + 1, height - bottom);
    for (const [y, text, chosen] of ends) {
      context.font = `${chosen ? 600 : 400} ${size}px ${stage.colours.font}`;
      context.fillStyle = chosen ? stage.colours.bar : stage.colours.quiet;
      context.fillText(text, width - right_ + 6, y);
    }
    context.strokeStyle = stage.colours.ink;
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(across(stage.state.margin), top);
    context.lineTo(across(stage.state.margin), height - bottom);
    context.stroke();
  }

  function buildTable() {
    const kinds = [...new Set(sheet.rows.map((row) => row.align))];
    const pixels = [...new Set(sheet.rows.map((row) => row.interpolation))];
    cells = sheet.rows.map((row) => {
      const { align, interpolation, margin } = row;
      const said = [row.label, number(row.probability)];
      const name = `${said.join(" ")}: alignment ${align}, pixels ${interpolation}, margin ${number(margin)}`;
      const button = el("button.cell", { type: "button", "aria-label": name, onclick: () => stage.ask({ align, interpolation, margin }) },
        `${said[0]} `, el("b", { text: said[1] }));
      return { row, button };
    });
    const at = (align, kind) => cells.filter(({ row }) => row.align === align && row.interpolation === kind).map(({ button }) => el("td", {}, button));
    const head = ["alignment", "pixels", ...sheet.marks.map((mark) => `margin ${number(mark)}`)];
    table.replaceChildren(el("table.table", { "aria-label": "The answer for each crop" },
      el("thead", {}, el("tr", {}, ...head.map((text) => el("th", { text, scope: "col" })))),
      el("tbody", {}, ...kinds.flatMap((align) => pixels.map((kind, place) =>
        el("tr", {}, place ? null : el("th", { text: align, scope: "rowgroup", rowSpan: pixels.length }), el("th", { text: kind, scope: "row" }), ...at(align, kind)))))));
  }

  function markTable() {
    const { align, interpolation, margin } = stage.state;
    for (const { row, button } of cells) {
      const chosen = row.align === align && row.interpolation === interpolation && Math.abs(row.margin - margin) < 1e-6;
      button.classList.toggle("fv-chosen", chosen);
      button.setAttribute("aria-pressed", String(chosen));
    }
  }

  function say() {
    const { state } = stage;
    readout.replaceChildren("label: ", el("b", { text: `${sheet.labels[view.top]} ${number(view.probability[view.top])}` }),
      el("span.quiet", { text: ` margin ${number(state.margin)}, ${state.align}, ${state.interpolation}` }));
    slider.value = String(state.margin);
    slider.setAttribute("aria-valuetext", `margin ${number(state.margin)}`);
    marginText.textContent = number(state.margin);
  }

  const next = (list, now) => list[(list.indexOf(now) + 1) % list.length];
  const widen = (by) => (event) => stage.ask({ margin: clamp(Math.round(100 * (stage.state.margin + by * (event.shiftKey ? 5 : 1))) / 100, 0, sheet.widest) });
  return {
    async picture(told) {
      const image = await createImageBitmap(new Blob([told.photo], { type: "image/webp" }));
      if (sheet && told.turn < sheet.turn) return;  // a newer one came first
      [photo, sheet] = [image, told];
      whole.style.aspectRatio = String(Math.max(0.8, told.width / told.height));
      source.textContent = told.own ? "Your picture. It is not saved with the notebook." : `Bundled sample: ${told.source}.`;
      source.append(" Dashed: the box. Orange: the crop.");
      charts?.node.remove();
      charts = bars(told.labels, { caption: "Probability of each label" });
      right.append(charts.node, right.querySelector(".fv-note") ?? el("p.note", { text: "A label is the word that annotators would choose for the picture, not what the person feels." }));
      marks.replaceChildren(...told.marks.map((mark) => {
        const node = el("span", { text: mark ? number(mark).replace(/^0/, "") : "0" });
        node.style.left = `${(100 * mark) / told.widest}%`;
        return node;
      }));
      cropTitle.replaceChildren("Crop", el("span.hint", { text: `${told.side} × ${told.side} pixels` }));
      whole.style.cursor = told.boxes.length > 1 ? "pointer" : "";
      keepFocus(stage.root, buildTable);
      stage.repaint();
    },
    answer(answer) {
      const top = answer.probability.indexOf(Math.max(...answer.probability));
      const bytes = answer.face;
      const pixels = new Uint8ClampedArray(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
      view = { ...answer, top, pixels, curve: floats(answer.curve) };
    },
    draw() {
      if (!view || !sheet) return;
      say();
      charts.set(view.probability);
      markTable();
    },
    keys: {
      ArrowLeft: widen(-0.01), ArrowRight: widen(0.01),
      a: () => stage.ask({ align: next(["box", "similarity"], stage.state.align) }),
      i: () => stage.ask({ interpolation: next(["nearest", "bilinear", "bicubic"], stage.state.interpolation) }),
    },
  };
});

/** Move labels [[y, …], …] apart so that none covers another and none sinks below `floor`. */
function apart(labels, room, floor) {
  labels.sort((a, b) => a[0] - b[0]);
  for (let at = 1; at < labels.length; at += 1) labels[at][0] = Math.max(labels[at][0], labels[at - 1][0] + room);
  let free = floor;
  for (const label of [...labels].reverse()) {
    label[0] = Math.min(label[0], free);
    free = label[0] - room;
  }
}
