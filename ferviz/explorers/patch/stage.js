// What moves the answer? A face with a patch to drag, the class map, and the probabilities before and under the patch.

const STEP = 0.02;

async function bitmaps(list) {
  return Promise.all(list.map((bytes) => createImageBitmap(new Blob([bytes], { type: "image/webp" }))));
}

export default explorer((stage) => {
  let sheet = null;
  let view = null;
  let pictures = null;
  let charts = null;
  const { readout } = stage;
  const source = el("p.source");
  const face = stage.canvas({ label: "The face, with the patch. Drag to move it.", paint: paintFace });
  const map = stage.canvas({ label: "Map", paint: paintMap });
  const bar = stage.canvas({ label: "Colour bar", aspect: "auto", paint: (c, w, h) => view && colourbar(c, w, h, { scale: view.scale, values: [...view.map], colours: stage.colours }) });
  const mapNote = el("p.note.keep");
  const kinds = ["class", "sweep"].map((kind) => el("button.button", { type: "button", text: kind === "class" ? "Class map" : "Sweep", "aria-pressed": "false", onclick: () => stage.ask({ map: kind }) }));
  const right = el("div.answers", {}, el("h4.heading", { text: "Probability" }));
  const timeline = strip(stage, () => ({ sheet, label: view?.label, frame: stage.state.frame }));
  face.classList.add("fv-face");
  stage.body.append(el("div.columns", {},
    el("div.column", {}, el("h4.heading", { text: "Face" }, el("span.hint", { text: "drag the patch" })), face, source),
    el("div.column", {}, el("div.heading", { role: "group", "aria-label": "Which map" }, ...kinds), map, bar, mapNote),
    right), timeline.node);

  function patch() {
    const { x, y, size } = stage.state;
    return { left: x - size / 2, top: y - size / 2, size };
  }

  function paintFace(context, width, height) {
    const frame = Math.min(stage.state.frame ?? 0, (pictures?.frames.length ?? 1) - 1);
    if (!pictures) return;
    context.imageSmoothingQuality = "high";
    const gap = view?.gap && sheet.gaps.find((one) => one.start <= frame && frame < one.stop);
    if (gap) {
      paintGap(context, width, height, gap.reason);
      return;
    }
    context.drawImage(pictures.frames[frame], 0, 0, width, height);
    if (stage.state.lifted) return;
    const { left, top, size } = patch();
    context.save();
    context.beginPath();
    context.rect(left * width, top * height, size * width, size * height);
    context.clip();
    context.drawImage(pictures.fills[stage.state.fill][frame], 0, 0, width, height);
    context.restore();
    for (const [line, colour] of [[3, "rgba(0, 0, 0, 0.55)"], [1.5, "#ffffff"]]) {
      context.lineWidth = line;
      context.strokeStyle = colour;
      context.strokeRect(left * width, top * height, size * width, size * height);
    }
  }

  function paintGap(context, width, height, reason) {
    hatch(context, 0, 0, width, height, stage.colours);
    context.fillStyle = stage.colours.ink;
    context.textAlign = "center";
    context.font = `${Math.max(14, width / 20)}px ${stage.colours.font}`;
    wrap(context, `This frame cannot be used: ${reason}`, width / 2, height / 2, width * 0.8);
  }

  function paintMap(context, width, height) {
    if (!view) return;
    if (view.gap) hatch(context, 0, 0, width, height, stage.colours);
    else heatmap(context, width, height, { values: view.map, rows: view.rows, columns: view.columns, scale: view.scale, colours: stage.colours });
  }

  function say() {
    const { label, before, after, gap } = view;
    const [first, then] = [before, after].map((values) => values.indexOf(Math.max(...values)));
    const name = (place, values) => `${sheet.labels[place]} ${number(values[place])}`;
    readout.replaceChildren();
    if (gap) readout.append(`frame ${stage.state.frame}: ${gap}`);
    else if (stage.state.lifted) readout.append("label: ", el("b", { text: name(first, before) }));
    else {
      const end = first === then ? number(after[first]) : name(then, after);
      readout.append("label: ", name(first, before), " → ", el("b", { text: end }), el("span.quiet", { text: " under the patch" }));
    }
    kinds.forEach((button, place) => button.setAttribute("aria-pressed", String((place === 1) === (stage.state.map === "sweep"))));
    const flat = view.flat ? " Flat: hardly any difference between places." : "";
    const what = view.swept ? `How far ${label} falls with the patch at each place; below 0 it gains.`
      : `Evidence for ${label}. The mean of the ${view.rows} × ${view.columns} cells is its logit, ${number(view.logit, 2)}.`;
    mapNote.textContent = gap ? "" : what + flat;
    map.setAttribute("aria-label", `${view.swept ? "Sweep" : "Class map"}. ${mapNote.textContent}`);
  }

  hold(stage, face, patch);
  const move = (dx, dy) => (event) => {
    const far = event.shiftKey ? 5 : 1;
    stage.ask({ x: place(stage.state.x + dx * far), y: place(stage.state.y + dy * far), lifted: false });
  };
  const grow = (by) => () => stage.ask({ size: clamp(place(stage.state.size + by), 0.05, 1), lifted: false });
  const lift = () => stage.ask({ lifted: !stage.state.lifted });
  const step = (by) => () => sheet && stage.ask({ frame: clamp(stage.state.frame + by, 0, sheet.times.length - 1) });

  return {
    async picture(told) {
      const [frames, ...fills] = await Promise.all([told.frames, ...Object.values(told.fills)].map(bitmaps));
      if (sheet && told.turn < sheet.turn) return;  // a newer one came first
      pictures = { frames, fills: Object.fromEntries(Object.keys(told.fills).map((name, i) => [name, fills[i]])) };
      sheet = { ...told, before: floats(told.before) };
      source.textContent = told.own ? "Your picture. It is not saved with the notebook." : `Bundled sample: ${told.source}`;
      const earlier = charts;
      charts = bars(told.labels, { pick: (label) => stage.ask({ label }), caption: "Probability of each label; choose one to see its map", heads: ["", "", "now", "before"] });
      keepFocus(stage.root, () => {
        earlier?.node.remove();
        right.append(charts.node, right.querySelector(".fv-note") ?? el("p.note", { text: "A label is the word that annotators would choose for the picture, not what the person feels." }));
      });
      timeline.reset(told.times);
      stage.repaint();
    },
    answer(answer) { view = { ...answer, map: floats(answer.map) }; },
    draw() {
      if (!view || !sheet) return;
      say();
      charts.set(view.after.map((v) => v ?? NaN), view.before.map((v) => v ?? NaN), view.label);
      timeline.draw();
    },
    keys: {
      ArrowLeft: move(-STEP, 0), ArrowRight: move(STEP, 0), ArrowUp: move(0, -STEP), ArrowDown: move(0, STEP),
      "+": grow(0.02), "=": grow(0.02), "-": grow(-0.02), Enter: lift, Delete: lift, ",": step(-1), ".": step(1),
    },
  };
});

