// Masks: what the mask adds, attribution and truth side by side, and the dials of a synthetic face.

const METHODS = { integrated_gradients: "integrated gradients", grad_cam: "Grad-CAM", saliency: "saliency", occlusion: "occlusion" };

/** The panel "Against the truth". */
function truthPanel(stage, face) {
  const methods = choice("Method of attribution", Object.values(METHODS), (word) => stage.ask({ method: Object.keys(METHODS).find((name) => METHODS[name] === word) }));
  const of = el("p.note.help");
  const titles = { gain: "Gain", photo: "Attribution", texture: "Attribution", truth: "Truth" };
  const figures = Object.fromEntries(Object.keys(titles).map((name) => [name, figure(name)]));
  const row = el("div.mk-four", {}, ...Object.values(figures).map((one) => one.node));
  const [sum, limits] = [el("p.note.help"), el("p.note.help", { text: "All of this is about the network as it was trained: the switches above do not count here. Pointing: whether the highest place of a map lies where the face moves at least half as far as anywhere. Mass ratio: how much more of a map lies on the truth than of an even one, 1 by chance. Gain: the share that the mask adds, over all channels of a place; where T is 0, M adds nothing. Its ratio is of what lies above its mean. It is no attribution: it says what is made stronger, not what the answer hangs on." })];
  const dials = el("div.panel.mk-dials");
  const take = el("button.button", { type: "button", text: "Take a synthetic face", onclick: () => stage.ask({ source: "synthetic" }) });
  const invite = el("div.mk-line", { "data-tool": "" }, take, el("span.quiet", { text: "It has dials for its expression, and its truth is known." }));
  const chooser = el("div.mk-line.mk-methods", { "data-tool": "" }, el("span.quiet", { text: "Method" }), methods.node);
  const node = el("div.panel", {}, row);
  const line = el("div", {}, chooser, of, sum, limits);
  const now = { units: {}, person: {} };
  let expression = null;

  function figure(name) {
    const state = { values: null, scale: null, empty: "" };
    const canvas = stage.canvas({ label: titles[name], paint: (context, width, height) => {
      const found = face.view?.against;
      if (!found) return;
      context.imageSmoothingEnabled = false;
      context.drawImage(found.image, 0, 0, width, height);
      if (state.values) {
        context.globalAlpha = 0.8;
        context.drawImage(tinted(state), 0, 0, width, height);
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
    const bar = stage.canvas({ label: `Colour bar of ${titles[name]}`, aspect: "auto", paint: (context, width, height) => state.values && colourbar(context, width, height, { scale: state.scale, values: state.ends, colours: stage.colours }) });
    bar.classList.add("fv-mk-bar");
    const [kind, score] = [el("span.mk-kind"), el("span.mk-note")];
    return { state, canvas, kind, score, node: el("figure.mk-figure", {}, el("figcaption", {}, el("b", { text: titles[name] }), kind), canvas, bar, score) };
  }

  /** A map in colour, painted once for each theme. */
  function tinted(state) {
    if (state.painted === stage.colours.dark && state.from === state.values) return state.image;
    const { height, width } = face.view.against;
    const stops = stopsOf(state.scale, stage.colours.dark);
    const table = Array.from({ length: 255 }, (_, at) => [...colour(stops, (at - 127) / 127), 255]);
    const pixels = new ImageData(width, height);
    state.values.forEach((shade, at) => pixels.data.set(table[shade + 127], 4 * at));
    state.image = new OffscreenCanvas(width, height);
    state.image.getContext("2d").putImageData(pixels, 0, 0);
    [state.painted, state.from] = [stage.colours.dark, state.values];
    return state.image;
  }

  const left = () => (face.view.against && !face.view.against.photo ? 1 : 0);
  const ask = whenRested(stage, face, () => left() && stage.act("attribute"), left);

  function fill(found) {
    const { photo, texture } = found;
    const waiting = face.fixed ? "Not worked out before this page was saved." : "Worked out when the hand rests …";
    set("gain", found.gain, "Σ M·T / Σ T");
    set("photo", photo, texture || !photo ? "to the photo" : "to the face", waiting);
    set("texture", texture, "to the texture", photo ? `${METHODS[stage.state.method]} looks at a layer behind both inputs and cannot tell them apart.` : waiting);
    set("truth", found.truth, "mm moved", "Not known: only synthetic faces have it.");
  }

  function set(name, one, kind, empty = "") {
    const { state, canvas, score } = figures[name];
    Object.assign(state, { values: one?.values ?? null, scale: one?.scale, ends: one?.ends ?? [], empty });
    figures[name].kind.textContent = kind;
    score.textContent = one ? one.words || (one.flat ? "flat" : "") : "";
    canvas.setAttribute("aria-label", `${titles[name]} ${kind}: ${one ? score.textContent || "shown" : empty}`);
  }

  return {
    node,
    line,
    dials,
    furnish() {
      if (expression || face.fixed) return;
      const move = hand(stage);
      expression = expressionPanel(stage, face.sheet, move, now);
      const other = el("button.button", { type: "button", text: "Another person", onclick: () => move({ seed: stage.state.seed + 1 }) });
      expression.node.firstChild.append(other);
      dials.append(invite, expression.node);
    },
    draw() {
      const found = face.view.against;
      const synthetic = face.sheet.source === "synthetic";
      if (expression) expression.node.hidden = !synthetic;
      invite.hidden = synthetic;
      now.units = stage.state.units ?? face.view.units;
      if (synthetic && expression) expression.draw();
      methods.draw(METHODS[stage.state.method]);
      chooser.hidden = face.fixed;
      if (!found) return;
      if (!node.hidden) ask();
      fill(found);
      const way = METHODS[stage.state.method];
      of.textContent = `${way[0].toUpperCase()}${way.slice(1)}: where the logit of ${face.view.label} comes from${["integrated_gradients", "occlusion"].includes(stage.state.method) ? ", held against the same face blurred" : ""}.`;
      sum.textContent = found.error === null || !found.photo ? "" : `The sum of the attributions over both inputs misses the difference of the logits by ${found.error.toPrecision(2)}.`;
      sum.hidden = !sum.textContent;
    },
  };
}

/** What the kernel sent of this panel, ready to be drawn. */
function revealed(found, bytes) {
  const open = (one) => one && { ...one, values: new Int8Array(bytes(one.shades).slice().buffer) };
  const maps = Object.fromEntries(["gain", "photo", "texture", "truth"].map((name) => [name, open(found[name])]));
  const { from, limit } = maps.gain.scale;
  if (limit - from < 1) {  // about its mean: its shades, 0 to 127, become signed ones
    maps.gain.scale = maskScale({ from, limit });
    maps.gain.values = maps.gain.values.map((shade) => 2 * shade - 127);
  }
  return { ...found, ...maps, image: grayImage(bytes(found.face), found.width, found.height) };
}
