// Face lab: the head with its overlays and the baseline's reading on the left, the dials on the right.

export default explorer((stage) => {
  let told = null;
  let view = null;
  let parts = [];
  let charts = null;
  let pointer = null;
  let lastClip = 0;
  const now = { units: {}, person: {} };
  const move = hand(stage);
  const { readout } = stage;
  const head = stage.canvas({ label: "The head. Drag to turn it.", paint: paintHead });
  const overlays = choice("Overlay", ["none", "regions", "landmarks", "relevance", "changed"], (overlay) => stage.ask({ overlay }));
  const bar = stage.canvas({ label: "Colour bar", aspect: "auto", paint: (c, w, h) => view?.overlay.scale && colourbar(c, w, h, { scale: view.overlay.scale, values: [view.overlay.top], colours: stage.colours }) });
  const legend = el("div.legend");
  const overlayNote = el("p.note.over.keep");
  const answers = el("div.answers", {}, el("h4.sub", { text: "The baseline's reading" }));
  const right = el("div.column.dials");
  const clip = reel(stage, "The clip shows the chosen emotion with recipes of its own (not with units that you moved), by this person in this scene; the voice agrees with the face. It is made once and then plays without the kernel.");
  head.classList.add("fv-head3d");
  overlays.node.classList.add("fv-overlays");
  stage.body.append(el("div.lab", {}, el("div.column", {}, head, overlays.node, el("div.key", {}, bar, legend, overlayNote)), right, answers));

  function paintHead(context, width, height) {
    if (!view) return;
    context.imageSmoothingQuality = "high";
    const { overlay } = view;
    context.drawImage(view.picture, 0, 0, width, height);
    if (overlay.map) {
      if (view.painted !== stage.colours) [view.painted, view.over] = [stage.colours, mapImage(overlay, view.side, stage.colours)];
      context.imageSmoothingEnabled = false;  // the truth's own pixels
      context.drawImage(view.over, 0, 0, width, height);
      context.imageSmoothingEnabled = true;
    }
    if (overlay.points) paintLandmarks(context, overlay, width / view.side);
    paintCut(context, width);
  }

  function say() {
    const { emotion, intensity, units } = stage.state;
    const top = view.probability.indexOf(Math.max(...view.probability));
    const shown = units ? `your own units × ${number(intensity)}` : emotion === "neutral" ? "a neutral face" : `${emotion} at ${number(intensity)}`;
    readout.replaceChildren("label: ", el("b", { text: `${told.labels[top]} ${number(view.probability[top])}` }), el("span.quiet", { text: ` the head shows ${shown}` }));
    charts.set(view.probability, null, units ? "" : emotion);
    head.setAttribute("aria-label", `The head, showing ${shown}, yaw ${stage.state.yaw}°, pitch ${stage.state.pitch}°. Drag to turn it.`);
  }

  function sayOverlay() {
    const { overlay } = view;
    const there = pointer ? atPointer(overlay, view.side, told.regions, pointer) : "";
    bar.hidden = !overlay.scale;
    legend.hidden = overlay.kind !== "regions";
    const words = {
      none: "The corners: the square that the baseline gets.",
      regions: "What each pixel shows.",
      landmarks: overlay.visible ? `${overlay.visible.reduce((sum, one) => sum + one, 0)} of 68 landmarks are visible: dots. Crosses: hidden.` : "",
      relevance: `How far the emotion alone moves what is seen, in mm; at most ${number(overlay.top, 1)}.`,
      changed: `Difference of the colours from the face at rest, 0 to 1; at most ${number(overlay.top)}.`,
    };
    overlayNote.hidden = overlay.kind === "regions" && !there;
    overlayNote.textContent = (overlay.flat ? "Flat: nothing that is seen moves." : words[overlay.kind]) + (there ? ` At the pointer: ${there}.` : "");
    bar.setAttribute("aria-label", `Colour bar. ${overlayNote.textContent}`);
  }

  function drawLegend() {
    const present = [...new Set(view.overlay.map)].filter((region) => REGION_COLOURS[region]).sort((a, b) => a - b);
    legend.replaceChildren(...present.map((region) => {
      const swatch = el("i");
      swatch.style.background = REGION_COLOURS[region];
      return el("span", {}, swatch, told.regions[region]);
    }));
  }

  const turned = (field, by) => clamp(Math.round(stage.state[field] + by), ...told.ranges[field]);
  turnByHand(head, stage, (start, dx, dy) => move({
    yaw: clamp(Math.round(start.yaw + 150 * dx), ...told.ranges.yaw),
    pitch: clamp(Math.round(start.pitch - 90 * dy), ...told.ranges.pitch),
  }), (place) => {
    pointer = place;
    if (view) sayOverlay();
  });
  const arrow = (field, by) => (event) => move({ [field]: turned(field, by * (event.shiftKey ? 5 : 1)) });
  const stronger = (by) => () => move({ intensity: clamp(Math.round(100 * (stage.state.intensity + by)) / 100, 0, 1) });
  const next = (list, item) => list[(list.indexOf(item) + 1) % list.length];

  return {
    picture(sheet) {
      told = sheet;
      if (!parts.length) {
        parts = [expressionPanel(stage, told, move, now), personPanel(stage, told, move, now), scenePanel(stage, told, move)];
        const panels = [...parts.map((part) => part.node), clip.node];
        right.append(tabs(["Expression", "Person", "Scene", "Clip"], panels, "Dials"), ...panels);
        charts = bars(told.labels, { caption: "Probability of each label" });
        answers.append(charts.node, el("p.note.help", { text: "A label is the word that annotators would choose for the picture, not what a person feels. The marked row is the emotion that the head shows." }));
      }
      if (sheet.clip && sheet.turn !== lastClip) {
        lastClip = sheet.turn;
        clip.rested();
        clip.load(sheet.clip);
      }
    },
    answer(answer) {
      const bytes = answer.image;
      const pixels = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      const overlay = { ...answer.overlay };
      for (const name of ["map", "visible"]) if (overlay[name]) overlay[name] = new Uint8Array(overlay[name].buffer, overlay[name].byteOffset, overlay[name].byteLength);
      if (overlay.points) overlay.points = floats(overlay.points);
      view = { ...answer, overlay, picture: toImage(pixels, answer.side, Boolean(overlay.map)) };
      now.units = stage.state.units ?? answer.units;
      now.person = answer.person;
      clip.answered(answer);
    },
    draw() {
      if (!view || !told) return;
      say();
      sayOverlay();
      if (view.overlay.kind === "regions") drawLegend();
      overlays.draw(stage.state.overlay);
      clip.draw();
      parts.forEach((part) => part.draw());
    },
    stop: clip.stop,
    keys: {
      ArrowLeft: arrow("yaw", -2), ArrowRight: arrow("yaw", 2), ArrowUp: arrow("pitch", 2), ArrowDown: arrow("pitch", -2),
      "+": stronger(0.05), "=": stronger(0.05), "-": stronger(-0.05),
      e: () => move({ emotion: next(Object.keys(told.emotions), stage.state.emotion), way: 1, units: null }),
      n: () => move({ seed: stage.state.seed + 1, age: null, gender: null, ethnicity: null }),
      m: clip.mute,
      o: () => stage.ask({ overlay: next(["none", "regions", "landmarks", "relevance", "changed"], stage.state.overlay) }),
    },
  };
});

/** The hand on the head: `turn(state at the start, dx, dy)` in shares of the picture; `hover(place or null)`. */
function turnByHand(head, stage, turn, hover) {
  let grip = null;
  const at = (event) => {
    const box = head.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  };
  head.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    const { yaw, pitch } = stage.state;
    grip = { place: at(event), yaw, pitch };
    head.setPointerCapture(event.pointerId);
    stage.root.focus({ preventScroll: true });
    event.preventDefault();
  });
  head.addEventListener("pointermove", (event) => {
    const [x, y] = at(event);
    if (grip) turn(grip, x - grip.place[0], y - grip.place[1]);
    else hover([x, y]);
  });
  head.addEventListener("pointerleave", () => hover(null));
  for (const end of ["pointerup", "pointercancel"]) head.addEventListener(end, () => { grip = null; });
}