const place = (value) => clamp(Math.round(value * 1000) / 1000, 0, 1);

/** The hand on the face: inside the patch it keeps its grip, outside the patch comes to it. */
function hold(stage, face, patch) {
  let grip = null;
  const at = (event) => {
    const box = face.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  };
  const go = (event) => {
    const [x, y] = at(event);
    stage.ask({ x: place(x - grip[0]), y: place(y - grip[1]), lifted: false });
  };
  face.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    const [x, y] = at(event);
    const { left, top, size } = patch();
    const inside = !stage.state.lifted && x >= left && x <= left + size && y >= top && y <= top + size;
    grip = inside ? [x - left - size / 2, y - top - size / 2] : [0, 0];
    face.setPointerCapture(event.pointerId);
    stage.root.focus({ preventScroll: true });
    if (!inside && !stage.state.lifted) go(event);
    event.preventDefault();
  });
  face.addEventListener("pointermove", (event) => { if (grip) go(event); });
  for (const end of ["pointerup", "pointercancel"]) face.addEventListener(end, () => { grip = null; });
  face.addEventListener("dblclick", () => stage.ask({ lifted: !stage.state.lifted }));
}

/** The film below: the chosen label's probability over time, gaps hatched, and a slider for the frame. */
function strip(stage, now) {
  const curve = stage.canvas({ label: "The label's probability over time, without the patch", aspect: "auto", paint });
  const slider = el("input", { type: "range", min: "0", step: "1", value: "0", "aria-label": "Frame" });
  const caption = el("p.note");
  const node = el("div.timeline", { hidden: "" }, curve, slider, caption);
  slider.oninput = () => stage.ask({ frame: Number(slider.value) });

  function paint(context, width, height) {
    const { sheet, label, frame } = now();
    if (!sheet || sheet.times.length < 2) return;
    const count = sheet.times.length;
    const pad = 8;  // the slider's thumb keeps this distance from the ends
    const across = (place) => pad + (place / (count - 1)) * (width - 2 * pad);
    const up = (value) => height - 4 - value * (height - 8);
    const each = sheet.labels.length;
    const chosen = sheet.labels.indexOf(label);
    const half = (width - 2 * pad) / (count - 1) / 2;
    for (const gap of sheet.gaps) hatch(context, across(gap.start) - half, 0, across(gap.stop - 1) - across(gap.start) + 2 * half, height, stage.colours);
    context.strokeStyle = stage.colours.bar;
    context.lineWidth = 2;
    context.beginPath();
    let pen = false;
    for (let at = 0; at < count; at += 1) {
      const value = sheet.before[at * each + chosen];
      if (Number.isFinite(value)) context[pen ? "lineTo" : "moveTo"](across(at), up(value));
      pen = Number.isFinite(value);
    }
    context.stroke();
    context.strokeStyle = stage.colours.ink;
    context.lineWidth = 1;
    context.strokeRect(Math.round(across(frame)) + 0.5, 0, 0, height);
  }

  return {
    node,
    reset(times) {
      node.hidden = times.length < 2;
      slider.max = String(times.length - 1);
    },
    draw() {
      const { sheet, label, frame } = now();
      slider.value = String(frame);
      const text = `frame ${frame} of ${sheet.times.length}, ${number(sheet.times[frame])} s`;
      slider.setAttribute("aria-valuetext", text);
      caption.textContent = `${text}. The line: probability of ${label} without the patch, 0 to 1; hatched: frames that cannot be used.`;
    },
  };
}
