// Regions: weights laid back on the face, beside attribution, removal and truth.

/** A number a region, spread evenly over its box: what lies at each pixel of the face, 1 where all is even. */
function spreadOver(boxes, values, side) {
  const out = new Float32Array(side * side);
  boxes.forEach((box, place) => {
    const value = values[place];
    if (!Number.isFinite(value) || !box.every(Number.isFinite)) return;
    const [left, top, right, bottom] = box;
    const each = value / ((right - left) * (bottom - top));
    const within = (low, high, at) => clamp(Math.min(high * side, at + 1) - Math.max(low * side, at), 0, 1);
    for (let row = 0; row < side; row += 1) {
      const down = within(top, bottom, row);
      if (down) for (let column = 0; column < side; column += 1) out[row * side + column] += each * down * within(left, right, column);
    }
  });
  return out;
}

/** Four pictures of one face: what the regions say, attribution, removal, truth. */
function heatPanel(stage, face) {
  let what = "weight";
  const titles = { regions: "Regions", attribution: "Attribution", removal: "Removal", truth: "Truth" };
  const figures = Object.fromEntries(Object.keys(titles).map((name) => [name, figure(name)]));
  const kinds = choice("What of the regions is laid on the face", ["weight", "contribution"], (word) => {
    what = word;
    stage.repaint();
  });
  figures.regions.node.querySelector("figcaption").append(kinds.node);
  const said = el("p.note.help");
  const limits = el("p.note.help", { text: "Regions: each value is spread evenly over its box; weights add up to a mean of 1 over the face. Attribution: integrated gradients of the logit over the face's pixels, through every crop, held against the face blurred, with the network's own weights. Removal: how far the logit falls when a cell is filled with gray. Truth: how much the pixel changes with the emotion, where it is seen." });
  const node = el("div.panel", {}, el("div.rg-four", {}, ...Object.values(figures).map((one) => one.node)), said, limits);

  function figure(name) {
    const state = { values: null, side: 1, scale: null, empty: "", image: null };
    const canvas = stage.canvas({ label: titles[name], paint: (context, width, height) => {
      if (!face.ready()) return;
      context.filter = "grayscale(1)";
      drawFaceOf(stage, face, context, width);
      context.filter = "none";
      if (state.values) {
        context.imageSmoothingEnabled = false;
        context.globalAlpha = 0.72;
        context.drawImage(heatImage(state.values, state.side, state.scale, stage.colours.dark), 0, 0, width, height);
        context.globalAlpha = 1;
        return;
      }
      context.globalAlpha = 0.82;
      context.fillStyle = stage.colours.paper;
      context.fillRect(0, 0, width, height);
      context.globalAlpha = 1;
      context.fillStyle = stage.colours.ink;
      [context.textAlign, context.textBaseline] = ["center", "middle"];
      context.font = `${0.93 * stage.colours.size}px ${stage.colours.font}`;
      wrap(context, state.empty, width / 2, height / 2, width * 0.8);
    } });
    const bar = stage.canvas({ label: `Colour bar of ${titles[name]}`, aspect: "auto", paint: (context, width, height) => state.values && colourbar(context, width, height, { scale: state.scale, values: state.values, colours: stage.colours }) });
    bar.classList.add("fv-rg-bar");
    const kind = el("span.it-quiet");
    return { state, canvas, kind, node: el("figure.rg-figure", {}, el("figcaption", {}, el("b", { text: titles[name] }), kind), canvas, bar) };
  }

  function set(name, values, side, { signed = false, digits = 2, empty = "", kind = "", flat = false }) {
    const limit = values ? roundUp(values.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-9)) : 1;
    Object.assign(figures[name].state, { values, side, scale: { signed, limit, digits: limit < 0.1 ? 3 : digits }, empty });
    figures[name].kind.textContent = `${kind}${flat ? " flat" : ""}`;
    figures[name].canvas.setAttribute("aria-label", `${titles[name]} on the face: ${values ? `${kind}, at most ${number(limit, 3)}` : empty}`);
  }

  const left = () => (face.view.maps ? 0 : 1);
  const ask = whenRested(stage, face, () => left() && stage.act("explain"), left);
  return {
    node,
    draw() {
      if (node.hidden) return;
      ask();
      const { side, maps, changed, rows, label } = face.view;
      kinds.draw(what);
      const own = what === "weight" ? face.values("weight") : rows.contribution;
      const signed = what !== "weight";
      set("regions", spreadOver(face.boxes(), own, side), side, { signed, digits: 1, kind: "" });
      const waiting = face.fixed ? "Not worked out before this page was saved." : "Worked out when the hand rests …";
      set("attribution", maps && maps.attribution, side, { signed: true, empty: waiting, kind: maps ? `to ${label}` : "", flat: maps?.flat.attribution });
      set("removal", maps && maps.removal, maps ? face.sheet.cells : 1, { signed: true, empty: waiting, kind: maps ? `cells, ${label}` : "", flat: maps?.flat.removal });
      set("truth", changed, side, { empty: "Not known: only synthetic faces have it.", kind: changed ? "pixels changed" : "" });
      said.textContent = face.view.words.maps;
    },
  };
}
