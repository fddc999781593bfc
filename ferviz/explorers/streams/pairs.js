// Two streams: which frame meets which step of the sound in one of FBP's sums, exactly, before the root.

/** Frames downwards, the sound across: a cell is what the two add to the sum. A click keeps it, as it does a place of Masks. */
function pairPanel(stage, film) {
  let spot = null;
  const values = () => (film.ready() ? film.view.pairs : null);
  const name = () => `z${lowered(film.view.state.sum)}`;
  const which = dial({ name: "Sum", ends: [0, 1], step: 1, show: (place) => `z${lowered(place)}`, read: () => stage.state.sum, write: (sum) => stage.ask({ sum }) });
  const slider = which.node.querySelector("input");
  const intro = el("p.note.keep.aside", { text: "Both streams are means under weights, and a product is linear in each: so a sum of FBP splits exactly into what each frame adds with each step of the sound (all bands together). Behind the root nothing does." });
  const scale = () => ({ signed: true, limit: roundUp(Math.max(1e-6, ...values().map(Math.abs))), digits: 2 });
  const place = (event) => {
    const box = map.getBoundingClientRect();
    const at = (share, count) => clamp(Math.floor(share * count), 0, count - 1);
    return { frame: at((event.clientY - box.top) / box.height, film.frames()), column: at((event.clientX - box.left) / box.width, film.sheet.columns) };
  };

  const map = stage.canvas({ label: "Pairs: frames from above to below, the sound from left to right; each cell is what the two add to the sum", aspect: "auto", paint: (context, width, height) => {
    if (!values()) return;
    const [rows, columns] = [film.frames(), film.sheet.columns];
    heatmap(context, width, height, { values: [...values()], rows, columns, scale: scale(), colours: stage.colours });
    const { frame, column } = cell();
    context.lineWidth = 2;
    context.strokeStyle = stage.colours.ink;
    context.strokeRect((column * width) / columns, (frame * height) / rows, width / columns, height / rows);
  } });
  const faces = stage.canvas({ label: "Frames of the film, from above to below", aspect: "auto", paint: (context, width, height) => {
    if (!values()) return;
    const count = film.frames();
    const step = Math.max(1, Math.ceil((width * count) / height));
    for (let first = 0; first < count; first += step) drawFace(context, film, first, 0, (first * height) / count, Math.min(width, height));
  } });
  const wave = stage.canvas({ label: "The sound above the pairs", aspect: "auto", paint: (context, width, height) => {
    if (!values()) return;
    const [start, wide] = [film.begins(0), film.sheet.columns * film.step()];
    drawWave(stage, film, context, height, (second) => ((second - start) / wide) * width);
  } });
  const bar = stage.canvas({ label: "Colour bar of the pairs", aspect: "auto", paint: (context, width, height) => values() && colourbar(context, width, height, { scale: scale(), values: [...values()], colours: stage.colours }) });
  map.classList.add("fv-it-scrub");
  map.addEventListener("pointermove", (event) => {
    if (!values()) return;
    spot = place(event);
    stage.repaint();
  });
  map.addEventListener("pointerleave", () => {
    spot = null;
    stage.repaint();
  });
  map.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || !values()) return;
    keep(place(event));
    stage.root.focus({ preventScroll: true });
    event.preventDefault();
  });
  const said = el("p.note.keep.st-formula", { role: "status" });
  const body = el("div", {}, el("div.st-pairs", {}, el("span"), wave, faces, map), bar, said);
  const other = el("p.note.keep");
  const tools = el("div.st-sumrow", { "data-tool": "" }, which.node);
  const node = el("div.panel.st-pairing", {}, tools, intro, body, other);

  function largest() {
    const at = values().reduce((best, value, here, all) => (Math.abs(value) > Math.abs(all[best]) ? here : best), 0);
    return { frame: Math.floor(at / film.sheet.columns), column: at % film.sheet.columns };
  }

  /** The cell that is pointed at, else the one that was chosen, while the clip has it. */
  function chosen() {
    const { pair } = stage.state;
    const at = spot ?? (pair && { frame: pair[0], column: pair[1] });
    return at && at.frame < film.frames() && at.column < film.sheet.columns ? at : null;
  }
  const cell = () => chosen() ?? largest();
  const keep = ({ frame, column }) => {
    spot = null;
    film.tell({ pair: [frame, column] });
  };

  function say() {
    const { frame, column } = cell();
    const value = values()[frame * film.sheet.columns + column];
    const what = chosen() ? "Frame" : "The largest: frame";
    const middle = film.begins(column) + film.step() / 2;
    said.textContent = `${what} ${frame} (${number(film.sheet.times[frame])} s) with the voice at ${number(middle)} s adds ${signedShort(value)} to ${name()}. All ${values().length} cells add up to ${signedShort(total([...values()]))}, which is ${name()} before the root.`;
  }

  return {
    node,
    open: () => !node.hidden,
    /** To another frame and another step of the sound, from the cell that is told. */
    move(down, right) {
      if (!values()) return;
      const { frame, column } = cell();
      keep({ frame: clamp(frame + down, 0, film.frames() - 1), column: clamp(column + right, 0, film.sheet.columns - 1) });
    },
    step: (by) => film.fixed || !film.view.steps || stage.ask({ sum: clamp(stage.state.sum + by, 0, film.view.steps.pooled.length - 1) }),
    draw() {
      if (node.hidden) return;
      const { kind, network } = film.sheet;
      if (film.view.steps) slider.max = String(film.view.steps.pooled.length - 1);
      tools.hidden = film.fixed || !film.view.steps;
      which.draw();
      body.hidden = !values();
      other.hidden = Boolean(values());
      if (values()) say();
      else other.textContent = kind !== "fbp" ? `${network} joins its streams by ${kind}, where no two vectors are multiplied: there are no pairs.` : film.view.shares ? "" : "Pairs need both streams: one is missing.";
    },
  };
}

const lowered = (place) => [...String(place)].map((digit) => String.fromCharCode(8320 + Number(digit))).join("");
const signedShort = (value) => `${value < 0 ? "−" : "+"}${Number(Math.abs(value).toPrecision(2))}`;
